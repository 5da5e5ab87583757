//! Batch normalisation and (leaky) ReLU in one pass.
//!
//! `x` is B x C x plane. A normalised channel is `a = gamma (x - mean) / sqrt(variance + epsilon) + beta`, then
//! `y = a` where positive, otherwise `leak a` (0 for ReLU, 1 for no activation).

use super::pointwise::slope;
use super::pool;
use super::shared::Shared;
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
    if channels < rayon::current_num_threads() {
        return normalise_planes(x, [gamma, beta], plane, epsilon, leak);
    }
    let mut y = pool::take(x.len());
    let to = Shared::new(&mut y);
    let (mean, variance) = (0..channels)
        .into_par_iter()
        .map(|c| {
            let x = ChannelPlanes { x, channel: c, channels, plane };
            normalise_channel(x, to, [gamma[c], beta[c]], epsilon, leak)
        })
        .unzip();
    NormalisedBatch { y, mean, variance }
}

simd_dispatch! {
    /// One channel in all passes, so that it is still in the cache when it is read again. Gives its mean and variance.
    fn normalise_channel(
        x: ChannelPlanes<'_>,
        y: Shared,
        gamma_beta: [f32; 2],
        epsilon: f32,
        leak: f32,
    ) -> (f32, f32) {
        let [gamma, beta] = gamma_beta;
        let count = x.numbers().max(1) as f64;
        let mean = (x.iter().map(|p| sum(p, |v| v)).sum::<f64>() / count) as f32;
        let variance = (x.iter().map(|p| sum(p, |v| (v - mean) * (v - mean))).sum::<f64>() / count) as f32;
        let ([scale, shift], _) = affine([gamma, beta, mean, variance], epsilon);
        for (i, plane) in x.iter().enumerate() {
            // SAFETY: a plane of a channel that belongs to this thread alone.
            let y = unsafe { y.slice(x.start(i), x.plane) };
            for (y, x) in y.iter_mut().zip(plane) {
                let a = x * scale + shift;
                *y = slope(a, leak) * a;
            }
        }
        (mean, variance)
    }
}

/// [`normalise`] for fewer channels than threads, plane by plane: the same numbers, but what was read is no longer in
/// the cache when it is read again.
fn normalise_planes(x: &[f32], [gamma, beta]: [&[f32]; 2], plane: usize, epsilon: f32, leak: f32) -> NormalisedBatch {
    let channels = gamma.len();
    let count = (x.len() / channels.max(1)).max(1) as f64;
    let planes = || x.par_chunks_exact(plane).enumerate();
    let mean_of = |sums: Vec<f64>| -> Vec<f32> {
        let of_channel = |c: usize| sums.iter().skip(c).step_by(channels).sum::<f64>();
        (0..channels).map(|c| (of_channel(c) / count) as f32).collect()
    };
    let mean = mean_of(planes().map(|(_, x)| plane_sum(x)).collect());
    let variance = mean_of(planes().map(|(i, x)| plane_squares(x, mean[i % channels])).collect());
    let mut y = pool::take(x.len());
    y.par_chunks_exact_mut(plane).zip(planes()).for_each(|(y, (i, x))| {
        let c = i % channels;
        let (scale_shift, _) = affine([gamma[c], beta[c], mean[c], variance[c]], epsilon);
        normalise_plane(x, y, scale_shift, leak);
    });
    NormalisedBatch { y, mean, variance }
}

simd_dispatch! {
    fn plane_sum(x: &[f32]) -> f64 {
        sum(x, |v| v)
    }
}

simd_dispatch! {
    fn plane_squares(x: &[f32], mean: f32) -> f64 {
        sum(x, |v| (v - mean) * (v - mean))
    }
}

