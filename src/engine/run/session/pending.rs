//! Beginning a run: what can be wrong is found before anything is written, the pictures are prepared, the networks built.

use super::Session;
use crate::compute::ComputeDevice;
use crate::config::{DataSource, RunConfig};
use crate::data::Dataset;
use crate::engine::device;
use crate::engine::protocol::command::ResumeOptions;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, RunEnd, RunInfo, RunState};
use crate::engine::run::active_run::{ActiveRun, Beginning};
use crate::engine::run::held_out;
use crate::engine::run::history;
use crate::engine::run::resumed_pictures::{self, Question};
use crate::engine::run::runs::new_run_folder;
use crate::engine::run::unwatched::unwatched;
use crate::engine::run_pictures;
use crate::train::{Checkpoint, RunDir, RunDirError, Trainer, check_precision};
use std::path::PathBuf;
use std::sync::Arc;

/// A run that waits for its pictures.
pub(super) struct Waiting {
    place: Place,
    config: RunConfig,
    device: ComputeDevice,
    /// Somebody asked to go back first: the step, and what the rates are multiplied with.
    pub rollback: Option<(u64, f64)>,
}

/// Where a run lives.
enum Place {
    /// In a folder that is made once its pictures are there: what fails before leaves none behind. None takes a new name.
    New(Option<PathBuf>),
    /// Where it was.
    Old(Box<Old>),
}

/// A run that is gone on with.
struct Old {
    dir: RunDir,
    /// The state to go on from; none starts afresh.
    checkpoint: Option<Checkpoint>,
    /// The settings as the run folder has them.
    before: RunConfig,
    /// Pictures that it was not trained on are wanted.
    other_pictures: bool,
}

impl Session {
    /// Prepares a run; whatever goes wrong ends it before its first step.
    pub(super) fn begin(&mut self, prepare: impl FnOnce(&mut Self) -> Result<Waiting, EngineError>) {
        if self.run.is_some() || self.waiting.is_some() {
            self.notice(Level::Warning, "A run is under way; stop it first.");
            return;
        }
        self.set_state(RunState::Preparing);
        match prepare(self) {
            Ok(waiting) => {
                let (data, size) = (waiting.config.data.clone(), waiting.config.model.size);
                self.waiting = Some(waiting);
                self.out.push(Event::Preparing("Preparing the pictures".to_owned()));
                self.scan(data, size);
            }
            Err(e) => self.end(RunEnd::Failed { cause: e.cause(), text: e.to_string() }),
        }
    }

    pub(super) fn start(&mut self, mut config: RunConfig, out: Option<PathBuf>) -> Result<Waiting, EngineError> {
        config.validate()?;
        if let Some(root) = &out {
            RunDir::check_free(root)?;
        }
        config.data.source = run_pictures::kept(config.data.source)?;
        let device = self.open_device(&config)?;
        Ok(Waiting { place: Place::New(out), config, device, rollback: None })
    }

    fn open_device(&mut self, config: &RunConfig) -> Result<ComputeDevice, EngineError> {
        self.out.push(Event::Preparing("Opening the device".to_owned()));
        self.out.flush(true);
        let device = device::open(config.device)?;
        check_precision(config, &device)?;
        Ok(device)
    }

    pub(super) fn resume(&mut self, root: PathBuf, limits: ResumeOptions) -> Result<Waiting, EngineError> {
        let (dir, mut config) = RunDir::open(&root)?;
        let ResumeOptions { max_steps, max_epochs, device, pictures, other_pictures } = limits;
        let before = config.clone();
        config.max_steps = max_steps.unwrap_or(config.max_steps);
        config.max_epochs = max_epochs.unwrap_or(config.max_epochs);
        config.device = device.unwrap_or(config.device);
        config.data.source = match pictures {
            Some(folder) => run_pictures::kept(DataSource::Folder(folder))?,
            None => run_pictures::source_of(&root, &before.data.source),
        };
        config.validate()?;
        let device = self.open_device(&config)?;
        let checkpoint = match dir.newest() {
            Ok((checkpoint, damaged)) => {
                for text in damaged {
                    self.notice(Level::Warning, format!("{text}; an older checkpoint is used instead"));
                }
                Some(checkpoint)
            }
            // Stopped before its first checkpoint: the seed gives the same start again.
            Err(RunDirError::NoCheckpoint { .. }) if dir.checkpoint_steps().is_empty() => {
                if dir.was_trained() {
                    let text = format!(
                        "{}: there is no checkpoint, so the run begins at its first step again. If the folder was deleted or \
                         left out of a copy, stop and put it back.",
                        root.join("checkpoints").display()
                    );
                    self.notice(Level::Warning, text);
                }
                None
            }
            Err(e) => return Err(e.into()),
        };
        let old = Box::new(Old { dir, checkpoint, before, other_pictures });
        Ok(Waiting { place: Place::Old(old), config, device, rollback: None })
    }

