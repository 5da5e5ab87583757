//! One step after another, with everything that is due between two of them, up to the end.

use super::error::RunError;
use super::state::ActiveRun;
use crate::engine::protocol::event::{Event, Level, RunEnd};
use crate::engine::protocol::outbox::Outbox;
use crate::printable::thousands;

impl ActiveRun {
    /// One step with everything that is due after it. The end, if this was it.
    ///
    /// # Errors
    /// [`RunError::Disk`] leaves the run as it is, to be tried again; any other ends it.
    pub(crate) fn advance(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, RunError> {
        match self.step(out) {
            Err(RunError::Diverged { step, text }) => self.after_divergence(step, text, out).map(|()| None),
            done => done,
        }
    }

    fn step(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, RunError> {
        self.serve_rollback(out)?;
        if self.has_reached_its_end() {
            return self.end(out);
        }
        self.ending = false;
        self.note_pace(out)?;
        self.apply_tunables(out)?;
        self.trainer.step()?;
        let (step, tunables) = (self.trainer.step_count(), self.trainer.tunables().clone());
        if step % u64::from(tunables.metrics_every) == 0 || step == 1 {
            self.read(out)?;
            if let Some(end) = self.consult(out)? {
                return Ok(Some(end));
            }
        }
        if step % u64::from(tunables.sample_every) == 0 {
            self.sample_wanted = true;
        }
        self.saving.want_if_due(self.trainer.epoch(), self.trainer.tunables().checkpoint_every);
        let every = self.measured_every();
        // Before, so that a measurement is not given up because saving takes long.
        if self.saving.has_rested() && self.measuring.becomes_due(self.trainer.epoch(), every, out) {
            self.measure(out)?;
        }
        self.serve(out)?;
        Ok(None)
    }

    /// Does what was asked for while paused.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub(crate) fn serve_paused(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        match self.serve(out) {
            Err(RunError::Diverged { step, text }) => self.after_divergence(step, text, out),
            done => done,
        }
    }

    /// Does what was asked for while resting between two steps: as in a pause, and settings take effect.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub(crate) fn serve_resting(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let served = self.note_pace(out).and_then(|()| self.serve(out)).and_then(|()| self.apply_tunables(out));
        match served {
            Err(RunError::Diverged { step, text }) => self.after_divergence(step, text, out),
            done => done,
        }
    }

    /// Ends a turn: what was begun is done, and its time is counted.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub(crate) fn end_turn(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.finish_work()?;
        self.read(out)
    }

    /// Tells the speed up to here, where the pace has changed: afterwards it is another one.
    fn note_pace(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        if self.pace_changed {
            self.read(out)?;
            self.clock.change_pace();
            self.pace_changed = false;
        }
        Ok(())
    }

    fn serve(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.serve_rollback(out)?;
        self.collect_measurement(out)?;
        if std::mem::take(&mut self.sample_wanted) {
            self.sample(out)?;
        }
        if self.saving.wanted {
            self.save(out)?;
            self.saving.wanted = false;
        }
        Ok(())
    }

    /// Whether the last step is done, and only the end is missing.
    pub(crate) fn has_reached_its_end(&self) -> bool {
        self.trainer.planned_steps().is_some_and(|last| self.trainer.step_count() >= last)
    }

    /// The end by itself: the last pictures are measured too, once everything is on disk.
    fn end(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, RunError> {
        if !self.ending {
            self.put_away(out)?;
            // With 16 bits the training may have gone back by some steps.
            if !self.has_reached_its_end() {
                return Ok(None);
            }
            self.ending = true;
        }
        self.serve(out)?;
        if !self.ending {
            // Somebody asked for a rollback.
            return Ok(None);
        }
        self.measure_last(out)?;
        if self.is_measuring() {
            return Ok(None);
        }
        self.report_last(out);
        self.finish(out).map(Some)
    }

    /// Epochs from one measurement to the next; 0 for none.
    fn measured_every(&self) -> f64 {
        self.trainer.tunables().epochs_between_measurements(self.info.pictures)
    }

    /// The pictures that a run ends with, in a run that is long enough for one measurement.
    fn measure_last(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let (step, every) = (self.trainer.step_count(), self.measured_every());
        if step > self.info.first_step && self.measuring.is_missing(step, self.trainer.epoch(), every) {
            let step = thousands(step);
            let text = format!(
                "Step {step} is saved; its pictures are being measured. You can stop the run without waiting for that."
            );
            out.push(Event::Notice { level: Level::Info, text });
            self.measure(out)?;
        }
        Ok(())
    }

    /// Leaves everything on disk and ends. Whoever stops a run does not wait for a measurement.
    pub(crate) fn finish(&mut self, out: &mut Outbox) -> Result<RunEnd, RunError> {
        self.measuring.stop(out);
        if !self.ending {
            self.put_away(out)?;
        }
        let step = self.trainer.step_count();
        Ok(if self.has_reached_its_end() { RunEnd::Finished { step } } else { RunEnd::Stopped { step } })
    }
}
