//! A run before its first step: what can be wrong is found before anything is written; once the pictures are prepared,
//! the networks are built.

use super::runs::new_run_folder;
use crate::compute::ComputeDevice;
use crate::config::{DataSource, RunConfig, SettingError, StartModel, Tunables, Usage, short_digest};
use crate::data::Dataset;
use crate::engine::device;
use crate::engine::memory_need::MemoryNeed;
use crate::engine::protocol::command::{Command, ResumeOptions};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, RunInfo};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::state::{ActiveRun, RunStart};
use crate::engine::run::at_once::{fewer, told};
use crate::engine::run::remote::RemoteRun;
use crate::engine::run::remote::start::{start_there, write_beginning};
use crate::engine::run::resumed_pictures::{self, PictureCheck};
use crate::engine::run::unwatched::unwatched;
use crate::engine::run::{held_out, history};
use crate::engine::run_pictures;
use crate::engine::start_model::{OpenedStart, open_checked};
use crate::engine::team::gather::TeamDevices;
use crate::train::{Checkpoint, Kept, RunDir, RunDirError, Trainer, check_device};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run that waits for its pictures.
pub(crate) struct PendingRun {
    pub config: RunConfig,
    folder: RunFolder,
    /// None trains on another machine.
    device: Option<ComputeDevice>,
    /// The others that share its batches, if any do.
    team: Option<TeamDevices>,
    /// Somebody asked for a rollback first: the step, and the factor of the learning rates.
    pub rollback: Option<(u64, f64)>,
    /// Live settings in place of those of the checkpoint.
    pub tunables: Option<Tunables>,
    /// Training pictures, by their digests, that are used otherwise from now on.
    usage: Vec<(String, Usage)>,
    /// The run that races against it.
    pub rival: Option<Rival>,
}

/// The second run of a race.
pub(crate) struct Rival {
    pub pending: Box<PendingRun>,
    /// Seconds of training after which each of both ends; 0 leaves that to their own limits.
    pub seconds: f64,
}

/// A run that has begun.
pub(crate) enum Begun {
    Here(Box<ActiveRun>),
    There(RemoteRun),
}

/// The folder of a run.
enum RunFolder {
    /// It is made once its pictures are there: what fails before leaves none behind. None takes a new name.
    New {
        root: Option<PathBuf>,
        start: Option<Box<OpenedStart>>,
    },
    Existing(Box<ResumedRun>),
}

/// A run that is resumed.
struct ResumedRun {
    dir: RunDir,
    /// The state to resume from; none starts afresh.
    checkpoint: Option<Checkpoint>,
    /// The settings as the run folder has them.
    saved_config: RunConfig,
    /// Pictures that it was not trained on are wanted.
    other_pictures: bool,
}

impl PendingRun {
    /// A new run in `out`, or in a folder with a new name.
    ///
    /// # Errors
    /// A setting, the folder or the device.
    pub(super) fn new(mut config: RunConfig, out: Option<PathBuf>, notices: &mut Outbox) -> Result<Self, EngineError> {
        config.validate()?;
        if let Some(root) = &out {
            RunDir::check_free(root)?;
        }
        config.data.source = run_pictures::kept(config.data.source)?;
        config.data.exclude = config.data.exclude.as_deref().map(run_pictures::kept_list).transpose()?;
        let start = start_of(&mut config, notices)?;
        let (device, team) = open_devices(&config, notices)?;
        let folder = RunFolder::New { root: out, start };
        let (rollback, tunables, rival) = (None, None, None);
        Ok(Self { config, folder, device, team, rollback, tunables, usage: Vec::new(), rival })
    }