    /// The pictures are there: builds the networks and starts stepping.
    pub(super) fn launch(&mut self) {
        let (Some(waiting), Some((_, _, dataset))) = (self.waiting.take(), self.prepared.clone()) else { return };
        self.out.push(Event::Preparing("Building the networks".to_owned()));
        self.out.flush(true);
        match self.build(waiting, dataset) {
            Ok(run) => {
                self.run = Some(run);
                self.set_state(RunState::Running);
                self.out.push(Event::Preparing("First step (a GPU compiles its programs now)".to_owned()));
                self.out.flush(true);
            }
            Err(e) => self.end(RunEnd::Failed { cause: e.cause(), text: e.to_string() }),
        }
    }

    fn build(&mut self, waiting: Waiting, dataset: Arc<Dataset>) -> Result<ActiveRun, EngineError> {
        let Waiting { place, config, device, rollback } = waiting;
        let (dir, checkpoint) = match place {
            Place::New(root) => {
                let root = root.unwrap_or_else(|| new_run_folder(&self.runs_folder(), &config));
                let dir = RunDir::create(&root, &config)?;
                resumed_pictures::write(&dir, &dataset)?;
                (dir, None)
            }
            Place::Old(old) => self.reopen(*old, &config, &dataset)?,
        };
        if device.info.software {
            let text = format!("{} is a software adapter: correct, but slower than the cpu device", device.info.name);
            self.notice(Level::Warning, text);
        }
        let mut trainer = match &checkpoint {
            Some(checkpoint) => Trainer::resume(config.clone(), device.clone(), dataset.clone(), checkpoint)?,
            None => Trainer::new(config.clone(), device.clone(), dataset.clone())?,
        };
        held_out::settle(&mut trainer, &dir, &dataset, config.held_out, checkpoint.as_ref())?;
        let (generator_parameters, discriminator_parameters) = trainer.parameter_counts();
        let (pictures, held) = (trainer.split().training.len(), trainer.split().held.len());
        if let Some(text) = config.repeats(pictures) {
            self.notice(Level::Warning, text);
        }
        let info = Arc::new(RunInfo {
            path: dir.root().to_path_buf(),
            config: config.clone(),
            device: device.info.clone(),
            pictures,
            held_out: held,
            unwatched: unwatched(pictures, held),
            steps_per_epoch: (pictures as u64).div_ceil(u64::from(config.batch)),
            generator_parameters,
            discriminator_parameters,
            first_step: trainer.step_count(),
        });
        self.shown = Some(info.clone());
        self.out.push(Event::RunStarted(info.clone()));
        let (revision, seconds) = checkpoint.as_ref().map_or((0, 0.0), |c| (c.meta.revision, c.meta.seconds));
        let sheets = history::tell(&dir, &info, revision, &mut self.out)?;
        let edited = checkpoint.and_then(|c| {
            let written = c.meta.written_tunables?;
            Some(c.meta.tunables.with_edits(&written, &config.tunables))
        });
        let beginning = Beginning { info, dir, config, trainer, dataset, revision, seconds, sheets };
        let mut run = ActiveRun::new(beginning);
        if let Some(edited) = edited {
            // Nothing happens where nothing was changed by hand.
            run.set_tunables(edited);
        }
        if let Some((step, lower)) = rollback {
            run.want_rollback(step, lower);
        }
        Ok(run)
    }

    /// Looks whether the pictures are those of the run; only then its settings are changed.
    fn reopen(
        &mut self,
        old: Old,
        config: &RunConfig,
        dataset: &Dataset,
    ) -> Result<(RunDir, Option<Checkpoint>), EngineError> {
        let Old { dir, checkpoint, before, other_pictures: accept } = old;
        let question =
            Question { dir: &dir, config, before: &before, dataset, checkpoint: checkpoint.as_ref(), accept };
        if let Some(text) = question.settle()? {
            self.notice(Level::Warning, text);
        }
        if *config != before {
            dir.write_config(config)?;
        }
        Ok((dir, checkpoint))
    }
}
