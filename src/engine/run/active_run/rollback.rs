//! Rollbacks: to a healthy checkpoint, or after an early NaN to the newest finite state, with lower learning rates.

use super::error::RunError;
use super::guard::RATE_FACTOR;
use super::state::ActiveRun;
use crate::config::Tunables;
use crate::engine::protocol::event::{Event, Level, QualityPoint, StepMetrics, TunablesChange};
use crate::engine::protocol::outbox::Outbox;
use crate::train::{Checkpoint, TrainError};

/// The state to resume from.
#[derive(Clone, Copy)]
pub(super) enum RollbackTarget {
    /// The newest checkpoint up to this step; the beginning where there is none at all.
    Checkpoint(u64),
    /// The newest finite state, which the trainer holds after a NaN.
    Finite,
}

/// What came of a rollback.
#[must_use]
pub(super) enum RollbackOutcome {
    Done,
    /// There is no checkpoint to roll back to; says so.
    NoCheckpoint(String),
}

impl ActiveRun {
    /// Rolls back because somebody asked. What there is now is saved, and set aside with the rest.
    pub(super) fn serve_rollback(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let Some(request) = self.wanted_rollback.take() else { return Ok(()) };
        let from = self.trainer.step_count();
        let saved = match self.save_beside(Some(request.step), out) {
            // Nothing but NaN to keep.
            Err(RunError::Diverged { .. }) => Ok(()),
            saved => saved,
        };
        let target = RollbackTarget::Checkpoint(request.step);
        let done = saved.and_then(|()| self.roll_back(from, target, request.learning_rate_factor, out));
        match done {
            Ok(RollbackOutcome::Done) => {
                self.guard.tried(self.trainer.step_count());
                self.save_rollback(out)
            }
            Ok(RollbackOutcome::NoCheckpoint(text)) => {
                out.push(Event::Notice { level: Level::Error, text });
                Ok(())
            }
            Err(e) => {
                self.wanted_rollback = Some(request);
                Err(e)
            }
        }
    }

    /// Rolls back from step `from` without being asked.
    pub(super) fn try_again(
        &mut self,
        why: &str,
        from: u64,
        target: RollbackTarget,
        out: &mut Outbox,
    ) -> Result<RollbackOutcome, RunError> {
        if let RollbackOutcome::NoCheckpoint(text) = self.roll_back(from, target, RATE_FACTOR, out)? {
            return Ok(RollbackOutcome::NoCheckpoint(format!("{why} {text}")));
        }
        let step = self.trainer.step_count();
        let (done, allowed) = (self.guard.tried_again(step), self.config.auto_rollback);
        let text = format!(
            "{why} Rolled back to step {step} and resumed with lower learning rates (attempt {done} of {allowed})."
        );
        log::warn!("{text}");
        out.push(Event::Notice { level: Level::Warning, text });
        self.save_rollback(out)?;
        Ok(RollbackOutcome::Done)
    }

    /// Restores another state, lowers both learning rates and leaves a mark. Newer checkpoints are set aside. After an
    /// error the training is where it was.
    fn roll_back(
        &mut self,
        from: u64,
        target: RollbackTarget,
        learning_rate_factor: f64,
        out: &mut Outbox,
    ) -> Result<RollbackOutcome, RunError> {
        let found = match target {
            RollbackTarget::Checkpoint(newest) => match self.find_checkpoint(newest, out) {
                Ok(found) => found,
                Err(text) => return Ok(RollbackOutcome::NoCheckpoint(text)),
            },
            RollbackTarget::Finite => None,
        };
        let (step, then, seconds) = match (target, &found) {
            (RollbackTarget::Finite, _) => (self.trainer.step_count(), self.trainer.tunables(), self.clock.seconds()),
            (_, Some(Checkpoint { meta, .. })) => (meta.step, &meta.tunables, meta.seconds),
            // The beginning.
            (_, None) => (0, &self.config.tunables, 0.0),
        };
        let (tunables, changes) = lower_rates(self.trainer.tunables(), then, learning_rate_factor);
        let change = TunablesChange {
            step: step + 1,
            revision: self.revision + 1,
            text: format!("Rolled back from step {from} to {step}: {changes}"),
            tunables: tunables.clone(),
            rolled_back: true,
        };
        self.rewind_folder(step, &change)?;
        if matches!(target, RollbackTarget::Checkpoint(_)) {
            self.trainer.roll_back_to(found.as_ref())?;
            self.clock.set_seconds(seconds);
        }
        self.trainer.set_tunables(tunables).map_err(TrainError::from)?;
        self.revision = change.revision;
        self.forget_after(step, out);
        log::info!("{}", change.text);
        out.push(Event::TunablesApplied(change));
        self.guard.report(Vec::new(), out);
        Ok(RollbackOutcome::Done)
    }