    /// The run in `root` from its newest usable checkpoint.
    ///
    /// # Errors
    /// A setting, the folder, the checkpoints or the device.
    pub(super) fn resume(root: &Path, options: ResumeOptions, notices: &mut Outbox) -> Result<Self, EngineError> {
        let (dir, saved_config) = RunDir::open(root)?;
        let ResumeOptions { max_steps, max_epochs, device, pictures, exclude, other_pictures, usage } = options;
        let mut config = saved_config.clone();
        config.max_steps = max_steps.unwrap_or(config.max_steps);
        config.max_epochs = max_epochs.unwrap_or(config.max_epochs);
        if let Some(place) = device {
            config.set_place(place);
        }
        config.data.source = match pictures {
            Some(folder) => run_pictures::kept(DataSource::Folder(folder))?,
            None => run_pictures::source_of(root, &saved_config.data.source),
        };
        if let Some(list) = exclude {
            config.data.exclude = Some(run_pictures::kept_list(&list)?);
        }
        config.validate()?;
        let (device, team) = open_devices(&config, notices)?;
        if device.as_ref().is_some_and(|device| device.info.kind != "cpu") {
            work_on_fewer(&dir, &mut config, notices)?;
        }
        let checkpoint = newest_checkpoint(&dir, saved_config.start.as_ref(), notices)?;
        leave_others(&dir, &config, notices)?;
        let resumed = ResumedRun { dir, checkpoint, saved_config, other_pictures };
        Ok(Self {
            config,
            folder: RunFolder::Existing(Box::new(resumed)),
            device,
            team,
            rollback: None,
            tunables: None,
            usage,
            rival: None,
        })
    }

    /// Whether another machine trains it.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.config.machine.is_some()
    }

    /// Makes or reopens the folder, builds the networks and sends the past of the run. A new folder without a given
    /// name is made in `runs`; `shown` becomes this run once the front end knows of it.
    ///
    /// # Errors
    /// Pictures that the run was not trained on, a folder that cannot be read or written, or the device.
    pub(super) fn build(
        self,
        dataset: Arc<Dataset>,
        runs: &Path,
        shown: &mut Option<Arc<RunInfo>>,
        out: &mut Outbox,
    ) -> Result<Begun, EngineError> {
        let Self { config, folder, device, team, rollback, tunables, usage, rival: _ } = self;
        known(&usage, &dataset)?;
        let recorded = run_pictures::recorded(&config, dataset.report());
        let (dir, checkpoint, start) = match folder {
            RunFolder::New { root, start } => {
                let root = root.unwrap_or_else(|| new_run_folder(runs, &config));
                let dir = RunDir::create(&root, &recorded)?;
                resumed_pictures::write(&dir, &dataset)?;
                (dir, None, start)
            }
            RunFolder::Existing(resumed) => {
                let (dir, checkpoint) = resumed.reopen(&recorded, &dataset, out)?;
                (dir, checkpoint, None)
            }
        };
        if let Some(machine) = config.machine.clone() {
            if checkpoint.is_none() && !dir.was_trained() {
                write_beginning(&dir, &config, &dataset, start.as_deref())?;
            }
            let now = checkpoint.as_ref().map_or(&config.tunables, |checkpoint| &checkpoint.meta.tunables).clone();
            let run = start_there(machine, dir, recorded, dataset)?;
            if !usage.is_empty() {
                run.ask(Command::SetTunables(with_usage(now, &usage)));
            }
            if let Some((step, learning_rate_factor)) = rollback {
                run.ask(Command::Rollback { step, learning_rate_factor });
            }
            return Ok(Begun::There(run));
        }
        let device = device.map_or_else(|| open_device(&config, out), Ok)?;
        if device.info.software {
            let text = format!("{} is a software adapter: correct, but slower than the CPU device", device.info.name);
            warn(text, out);
        }
        if let Some(need) = MemoryNeed::new(&config, dataset.len(), &device.info).filter(MemoryNeed::is_too_much) {
            warn(need.sentence(), out);
        }
        let (precision, why) = device::precision(&config, &device, team.as_ref().map_or(&[], TeamDevices::others));
        if let Some(text) = why {
            out.push(Event::Notice { level: Level::Info, text });
        }
        let chosen = RunConfig { precision, ..config.clone() };
        let (settings, pictures) = (chosen.clone(), dataset.clone());
        let mut trainer = match (&checkpoint, &start) {
            (Some(checkpoint), _) => Trainer::resume(settings, device.clone(), pictures, checkpoint)?,
            (None, Some(start)) => Trainer::start(settings, device.clone(), pictures, &start.networks)?,
            (None, None) => Trainer::new(settings, device.clone(), pictures)?,
        };
        held_out::settle(&mut trainer, &dir, &dataset, config.held_out, checkpoint.as_ref())?;
        if let Some(devices) = &team {
            if devices.has_workers() {
                out.push(Event::Preparing("Connecting to the workers, and sending them the pictures".to_owned()));
                out.flush(true);
            }
            trainer.join(devices.gather(&chosen, &dataset, &trainer.split().training)?);
        }
        if let Some(start) = start {
            // The run has its beginning from now on, whatever becomes of the model.
            dir.save(&trainer.checkpoint(0, 0.0)?, Kept { newest: config.keep, healthy: 0, measured: &[] })?;
            out.push(Event::Notice { level: Level::Info, text: start.info.told(&config) });
        }
        let info = Arc::new(run_info(&dir, &config, &device, &trainer));
        if let Some(text) = config.repeats(info.pictures) {
            warn(text, out);
        }
        *shown = Some(info.clone());
        out.push(Event::RunStarted(info.clone()));
        let (revision, seconds) = checkpoint.as_ref().map_or((0, 0.0), |c| (c.meta.revision, c.meta.seconds));
        let sheets = history::replay(&dir, &info, revision, out)?;
        let edited = checkpoint.and_then(|c| {
            let written = c.meta.written_tunables?;
            Some(c.meta.tunables.with_edits(&written, &config.tunables))
        });
        let mut run = ActiveRun::new(RunStart { info, dir, config, trainer, dataset, revision, seconds, sheets });
        // Without a change in `run.toml` since the checkpoint the edited settings are those that it has.
        let now = tunables.or(edited).unwrap_or_else(|| run.tunables().clone());
        run.set_tunables(with_usage(now, &usage));
        if let Some((step, learning_rate_factor)) = rollback {
            run.want_rollback(step, learning_rate_factor);
        }
        Ok(Begun::Here(Box::new(run)))
    }
}

