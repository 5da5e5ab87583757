//! How well a device convolves by our own kernels, and with 16-bit floats: for its self-test, for the trial of its
//! driver, and for the choice of a training's precision.

use super::{ConvLayer, Kernel, ops};
use burn::tensor::{Device, FloatDType, Tensor, TensorData};

/// A convolution as a network has it: its input has `channels[0]` maps of `side`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    pub kernel: Kernel,
    /// In, out.
    pub channels: [usize; 2],
    pub side: usize,
    /// It is a transposed one.
    pub up: bool,
}

/// Pictures that are tried.
const BATCH: usize = 2;

/// By how much the convolution and its two gradients differ when 16-bit numbers are multiplied, relative to their
/// lengths: the largest of the three. 16 bits keep 11 binary digits, so some 3e-4 is right. Infinite where the device
/// gives no numbers.
pub(crate) fn half_error(shape: Shape, device: &Device) -> f32 {
    error(&results(shape, false, device), &results(shape, true, device))
}

/// The same in 32 bits, compared with the CPU; some 1e-6 is right.
pub(crate) fn full_error(shape: Shape, device: &Device) -> f32 {
    error(&results(shape, false, &Device::flex()), &results(shape, false, device))
}

fn error(right: &[Vec<f32>; 3], found: &[Vec<f32>; 3]) -> f32 {
    let differences = right.iter().zip(found).map(|(right, found)| {
        let sum = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v).powi(2)).sum::<f64>();
        let distance = sum(&mut right.iter().zip(found).map(|(r, f)| r - f));
        let error = (distance / sum(&mut right.iter().copied())).sqrt() as f32;
        if error.is_finite() && right.len() == found.len() { error } else { f32::INFINITY }
    });
    differences.fold(0.0, f32::max)
}

/// The convolution of a made-up input and weight, the gradient of the input and that of the weight.
pub(super) fn results(
    Shape { kernel, channels: [c_in, c_out], side, up }: Shape,
    half: bool,
    device: &Device,
) -> [Vec<f32>; 3] {
    let fan = (c_in * kernel.size * kernel.size) as f32;
    let weight = if up { [c_in, c_out, kernel.size, kernel.size] } else { [c_out, c_in, kernel.size, kernel.size] };
    let x = noise([BATCH, c_in, side, side], 1, device).autodiff().require_grad();
    let w = (noise(weight, 2, device) / fan.sqrt()).autodiff().require_grad();
    // As within a network: maps of 16 bits on both sides.
    let map = if half { x.clone().cast(FloatDType::F16) } else { x.clone() };
    let y = ops::in_32_bits(ops::layer(map, w.clone(), None, ConvLayer { kernel, up, half, leak: 1.0 }));
    let gradients = (y.clone() * noise(y.dims(), 3, device).autodiff()).sum().backward();
    let numbers = |tensor: Option<Tensor<4>>| {
        tensor.and_then(|tensor| tensor.try_into_data().ok()?.try_into_vec().ok()).unwrap_or_default()
    };
    [Some(y.without_autodiff()), x.grad(&gradients), w.grad(&gradients)].map(numbers)
}

/// Numbers from -1 to 1 that follow no pattern, the same on every device. Sums of regular ones, such as waves, nearly
/// cancel, and what is left of them is mostly rounding.
fn noise(shape: [usize; 4], seed: u32, device: &Device) -> Tensor<4> {
    let number = |i: u32| {
        let hash = (i ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        (hash >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let count: usize = shape.iter().product();
    Tensor::from_data(TensorData::new((0..count as u32).map(number).collect::<Vec<_>>(), shape), device)
}
