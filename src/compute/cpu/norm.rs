//! Batch normalisation and (leaky) ReLU in one pass.
//!
//! `x` is B x C x plane. A normalised channel is `a = gamma (x - mean) / sqrt(variance + epsilon) + beta`, then
//! `y = a` where positive, else `leak a` (0 for ReLU, 1 for no activation).

use super::pool;
use super::shared::Shared;
use super::sums::{sum, sum2};
use super::wide::wide;
use rayon::prelude::*;

/// A normalised batch and its statistics.
pub struct Normalised {
    pub y: Vec<f32>,
    /// Mean and biased variance of each channel.
    pub mean: Vec<f32>,
    pub variance: Vec<f32>,
}

/// `(scale, shift)` that normalise a channel, and `1 / sqrt(variance + epsilon)`.
fn affine([gamma, beta, mean, variance]: [f32; 4], epsilon: f32) -> ([f32; 2], f32) {
    let inverse = 1.0 / (variance + epsilon).sqrt();
    let scale = gamma * inverse;
    ([scale, beta - mean * scale], inverse)
}

/// Normalises by the batch's own statistics, then applies the activation.
pub fn normalise(x: &[f32], [gamma, beta]: [&[f32]; 2], plane: usize, epsilon: f32, leak: f32) -> Normalised {
    let channels = gamma.len();
    let count = (x.len() / channels).max(1) as f64;
    let mut y = pool::take(x.len());
    let planes = ByChannel::new(&mut y, channels, plane);
    // A channel at a time, so that it is still in the cache when it is read again.
    let (mean, variance) = (0..channels)
        .into_par_iter()
        .map(|c| {
            let read = || x.chunks_exact(plane).skip(c).step_by(channels);
            wide(|| {
                let mean = (read().map(|p| sum(p, |v| v)).sum::<f64>() / count) as f32;
                let variance = read().map(|p| sum(p, |v| (v - mean) * (v - mean))).sum::<f64>() / count;
                let ([scale, shift], _) = affine([gamma[c], beta[c], mean, variance as f32], epsilon);
                for (i, x) in read().enumerate() {
                    // SAFETY: this channel is this thread's alone.
                    let y = unsafe { planes.get(i, c) };
                    for (y, x) in y.iter_mut().zip(x) {
                        let a = x * scale + shift;
                        *y = if a > 0.0 { a } else { a * leak };
                    }
                }
                (mean, variance as f32)
            })
        })
        .unzip();
    Normalised { y, mean, variance }
}

/// Gradients of the input, of gamma and of beta.
pub struct NormGradients {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// What [`normalise`] took and found.
pub struct NormState<'a> {
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
pub fn norm_gradients(state: &NormState<'_>, dy: &[f32], plane: usize, epsilon: f32, leak: f32) -> NormGradients {
    let NormState { x, gamma, beta, mean, variance } = *state;
    let channels = gamma.len();
    let count = (x.len() / channels) as f32;
    let mut dx = pool::take(x.len());
    let target = ByChannel::new(&mut dx, channels, plane);
    let (gamma, beta) = (0..channels)
        .into_par_iter()
        .map(|c| {
            let planes = || x.chunks_exact(plane).zip(dy.chunks_exact(plane)).skip(c).step_by(channels);
            let mean = mean[c];
            let ([scale, shift], inverse) = affine([gamma[c], beta[c], mean, variance[c]], epsilon);
            let before = |x: f32, dy: f32| if x * scale + shift > 0.0 { dy } else { dy * leak };
            wide(|| {
                let mut sums = [0f64; 2];
                for (x, dy) in planes() {
                    let found = sum2(x, dy, |x, dy| {
                        let da = before(x, dy);
                        [da, da * (x - mean)]
                    });
                    sums = [sums[0] + found[0], sums[1] + found[1]];
                }
                let (dbeta, dgamma) = (sums[0] as f32, sums[1] as f32 * inverse);
                // dx = scale da - (constant + factor (x - mean))
                let constant = scale * dbeta / count;
                let factor = scale * inverse * dgamma / count;
                for (i, (x, dy)) in planes().enumerate() {
                    // SAFETY: this channel is this thread's alone.
                    let dx = unsafe { target.get(i, c) };
                    for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                        *dx = scale * before(*x, *dy) - constant - factor * (x - mean);
                    }
                }
                (dgamma, dbeta)
            })
        })
        .unzip();
    NormGradients { x: dx, gamma, beta }
}

/// Planes of a batch, handed out by channel to different threads.
struct ByChannel {
    values: Shared,
    channels: usize,
    plane: usize,
}

impl ByChannel {
    fn new(values: &mut [f32], channels: usize, plane: usize) -> Self {
        Self { values: Shared::new(values), channels, plane }
    }

    /// The plane of `channel` in picture `picture`.
    ///
    /// # Safety
    /// The plane must exist, the buffer be alive, and one thread alone must ask for a channel.
    #[expect(clippy::mut_from_ref, reason = "the planes do not overlap")]
    unsafe fn get(&self, picture: usize, channel: usize) -> &mut [f32] {
        // SAFETY: the caller's promise.
        unsafe { self.values.slice((picture * self.channels + channel) * self.plane, self.plane) }
    }
}