impl ResumedRun {
    /// Checks that the pictures are those of the run; only then its settings are changed.
    fn reopen(
        self,
        config: &RunConfig,
        dataset: &Dataset,
        out: &mut Outbox,
    ) -> Result<(RunDir, Option<Checkpoint>), EngineError> {
        let Self { dir, checkpoint, saved_config, other_pictures } = self;
        let check = PictureCheck {
            dir: &dir,
            config,
            saved_config: &saved_config,
            dataset,
            checkpoint: checkpoint.as_ref(),
            accept_others: other_pictures,
        };
        if let Some(text) = check.settle()? {
            warn(text, out);
        }
        if *config != saved_config {
            dir.write_config(config)?;
        }
        dir.forget_out_of_memory();
        Ok((dir, checkpoint))
    }
}

/// Whether these are digests of pictures that are there.
///
/// # Errors
/// The first that is none.
fn known(usage: &[(String, Usage)], dataset: &Dataset) -> Result<(), SettingError> {
    let is_there = |digest: &str| dataset.digests().iter().any(|d| short_digest(d) == short_digest(digest));
    let Some((digest, usage)) = usage.iter().find(|(digest, _)| !is_there(digest)) else { return Ok(()) };
    let flag = match usage {
        Usage::LeftOut => "leave-out",
        Usage::Favoured => "favour",
        Usage::Usual => "as-usual",
    };
    let reason = format!(
        "no training picture of this run has the digest {digest:?}; `purrtrait nearest RUN` lists digests, of which \
         the first 16 digits are enough"
    );
    Err(SettingError::new(flag, reason))
}

fn with_usage(mut tunables: Tunables, usage: &[(String, Usage)]) -> Tunables {
    for (digest, usage) in usage {
        tunables.pictures.set(digest, *usage);
    }
    tunables
}

