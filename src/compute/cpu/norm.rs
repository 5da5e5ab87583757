//! Batch normalisation and (leaky) ReLU in one pass.
//!
//! `x` is B x C x plane. A normalised channel is `a = gamma (x - mean) / sqrt(variance + epsilon) + beta`, then
//! `y = a` where positive, otherwise `leak a` (0 for ReLU, 1 for no activation).

use super::pointwise::slope;
use super::pool;
use super::simd_dispatch::simd_dispatch;
use super::sums::{sum, sum2};
use rayon::prelude::*;

/// A normalised batch and its statistics.
pub(crate) struct NormalisedBatch {
    pub y: Vec<f32>,
    /// Mean and biased variance of each channel.
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// `(scale, shift)` that normalise a channel, and `1 / sqrt(variance + epsilon)`.
#[inline(always)]
fn affine([gamma, beta, mean, variance]: [f32; 4], epsilon: f32) -> ([f32; 2], f32) {
    let inverse = 1.0 / (variance + epsilon).sqrt();
    let scale = gamma * inverse;
    ([scale, beta - mean * scale], inverse)
}

/// Normalises by the batch's own statistics, then applies the activation.
pub(crate) fn normalise(
    x: &[f32],
    [gamma, beta]: [&[f32]; 2],
    plane: usize,
    epsilon: f32,
    leak: f32,
) -> NormalisedBatch {
    let channels = gamma.len();
    let mut y = pool::take(x.len());
    let (mean, variance) = by_channel(&mut y, channels, plane)
        .into_par_iter()
        .enumerate()
        .map(|(c, y)| {
            normalise_channel(ChannelPlanes { x, channel: c, channels, plane }, y, [gamma[c], beta[c]], epsilon, leak)
        })
        .unzip();
    NormalisedBatch { y, mean, variance }
}

simd_dispatch! {
    /// One channel in all passes, so that it is still in the cache when it is read again. Gives its mean and variance.
    fn normalise_channel(
        x: ChannelPlanes<'_>,
        y: Vec<&mut [f32]>,
        gamma_beta: [f32; 2],
        epsilon: f32,
        leak: f32,
    ) -> (f32, f32) {
        let [gamma, beta] = gamma_beta;
        let count = (y.len() * x.plane).max(1) as f64;
        let mean = (x.iter().map(|p| sum(p, |v| v)).sum::<f64>() / count) as f32;
        let variance = x.iter().map(|p| sum(p, |v| (v - mean) * (v - mean))).sum::<f64>() / count;
        let ([scale, shift], _) = affine([gamma, beta, mean, variance as f32], epsilon);
        for (y, x) in y.into_iter().zip(x.iter()) {
            for (y, x) in y.iter_mut().zip(x) {
                let a = x * scale + shift;
                *y = slope(a, leak) * a;
            }
        }
        (mean, variance as f32)
    }
}

/// Gradients of the input, of gamma and of beta.
pub(crate) struct NormGradients {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// What [`normalise`] took and found.
pub(crate) struct NormState<'a> {
    pub x: &'a [f32],
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
    pub mean: &'a [f32],
    pub variance: &'a [f32],
}

/// The gradients, given those of the output in `dy`.
///
/// With h = (x - mean) / deviation and da the gradient before the activation:
/// dbeta = sum da, dgamma = sum da h, dx = gamma / deviation (da - mean(da) - h mean(da h)) (Ioffe and Szegedy 2015).
pub(crate) fn norm_gradients(
    state: &NormState<'_>,
    dy: &[f32],
    plane: usize,
    epsilon: f32,
    leak: f32,
) -> NormGradients {
    let channels = state.gamma.len();
    let mut dx = pool::take(state.x.len());
    let (gamma, beta) = by_channel(&mut dx, channels, plane)
        .into_par_iter()
        .enumerate()
        .map(|(channel, dx)| {
            let planes = |x| ChannelPlanes { x, channel, channels, plane };
            channel_gradients(state, planes(state.x), planes(dy), dx, epsilon, leak)
        })
        .unzip();
    NormGradients { x: dx, gamma, beta }
}

simd_dispatch! {
    /// Writes the input's gradient of one channel and gives those of gamma and beta.
    fn channel_gradients(
        state: &NormState<'_>,
        x: ChannelPlanes<'_>,
        dy: ChannelPlanes<'_>,
        dx: Vec<&mut [f32]>,
        epsilon: f32,
        leak: f32,
    ) -> (f32, f32) {
        let pairs = || x.iter().zip(dy.iter());
        let (channel, count) = (x.channel, (dx.len() * x.plane) as f32);
        let mean = state.mean[channel];
        let numbers = [state.gamma[channel], state.beta[channel], mean, state.variance[channel]];
        let ([scale, shift], inverse) = affine(numbers, epsilon);
        let before = move |x: f32, dy: f32| slope(x * scale + shift, leak) * dy;
        let (mut da, mut product) = (0f64, 0f64);
        for (x, dy) in pairs() {
            da += sum2(x, dy, before);
            product += sum2(x, dy, move |x, dy| before(x, dy) * (x - mean));
        }
        let (dbeta, dgamma) = (da as f32, product as f32 * inverse);
        // dx = scale da - (constant + factor (x - mean))
        let constant = scale * dbeta / count;
        let factor = scale * inverse * dgamma / count;
        for (dx, (x, dy)) in dx.into_iter().zip(pairs()) {
            for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                *dx = scale * before(*x, *dy) - constant - factor * (x - mean);
            }
        }
        (dgamma, dbeta)
    }
}

/// The planes of one channel.
#[derive(Clone, Copy)]
struct ChannelPlanes<'a> {
    x: &'a [f32],
    channel: usize,
    channels: usize,
    plane: usize,
}

impl<'a> ChannelPlanes<'a> {
    #[inline(always)]
    fn iter(self) -> impl Iterator<Item = &'a [f32]> {
        self.x.chunks_exact(self.plane).skip(self.channel).step_by(self.channels)
    }
}

/// For each channel its planes.
fn by_channel(values: &mut [f32], channels: usize, plane: usize) -> Vec<Vec<&mut [f32]>> {
    let mut found: Vec<Vec<&mut [f32]>> = Vec::new();
    found.resize_with(channels, Vec::new);
    for (i, plane) in values.chunks_exact_mut(plane).enumerate() {
        found[i % channels].push(plane);
    }
    found
}
