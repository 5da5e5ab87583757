//! The course of a training as a plot shows it, whose width has room for a few hundred points.

use crate::config::{MODEL, Param, RUN, RunConfig, TUNABLES};
use crate::engine::protocol::event::{QualityPoint, StepMetrics};

/// Points of a line.
pub(super) const MOST_POINTS: usize = 400;

/// Step, loss of the generator, loss of the discriminator: means over equally many steps.
pub(super) fn losses(metrics: &[StepMetrics]) -> Vec<(u64, f32, f32)> {
    let finite: Vec<&StepMetrics> = metrics.iter().filter(|m| (m.loss_g + m.loss_d).is_finite()).collect();
    let mean = |of: fn(&StepMetrics) -> f32, part: &[&StepMetrics]| {
        part.iter().map(|m| of(m)).sum::<f32>() / part.len() as f32
    };
    finite
        .chunks(finite.len().div_ceil(MOST_POINTS).max(1))
        .map(|part| (part[part.len() / 2].step, mean(|m| m.loss_g, part), mean(|m| m.loss_d, part)))
        .collect()
}

/// Step and KID times 1,000 by one feature network: those of different ones must not stand on one line.
pub(super) fn kids(quality: &[QualityPoint], network: u32) -> Vec<(u64, f64)> {
    let same = quality.iter().filter(|point| point.quality.network == network);
    same.map(|point| (point.step, point.quality.measures.kid)).filter(|(_, kid)| kid.is_finite()).collect()
}

/// Labels and values of all settings but those about paths and machines.
pub(in crate::engine) fn settings(config: &RunConfig) -> Vec<(&'static str, String)> {
    fn rows<S>(params: &[&'static Param<S>], settings: &S) -> Vec<(&'static str, String)> {
        params.iter().map(|p| (p.label, format!("{} {}", p.get(settings), p.unit).trim().to_owned())).collect()
    }
    [rows(MODEL, &config.model), rows(RUN, config), rows(TUNABLES, &config.tunables)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_trainings_have_no_more_points_than_a_plot_shows() {
        let at = |step| StepMetrics {
            step,
            epoch: 0.0,
            loss_d: if step == 3 { f32::NAN } else { 1.0 },
            loss_g: step as f32,
            d_real: 0.5,
            d_fake: 0.5,
            lr_g: 1e-3,
            lr_d: 1e-3,
            r_t: None,
            augmented: None,
            revision: 0,
            seconds: 0.0,
        };
        let points = losses(&(0..10_001).map(at).collect::<Vec<_>>());
        assert!((380..=MOST_POINTS).contains(&points.len()), "{}", points.len());
        assert!(points.iter().all(|(_, g, d)| g.is_finite() && *d == 1.0));
        assert!((points[10].1 - points[10].0 as f32).abs() < 2.0, "the mean lies in the middle");
        assert!(losses(&[]).is_empty());
    }
}
