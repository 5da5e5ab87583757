//! How fast recipes train, as far as that was measured since the window opened, and what is measured next.

use crate::config::RunConfig;
use crate::engine::{Command, StepSpeed, speed_key};

/// Seconds without a change of the recipe after which it is measured: a slider that is dragged asks for nothing.
const PAUSE: f64 = 0.6;

/// Speeds by recipe, each with the reason where it could not be measured.
#[derive(Debug, Default)]
pub(crate) struct Speeds {
    known: Vec<(RunConfig, Result<StepSpeed, String>)>,
    /// The recipe that is being measured.
    asked: Option<RunConfig>,
    /// The recipe that is wanted, and since when.
    wanted: Option<(RunConfig, f64)>,
}

impl Speeds {
    /// The speed of a recipe; none before it was measured.
    pub(crate) fn of(&self, config: &RunConfig) -> Option<&Result<StepSpeed, String>> {
        let key = speed_key(config);
        self.known.iter().find(|(known, _)| *known == key).map(|(_, speed)| speed)
    }

    /// The engine has measured a recipe, or says why it cannot.
    pub(crate) fn answered(&mut self, config: RunConfig, found: Result<StepSpeed, String>) {
        let asked = self.asked.take_if(|asked| *asked == config).is_some();
        if asked || found.is_ok() {
            self.known.retain(|(known, _)| *known != config);
            self.known.push((config, found));
        }
    }

    /// Forgets the speed of a recipe, so that it is measured again.
    pub(crate) fn forget(&mut self, config: &RunConfig) {
        let key = speed_key(config);
        self.known.retain(|(known, _)| *known != key);
    }

    /// The engine was lost: what it was measuring may be the reason, and is not tried again.
    pub(crate) fn lost(&mut self) {
        let interrupted = "The measurement was interrupted.";
        self.known.extend(self.asked.take().map(|asked| (asked, Err(interrupted.to_owned()))));
    }

    /// What the engine is asked for now, where this recipe is wanted, or none; in each frame.
    pub(crate) fn next(&mut self, wanted: Option<&RunConfig>, now: f64) -> Option<Command> {
        let Some(key) = wanted.map(speed_key) else {
            self.wanted = None;
            return self.asked.take().map(|_| Command::CancelSpeed);
        };
        if self.asked.as_ref() == Some(&key) {
            return None;
        }
        match &self.wanted {
            Some((same, since)) if *same == key => {
                let due = now - since >= PAUSE;
                due.then(|| {
                    self.asked = Some(key.clone());
                    Command::MeasureSpeed(Box::new(key))
                })
            }
            _ => {
                self.wanted = Some((key, now));
                None
            }
        }
    }

    /// A recipe waits to be measured: another frame is needed for that.
    pub(crate) fn waiting(&self) -> bool {
        self.wanted.as_ref().is_some_and(|(wanted, _)| self.asked.as_ref() != Some(wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(batch: u32) -> RunConfig {
        RunConfig { batch, ..RunConfig::default() }
    }

    #[test]
    fn a_recipe_is_measured_once_it_rests_and_then_known() {
        let mut speeds = Speeds::default();
        assert!(speeds.next(Some(&recipe(8)), 0.0).is_none() && speeds.waiting());
        assert!(speeds.next(Some(&recipe(16)), 0.5).is_none(), "it changed");
        assert!(speeds.next(Some(&recipe(16)), 0.9).is_none());
        let Some(Command::MeasureSpeed(asked)) = speeds.next(Some(&recipe(16)), 1.2) else { panic!("not asked") };
        assert!(speeds.next(Some(&recipe(16)), 1.3).is_none(), "once");
        assert!(speeds.of(&recipe(16)).is_none() && !speeds.waiting());
        let speed = StepSpeed { step: 0.1, first_step: 0.2 };
        speeds.answered(*asked, Ok(speed));
        assert_eq!(speeds.of(&RunConfig { seed: 9, ..recipe(16) }), Some(&Ok(speed)));
        speeds.forget(&recipe(16));
        assert!(speeds.of(&recipe(16)).is_none());
        assert!(matches!(speeds.next(Some(&recipe(16)), 2.0), Some(Command::MeasureSpeed(_))), "again");
    }

    #[test]
    fn what_nobody_wants_is_cancelled_and_what_broke_the_engine_is_not_tried_again() {
        let mut speeds = Speeds::default();
        speeds.next(Some(&recipe(8)), 0.0);
        speeds.next(Some(&recipe(8)), 1.0);
        assert!(matches!(speeds.next(None, 1.1), Some(Command::CancelSpeed)));
        assert!(speeds.next(None, 1.2).is_none());
        // An answer that comes late says why there is none, and that is no longer true.
        speeds.answered(speed_key(&recipe(8)), Err("A run is in progress.".into()));
        assert!(speeds.of(&recipe(8)).is_none());
        speeds.next(Some(&recipe(8)), 2.0);
        speeds.next(Some(&recipe(8)), 3.0);
        speeds.lost();
        assert!(speeds.of(&recipe(8)).is_some_and(Result::is_err));
    }
}
