//! The kernels. Weights are in the order channel, row, column; maps lie as they do, in 32 bits or 16.

use super::super::augment::total;
use cubecl::prelude::*;

/// Units of a cube; a power of two.
pub(super) const UNITS: u32 = 256;

/// Places of number `i` of a picture in a map of these strides (channel, row, column) and in the weights; neighbouring
/// numbers are neighbouring channels.
#[cube]
fn places(i: usize, shape: (usize, usize, usize), strides: (usize, usize, usize)) -> (usize, usize) {
    let (channels, height, width) = shape;
    let (pixel, channel) = (i / channels, i % channels);
    let at = channel * strides.0 + pixel / width * strides.1 + pixel % width * strides.2;
    (at, channel * height * width + pixel)
}

/// One cube for each picture.
#[cube(launch)]
pub(super) fn head_kernel<E: Float>(
    x: &Tensor<E>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    logits: &mut Tensor<f32>,
    #[comptime] biased: bool,
    #[define(E)] _dtype: ElemType,
) {
    let picture = CUBE_POS_X as usize;
    let mut sum = 0.0f32;
    let mut i = UNIT_POS as usize;
    while i < weight.len() {
        let (at, of_weight) = places(i, (x.shape(1), x.shape(2), x.shape(3)), (x.stride(1), x.stride(2), x.stride(3)));
        sum += f32::cast_from(x[picture * x.stride(0) + at]) * weight[of_weight];
        i += UNITS as usize;
    }
    let mut sum = total(sum, UNITS as usize);
    if biased {
        sum += bias[0];
    }
    if UNIT_POS == 0 {
        logits[picture] = sum;
    }
}

/// The gradient by the map.
#[cube(launch)]
pub(super) fn map_kernel<E: Float>(
    d: &Tensor<f32>,
    weight: &Tensor<f32>,
    dx: &mut Tensor<E>,
    #[define(E)] _dtype: ElemType,
) {
    if ABSOLUTE_POS >= dx.len() {
        terminate!();
    }
    let picture = ABSOLUTE_POS / weight.len();
    let (at, of_weight) = places(
        ABSOLUTE_POS % weight.len(),
        (dx.shape(1), dx.shape(2), dx.shape(3)),
        (dx.stride(1), dx.stride(2), dx.stride(3)),
    );
    let to = picture * dx.stride(0) + at;
    dx[to] = E::cast_from(d[picture] * weight[of_weight]);
}

/// The gradients by the weights and by the bias.
#[cube(launch)]
pub(super) fn weights_kernel<E: Float>(
    x: &Tensor<E>,
    d: &Tensor<f32>,
    by_weight: &mut Tensor<f32>,
    by_bias: &mut Tensor<f32>,
    #[define(E)] _dtype: ElemType,
) {
    let features = by_weight.len();
    if ABSOLUTE_POS >= features {
        terminate!();
    }
    let (at, of_weight) =
        places(ABSOLUTE_POS, (x.shape(1), x.shape(2), x.shape(3)), (x.stride(1), x.stride(2), x.stride(3)));
    let mut sum = 0.0f32;
    let mut all = 0.0f32;
    for picture in 0..d.len() {
        sum += f32::cast_from(x[picture * x.stride(0) + at]) * d[picture];
        all += d[picture];
    }
    by_weight[of_weight] = sum;
    if ABSOLUTE_POS == 0 {
        by_bias[0] = all;
    }
}
