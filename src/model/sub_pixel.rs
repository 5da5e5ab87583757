//! Doubling the side of a map without checkerboards.
//!
//! Nearest-neighbour doubling followed by a 3x3 convolution sees each pixel several times. Summing the weights that
//! meet the same pixel gives a transposed convolution of kernel 4 and stride 2 with the same result and 2.25 times
//! fewer multiplications. In one dimension, with weights w0 w1 w2, an even pixel sees w0 of the pixel before and w1 +
//! w2 of its own, an odd one w0 + w1 of its own and w2 of the pixel after.

use crate::compute::{Kernel, ops};
use burn::tensor::Tensor;

/// Side of the stored weights.
pub(super) const SIDE: usize = 3;
/// The transposed convolution that computes it.
pub(super) const KERNEL: Kernel = Kernel { size: 4, stride: 2 };

/// Stored weights (Cin x Cout x 3 x 3, flat) to those of [`crate::compute::ops::conv_transpose`] with [`KERNEL`].
/// Gradients flow through.
pub(super) fn expand(weight: Tensor<1>, [c_in, c_out]: [usize; 2]) -> Tensor<4> {
    ops::sub_pixel_weights(weight).reshape([c_in, c_out, KERNEL.size, KERNEL.size])
}

/// The same on the host.
pub(super) fn expand_values(weight: &[f32]) -> Vec<f32> {
    let one = |stored: &[f32], column: usize| -> f32 {
        stored.iter().zip(&ops::SUB_PIXEL_SUMS).map(|(weight, counts)| weight * counts[column]).sum()
    };
    let used = |stored| (0..KERNEL.size * KERNEL.size).map(move |column| one(stored, column));
    weight.chunks_exact(SIDE * SIDE).flat_map(used).collect()
}

/// The stored weights (Cin x Cout x 3 x 3, flat) of those of a transposed convolution (Cin x Cout x 4 x 4); none where
/// they are no sums of such. In one dimension the outer of the four weights are stored ones and each inner one is the
/// sum of two, so the middle one follows from either; both dimensions are averaged over these ways.
pub(super) fn stored_values(weight: &[f32]) -> Option<Vec<f32>> {
    /// Weights of 16 bits are off by up to 2^-11; a network that was trained without doubling is off by half its
    /// weights.
    const TOLERANCE: f64 = 0.01;
    let stored: Vec<f32> = weight.chunks_exact(KERNEL.size * KERNEL.size).flat_map(narrowed).collect();
    let size = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>();
    let off = expand_values(&stored).into_iter().zip(weight).map(|(a, b)| f64::from(a) - f64::from(*b));
    let (off, all) = (size(&mut off.into_iter()), size(&mut weight.iter().map(|w| f64::from(*w))));
    (off <= all * TOLERANCE * TOLERANCE).then_some(stored)
}

/// One 4x4 square of weights as the 3x3 one whose sums come nearest to it.
fn narrowed(square: &[f32]) -> Vec<f32> {
    let row = |a: [f32; 4]| [a[3], (a[1] - a[3] + a[2] - a[0]) / 2.0, a[0]];
    let rows: Vec<[f32; 3]> = square.as_chunks().0.iter().map(|four| row(*four)).collect();
    let columns = [0, 1, 2].map(|c| row([0, 1, 2, 3].map(|r| rows[r][c])));
    (0..SIDE * SIDE).map(|i| columns[i % SIDE][i / SIDE]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::module::conv2d;
    use burn::tensor::ops::ConvOptions;
    use burn::tensor::{Device, TensorData};

    /// Against doing the two steps one after the other with the library.
    #[test]
    fn is_doubling_and_a_convolution() {
        let device = Device::flex();
        let (c_in, c_out, side) = (3, 2, 5);
        let values = |n: usize, step: usize| (0..n).map(|i| ((i * step % 23) as f32 - 11.0) / 7.0).collect::<Vec<_>>();
        let (x, w) = (values(2 * c_in * side * side, 5), values(c_in * c_out * 9, 3));
        let weight = Tensor::<1>::from_data(TensorData::new(w.clone(), [w.len()]), &device);
        let x = Tensor::<4>::from_data(TensorData::new(x, [2, c_in, side, side]), &device);
        let ours = ops::conv_transpose(x.clone(), expand(weight.clone(), [c_in, c_out]), KERNEL);

        let double = x.reshape([2, c_in, side, 1, side, 1]).repeat(&[1, 1, 1, 2, 1, 2]);
        let double: Tensor<4> = double.reshape([2, c_in, 2 * side, 2 * side]);
        let kernel: Tensor<4> = weight.reshape([c_in, c_out, 3, 3]).swap_dims(0, 1);
        let expected = conv2d(double, kernel, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
        let worst = (ours - expected).abs().max().into_scalar::<f32>();
        assert!(worst < 1e-4, "{worst}");
        let on_device = expand(Tensor::from_data(TensorData::new(w.clone(), [w.len()]), &device), [c_in, c_out]);
        assert_eq!(on_device.into_data().try_into_vec::<f32>().unwrap(), expand_values(&w));
    }

    #[test]
    fn sums_are_told_apart_from_other_weights_and_taken_back() {
        let weight: Vec<f32> = (0..6 * 9).map(|i| ((i * 7 % 23) as f32 - 11.0) / 7.0).collect();
        let expanded = expand_values(&weight);
        let near = |found: &[f32], limit: f32| found.iter().zip(&weight).all(|(a, b)| (a - b).abs() < limit);
        assert!(near(&stored_values(&expanded).unwrap(), 1e-5));
        let half: Vec<f32> = expanded.iter().map(|w| half::f16::from_f32(*w).to_f32()).collect();
        assert!(near(&stored_values(&half).unwrap(), 5e-3));
        let other: Vec<f32> = expanded.iter().enumerate().map(|(i, w)| w + (i as f32 * 0.9).sin() * 0.1).collect();
        assert_eq!(stored_values(&other), None);
    }
}
