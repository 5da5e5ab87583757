//! Which algorithm computes a convolution on the CPU.

use super::patches::Geometry;
use super::{conv, winograd};

/// How the products of a convolution are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CpuConvAlgorithm {
    /// Matrix products over the patches that a kernel sees (`conv`).
    Direct,
    /// Winograd's: fewer products, from weights that are transformed first (`winograd`).
    Winograd,
}

impl CpuConvAlgorithm {
    /// The faster one for the batches of a training. It depends on the layer alone, not on the batch.
    ///
    /// Without gradients [`CpuConvAlgorithm::Direct`] is used: for a single picture, transforming the weights would
    /// cost more than it saves, and a picture must be the same to the bit alone and among others.
    pub(crate) fn of_training(g: &Geometry) -> Self {
        if winograd::pays(g) { Self::Winograd } else { Self::Direct }
    }

    /// `y = x * w`: `x` is B x Cin x Hin x Win, `w` Cout x Cin x K x K, the result B x Cout x Hout x Wout.
    pub(crate) fn forward(self, g: &Geometry, x: &[f32], w: &[f32]) -> Vec<f32> {
        match self {
            Self::Direct => conv::forward(g, x, w),
            Self::Winograd => winograd::forward(g, x, w),
        }
    }

    /// The gradient of the input: `dy` is B x Cout x Hout x Wout, the result B x Cin x Hin x Win. Equally the
    /// transposed convolution of `dy` with `w`.
    pub(crate) fn data_gradient(self, g: &Geometry, dy: &[f32], w: &[f32]) -> Vec<f32> {
        match self {
            Self::Direct => conv::data_gradient(g, dy, w),
            Self::Winograd => winograd::data_gradient(g, dy, w),
        }
    }

    /// The gradient of the weight: `x` is B x Cin x Hin x Win, `dy` B x Cout x Hout x Wout, the result Cout x Cin x K x
    /// K.
    pub(crate) fn weight_gradient(self, g: &Geometry, x: &[f32], dy: &[f32]) -> Vec<f32> {
        match self {
            Self::Direct => conv::weight_gradient(g, x, dy),
            Self::Winograd => winograd::weight_gradient(g, x, dy),
        }
    }
}

