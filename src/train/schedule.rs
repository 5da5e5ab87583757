//! What becomes less towards the end of a run: the learning rates, and how far colours are augmented.

use crate::config::{RateDecay, RunConfig};

/// Where the learning rates begin to fall, as a part of the run, and what is left of them at its end.
const BEGIN: f64 = 2.0 / 3.0;
const LEFT: f64 = 0.25;
/// How far colours change from there on: pictures are less pale then, and the judge sees little difference
/// (docs/measurements.md).
const SETTLED: f32 = 0.25;

/// How far a run has come: generator updates, batches of real pictures, and of those how many each coming update takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Done {
    pub steps: u64,
    pub batches: u64,
    pub d_steps: u32,
}

/// Generator updates of the whole run, if its end is known: the nearer one of the limits in steps and in epochs over
/// `pictures`.
pub(crate) fn planned_steps(config: &RunConfig, pictures: usize, done: Done) -> Option<u64> {
    let by_epochs = (config.max_epochs > 0).then(|| {
        let batches = f64::from(config.max_epochs) * pictures as f64 / f64::from(config.batch);
        let left = (batches - done.batches as f64).max(0.0) / f64::from(done.d_steps);
        done.steps + left.ceil() as u64
    });
    let by_steps = (config.max_steps > 0).then_some(config.max_steps);
    [by_steps, by_epochs].into_iter().flatten().min()
}

/// Generator updates of a run over `pictures` from its beginning to its end, if it has one.
pub(crate) fn run_length(config: &RunConfig, pictures: usize) -> Option<u64> {
    planned_steps(config, pictures, Done { steps: 0, batches: 0, d_steps: config.tunables.d_steps })
}

/// What the learning rates are multiplied with at step `step` of `planned`: 1 for two thirds of the run, then down to a
/// quarter along half a cosine.
pub(crate) fn rate_factor(decay: RateDecay, step: u64, planned: Option<u64>) -> f64 {
    let (RateDecay::Cosine, Some(planned)) = (decay, planned) else { return 1.0 };
    let done = (step as f64 / planned as f64).min(1.0);
    let falling = ((done - BEGIN) / (1.0 - BEGIN)).max(0.0);
    LEFT + (1.0 - LEFT) * 0.5 * (1.0 + (std::f64::consts::PI * falling).cos())
}

/// What the augmentation's changes of colour are multiplied with at step `step` of `planned`: 1 for two thirds of the
/// run, then a quarter if they settle.
pub(crate) fn colour_factor(settle: bool, step: u64, planned: Option<u64>) -> f32 {
    let late = planned.is_some_and(|planned| step as f64 >= BEGIN * planned as f64);
    if settle && late { SETTLED } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_settle_in_the_last_third() {
        let at = |step| colour_factor(true, step, Some(900));
        assert_eq!([at(0), at(599), at(600), at(900), at(2000)], [1.0, 1.0, 0.25, 0.25, 0.25]);
        assert_eq!((colour_factor(true, 800, None), colour_factor(false, 800, Some(900))), (1.0, 1.0));
    }

    #[test]
    fn falls_to_a_quarter_in_the_last_third() {
        let at = |step| rate_factor(RateDecay::Cosine, step, Some(900));
        assert_eq!((at(0), at(600)), (1.0, 1.0));
        assert!((at(750) - 0.625).abs() < 1e-9);
        assert!((at(900) - 0.25).abs() < 1e-9 && (at(2000) - 0.25).abs() < 1e-9);
        assert_eq!(rate_factor(RateDecay::Cosine, 800, None), 1.0);
        assert_eq!(rate_factor(RateDecay::Off, 800, Some(900)), 1.0);
    }

    #[test]
    fn the_nearer_end_counts() {
        let mut config = RunConfig { batch: 10, ..RunConfig::default() };
        let start = Done { steps: 0, batches: 0, d_steps: 1 };
        assert_eq!(planned_steps(&config, 100, start), None);
        config.max_epochs = 3;
        assert_eq!(planned_steps(&config, 95, start), Some(29));
        config.max_steps = 7;
        assert_eq!(planned_steps(&config, 95, start), Some(7));
    }

    /// 285 pictures in batches of 10 are 28.5 batches, however the discriminator's updates change on the way.
    #[test]
    fn epochs_end_where_they_should_when_updates_change() {
        let config = RunConfig { batch: 10, max_epochs: 3, ..RunConfig::default() };
        let at = |steps, batches, d_steps| planned_steps(&config, 95, Done { steps, batches, d_steps });
        assert_eq!(at(10, 10, 1), Some(29));
        assert_eq!(at(10, 10, 4), Some(15));
        assert_eq!(at(13, 22, 1), Some(20));
        assert_eq!(at(20, 29, 1), Some(20));
    }
}
