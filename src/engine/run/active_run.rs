//! A run under way: when to step, read, draw and save.

mod guard;
mod measuring;
mod saving;
mod way_back;

use crate::config::{RunConfig, Tunables};
use crate::data::Dataset;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, Mark, Progress, RunEnd, RunInfo, StepMetrics};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::readings::place;
use crate::engine::run::sheets::Sheets;
use crate::engine::split_pictures::SplitPictures;
use crate::model::SavedGenerator;
use crate::pixels::{Frame, tile};
use crate::train::{Guardian, ReadStep, RunDir, RunDirError, TrainError, Trainer};
use guard::Guard;
use measuring::Measuring;
use saving::Saving;
use std::sync::Arc;
use std::time::Instant;

/// Colour between the tiles of a sample sheet.
const SHEET_BACKGROUND: [u8; 3] = [24; 3];
/// Weight of the newest reading in the displayed speed.
const SPEED_SMOOTHING: f64 = 0.2;

/// Owns the trainer and the run folder of one run.
pub(crate) struct ActiveRun {
    pub info: Arc<RunInfo>,
    dir: RunDir,
    config: RunConfig,
    trainer: Trainer,
    /// Counts changes of the tunables.
    revision: u64,
    wanted: Option<Tunables>,
    sample_wanted: bool,
    sheets: Sheets,
    saving: Saving,
    /// Seconds of training in earlier sessions and up to the last reading.
    seconds: f64,
    read_at: Instant,
    read_step: u64,
    steps_per_second: f64,
    /// Read, and not in the run folder yet.
    unwritten: Vec<StepMetrics>,
    guard: Guard,
    measuring: Measuring,
    /// The limit is reached and everything saved; the last pictures are being measured.
    ending: bool,
}

/// Where a run stands when it begins in this session.
pub(crate) struct Beginning {
    pub info: Arc<RunInfo>,
    pub dir: RunDir,
    pub config: RunConfig,
    pub trainer: Trainer,
    pub dataset: Arc<Dataset>,
    pub revision: u64,
    pub seconds: f64,
    pub sheets: Sheets,
}

impl ActiveRun {
    pub fn new(beginning: Beginning) -> Self {
        let Beginning { info, dir, config, trainer, dataset, revision, seconds, sheets } = beginning;
        let pictures = SplitPictures::new(dataset, trainer.split().clone());
        let (step, every) = (trainer.step_count(), trainer.tunables().checkpoint_every);
        Self {
            saving: Saving::new(trainer.epoch(), every, (step > 0).then_some(step)),
            // A first picture right away: people want to see that something happens.
            sample_wanted: step == 0,
            sheets,
            read_step: step,
            guard: Guard::new(Guardian::new(config.model.loss, config.batch, step)),
            measuring: Measuring::new(pictures, config.seed, trainer.epoch()),
            info,
            dir,
            config,
            trainer,
            revision,
            wanted: None,
            seconds,
            read_at: Instant::now(),
            steps_per_second: 0.0,
            unwritten: Vec::new(),
            ending: false,
        }
    }

    pub fn set_tunables(&mut self, tunables: Tunables) {
        self.wanted = Some(tunables);
    }
    pub fn want_sample(&mut self) {
        self.sample_wanted = true;
    }
    pub fn want_save(&mut self) {
        self.saving.wanted = true;
    }
    /// The clock does not count pauses.
    pub fn continue_after_pause(&mut self) {
        self.read_at = Instant::now();
        self.read_step = self.trainer.step_count();
    }

    /// The run folder, or a part that it cannot be without, is not there any more.
    pub fn is_gone(&self) -> bool {
        self.dir.is_gone()
    }

    /// Only the numbers of the last pictures are missing.
    pub fn is_ending(&self) -> bool {
        self.ending
    }

    /// The step at which the run ends by itself.
    fn last_step(&self) -> Option<u64> {
        self.trainer.planned_steps()
    }

