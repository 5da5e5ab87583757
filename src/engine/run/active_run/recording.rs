//! What a run writes: readings, sample sheets, changed settings, measurements and checkpoints.

use super::error::RunError;
use super::sheets::{map_due, new_sheet};
use super::state::ActiveRun;
use crate::config::TrainingPlace;
use crate::engine::protocol::event::{Event, Level, Progress, StepMetrics, TunablesChange};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::readings::plotted;
use crate::latent::map_sheet;
use crate::pixels::{SHEET_BACKGROUND, tile};
use crate::printable::{self, thousands};
use crate::train::{Kept, ReadStep, TrainError};
use std::time::Instant;

impl ActiveRun {
    /// The losses since the last reading: to the run folder, the plots and the status line.
    pub(super) fn read(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let read = self.trainer.read_losses()?;
        self.guard.losses(&read, &self.trainer);
        let seconds = self.clock.seconds();
        let elapsed = self.clock.read(self.trainer.step_count());
        for (i, step) in read.iter().enumerate() {
            // The time between two readings is shared out evenly.
            let seconds = seconds + elapsed * (i + 1) as f64 / read.len() as f64;
            self.unwritten.push(self.metrics(*step, seconds));
        }
        // With a full disk they are kept for the next time.
        self.dir.append_metrics(&self.unwritten)?;
        if !self.unwritten.is_empty() {
            out.push(Event::Metrics(std::mem::take(&mut self.unwritten)));
        }
        self.dir.thin_metrics(self.trainer.step_count(), plotted)?;
        out.push(Event::Progress(self.progress()));
        Ok(())
    }

    fn metrics(&self, read: ReadStep, seconds: f64) -> StepMetrics {
        let [loss_d, loss_g, d_real, d_fake, r_t, strength] = read.values;
        let tunables = self.trainer.tunables();
        let behind = (self.trainer.step_count() - read.step) as f64;
        let (lr_d, lr_g) = self.trainer.rates(read.step);
        let per_step = f64::from(self.config.batch * tunables.d_steps) / self.info.pictures as f64;
        StepMetrics {
            step: read.step,
            epoch: self.trainer.epoch() - behind * per_step,
            loss_d,
            loss_g,
            d_real,
            d_fake,
            lr_g,
            lr_d,
            r_t: Some(r_t),
            augmented: self.config.augment_adapts().then_some(strength),
            revision: self.revision,
            seconds,
        }
    }

    fn progress(&self) -> Progress {
        let (step, last_step) = (self.trainer.step_count(), self.trainer.planned_steps());
        let speed = self.clock.steps_per_second();
        let left = last_step.map(|last| last.saturating_sub(step) as f64);
        Progress {
            step,
            epoch: self.trainer.epoch(),
            steps_per_second: speed,
            images_per_second: speed * f64::from(self.config.batch),
            eta_seconds: left.filter(|_| speed > 0.0).map(|left| left / speed),
            last_step,
        }
    }

    /// Generates and saves a sample sheet.
    pub(super) fn sample(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let tiles = self.trainer.samples().map_err(TrainError::from)?;
        self.guard.samples(&tiles, &self.trainer)?;
        let sheet = tile(&tiles, SHEET_BACKGROUND);
        let step = self.trainer.step_count();
        self.dir.save_sample(step, &sheet)?;
        self.sheets.add(step);
        out.push(new_sheet(step, sheet, &self.config));
        let gone = self.sheets.thin(&self.dir, step);
        if !gone.is_empty() {
            out.push(Event::SamplesGone(gone));
        }
        self.map()
    }

    /// Draws and saves the map of latents, each time after half as many steps more: about two dozen times in a run.
    fn map(&mut self) -> Result<(), RunError> {
        let step = self.trainer.step_count();
        let known = self.dir.map_steps();
        let (before, after) = known.split_at(known.partition_point(|known| *known <= step));
        if !map_due(before.last().copied(), step) {
            return Ok(());
        }
        let tiles = self.trainer.map().map_err(TrainError::from)?;
        self.dir.save_map(step, &map_sheet(&tiles))?;
        // They belong to a past that is trained again.
        self.dir.remove_maps(after);
        Ok(())
    }

