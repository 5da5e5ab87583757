//! Batch normalisation and (leaky) ReLU in one pass.
//!
//! `x` is B x C x plane. A normalised channel is `a = gamma (x - mean) / sqrt(variance + epsilon) + beta`, then
//! `y = a` where positive, else `leak a` (0 for ReLU, 1 for no activation).

use rayon::prelude::*;

/// Partial sums kept side by side, which lets the compiler use wide instructions.
const LANES: usize = 16;

/// Mean and biased variance of each channel.
pub fn statistics(x: &[f32], channels: usize, plane: usize) -> (Vec<f32>, Vec<f32>) {
    let count = (x.len() / channels).max(1) as f64;
    (0..channels)
        .into_par_iter()
        .map(|c| {
            let planes = || x.chunks_exact(plane).skip(c).step_by(channels);
            let mean = planes().map(|p| sum(p, |v| v)).sum::<f64>() / count;
            let centre = mean as f32;
            let variance = planes().map(|p| sum(p, |v| (v - centre) * (v - centre))).sum::<f64>() / count;
            (centre, variance as f32)
        })
        .unzip()
}

/// Normalises with these statistics, then applies the activation.
pub fn normalise(x: &[f32], plane: usize, affine: &[[f32; 2]], leak: f32) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    y.par_chunks_exact_mut(plane).with_min_len(16).zip(x.par_chunks_exact(plane)).enumerate().for_each(
        |(i, (y, x))| {
            let [scale, shift] = affine[i % affine.len()];
            for (y, x) in y.iter_mut().zip(x) {
                let a = x * scale + shift;
                *y = if a > 0.0 { a } else { a * leak };
            }
        },
    );
    y
}

/// Gradients of the input, of gamma and of beta.
pub struct NormGradients {
    pub x: Vec<f32>,
    pub gamma: Vec<f32>,
    pub beta: Vec<f32>,
}

/// The gradients, given those of the output in `dy`. `affine` is what [`normalise`] took, `centre` each channel's
/// `(mean, 1 / sqrt(variance + epsilon))`.
///
/// With h = (x - mean) / deviation and da the gradient before the activation:
/// dbeta = sum da, dgamma = sum da h, dx = gamma / deviation (da - mean(da) - h mean(da h)) (Ioffe and Szegedy 2015).
pub fn norm_gradients(
    x: &[f32],
    dy: &[f32],
    plane: usize,
    affine: &[[f32; 2]],
    centre: &[[f32; 2]],
    leak: f32,
) -> NormGradients {
    let channels = affine.len();
    let count = (x.len() / channels) as f32;
    let (gamma, beta): (Vec<f32>, Vec<f32>) = (0..channels)
        .into_par_iter()
        .map(|c| {
            let planes = x.chunks_exact(plane).zip(dy.chunks_exact(plane)).skip(c).step_by(channels);
            let ([scale, shift], [mean, inverse]) = (affine[c], centre[c]);
            let (mut da_sum, mut product_sum) = (0f64, 0f64);
            for (x, dy) in planes {
                da_sum += sum2(x, dy, |x, dy| slope(x * scale + shift, leak) * dy);
                product_sum += sum2(x, dy, |x, dy| slope(x * scale + shift, leak) * dy * (x - mean));
            }
            ((product_sum as f32) * inverse, da_sum as f32)
        })
        .unzip();
    let mut dx = vec![0.0; x.len()];
    dx.par_chunks_exact_mut(plane)
        .with_min_len(16)
        .zip(x.par_chunks_exact(plane).zip(dy.par_chunks_exact(plane)))
        .enumerate()
        .for_each(|(i, (dx, (x, dy)))| {
            let c = i % channels;
            let ([scale, shift], [mean, inverse]) = (affine[c], centre[c]);
            // dx = scale da - (constant + factor (x - mean))
            let constant = scale * beta[c] / count;
            let factor = scale * inverse * gamma[c] / count;
            for ((dx, x), dy) in dx.iter_mut().zip(x).zip(dy) {
                let da = slope(x * scale + shift, leak) * dy;
                *dx = scale * da - constant - factor * (x - mean);
            }
        });
    NormGradients { x: dx, gamma, beta }
}

/// `y = x` where positive, else `leak x`.
pub fn leaky(x: &[f32], leak: f32) -> Vec<f32> {
    let mut y = vec![0.0; x.len()];
    y.par_chunks_mut(1 << 14).zip(x.par_chunks(1 << 14)).for_each(|(y, x)| {
        y.iter_mut().zip(x).for_each(|(y, x)| *y = if *x > 0.0 { *x } else { x * leak });
    });
    y
}

/// The gradient of [`leaky`]'s input. `x` may be its input or its output: they have the same signs for `leak >= 0`.
pub fn leaky_gradient(x: &[f32], dy: &[f32], leak: f32) -> Vec<f32> {
    let mut dx = vec![0.0; x.len()];
    let inputs = x.par_chunks(1 << 14).zip(dy.par_chunks(1 << 14));
    dx.par_chunks_mut(1 << 14).zip(inputs).for_each(|(dx, (x, dy))| {
        dx.iter_mut().zip(x).zip(dy).for_each(|((dx, x), dy)| *dx = slope(*x, leak) * dy);
    });
    dx
}

fn slope(a: f32, leak: f32) -> f32 {
    if a > 0.0 { 1.0 } else { leak }
}

/// Sum of `f` over a plane: in single precision within the plane, between planes in double precision.
fn sum(values: &[f32], f: impl Fn(f32) -> f32) -> f64 {
    let mut lanes = [0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|v| f(*v)).sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, v)| *lane += f(*v));
    }
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest)
}

fn sum2(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    let mut lanes = [0f32; LANES];
    let (a_chunks, b_chunks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| f(*a, *b)).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += f(*a, *b));
    }
    lanes.iter().map(|v| f64::from(*v)).sum::<f64>() + f64::from(rest)
}