simd_dispatch! {
    fn normalise_plane(x: &[f32], y: &mut [f32], scale_shift: [f32; 2], leak: f32) {
        let [scale, shift] = scale_shift;
        for (y, x) in y.iter_mut().zip(x) {
            let a = x * scale + shift;
            *y = slope(a, leak) * a;
        }
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
    if channels < rayon::current_num_threads() {
        return norm_gradients_planes(state, dy, plane, epsilon, leak);
    }
    let mut dx = pool::take(state.x.len());
    let to = Shared::new(&mut dx);
    let (gamma, beta) = (0..channels)
        .into_par_iter()
        .map(|channel| {
            let planes = |x| ChannelPlanes { x, channel, channels, plane };
            channel_gradients(state, planes(state.x), planes(dy), to, epsilon, leak)
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
        dx: Shared,
        epsilon: f32,
        leak: f32,
    ) -> (f32, f32) {
        let pairs = || x.iter().zip(dy.iter());
        let (channel, count) = (x.channel, x.numbers() as f32);
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
        for (i, (plane, dy)) in pairs().enumerate() {
            // SAFETY: a plane of a channel that belongs to this thread alone.
            let dx = unsafe { dx.slice(x.start(i), x.plane) };
            for ((dx, x), dy) in dx.iter_mut().zip(plane).zip(dy) {
                *dx = scale * before(*x, *dy) - constant - factor * (x - mean);
            }
        }
        (dgamma, dbeta)
    }
}

/// [`norm_gradients`] for fewer channels than threads; see [`normalise_planes`].
fn norm_gradients_planes(state: &NormState<'_>, dy: &[f32], plane: usize, epsilon: f32, leak: f32) -> NormGradients {
    let channels = state.gamma.len();
    let count = (state.x.len() / channels.max(1)) as f32;
    let affines: Vec<_> = (0..channels)
        .map(|c| affine([state.gamma[c], state.beta[c], state.mean[c], state.variance[c]], epsilon))
        .collect();
    let planes = || state.x.par_chunks_exact(plane).zip(dy.par_chunks_exact(plane)).enumerate();
    let sums: Vec<(f64, f64)> = planes()
        .map(|(i, (x, dy))| gradient_sums(x, dy, affines[i % channels].0, state.mean[i % channels], leak))
        .collect();
    let (gamma, beta): (Vec<f32>, Vec<f32>) = (0..channels)
        .map(|c| {
            let own = sums.iter().skip(c).step_by(channels);
            let (da, product) = own.fold((0.0, 0.0), |all, plane| (all.0 + plane.0, all.1 + plane.1));
            (product as f32 * affines[c].1, da as f32)
        })
        .unzip();
    let mut dx = pool::take(state.x.len());
    dx.par_chunks_exact_mut(plane).zip(planes()).for_each(|(dx, (i, (x, dy)))| {
        let c = i % channels;
        let ([scale, shift], inverse) = affines[c];
        let (constant, factor) = (scale * beta[c] / count, scale * inverse * gamma[c] / count);
        gradient_plane(x, dy, dx, [scale, shift, constant, factor, state.mean[c]], leak);
    });
    NormGradients { x: dx, gamma, beta }
}

simd_dispatch! {
    /// Sums over a plane: of the gradient before the activation, and of its product with `x - mean`.
    fn gradient_sums(x: &[f32], dy: &[f32], scale_shift: [f32; 2], mean: f32, leak: f32) -> (f64, f64) {
        let [scale, shift] = scale_shift;
        let before = move |x: f32, dy: f32| slope(x * scale + shift, leak) * dy;
        (sum2(x, dy, before), sum2(x, dy, move |x, dy| before(x, dy) * (x - mean)))
    }
}

simd_dispatch! {
    fn gradient_plane(x: &[f32], dy: &[f32], dx: &mut [f32], numbers: [f32; 5], leak: f32) {
        let [scale, shift, constant, factor, mean] = numbers;
        let before = move |x: f32, dy: f32| slope(x * scale + shift, leak) * dy;
        for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
            *dx = scale * before(*x, *dy) - constant - factor * (x - mean);
        }
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

    /// Where the channel's plane of the `i`th picture begins.
    #[inline(always)]
    fn start(self, i: usize) -> usize {
        (i * self.channels + self.channel) * self.plane
    }

    /// How many numbers the channel has.
    #[inline(always)]
    fn numbers(self) -> usize {
        self.x.len() / self.channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With one thread channel by channel, with more than there are channels plane by plane.
    #[test]
    fn few_channels_and_many_threads_give_the_same_numbers() {
        let (channels, plane, batch) = (5, 36, 7);
        let numbers = |step: usize, count: usize| -> Vec<f32> {
            (0..count).map(|i| (i * step % 1009) as f32 / 504.5 - 1.0).collect()
        };
        let (x, dy) = (numbers(71, batch * channels * plane), numbers(37, batch * channels * plane));
        let (gamma, beta) = (numbers(53, channels), numbers(19, channels));
        for leak in [0.0, 0.2, 1.0] {
            let all = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| {
                    let NormalisedBatch { y, mean, variance } = normalise(&x, [&gamma, &beta], plane, 1e-5, leak);
                    let state = NormState { x: &x, gamma: &gamma, beta: &beta, mean: &mean, variance: &variance };
                    let found = norm_gradients(&state, &dy, plane, 1e-5, leak);
                    let bits = |values: Vec<f32>| values.into_iter().map(f32::to_bits).collect::<Vec<_>>();
                    [y, mean.clone(), variance.clone(), found.x, found.gamma, found.beta].map(bits)
                })
            };
            assert!(all(1) == all(16), "with a slope of {leak}");
        }
    }
}