    /// Lets the settings that somebody asked for take effect.
    pub(super) fn apply_tunables(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        let Some(wanted) = self.wanted_tunables.clone() else { return Ok(()) };
        let changes = wanted.changes_from(self.trainer.tunables());
        if changes.is_empty() {
            self.wanted_tunables = None;
            return Ok(());
        }
        if let Err(e) = wanted.validate() {
            self.wanted_tunables = None;
            out.push(Event::Notice { level: Level::Error, text: e.to_string() });
            return Ok(());
        }
        // The steps that are not read yet ran under the old settings.
        self.read(out)?;
        let text: Vec<_> = changes.iter().map(|(label, old, new)| format!("{label} {old} \u{2192} {new}")).collect();
        let change = TunablesChange {
            step: self.trainer.step_count() + 1,
            revision: self.revision + 1,
            text: text.join(", "),
            tunables: wanted.clone(),
            rolled_back: false,
        };
        // With a full disk they stay wanted.
        self.dir.append_mark(&change)?;
        self.sheets.add_change(change.step);
        self.wanted_tunables = None;
        self.revision = change.revision;
        if !wanted.teach_like(self.trainer.tunables()) {
            self.guard.settings_changed();
        }
        self.saving.hurry(self.trainer.epoch(), wanted.checkpoint_every);
        self.trainer.set_tunables(wanted).map_err(TrainError::from)?;
        if self.trainer.all_left_out() {
            let text = "All training pictures are left out, so all are used until one of them is used as usual again.";
            out.push(Event::Notice { level: Level::Warning, text: text.to_owned() });
        }
        log::info!("step {}: {}", change.step, change.text);
        out.push(Event::TunablesApplied(change));
        Ok(())
    }

    /// Saves the state as it is now and has its pictures measured, so that it can be kept if it is the best. The
    /// training waits for the checkpoint, not for the measurement.
    pub(super) fn measure(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.save(out)?;
        let generator = self.averaged()?;
        self.measuring.start(self.trainer.step_count(), generator, self.guard.judged(), out);
        Ok(())
    }

    /// Takes the results of a measurement in, if they are there.
    pub(super) fn collect_measurement(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.measuring.write(&self.dir)?;
        if let Some(point) = self.measuring.collect(out) {
            self.guard.measured(point.step, point.quality.memorisation);
            self.best.add(&point);
            self.best.report(&self.dir, out);
            self.measuring.write(&self.dir)?;
        }
        Ok(())
    }

    /// Saves a checkpoint. Keeps beside the newest checkpoints the newest healthy one and the best one.
    pub(super) fn save(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.save_beside(None, out)
    }

    /// As [`Self::save`], but keeps the checkpoint of step `kept` instead of the healthy one.
    pub(super) fn save_beside(&mut self, kept: Option<u64>, out: &mut Outbox) -> Result<(), RunError> {
        // Stopping right after a checkpoint has nothing new to save.
        if self.is_saved() {
            if self.saving.wanted
                && let Some((step, path)) = self.dir.checkpoint_steps().pop()
            {
                // Somebody asked and waits for the answer.
                out.push(Event::Saved { step, path });
            }
            return Ok(());
        }
        self.read(out)?;
        let began = Instant::now();
        let checkpoint = self.trainer.checkpoint(self.revision, self.clock.seconds())?;
        // Not the trainer's before: with 16 bits both may have gone back by some steps.
        let step = checkpoint.meta.step;
        let healthy = self.guard.healthy_step(step);
        let measured = self.best.kept(&self.dir, self.measuring.handed_over());
        let kept = Kept { newest: self.config.keep, healthy: kept.unwrap_or(healthy), measured: &measured };
        let path = self.dir.save(&checkpoint, kept)?;
        self.saving.saved(step, began);
        if healthy >= step {
            self.guard.can_roll_back();
        }
        out.push(Event::Saved { step, path });
        // Writing takes a while; it must not count as training time.
        self.continue_after_pause();
        Ok(())
    }

    /// A member of the team is lost: saves the state before the step that it failed at. What to tell of it, and how to
    /// go on without that member.
    pub(crate) fn save_alone(&mut self, why: &str, out: &mut Outbox) -> String {
        let saved = self.save(out);
        let step = thousands(self.trainer.step_count());
        let state = match saved {
            Ok(()) => format!("Step {step} is saved"),
            Err(RunError::Disk(e)) => format!("Step {step} could not be saved ({e})"),
            Err(RunError::Diverged { text, .. }) => text,
            Err(RunError::Fatal(e)) => format!("Step {step} could not be saved ({e})"),
        };
        let place = self.config.team.as_ref().map_or_else(TrainingPlace::default, |t| TrainingPlace::rest_of(t, why));
        let run = printable::path(self.dir.root());
        format!("{why}. {state}. Resume on the rest: purrtrait resume \"{run}\" --device \"{place}\"")
    }

    /// Reads, generates a sample and saves a checkpoint.
    pub(super) fn put_away(&mut self, out: &mut Outbox) -> Result<(), RunError> {
        self.read(out)?;
        self.trainer.settle();
        let sampled = self.sample(out);
        // Pictures that cannot be generated or written must not cost the weights.
        self.save(out)?;
        sampled
    }
}
