//! What small networks are made of, for one picture on the calling thread: many photos are worked on at once, each by
//! one thread.

use crate::compute::{self, Geometry};

/// Planes of numbers: channels x height x width.
pub(super) struct Map {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

impl Map {
    /// Whatever the memory holds: it is to be written as a whole.
    fn uncertain(channels: usize, height: usize, width: usize) -> Self {
        Self { channels, height, width, values: compute::take(channels * height * width) }
    }

    pub(super) fn zero(channels: usize, height: usize, width: usize) -> Self {
        let mut map = Self::uncertain(channels, height, width);
        map.values.fill(0.0);
        map
    }

    /// One plane, row by row.
    pub(super) fn plane(&self, channel: usize) -> &[f32] {
        &self.values[channel * self.height * self.width..][..self.height * self.width]
    }

    /// The mean of each plane.
    pub(super) fn means(&self) -> Vec<f32> {
        let area = self.height * self.width;
        self.values.chunks_exact(area).map(|plane| plane.iter().sum::<f32>() / area as f32).collect()
    }

    /// Adds a map of half the sides, each number of which counts for a square of 2 x 2.
    pub(super) fn add_twice(mut self, coarse: &Map) -> Map {
        for (plane, coarse_plane) in self
            .values
            .chunks_exact_mut(self.height * self.width)
            .zip(coarse.values.chunks_exact(coarse.height * coarse.width))
        {
            for (y, row) in plane.chunks_exact_mut(self.width).enumerate() {
                let coarse_row = &coarse_plane[y / 2 * coarse.width..][..coarse.width];
                for (pair, more) in row.chunks_mut(2).zip(coarse_row) {
                    pair.iter_mut().for_each(|value| *value += more);
                }
            }
        }
        self
    }

    /// Makes what is negative 0.
    pub(super) fn relu(mut self) -> Map {
        self.values.iter_mut().for_each(|value| *value = value.max(0.0));
        self
    }
}

/// The memory serves the next map.
impl Drop for Map {
    fn drop(&mut self) {
        compute::give(std::mem::take(&mut self.values));
    }
}

/// A convolution with a kernel of 1 or 3 pixels a side, zeros around the picture, and a bias.
pub(super) struct Conv {
    pub c_in: usize,
    pub c_out: usize,
    pub kernel: usize,
    /// Output channels x input channels x rows x columns.
    pub weight: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Conv {
    /// The convolution alone.
    pub(super) fn run(&self, x: &Map) -> Map {
        self.convolve(x, 1, false)
    }

    /// The convolution and a ReLU.
    pub(super) fn relu(&self, x: &Map) -> Map {
        self.convolve(x, 1, true)
    }

    /// The convolution at every second pixel of every second row, and a ReLU.
    pub(super) fn halve(&self, x: &Map) -> Map {
        self.convolve(x, 2, true)
    }

    fn convolve(&self, x: &Map, stride: usize, relu: bool) -> Map {
        let [height, width] = [x.height, x.width].map(|side| side.div_ceil(stride));
        let geometry = Geometry {
            batch: 1,
            c_in: self.c_in,
            c_out: self.c_out,
            h_in: x.height,
            w_in: x.width,
            h_out: height,
            w_out: width,
            kernel: self.kernel,
            stride,
            padding: self.kernel / 2,
        };
        assert_eq!(x.channels, self.c_in, "a picture of other channels");
        let mut y = Map::uncertain(self.c_out, height, width);
        compute::forward_alone(&geometry, &x.values, &self.weight, &self.bias, relu, &mut y.values);
        y
    }
}

/// ReLU(x + b(ReLU(a(x)))).
pub(super) fn residual([a, b]: &[Conv; 2], x: &Map) -> Map {
    let mut y = b.run(&a.relu(x));
    compute::add_relu(&mut y.values, &x.values);
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(channels: usize, height: usize, width: usize) -> Map {
        let values = (0..channels * height * width).map(|i| (i * 7 % 11) as f32 - 5.0).collect();
        Map { channels, height, width, values }
    }

    /// A convolution that multiplies every channel by a number of its own and sees nothing but the middle.
    fn scale(factors: [f32; 2], bias: [f32; 2]) -> Conv {
        let mut weight = vec![0.0; 2 * 2 * 9];
        (weight[4], weight[3 * 9 + 4]) = (factors[0], factors[1]);
        Conv { c_in: 2, c_out: 2, kernel: 3, weight, bias: bias.to_vec() }
    }

    #[test]
    fn a_residual_adds_its_input() {
        let x = map(2, 3, 5);
        let y = residual(&[scale([1.0, -2.0], [0.5, 1.0]), scale([3.0, 1.0], [-1.0, 2.0])], &x);
        for (i, (x, y)) in x.values.iter().zip(&y.values).enumerate() {
            let inner = if i < 15 { 3.0 * (x + 0.5).max(0.0) - 1.0 } else { (1.0 - 2.0 * x).max(0.0) + 2.0 };
            assert_eq!(*y, (x + inner).max(0.0), "number {i}");
        }
        assert_eq!((y.channels, y.height, y.width), (2, 3, 5));
    }

    #[test]
    fn halving_takes_the_even_pixels_and_twice_gives_them_back() {
        let x = map(2, 6, 4);
        let half = scale([1.0, 1.0], [10.0, 10.0]).halve(&x);
        assert_eq!((half.height, half.width), (3, 2));
        assert_eq!(half.plane(1)[3], 10.0 + x.plane(1)[2 * 4 + 2]);
        let sum = Map::zero(2, 6, 4).add_twice(&half);
        for (i, value) in sum.plane(1).iter().enumerate() {
            let (row, column) = (i / 4, i % 4);
            assert_eq!(*value, 10.0 + x.plane(1)[row / 2 * 8 + column / 2 * 2], "{i}");
        }
    }

    #[test]
    fn means_are_of_planes_and_a_relu_leaves_nothing_negative() {
        let x = Map { channels: 2, height: 1, width: 3, values: vec![1.0, 2.0, 6.0, -4.0, 0.0, 1.0] };
        assert_eq!(x.means(), [3.0, -1.0]);
        assert_eq!(x.relu().values, [1.0, 2.0, 6.0, 0.0, 0.0, 1.0]);
    }
}
