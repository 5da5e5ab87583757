//! What is done about the guardian's findings: they are reported, and the run is rolled back where it must be.

use super::error::RunError;
use super::rollback::{RollbackOutcome, RollbackTarget};
use super::state::ActiveRun;
use crate::engine::protocol::event::{Event, Level, RunEnd};
use crate::engine::protocol::outbox::Outbox;
use crate::train::{FindingKind, Severity};

impl ActiveRun {
    /// Reports new findings. After a mode collapse the run rolls itself back where that is allowed; it ends where that
    /// was tried often enough, and where it makes copies.
    pub(super) fn consult(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, RunError> {
        if self.guard.is_quiet() {
            return Ok(None);
        }
        let step = self.trainer.step_count();
        let checkpoints = self.rollback_steps(step);
        let findings = self.guard.findings(&self.trainer, self.config.model.size, &checkpoints);
        let collapsed = findings.iter().any(|f| f.kind == FindingKind::Collapse && f.severity == Severity::Alarm);
        let copying = findings.iter().any(|f| f.kind == FindingKind::Copying);
        self.guard.report(findings, out);
        if copying && self.trainer.tunables().stop_on_copies {
            self.measuring.stop(out);
            self.put_away(out)?;
            return Ok(Some(RunEnd::Copying { step: self.trainer.step_count() }));
        }
        if !collapsed || self.config.auto_rollback == 0 || self.guard.gave_up() {
            return Ok(None);
        }
        let why = "Mode collapse: the generator makes the same picture from every latent.";
        if let Some(text) = self.guard.exhausted(why, self.config.auto_rollback) {
            // Collapsed or not, it is somebody's work.
            self.measuring.stop(out);
            self.put_away(out)?;
            return Ok(Some(RunEnd::Diverged { step, text }));
        }
        let back = checkpoints.last().copied().unwrap_or(self.guard.healthy_step(step));
        let target = RollbackTarget::Checkpoint(back);
        if let RollbackOutcome::NoCheckpoint(text) = self.try_again(why, step, target, out)? {
            self.guard.give_up();
            out.push(Event::Notice { level: Level::Warning, text });
        }
        Ok(None)
    }

    /// Reports what the last measurement showed. The run is over: nothing is done about it.
    pub(super) fn report_last(&mut self, out: &mut Outbox) {
        let checkpoints = self.rollback_steps(self.trainer.step_count());
        let findings = self.guard.findings(&self.trainer, self.config.model.size, &checkpoints);
        self.guard.report(findings, out);
    }

    /// After a NaN: rolls back if that is allowed, otherwise returns the error; the finding is reported at the end
    /// then.
    pub(super) fn after_divergence(&mut self, step: u64, text: String, out: &mut Outbox) -> Result<(), RunError> {
        if self.config.auto_rollback == 0 {
            return Err(RunError::Diverged { step, text });
        }
        if let Some(text) = self.guard.exhausted(&text, self.config.auto_rollback) {
            return Err(RunError::Diverged { step, text });
        }
        self.report_divergence(step, out);
        // Without a checkpoint the newest finite state is worth more than a new beginning.
        let newest = self.rollback_steps(step).last().copied();
        let target = newest.map_or(RollbackTarget::Finite, RollbackTarget::Checkpoint);
        match self.try_again(&text, step, target, out)? {
            RollbackOutcome::Done => Ok(()),
            RollbackOutcome::NoCheckpoint(text) => Err(RunError::Diverged { step, text }),
        }
    }

    /// Keeps the newest finite state after a NaN at `step`, and reports what can be done from there. Best effort: the
    /// checkpoint before it is still there otherwise.
    pub(crate) fn save_after_divergence(&mut self, step: u64, out: &mut Outbox) {
        self.saving.outdated();
        if let Err(RunError::Disk(e)) = self.save(out) {
            out.push(Event::Notice { level: Level::Error, text: e.to_string() });
        }
        self.report_divergence(step, out);
    }

    fn report_divergence(&mut self, step: u64, out: &mut Outbox) {
        let checkpoints = self.rollback_steps(step);
        let finding = self.guard.diverged(step, &self.trainer, self.config.model.size, &checkpoints);
        self.guard.report(vec![finding], out);
    }

    /// Steps of the checkpoints that are worth a rollback from step `now`, oldest first.
    fn rollback_steps(&self, now: u64) -> Vec<u64> {
        self.guard.rollback_steps(self.dir.checkpoint_steps(), now)
    }
}
