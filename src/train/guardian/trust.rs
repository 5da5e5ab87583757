//! How the discriminator judges pictures that it learns from, and held-out ones that are just as real.

use super::severity::{Severity, worse};
use crate::metrics::SignMean;

/// Looks over which the mean signs are averaged. What the discriminator thinks of few pictures changes from look to
/// look.
const LOOKS: u32 = 8;
/// How many standard errors wide the gap must be. With 20 held-out pictures a discriminator that has memorised nothing
/// raises a finding in 5 of 1,000 runs, with 8 in 17; one that has memorised all is found with either
/// (`tests/reference/watch.py trust`).
const SURE: f64 = 2.5;

/// Mean signs of the last looks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trust {
    looks: u32,
    pub train: SignMean,
    pub held: SignMean,
}

impl Trust {
    pub(super) fn new(train: SignMean, held: SignMean) -> Self {
        Self { looks: 1, train, held }
    }

    /// With the next look. Averaging over looks does not add pictures: each look is at the same ones.
    pub(super) fn and(self, train: SignMean, held: SignMean) -> Self {
        let looks = (self.looks + 1).min(LOOKS);
        let mix = |old: SignMean, new: SignMean| {
            let mean = old.mean + (new.mean - old.mean) / f64::from(looks);
            SignMean { mean, ..new }
        };
        Self { looks, train: mix(self.train, train), held: mix(self.held, held) }
    }

    /// A discriminator that calls its training pictures real may just be good; it also has to call held-out ones
    /// generated, and more of them than chance explains.
    pub(super) fn looks_wrong(&self) -> Option<Severity> {
        let (train, gap) = (self.train.mean, self.gap());
        let sure = self.train.errors_above(self.held) > SURE;
        worse(sure && train > 0.6 && gap > 0.3, sure && train > 0.85 && gap > 0.6)
    }

    pub(super) fn looks_well(&self) -> bool {
        self.train.mean < 0.55 || self.gap() < 0.2
    }

    fn gap(&self) -> f64 {
        self.train.mean - self.held.mean
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Guardian, Signals, Situation};
    use super::*;
    use crate::config::{LossKind, Tunables};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// The share of 200 simulated trainings, each with 200 looks, that are said to memorise their pictures. Half of
    /// what the discriminator thinks of a picture is the picture's own and stays, the rest is new at each look.
    /// `levels` are the means, in standard deviations, over 64 training pictures and over `held` others.
    fn raised(levels: [f64; 2], held: usize) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut noise = || -> f64 { StandardNormal.sample(&mut rng) };
        let tunables = Tunables::default();
        let found = (0..200).filter(|_| {
            let own = [64, held].map(|n| (0..n).map(|_| noise()).collect::<Vec<f64>>());
            let mut guardian = Guardian::new(LossKind::Rpgan, 32, 0);
            (1..=200).any(|look| {
                let mut sign = |side: usize| {
                    let signs = own[side].iter().map(|own| (levels[side] + (own + noise()) / 2f64.sqrt()).signum());
                    let sum: f64 = signs.sum();
                    Some(SignMean { mean: sum / own[side].len() as f64, pictures: own[side].len() })
                };
                let signals = Signals { r_train: sign(0), r_held: sign(1), ..Signals::default() };
                guardian.quality(1000 + 50 * look, &signals);
                let situation = Situation { tunables: &tunables, checkpoints: &[], lower: 0.5, side: 64 };
                !guardian.findings(&situation).is_empty()
            })
        });
        found.count() as f64 / 200.0
    }

    /// Levels of 0.94, 1.28 and 1.96 are mean signs of 0.65, 0.8 and 0.95; -0.13 is one of -0.1.
    #[test]
    fn few_pictures_raise_no_false_alarm_and_memorising_is_found_with_them() {
        for held in [8, 20, 64] {
            for level in [0.94, 1.28, 1.96] {
                let false_alarms = raised([level, level], held);
                assert!(false_alarms <= 0.04, "{false_alarms} with {held} at {level}");
            }
            let found = raised([1.96, -0.13], held);
            assert!(found >= 0.97, "{found} with {held}");
        }
    }
}
