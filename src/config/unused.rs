//! Settings that have no effect with the others as they are.

use super::model::LossKind;
use super::run::{Augment, RateDecay, RunConfig};

/// Of what happens towards the end of a run.
const ENDLESS: &str = "Unused: the run has no limit. Set one, in epochs or in steps.";

impl RunConfig {
    /// Why the setting with this key has no effect in a run with these settings; none when it has one.
    pub(crate) fn unused(&self, key: &str) -> Option<&'static str> {
        let endless = self.max_steps == 0 && self.max_epochs == 0;
        let (unused, why) = match key {
            "smoothing" => (self.model.loss != LossKind::Bce, "Unused: only the bce loss uses label smoothing."),
            "augment-target" => (self.augment == Augment::Off, "Unused: augmentation is off."),
            "penalty-every" => {
                let none = self.tunables.r1 == 0.0 && self.tunables.r2 == 0.0;
                (none, "Unused: both gradient penalties, R1 and R2, are 0.")
            }
            "stop-on-copies" => {
                (self.tunables.measure_every == 0.0, "Unused: the pictures are not measured (Measure every is 0).")
            }
            "rate-decay" => (self.rate_decay == RateDecay::Cosine && endless, ENDLESS),
            "settle-colours" if !self.augment.colour() => {
                (self.settle_colours, "Unused: the augmentation does not change colours.")
            }
            "settle-colours" => (self.settle_colours && endless, ENDLESS),
            "at-once" => (self.at_once >= self.batch, "Unused: the whole batch is no larger."),
            _ => (false, ""),
        };
        unused.then_some(why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_effect_says_so() {
        let keys = ["smoothing", "augment-target", "penalty-every", "rate-decay", "settle-colours", "stop-on-copies"];
        let mut config = RunConfig { rate_decay: RateDecay::Cosine, settle_colours: true, ..RunConfig::default() };
        (config.model.loss, config.tunables.measure_every) = (LossKind::Rpgan, 0.0);
        for key in keys {
            assert!(config.unused(key).is_some(), "{key}");
        }
        assert_eq!(config.unused("batch"), None);
        config.model.loss = LossKind::Bce;
        (config.augment, config.max_epochs, config.tunables.r2) = (Augment::All, 10, 0.1);
        config.tunables.measure_every = 5.0;
        for key in keys {
            assert_eq!(config.unused(key), None, "{key}");
        }
        config.max_epochs = 0;
        assert_eq!([config.unused("rate-decay"), config.unused("settle-colours")], [Some(ENDLESS); 2]);
    }
}
