//! Is the device's arithmetic right? A wrong driver is found before hours are spent on it.

use super::Kernel;
use super::half_test::{Shape, results};
use burn::tensor::{Device, Tensor, TensorData};

/// Largest difference accepted, relative to the largest value. Single precision sums of a few hundred products differ
/// by about 1e-6 between devices; half precision by accident would show as 1e-3.
const TOLERANCE: f32 = 1e-4;

/// What a device computes wrongly.
pub(super) struct WrongResult {
    /// The operation.
    pub what: &'static str,
    /// Largest difference from the CPU, relative to the largest value.
    pub error: f32,
}

/// Compares a matrix product, convolutions with their gradients and a sum with the CPU's.
///
/// # Errors
/// The first operation that differs by more than rounding.
pub(super) fn self_test(device: &Device) -> Result<(), WrongResult> {
    let cpu = Device::flex();
    for (what, operation) in OPERATIONS {
        let error = difference(&operation(&cpu), &operation(device));
        if error > TOLERANCE {
            return Err(WrongResult { what, error });
        }
    }
    Ok(())
}

/// The largest difference, relative to the largest value; infinite where numbers are missing or are none.
fn difference(expected: &[f32], actual: &[f32]) -> f32 {
    let scale = expected.iter().fold(1e-6f32, |m, x| m.max(x.abs()));
    // A NaN must not slip through a comparison.
    let of = |(e, a): (&f32, &f32)| if a.is_finite() { (e - a).abs() / scale } else { f32::INFINITY };
    let missing = if actual.len() == expected.len() { 0.0 } else { f32::INFINITY };
    expected.iter().zip(actual).map(of).fold(missing, f32::max)
}

type Operation = fn(&Device) -> Vec<f32>;

/// By the kernels that trainings use, over the pixels of several tiles and with more channels than one has.
const HALVING: Shape = Shape { kernel: Kernel { size: 4, stride: 2 }, channels: [20, 70], side: 18, up: false };
const DOUBLING: Shape = Shape { channels: [70, 3], side: 9, up: true, ..HALVING };

const OPERATIONS: [(&str, Operation); 4] = [
    ("a matrix product", |device| read(ramp([24, 40], device).matmul(ramp([40, 24], device)))),
    ("a convolution", |device| results(HALVING, false, device).concat()),
    ("a transposed convolution", |device| results(DOUBLING, false, device).concat()),
    ("a sum", |device| read(ramp([7, 33], device).tanh().sum_dim(1))),
];

/// Values between -1 and 1 without a pattern that could hide a mistake.
fn ramp<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7391).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A device that fails to answer gives no values, which the comparison counts as wrong.
fn read<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as::<f32>().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What broken drivers give: nothing, numbers that are none, zeros, half precision. Rounding passes.
    #[test]
    fn a_device_that_computes_wrongly_is_found() {
        for (_, operation) in OPERATIONS {
            let right = operation(&Device::flex());
            let changed = |change: fn(f32) -> f32| -> Vec<f32> { right.iter().map(|x| change(*x)).collect() };
            assert_eq!(difference(&right, &right), 0.0);
            assert!(difference(&right, &changed(|x| x * (1.0 + 1e-6))) <= TOLERANCE);
            for wrong in [
                Vec::new(),
                right[1..].to_vec(),
                changed(|_| f32::NAN),
                changed(|_| f32::INFINITY),
                changed(|_| 0.0),
                changed(|x| -x),
                changed(|x| x * (1.0 + 1e-3)),
            ] {
                assert!(difference(&right, &wrong) > TOLERANCE, "{wrong:?}");
            }
            let one_is_wrong = [&right[..right.len() - 1], &[f32::NAN]].concat();
            assert!(difference(&right, &one_is_wrong) > TOLERANCE);
        }
        assert!(self_test(&Device::flex()).is_ok());
    }
}
