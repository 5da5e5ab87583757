//! The kernels. Results of all tensors lie in one, each from its place on.

// A kernel has an argument for each tensor that it binds, and knows no ranges.
#![allow(clippy::too_many_arguments, clippy::manual_range_contains)]

use cubecl::prelude::*;

/// Units of a cube.
pub(super) const UNITS: u32 = 256;

/// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - rate m / (sqrt(v) + epsilon), where g is `factor` times the
/// gradient. `new` is 3 x length: parameters, first moments, second moments.
#[cube(launch)]
pub(super) fn adam_kernel(
    params: Sequence<OwnedTensor<f32>>,
    first: Sequence<OwnedTensor<f32>>,
    second: Sequence<OwnedTensor<f32>>,
    gradients: Sequence<OwnedTensor<f32>>,
    new: &mut Tensor<f32>,
    places: Sequence<u32>,
    beta1: f32,
    beta2: f32,
    rate: f32,
    epsilon: f32,
    factor: f32,
) {
    let length = new.stride(0);
    #[unroll]
    for number in 0..params.len() {
        let place = places[number] as usize;
        let count = params[number].len();
        if ABSOLUTE_POS >= place && ABSOLUTE_POS < place + count {
            let at = ABSOLUTE_POS - place;
            let gradient = gradients[number][at] * factor;
            let m = first[number][at] * beta1 + gradient * (1.0 - beta1);
            let v = second[number][at] * beta2 + gradient * gradient * (1.0 - beta2);
            new[ABSOLUTE_POS] = params[number][at] - rate * m / (v.sqrt() + epsilon);
            new[length + ABSOLUTE_POS] = m;
            new[2 * length + ABSOLUTE_POS] = v;
        }
    }
}

/// `a + share (b - a)`
#[cube(launch)]
pub(super) fn blend_kernel(
    a: Sequence<OwnedTensor<f32>>,
    b: Sequence<OwnedTensor<f32>>,
    new: &mut Tensor<f32>,
    places: Sequence<u32>,
    share: f32,
) {
    #[unroll]
    for number in 0..a.len() {
        let place = places[number] as usize;
        let count = a[number].len();
        if ABSOLUTE_POS >= place && ABSOLUTE_POS < place + count {
            let at = ABSOLUTE_POS - place;
            let old = a[number][at];
            new[ABSOLUTE_POS] = old + (b[number][at] - old) * share;
        }
    }
}

/// How many numbers each cube saw that are not finite. By their bits, because compilers may take for granted that there
/// are none.
#[cube(launch)]
pub(super) fn faults_kernel(tensors: Sequence<OwnedTensor<f32>>, found: &mut Tensor<f32>) {
    let mut faults = Shared::<[f32]>::new_slice(comptime!(UNITS as usize));
    let mut mine = 0.0f32;
    #[unroll]
    for number in 0..tensors.len() {
        let count = tensors[number].len();
        let mut at = ABSOLUTE_POS;
        while at < count {
            let exponent = u32::reinterpret(tensors[number][at]) & 0x7f80_0000;
            if exponent == 0x7f80_0000 {
                mine += 1.0;
            }
            at += (CUBE_COUNT_X * UNITS) as usize;
        }
    }
    faults[UNIT_POS as usize] = mine;
    sync_cube();
    if UNIT_POS == 0 {
        let mut sum = 0.0f32;
        for unit in 0..UNITS {
            sum += faults[unit as usize];
        }
        found[CUBE_POS_X as usize] = sum;
    }
}