    /// One step with everything that falls due after it. The end, if this was it.
    ///
    /// # Errors
    /// [`Trouble::Disk`] leaves the run as it is, to be tried again; the rest ends it.
    pub fn advance(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, Trouble> {
        match self.step(out) {
            Err(Trouble::Diverged { step, text }) => self.after_divergence(step, text, out).map(|()| None),
            done => done,
        }
    }

    fn step(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, Trouble> {
        self.serve_rollback(out)?;
        if self.has_reached_its_end() {
            return self.end(out);
        }
        self.ending = false;
        self.apply_tunables(out)?;
        self.trainer.step();
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
        self.save_in_time();
        self.measure(out)?;
        self.serve(out)?;
        Ok(None)
    }

    /// Draws and saves what was asked for while paused.
    ///
    /// # Errors
    /// As [`Self::advance`].
    pub fn serve_paused(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        match self.serve(out) {
            Err(Trouble::Diverged { step, text }) => self.after_divergence(step, text, out),
            done => done,
        }
    }

    fn serve(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
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

    fn has_reached_its_end(&self) -> bool {
        self.last_step().is_some_and(|last| self.trainer.step_count() >= last)
    }

    /// The end by itself: the last pictures are measured too, once everything is on disk.
    fn end(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, Trouble> {
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
            // Somebody wanted to go back.
            return Ok(None);
        }
        self.measure_last(out)?;
        if self.is_measuring() {
            return Ok(None);
        }
        self.tell_last(out);
        self.finish(out).map(Some)
    }

    /// Leaves everything on disk and ends. Whoever stops a run does not wait for its numbers.
    pub fn finish(&mut self, out: &mut Outbox) -> Result<RunEnd, Trouble> {
        self.stop_measuring(out);
        if !self.ending {
            self.put_away(out)?;
        }
        let step = self.trainer.step_count();
        Ok(if self.has_reached_its_end() { RunEnd::Finished { step } } else { RunEnd::Stopped { step } })
    }

    /// Reads, draws and saves what there is.
    fn put_away(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        self.read(out)?;
        let drawn = self.sample(out);
        // Pictures that cannot be drawn or written must not cost the weights.
        self.save(out)?;
        drawn
    }

    fn apply_tunables(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let Some(wanted) = self.wanted.clone() else { return Ok(()) };
        let changes = wanted.changes_from(self.trainer.tunables());
        if changes.is_empty() {
            self.wanted = None;
            return Ok(());
        }
        if let Err(e) = wanted.validate() {
            self.wanted = None;
            out.push(Event::Notice { level: Level::Error, text: e.to_string() });
            return Ok(());
        }
        // The steps that are not read yet ran under the old settings.
        self.read(out)?;
        let text: Vec<_> = changes.iter().map(|(label, old, new)| format!("{label} {old} \u{2192} {new}")).collect();
        let mark = Mark {
            step: self.trainer.step_count() + 1,
            revision: self.revision + 1,
            text: text.join(", "),
            tunables: wanted.clone(),
            went_back: false,
        };
        // With a full disk they stay wanted.
        self.dir.append_mark(&mark)?;
        self.sheets.mark(mark.step);
        self.wanted = None;
        self.revision = mark.revision;
        if !wanted.teach_like(self.trainer.tunables()) {
            self.guard.settings_changed();
        }
        self.saving.next = self.saving.next.min(self.trainer.epoch() + wanted.checkpoint_every);
        self.trainer.set_tunables(wanted).map_err(TrainError::from)?;
        log::info!("step {}: {}", mark.step, mark.text);
        out.push(Event::TunablesApplied(mark));
        Ok(())
    }

    /// The losses since the last reading: to the run folder, the plots and the status line.
    fn read(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let read = self.trainer.read_losses()?;
        self.watch_losses(&read);
        let (now, steps) = (Instant::now(), self.trainer.step_count().saturating_sub(self.read_step));
        let elapsed = now.duration_since(self.read_at).as_secs_f64();
        let lines: Vec<_> = read.iter().enumerate().map(|(i, r)| self.line(*r, i, read.len(), elapsed)).collect();
        self.unwritten.extend(lines);
        self.seconds += elapsed;
        (self.read_at, self.read_step) = (now, self.trainer.step_count());
        if steps > 0 && elapsed > 0.0 {
            let speed = steps as f64 / elapsed;
            let share = if self.steps_per_second == 0.0 { 1.0 } else { SPEED_SMOOTHING };
            self.steps_per_second += share * (speed - self.steps_per_second);
        }
        // With a full disk they are kept for the next time.
        self.dir.append_metrics(&self.unwritten)?;
        if !self.unwritten.is_empty() {
            out.push(Event::Metrics(std::mem::take(&mut self.unwritten)));
        }
        self.dir.thin_metrics(self.trainer.step_count(), place)?;
        out.push(Event::Progress(self.progress()));
        Ok(())
    }

    /// Reading number `i` of `count` as a line of the metrics; the time between two readings is shared out evenly.
    fn line(&self, read: ReadStep, i: usize, count: usize, elapsed: f64) -> StepMetrics {
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
            seconds: self.seconds + elapsed * (i + 1) as f64 / count as f64,
        }
    }

    fn progress(&self) -> Progress {
        let (step, last_step) = (self.trainer.step_count(), self.last_step());
        let left = last_step.map(|last| last.saturating_sub(step) as f64);
        Progress {
            step,
            epoch: self.trainer.epoch(),
            steps_per_second: self.steps_per_second,
            images_per_second: self.steps_per_second * f64::from(self.config.batch),
            eta_seconds: left.filter(|_| self.steps_per_second > 0.0).map(|left| left / self.steps_per_second),
            last_step,
        }
    }

    fn sample(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let tiles = self.trainer.samples().map_err(TrainError::from)?;
        self.watch_pictures(&tiles)?;
        let sheet = tile(&tiles, SHEET_BACKGROUND);
        let step = self.trainer.step_count();
        self.dir.save_sample(step, &sheet)?;
        self.sheets.add(step);
        out.push(sample_event(step, true, sheet, tiles.len() as u32, self.config.model.size));
        let gone = self.sheets.thin(&self.dir, step);
        if !gone.is_empty() {
            out.push(Event::SamplesGone(gone));
        }
        Ok(())
    }

    /// The averaged generator as it is now; none while its weights are not finite, which the next reading of the losses
    /// tells. Reads it from the device.
    pub fn averaged(&self) -> Result<Option<SavedGenerator>, Trouble> {
        match self.trainer.averaged() {
            Ok(saved) => Ok(Some(saved)),
            Err(TrainError::Generator(_)) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The same for the explorer.
    pub fn live_weights(&self) -> Result<Option<LiveWeights>, Trouble> {
        let saved = self.averaged()?;
        Ok(saved.map(|saved| LiveWeights { saved, folder: self.info.path.clone(), seed: self.config.seed }))
    }
}

/// A sheet as the front ends get it.
pub(crate) fn sample_event(step: u64, fresh: bool, sheet: Frame, tiles: u32, side: u32) -> Event {
    Event::Sample { step, fresh, frame: Arc::new(sheet), tiles, side }
}

/// What can interrupt a run.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// The run folder cannot be written: pause, so that space can be made.
    Disk(RunDirError),
    /// NaN; the trainer has gone back.
    Diverged {
        step: u64,
        text: String,
    },
    Fatal(EngineError),
}

impl From<RunDirError> for Trouble {
    fn from(e: RunDirError) -> Self {
        Self::Disk(e)
    }
}

impl From<TrainError> for Trouble {
    fn from(e: TrainError) -> Self {
        match e {
            TrainError::Diverged { step, .. } => Self::Diverged { step, text: e.to_string() },
            other => Self::Fatal(other.into()),
        }
    }
}