/// The newest usable checkpoint; none for a run that was stopped before its first one: the seed gives the same start
/// again.
fn newest_checkpoint(
    dir: &RunDir,
    start: Option<&StartModel>,
    out: &mut Outbox,
) -> Result<Option<Checkpoint>, EngineError> {
    match dir.newest() {
        Ok((checkpoint, damaged)) => {
            for text in damaged {
                warn(format!("{text}; an older checkpoint is used instead"), out);
            }
            Ok(Some(checkpoint))
        }
        Err(RunDirError::NoCheckpoint { .. }) if dir.checkpoint_steps().is_empty() => {
            if let Some(start) = start {
                let text = format!(
                    "{}: there is no checkpoint, and this run started from the model {}, whose weights were in the \
                     first one. Put the folder back, or start a new run from the model.",
                    dir.root().join("checkpoints").display(),
                    start.name
                );
                return Err(EngineError::Run(text));
            }
            if dir.was_trained() {
                let text = format!(
                    "{}: there is no checkpoint, so the run starts over from its first step. If the folder was \
                     deleted or left out of a copy, stop the run and put the folder back.",
                    dir.root().join("checkpoints").display()
                );
                warn(text, out);
            }
            Ok(None)
        }
        Err(e) => Err(e.into()),
    }
}

/// Has the run work on fewer pictures at once if a card's memory ran out when it was trained last.
fn work_on_fewer(dir: &RunDir, config: &mut RunConfig, out: &mut Outbox) -> Result<(), EngineError> {
    let Some(too_many) = dir.too_many_at_once()? else { return Ok(()) };
    let before = config.pictures_at_once();
    if let Some(fewer) = fewer(too_many).filter(|fewer| *fewer < before) {
        config.at_once = fewer;
        warn(told(config, too_many), out);
    }
    Ok(())
}

/// The model that a new run starts from, which `config` then names.
fn start_of(config: &mut RunConfig, out: &mut Outbox) -> Result<Option<Box<OpenedStart>>, EngineError> {
    let Some(source) = config.start.as_ref().map(|start| start.source.clone()) else { return Ok(None) };
    out.push(Event::Preparing("Opening the model to start from".to_owned()));
    let opened = open_checked(&source, config)?;
    config.start = Some(opened.info.start.clone());
    Ok(Some(Box::new(opened)))
}

/// Says that another machine may still train the run, where it trains somewhere else from now on.
fn leave_others(dir: &RunDir, config: &RunConfig, out: &mut Outbox) -> Result<(), EngineError> {
    let Some(before) = dir.elsewhere()? else { return Ok(()) };
    if config.machine.as_ref().is_some_and(|machine| machine.is_same_place(&before.machine)) {
        return Ok(());
    }
    let machine = before.machine;
    warn(
        format!(
            "The run trained on {machine} before. It resumes from the newest checkpoint in this folder; steps done \
             there since then are not part of it, and a training that is still under way there ends after three days."
        ),
        out,
    );
    dir.forget_elsewhere();
    Ok(())
}

/// The device of this machine that trains, unless another machine does, and those beside it.
fn open_devices(
    config: &RunConfig,
    out: &mut Outbox,
) -> Result<(Option<ComputeDevice>, Option<TeamDevices>), EngineError> {
    if config.machine.is_some() {
        return Ok((None, None));
    }
    let device = open_device(config, out)?;
    let team = TeamDevices::open(config, &device)?;
    Ok((Some(device), team))
}

fn open_device(config: &RunConfig, out: &mut Outbox) -> Result<ComputeDevice, EngineError> {
    let mut say = |what: &str| {
        out.push(Event::Preparing(what.to_owned()));
        out.flush(true);
    };
    say("Opening the device");
    let trying = || say("Trying the graphics card's driver, once on this machine: up to a minute");
    let device = device::open_telling(config.own_device(), trying)?;
    check_device(config, &device)?;
    Ok(device)
}

fn run_info(dir: &RunDir, config: &RunConfig, device: &ComputeDevice, trainer: &Trainer) -> RunInfo {
    let (generator_parameters, discriminator_parameters) = trainer.parameter_counts();
    let (pictures, held_out) = (trainer.split().training.len(), trainer.split().held.len());
    let mut info = device.info.clone();
    for other in trainer.other_members() {
        info.name = format!("{} + {other}", info.name);
    }
    RunInfo {
        path: dir.root().to_path_buf(),
        config: config.clone(),
        device: info,
        pictures,
        held_out,
        unwatched: unwatched(pictures, held_out),
        steps_per_epoch: (pictures as u64).div_ceil(u64::from(config.batch)),
        generator_parameters,
        discriminator_parameters,
        first_step: trainer.step_count(),
    }
}

fn warn(text: String, out: &mut Outbox) {
    out.push(Event::Notice { level: Level::Warning, text });
}