/// How many pieces of work the three products are cut into, for the threads of the current pool.
#[cfg(test)]
pub(crate) fn pieces(g: &Geometry) -> [usize; 3] {
    match CpuConvAlgorithm::of_training(g) {
        CpuConvAlgorithm::Direct => conv::counts(g),
        CpuConvAlgorithm::Winograd => winograd::counts(g),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, step: usize) -> Vec<f32> {
        (0..count).map(|i| (i * step % 1009) as f32 / 504.5 - 1.0).collect()
    }

    fn same(a: &[f32], b: &[f32], what: &str) {
        assert_eq!(a.len(), b.len());
        let scale = b.iter().fold(0f32, |m, v| m.max(v.abs()));
        // Each on its own: a largest difference would not see NaN.
        for (a, b) in a.iter().zip(b) {
            assert!((a - b).abs() < 1e-5 * scale, "{what}: {a} instead of {b}, of {scale}");
        }
    }

    /// The direct algorithm is compared with the definition in `conv`. Lines of 2 to 64 blocks, sides that differ,
    /// groups of pictures that are not full, ranges of channels.
    #[test]
    fn both_algorithms_agree() {
        for (batch, c_in, c_out, [h_out, w_out]) in [
            (3, 16, 17, [4, 4]),
            (35, 17, 16, [4, 4]),
            (5, 20, 40, [6, 8]),
            (7, 33, 16, [8, 4]),
            (2, 16, 20, [4, 16]),
            (1, 18, 16, [6, 32]),
            (1, 16, 16, [2, 64]),
            (1, 16, 16, [2, 128]),
        ] {
            let (h_in, w_in) = (2 * h_out, 2 * w_out);
            let g = Geometry { batch, c_in, c_out, h_in, w_in, h_out, w_out, kernel: 4, stride: 2, padding: 1 };
            assert_eq!(CpuConvAlgorithm::of_training(&g), CpuConvAlgorithm::Winograd);
            let [nx, ny, nw] = g.lengths();
            let (x, dy, w) = (numbers(nx, 71), numbers(ny, 37), numbers(nw, 53));
            let all = |algorithm: CpuConvAlgorithm| {
                [
                    algorithm.forward(&g, &x, &w),
                    algorithm.data_gradient(&g, &dy, &w),
                    algorithm.weight_gradient(&g, &x, &dy),
                ]
            };
            let names = ["forward", "data gradient", "weight gradient"];
            for ((a, b), name) in all(CpuConvAlgorithm::Winograd).iter().zip(&all(CpuConvAlgorithm::Direct)).zip(names)
            {
                same(a, b, &format!("{name} of {g:?}"));
            }
        }
    }

    /// A batch's size changes neither the algorithm nor any number: pieces of work must not show.
    #[test]
    fn a_picture_does_not_depend_on_its_batch() {
        let geometry = |batch| Geometry {
            batch,
            c_in: 24,
            c_out: 48,
            h_in: 8,
            w_in: 8,
            h_out: 4,
            w_out: 4,
            kernel: 4,
            stride: 2,
            padding: 1,
        };
        let many = geometry(64);
        let [nx, ny, nw] = many.lengths();
        let (x, dy, w) = (numbers(nx, 71), numbers(ny, 37), numbers(nw, 53));
        let (y, dx) = (
            CpuConvAlgorithm::Winograd.forward(&many, &x, &w),
            CpuConvAlgorithm::Winograd.data_gradient(&many, &dy, &w),
        );
        let few = geometry(5);
        let [nx, ny, _] = few.lengths();
        assert_eq!(CpuConvAlgorithm::Winograd.forward(&few, &x[..nx], &w), y[..ny]);
        assert_eq!(CpuConvAlgorithm::Winograd.data_gradient(&few, &dy[..ny], &w), dx[..nx]);
    }

    /// The same seed gives the same training on machines with few and many cores.
    #[test]
    fn the_number_of_threads_changes_no_number() {
        let side = |out| (2 * out, out);
        let ((h_in, h_out), (w_in, w_out)) = (side(4), side(8));
        let g = Geometry { batch: 9, c_in: 96, c_out: 80, h_in, w_in, h_out, w_out, kernel: 4, stride: 2, padding: 1 };
        // The second has output channels cut, too.
        for g in [g, Geometry { c_in: 32, ..g }] {
            let [nx, ny, nw] = g.lengths();
            let (x, dy, w) = (numbers(nx, 71), numbers(ny, 37), numbers(nw, 53));
            let algorithm = CpuConvAlgorithm::Winograd;
            let all = |threads| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    [
                        algorithm.forward(&g, &x, &w),
                        algorithm.data_gradient(&g, &dy, &w),
                        algorithm.weight_gradient(&g, &x, &dy),
                    ]
                })
            };
            assert!(all(1) == all(16));
        }
    }

    /// What Winograd's algorithm does not know is left to the direct one.
    #[test]
    fn other_layers_stay_direct() {
        let g = Geometry {
            batch: 8,
            c_in: 32,
            c_out: 32,
            h_in: 16,
            w_in: 16,
            h_out: 8,
            w_out: 8,
            kernel: 4,
            stride: 2,
            padding: 1,
        };
        for other in [
            Geometry { c_in: 3, ..g },
            Geometry { kernel: 5, padding: 2, ..g },
            Geometry { h_out: 16, w_out: 16, kernel: 3, stride: 1, ..g },
            Geometry { w_in: 12, w_out: 6, ..g },
            Geometry { h_in: 6, h_out: 3, ..g },
        ] {
            assert_eq!(CpuConvAlgorithm::of_training(&other), CpuConvAlgorithm::Direct, "{other:?}");
        }
    }
}
