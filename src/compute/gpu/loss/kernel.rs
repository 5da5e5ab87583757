//! The kernel: one cube, whose units share the pictures.

use super::super::augment::total;
use crate::config::LossKind;
use cubecl::prelude::*;

/// Units of the cube; a power of two.
pub(super) const UNITS: u32 = 256;

/// log(1 + exp(x)) without overflow.
#[cube]
fn softplus(x: f32) -> f32 {
    max(x, 0.0) + (1.0 + (-x.abs()).exp()).ln()
}

#[cube]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// `(term, slope)` of a logit that is to be real, in losses that do not compare.
#[cube]
fn to_real(x: f32, smoothing: f32, #[comptime] kind: LossKind, #[comptime] generator: bool) -> (f32, f32) {
    if comptime!(kind == LossKind::Bce) {
        let term = softplus(-x) * (1.0 - smoothing) + softplus(x) * smoothing;
        (term, sigmoid(x) - 1.0 + smoothing)
    } else if comptime!(kind == LossKind::Lsgan) {
        (0.5 * (x - 1.0) * (x - 1.0), x - 1.0)
    } else {
        // The hinge loss lets the generator gain without end.
        let mut term = 0.0f32;
        let mut slope = 0.0f32;
        if generator {
            term -= x;
            slope -= 1.0;
        } else if x < 1.0 {
            term += 1.0 - x;
            slope -= 1.0;
        }
        (term, slope)
    }
}

/// `(term, slope)` of a logit that is to be generated.
#[cube]
fn to_fake(x: f32, #[comptime] kind: LossKind) -> (f32, f32) {
    if comptime!(kind == LossKind::Bce) {
        (softplus(x), sigmoid(x))
    } else if comptime!(kind == LossKind::Lsgan) {
        (0.5 * x * x, x)
    } else {
        let mut slope = 0.0f32;
        if x + 1.0 > 0.0 {
            slope += 1.0;
        }
        (max(x + 1.0, 0.0), slope)
    }
}

/// `(term, slope)` of how far a logit is above the mean of the others, where it is to be above.
#[cube]
fn to_be_above(x: f32, #[comptime] kind: LossKind) -> (f32, f32) {
    if comptime!(kind == LossKind::RaLsgan) {
        (0.5 * (x - 1.0) * (x - 1.0), x - 1.0)
    } else {
        let mut slope = 0.0f32;
        if x < 1.0 {
            slope -= 0.5;
        }
        (0.5 * max(1.0 - x, 0.0), slope)
    }
}

/// The loss, its slopes by the logits, and the logits apart: `logits` holds B of real and B of generated pictures, for
/// the generator the generated ones alone.
#[cube(launch)]
#[allow(clippy::too_many_arguments)]
pub(super) fn loss_kernel(
    logits: &Tensor<f32>,
    real: &Tensor<f32>,
    loss: &mut Tensor<f32>,
    reals: &mut Tensor<f32>,
    fakes: &mut Tensor<f32>,
    slopes: &mut Tensor<f32>,
    smoothing: f32,
    #[comptime] kind: LossKind,
    #[comptime] generator: bool,
) {
    let count = reals.len();
    let n = f32::cast_from(count as u32);
    // Where the slopes of the generated pictures' logits begin.
    let behind = logits.len() - count;
    let unit = UNIT_POS as usize;
    let units = UNITS as usize;
    let compares = comptime!(kind == LossKind::RaLsgan || kind == LossKind::RaHinge);
    // The generator wants what the discriminator does not.
    let sign = comptime!(if generator { -1.0f32 } else { 1.0f32 });

    let mut sum_r = 0.0f32;
    let mut sum_f = 0.0f32;
    let mut i = unit;
    while i < count {
        let r = real[i];
        let f = logits[behind + i];
        reals[i] = r;
        fakes[i] = f;
        sum_r += r;
        sum_f += f;
        i += units;
    }
    let mut mean_r = 0.0f32;
    let mut mean_f = 0.0f32;
    // Means of the slopes, which reach every logit through the mean that it is part of.
    let mut slope_r = 0.0f32;
    let mut slope_f = 0.0f32;
    if compares {
        mean_r = total(sum_r, UNITS as usize) / n;
        mean_f = total(sum_f, UNITS as usize) / n;
        let mut i = unit;
        while i < count {
            let (_, by_r) = to_be_above((real[i] - mean_f) * sign, kind);
            let (_, by_f) = to_be_above((mean_r - logits[behind + i]) * sign, kind);
            slope_r += by_r;
            slope_f += by_f;
            i += units;
        }
        slope_r = total(slope_r, UNITS as usize) / n;
        slope_f = total(slope_f, UNITS as usize) / n;
    }

    let mut sum = 0.0f32;
    let mut i = unit;
    while i < count {
        let r = real[i];
        let f = logits[behind + i];
        let mut by_r = 0.0f32;
        #[allow(unused_assignments)]
        let mut by_f = 0.0f32;
        if compares {
            let (above, d_above) = to_be_above((r - mean_f) * sign, kind);
            let (below, d_below) = to_be_above((mean_r - f) * sign, kind);
            sum += above + below;
            by_r = (d_above + slope_f) * sign;
            by_f = -(d_below + slope_r) * sign;
        } else if comptime!(kind == LossKind::Rpgan) {
            sum += softplus((f - r) * sign);
            by_f = sigmoid((f - r) * sign) * sign;
            by_r = -by_f;
        } else if generator {
            let (term, slope) = to_real(f, 0.0, kind, true);
            sum += term;
            by_f = slope;
        } else {
            let (as_real, d_real) = to_real(r, smoothing, kind, false);
            let (as_fake, d_fake) = to_fake(f, kind);
            sum += as_real + as_fake;
            by_r = d_real;
            by_f = d_fake;
        }
        slopes[behind + i] = by_f / n;
        if !generator {
            slopes[i] = by_r / n;
        }
        i += units;
    }
    let sum = total(sum, UNITS as usize);
    if unit == 0 {
        loss[0] = sum / n;
    }
}
