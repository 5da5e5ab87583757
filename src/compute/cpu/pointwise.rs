//! Operations on single numbers or on small squares of them: activations, biases, means of 2 x 2.

use super::simd_dispatch::simd_dispatch;
use super::{pool, sums};
use rayon::prelude::*;

/// Numbers that a thread takes at once.
const PIECE: usize = 1 << 13;

/// `x` where positive, otherwise `leak x`, in place.
pub(crate) fn leaky(x: &mut [f32], leak: f32) {
    map_in_place(x, move |x| slope(x, leak) * x);
}

/// The gradient of [`leaky`]'s input, in place of the output's in `dy`. `x` may be the input or the output: they have
/// the same signs for `leak >= 0`.
pub(crate) fn leaky_gradient(x: &[f32], dy: &mut [f32], leak: f32) {
    zip_in_place(dy, x, move |dy, x| slope(x, leak) * dy);
}

/// The derivative of the leaky ReLU. A choice between two numbers that are at hand: the compiler makes a branch of a
/// choice that saves a product, which costs several times more.
#[inline(always)]
pub(crate) fn slope(x: f32, leak: f32) -> f32 {
    if x > 0.0 { 1.0 } else { leak }
}

simd_dispatch! {
    /// Adds `bias` to all and raises what lies below `least` to it, on the calling thread.
    pub(super) fn shift(x: &mut [f32], bias: f32, least: f32) {
        x.iter_mut().for_each(|x| *x = (*x + bias).max(least));
    }
}

simd_dispatch! {
    /// Adds `more` and makes what is negative then 0, on the calling thread.
    pub(crate) fn add_relu(x: &mut [f32], more: &[f32]) {
        x.iter_mut().zip(more).for_each(|(x, more)| *x = (*x + more).max(0.0));
    }
}

/// The hyperbolic tangent, within 2e-7.
pub(crate) fn tanh(x: &mut [f32]) {
    // A closure, not the function: only what is inlined is compiled for SIMD instructions.
    #[allow(clippy::redundant_closure)]
    map_in_place(x, |x| tangent(x));
}

/// The gradient of the input, in place of the output's in `dy`; `y` is the output.
pub(crate) fn tanh_gradient(y: &[f32], dy: &mut [f32]) {
    zip_in_place(dy, y, |dy, y| dy * (1.0 - y * y));
}

/// tanh x = 1 - 2 / (exp(2 x) + 1), without branches, so that many are computed at once.
///
/// exp(t) = 2^n exp(r) with n the whole number nearest to t / ln 2 and |r| <= ln(2) / 2, where seven terms of the
/// series leave an error of 1e-8.
#[inline(always)]
fn tangent(x: f32) -> f32 {
    /// Adding it leaves no room for fractions: 1.5 * 2^23.
    const ROUND: f32 = 12_582_912.0;
    // Beyond 10 the result is 1 to the last bit. A NaN stays one.
    let t = (2.0 * x).clamp(-20.0, 20.0);
    let shifted = t * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    // ln 2 in two parts, of which the first times n is exact.
    let r = (t - n * (355.0 / 512.0)) + n * 2.121_944_4e-4;
    let series = 1.0 + r * (1.0 / 6.0) * (1.0 + r * (1.0 / 7.0));
    let series = 1.0 + r * (1.0 / 4.0) * (1.0 + r * (1.0 / 5.0) * series);
    let series = 1.0 + r * (1.0 + r * (1.0 / 2.0) * (1.0 + r * (1.0 / 3.0) * series));
    // The low bits of `shifted` count up with n; 127 and n make the exponent of 2^n.
    let power = f32::from_bits(shifted.to_bits().wrapping_add(127) << 23);
    1.0 - 2.0 / (power * series + 1.0)
}

/// `a + share (b - a)`, in place of `a`.
pub(crate) fn blend(a: &mut [f32], b: &[f32], share: f32) {
    zip_in_place(a, b, move |a, b| a + share * (b - a));
}

/// The same numbers.
pub(crate) fn copy(x: &[f32]) -> Vec<f32> {
    let mut y = pool::take(x.len());
    y.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(y, x)| y.copy_from_slice(x));
    y
}

/// How many pieces hold numbers that are not finite.
pub(crate) fn faults(x: &[f32]) -> f32 {
    x.par_chunks(PIECE).filter(|x| !finite(x)).count() as f32
}

simd_dispatch! {
    /// Without an early end, which would cost more than it saves: all are finite but once in a long while.
    fn finite(x: &[f32]) -> bool {
        x.iter().fold(true, |all, x| all & x.is_finite())
    }
}

/// `scale (a + b)`.
pub(crate) fn join(a: &[f32], b: &[f32], scale: f32) -> Vec<f32> {
    let mut y = pool::take(a.len());
    let pieces = y.par_chunks_mut(PIECE).zip(a.par_chunks(PIECE)).zip(b.par_chunks(PIECE));
    pieces.for_each(|((y, a), b)| joined(a, b, y, scale));
    y
}

simd_dispatch! {
    fn joined(a: &[f32], b: &[f32], y: &mut [f32], scale: f32) {
        y.iter_mut().zip(a).zip(b).for_each(|((y, a), b)| *y = (a + b) * scale);
    }
}

/// `scale x`, in place.
pub(crate) fn scale(x: &mut [f32], scale: f32) {
    map_in_place(x, move |x| x * scale);
}

/// Each plane times a number of its own.
pub(crate) fn scale_planes(x: &[f32], factors: &[f32], plane: usize) -> Vec<f32> {
    let mut y = pool::take(x.len());
    let planes = y.par_chunks_exact_mut(plane).zip(x.par_chunks_exact(plane)).zip(factors);
    planes.with_min_len((PIECE / plane).max(1)).for_each(|((y, x), factor)| scaled_plane(x, y, *factor));
    y
}

