//! The EMA weights of the generator: an exponential moving average.

use super::layout::Weights;
use crate::compute::ops;

/// The half-life is at most this part of the pictures seen: early pictures would otherwise be those of the first,
/// random weights. Karras et al. 2020 take 0.05, for runs of millions of pictures; one of a hundred thousand would end
/// with half of the half-life that is set, and with worse pictures (docs/measurements.md, "Batches on a CPU").
const RAMP: f64 = 0.1;

/// Share of the old EMA weights kept at a step of `batch` pictures: `0.5 ^ (batch / half_life)`.
///
/// The EMA half-life is in pictures; 0 turns averaging off (the EMA weights are the newest weights).
pub(crate) fn ema_beta(batch: u32, half_life: f64, images_seen: u64) -> f64 {
    let half_life = half_life.min(RAMP * images_seen as f64);
    if half_life <= 0.0 { 0.0 } else { 0.5f64.powf(f64::from(batch) / half_life) }
}

/// `ema <- beta * ema + (1 - beta) * newest`. The newest weights' running statistics are copied, because an average of
/// variances around different means is no variance; the trainer calibrates the EMA weights' own where they are used.
pub(crate) fn update_ema(ema: &mut Weights, newest: &Weights, beta: f64) {
    if beta == 0.0 {
        *ema = newest.clone();
        return;
    }
    // Taken out, so that nobody else holds them and they can be changed in place.
    ema.params = ops::blend(std::mem::take(&mut ema.params), &newest.params, 1.0 - beta);
    ema.stats = newest.stats.clone();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_half_life_halves() {
        // 10,000 pictures in steps of 100, long after the ramp.
        let kept: f64 = (0..100).map(|_| ema_beta(100, 10_000.0, 10_000_000)).product();
        assert!((kept - 0.5).abs() < 1e-9);
    }

    /// 500 steps of 32 pictures with a half-life of 1,000: `tests/reference/recipe.py`.
    #[test]
    fn the_ema_agrees_with_its_formula() {
        let device = burn::tensor::Device::flex();
        let weights = |value: f32| Weights {
            params: vec![burn::tensor::Tensor::from_floats([value], &device)],
            stats: Vec::new(),
        };
        let mut average = weights(0.0);
        for step in 1..=500u64 {
            let newest = (0.05 * step as f64).sin() + 0.002 * step as f64;
            update_ema(&mut average, &weights(newest as f32), ema_beta(32, 1000.0, step * 32));
        }
        let found = average.params[0].clone().into_scalar::<f32>();
        assert!((found - 0.525_081_3).abs() < 1e-5, "{found}");
    }

    #[test]
    fn the_ramp_forgets_the_start() {
        assert_eq!(ema_beta(64, 10_000.0, 0), 0.0);
        // After 640 pictures the half-life is one batch.
        assert!((ema_beta(64, 10_000.0, 640) - 0.5).abs() < 1e-9);
        // What is left of the first weights after 100 steps of 8.
        let kept: f64 = (1..=100).map(|step| ema_beta(8, 10_000.0, 8 * step)).product();
        assert!(kept < 1e-6, "{kept}");
        assert_eq!(ema_beta(64, 0.0, 1_000_000), 0.0);
    }
}