    /// The run folder as it was at this step, with the mark of the rollback. Begins with what needs no space: a
    /// checkpoint that is newer by number would be taken for newer.
    fn rewind_folder(&mut self, step: u64, change: &TunablesChange) -> Result<(), RunError> {
        self.dir.set_aside_after(step)?;
        let kept = |m: &TunablesChange| m.step <= step || m.rolled_back && m.step == step + 1;
        self.dir.rewind(|m: &StepMetrics| m.step <= step, kept)?;
        self.dir.rewind_quality(|point: &QualityPoint| point.step <= step)?;
        self.dir.append_mark(change)?;
        self.sheets.add_change(change.step);
        // Drawn again when the run comes there again; until then they would be of another past.
        let later: Vec<u64> = self.dir.map_steps().into_iter().filter(|map| *map > step).collect();
        self.dir.remove_maps(&later);
        Ok(())
    }

    /// The trainer is back at this step: what is known of later ones is forgotten.
    fn forget_after(&mut self, step: u64, out: &mut Outbox) {
        self.unwritten.retain(|m| m.step <= step);
        self.guard.rolled_back(step);
        let epoch = self.trainer.epoch();
        self.measuring.roll_back(self.trainer.step_count(), epoch, out);
        self.best.forget_after(step);
        self.best.report(&self.dir, out);
        (self.wanted_tunables, self.sample_wanted, self.ending) = (None, true, false);
        self.saving.restart(epoch, self.trainer.tunables().checkpoint_every);
        self.continue_after_pause();
    }

    /// A resume must find the lower learning rates. With a full disk it is tried again.
    fn save_rollback(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.saving.outdated();
        self.saving.wanted = true;
        self.save(out)?;
        self.saving.wanted = false;
        Ok(())
    }

    /// The newest usable checkpoint up to this step; none where nothing was ever saved. The error says that all of them
    /// are newer or damaged.
    fn find_checkpoint(&self, newest: u64, out: &mut Outbox) -> Result<Option<Checkpoint>, String> {
        let all = self.dir.checkpoint_steps();
        for (_, path) in all.iter().rev().filter(|(step, _)| *step <= newest) {
            match Checkpoint::read(path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(e) => out.push(Event::Notice { level: Level::Warning, text: e.to_string() }),
            }
        }
        // The beginning of a run that started from a model is a checkpoint, too.
        if all.is_empty() && self.config.start.is_none() {
            return Ok(None);
        }
        Err(format!(
            "There is no checkpoint up to step {newest} to roll back to. Saving more often (Save every) helps next \
             time."
        ))
    }
}

/// The settings of `now` with both learning rates times `factor`, below those of now and of `then`. Returns the changes
/// since then in words, too.
fn lower_rates(now: &Tunables, then: &Tunables, factor: f64) -> (Tunables, String) {
    // The smallest learning rate that the settings take.
    let lowered = |now: f64, then: f64| (now.min(then) * factor).max(1e-7);
    let (lr_g, lr_d) = (lowered(now.lr_g, then.lr_g), lowered(now.lr_d, then.lr_d));
    let tunables = Tunables { lr_g, lr_d, ..now.clone() };
    let changes = tunables.changes_from(then);
    let words = changes.iter().map(|(label, old, new)| format!("{label} {old} \u{2192} {new}"));
    let words = words.collect::<Vec<_>>().join(", ");
    (tunables, words)
}