/// The gradients of [`scale_planes`]'s planes, in place of the result's in `dy`, and of its factors.
pub(crate) fn scale_planes_gradients(x: &[f32], factors: &[f32], plane: usize, dy: &mut [f32]) -> Vec<f32> {
    let planes = dy.par_chunks_exact_mut(plane).zip(x.par_chunks_exact(plane)).zip(factors);
    let gradient = |((dy, x), factor): ((&mut [f32], &[f32]), &f32)| scaled_plane_gradients(x, dy, *factor);
    planes.with_min_len((PIECE / plane).max(1)).map(gradient).collect()
}

simd_dispatch! {
    fn scaled_plane(x: &[f32], y: &mut [f32], factor: f32) {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x * factor);
    }
}

simd_dispatch! {
    fn scaled_plane_gradients(x: &[f32], dy: &mut [f32], factor: f32) -> f32 {
        let sum = sums::sum2(x, dy, |x, dy| x * dy) as f32;
        dy.iter_mut().for_each(|dy| *dy *= factor);
        sum
    }
}

/// Adds each channel's number to its planes.
pub(crate) fn add_bias(x: &mut [f32], bias: &[f32], plane: usize) {
    let channels = bias.len();
    x.par_chunks_exact_mut(plane).with_min_len((PIECE / plane).max(1)).enumerate().for_each(|(i, x)| {
        let bias = bias[i % channels];
        each(x, |x| x + bias);
    });
}

/// The gradient of the bias: the sum over a channel's planes.
pub(crate) fn bias_gradient(dy: &[f32], channels: usize, plane: usize) -> Vec<f32> {
    (0..channels).into_par_iter().map(|channel| channel_sum(dy, channel, channels, plane) as f32).collect()
}

simd_dispatch! {
    /// The sum over the planes of `channel`, out of `channels`.
    fn channel_sum(x: &[f32], channel: usize, channels: usize, plane: usize) -> f64 {
        x.chunks_exact(plane).skip(channel).step_by(channels).map(|plane| sums::sum(plane, |v| v)).sum()
    }
}

/// Means of squares of 2 x 2, for planes of `height x width`, both even.
pub(crate) fn average_pool(x: &[f32], height: usize, width: usize) -> Vec<f32> {
    let mut y = pool::take(x.len() / 4);
    let planes = y.par_chunks_exact_mut(height * width / 4).zip(x.par_chunks_exact(height * width));
    planes.with_min_len((PIECE / (height * width)).max(1)).for_each(|(y, x)| average_plane(x, y, width));
    y
}

simd_dispatch! {
    fn average_plane(x: &[f32], y: &mut [f32], width: usize) {
        for (y, x) in y.chunks_exact_mut(width / 2).zip(x.chunks_exact(2 * width)) {
            let (first, second) = x.split_at(width);
            for ((y, a), b) in y.iter_mut().zip(first.chunks_exact(2)).zip(second.chunks_exact(2)) {
                *y = 0.25 * ((a[0] + a[1]) + (b[0] + b[1]));
            }
        }
    }
}

/// The gradient of [`average_pool`]'s input: a quarter of the output's, four times.
pub(crate) fn average_pool_gradient(dy: &[f32], height: usize, width: usize) -> Vec<f32> {
    let mut dx = pool::take(dy.len() * 4);
    let planes = dx.par_chunks_exact_mut(height * width).zip(dy.par_chunks_exact(height * width / 4));
    planes.with_min_len((PIECE / (height * width)).max(1)).for_each(|(dx, dy)| spread_plane(dy, dx, width));
    dx
}

simd_dispatch! {
    fn spread_plane(dy: &[f32], dx: &mut [f32], width: usize) {
        for (dx, dy) in dx.chunks_exact_mut(2 * width).zip(dy.chunks_exact(width / 2)) {
            let (first, second) = dx.split_at_mut(width);
            for (pair, dy) in first.chunks_exact_mut(2).zip(dy) {
                pair.fill(0.25 * dy);
            }
            second.copy_from_slice(first);
        }
    }
}

fn map_in_place(x: &mut [f32], f: impl Fn(f32) -> f32 + Copy + Send + Sync) {
    x.par_chunks_mut(PIECE).for_each(|x| each(x, f));
}

/// `a = f(a, b)` for each pair.
fn zip_in_place(a: &mut [f32], b: &[f32], f: impl Fn(f32, f32) -> f32 + Copy + Send + Sync) {
    a.par_chunks_mut(PIECE).zip(b.par_chunks(PIECE)).for_each(|(a, b)| each_pair(a, b, f));
}

simd_dispatch! {
    fn each(x: &mut [f32], f: impl Fn(f32) -> f32) {
        x.iter_mut().for_each(|x| *x = f(*x));
    }
}

simd_dispatch! {
    fn each_pair(a: &mut [f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
        a.iter_mut().zip(b).for_each(|(a, b)| *a = f(*a, *b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the mathematical library in double precision, over all sizes that matter.
    #[test]
    fn the_tangent_is_right_to_two_units_in_ten_million() {
        for i in -40_000..=40_000 {
            let x = i as f32 * 0.000_7;
            let error = (f64::from(tangent(x)) - f64::from(x).tanh()).abs();
            assert!(error < 2e-7, "tanh({x}) is wrong by {error}");
        }
        assert_eq!((tangent(f32::INFINITY), tangent(f32::NEG_INFINITY), tangent(0.0)), (1.0, -1.0, 0.0));
        assert!(tangent(f32::NAN).is_nan());
    }
}
