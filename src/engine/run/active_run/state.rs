//! The state of a run under way, and what can be asked of it.

use super::best::BestSoFar;
use super::clock::TrainingClock;
use super::error::RunError;
use super::guard::{Guard, RATE_FACTOR};
use super::measuring::Measuring;
use super::saving::Saving;
use super::sheets::Sheets;
use crate::config::{RunConfig, Tunables};
use crate::data::Dataset;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::event::{RunInfo, StepMetrics};
use crate::engine::split_pictures::SplitPictures;
use crate::model::SavedGenerator;
use crate::train::{Guardian, RunDir, TrainError, Trainer};
use std::sync::Arc;

/// Owns the trainer and the run folder of one run.
pub(crate) struct ActiveRun {
    pub info: Arc<RunInfo>,
    pub(super) dir: RunDir,
    pub(super) config: RunConfig,
    pub(super) trainer: Trainer,
    /// Counts changes of the tunables.
    pub(super) revision: u64,
    /// Settings that take effect before the next step.
    pub(super) wanted_tunables: Option<Tunables>,
    pub(super) sample_wanted: bool,
    /// It rests more or less between its steps than before.
    pub(super) pace_changed: bool,
    pub(super) wanted_rollback: Option<RollbackRequest>,
    pub(super) sheets: Sheets,
    pub(super) saving: Saving,
    pub(super) clock: TrainingClock,
    /// Read, and not in the run folder yet.
    pub(super) unwritten: Vec<StepMetrics>,
    pub(super) guard: Guard,
    pub(super) measuring: Measuring,
    pub(super) best: BestSoFar,
    /// The limit is reached and everything is saved; the last pictures are being measured.
    pub(super) ending: bool,
}

/// A rollback that somebody asked for.
#[derive(Clone, Copy)]
pub(super) struct RollbackRequest {
    pub step: u64,
    pub learning_rate_factor: f64,
}

/// What a run begins with in this session.
pub(crate) struct RunStart {
    pub info: Arc<RunInfo>,
    pub dir: RunDir,
    pub config: RunConfig,
    pub trainer: Trainer,
    pub dataset: Arc<Dataset>,
    pub revision: u64,
    /// Seconds of training in earlier sessions.
    pub seconds: f64,
    pub sheets: Sheets,
}

impl ActiveRun {
    pub(crate) fn new(start: RunStart) -> Self {
        let RunStart { info, dir, config, trainer, dataset, revision, seconds, sheets } = start;
        let pictures = SplitPictures::new(dataset, trainer.split().clone());
        let (step, every) = (trainer.step_count(), trainer.tunables().checkpoint_every);
        Self {
            saving: Saving::new(trainer.epoch(), every, (step > 0).then_some(step)),
            // A first picture right away: people want to see that something happens.
            sample_wanted: step == 0,
            sheets,
            clock: TrainingClock::new(seconds, step),
            guard: Guard::new(Guardian::new(config.model.loss, config.batch, step)),
            measuring: Measuring::new(pictures, config.seed, trainer.epoch()),
            best: BestSoFar::of(&dir),
            info,
            dir,
            config,
            trainer,
            revision,
            wanted_tunables: None,
            pace_changed: false,
            wanted_rollback: None,
            unwritten: Vec::new(),
            ending: false,
        }
    }

    /// How many pictures the device works on at the same time.
    pub(crate) fn pictures_at_once(&self) -> u32 {
        self.config.pictures_at_once()
    }

    /// The live settings as they were wanted last.
    pub(crate) fn wanted_tunables(&self) -> Tunables {
        self.wanted_tunables.clone().unwrap_or_else(|| self.tunables().clone())
    }

    /// The step of the newest checkpoint; 0 without one.
    pub(crate) fn saved_step(&self) -> u64 {
        self.dir.checkpoint_steps().pop().map_or(0, |(step, _)| step)
    }

    /// Ends without saving anything, and gives the device's memory back.
    pub(crate) fn give_up_device(self) {
        let device = self.trainer.device().clone();
        drop(self);
        device.release_unused_memory();
    }

    /// The live settings in force.
    pub(crate) fn tunables(&self) -> &Tunables {
        self.trainer.tunables()
    }

    pub(crate) fn set_tunables(&mut self, tunables: Tunables) {
        self.wanted_tunables = Some(tunables);
    }

    pub(crate) fn want_sample(&mut self) {
        self.sample_wanted = true;
    }

    pub(crate) fn want_save(&mut self) {
        self.saving.wanted = true;
    }

    /// See [`crate::engine::Command::Rollback`].
    pub(crate) fn want_rollback(&mut self, step: u64, learning_rate_factor: f64) {
        // NaN is out of range, too.
        let usable = (0.01..=1.0).contains(&learning_rate_factor);
        let learning_rate_factor = if usable { learning_rate_factor } else { RATE_FACTOR };
        self.wanted_rollback = Some(RollbackRequest { step, learning_rate_factor });
    }

    /// Steps come at another pace from now on.
    pub(crate) fn change_pace(&mut self) {
        self.pace_changed = true;
    }

    /// Saves what has been trained in this session, for a pause that nobody may be there to end.
    pub(crate) fn want_save_before_pause(&mut self) {
        self.saving.wanted |= self.trainer.step_count() > self.info.first_step;
    }

    /// Waits until the steps so far are done, not only queued: only then it is known how long they took.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) fn finish_work(&self) -> Result<(), RunError> {
        Ok(self.trainer.wait()?)
    }

    /// Seconds of training up to now, of a run that trains.
    pub(crate) fn trained_seconds(&self) -> f64 {
        self.clock.now()
    }

    /// The same of one that waits for its turn.
    pub(crate) fn trained_before(&self) -> f64 {
        self.clock.seconds()
    }

    /// The clock does not count pauses.
    pub(crate) fn continue_after_pause(&mut self) {
        self.clock.resume(self.trainer.step_count());
    }

    /// The run folder, or a part that it cannot be without, is not there any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.dir.is_gone()
    }

    /// Only the results of the last measurement are missing.
    pub(crate) fn is_ending(&self) -> bool {
        self.ending
    }

    /// Results are to come, and must be collected.
    pub(crate) fn is_measuring(&self) -> bool {
        self.measuring.is_under_way()
    }

    /// Whether the newest step is on disk.
    pub(crate) fn is_saved(&self) -> bool {
        self.saving.is_saved(self.trainer.step_count())
    }

    /// The averaged (EMA) generator as it is now; none while its weights are not finite, which the next reading of the
    /// losses reports. Reads it from the device.
    pub(super) fn averaged(&self) -> Result<Option<SavedGenerator>, RunError> {
        match self.trainer.averaged() {
            Ok(saved) => Ok(Some(saved)),
            Err(TrainError::Generator(_)) => Ok(None),
            Err(e) => Err(e.into()),
        }
    }

    /// The same for the explorer.
    pub(crate) fn live_weights(&self) -> Result<Option<LiveWeights>, RunError> {
        let saved = self.averaged()?;
        let (folder, seed) = (self.info.path.clone(), self.config.seed);
        Ok(saved.map(|saved| LiveWeights { saved, folder, seed, watched: false }))
    }
}
