//! The run folder here of a run that trains elsewhere, and what a front end hears of the run.

use super::talk::Known;
use crate::config::{DeviceInfo, RunConfig};
use crate::engine::protocol::event::{BestCheckpoint, Event, RunEnd, RunInfo, RunState};
use crate::engine::run::active_run::sheets::{new_sheet, saved_sheet};
use crate::engine::run::retell::Retell;
use crate::files::remove_folder;
use crate::printable;
use crate::train::{FilePart, HISTORIES, Incoming, Outgoing, RunDir, RunFile};
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

/// The most checkpoints that a run keeps, with those beside the newest.
pub(super) const MOST_CHECKPOINTS: usize = 1100;

/// The run folder, locked against other programs of this machine.
pub(super) struct Mirror {
    dir: RunDir,
    config: RunConfig,
    /// The other machine, for a person.
    host: String,
    incoming: Incoming,
    retell: Retell,
    /// The run, once it has begun there.
    info: Option<Arc<RunInfo>>,
    best: Option<Option<BestCheckpoint>>,
    /// The checkpoints that there are.
    there: Vec<u64>,
}

impl Mirror {
    pub(super) fn new(dir: RunDir, config: RunConfig, host: String) -> Self {
        let incoming = Incoming::new(config.model.clone());
        Self { dir, config, host, incoming, retell: Retell::default(), info: None, best: None, there: Vec::new() }
    }

    /// A new connection: what had begun to arrive comes again.
    pub(super) fn reconnected(&mut self) {
        self.incoming.start_over();
    }

    /// The run begins there anew: all is told again.
    pub(super) fn begins_again(&mut self) {
        (self.retell, self.info, self.best) = (Retell::default(), None, None);
    }

    /// What the run folder holds.
    pub(super) fn known(&self) -> Known {
        Known::of(&self.dir)
    }

    /// The step of the newest checkpoint that is here.
    pub(super) fn saved(&self) -> Option<u64> {
        self.dir.checkpoint_steps().pop().map(|(step, _)| step)
    }

    /// What the run begins with there: its lists, its histories, and the newest checkpoint that is whole.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(super) fn beginning(&self) -> io::Result<VecDeque<Outgoing>> {
        let mut wanted = vec![RunFile::HeldOut, RunFile::Pictures];
        wanted.extend(HISTORIES);
        if let Ok((checkpoint, _)) = self.dir.newest() {
            wanted.extend(crate::train::CHECKPOINT.map(|file| file(checkpoint.meta.step)));
        }
        wanted.retain(|file| self.dir.place_of(*file).exists());
        wanted.into_iter().map(|file| Outgoing::open(&self.dir, file, 0)).collect()
    }

    /// Takes a part of a file in; gives what that tells.
    ///
    /// # Errors
    /// It cannot be written here, or is no part of a run.
    pub(super) fn part(&mut self, part: &FilePart) -> io::Result<Vec<Event>> {
        let file = part.file;
        if matches!(file, RunFile::Settings | RunFile::Session | RunFile::Pictures) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the settings of a run are those of this machine"));
        }
        if HISTORIES.contains(&file) && part.at == 0 {
            self.retell.replaced(file);
        }
        if !self.incoming.take(&self.dir, part)? {
            return Ok(Vec::new());
        }
        let mut events = match file {
            RunFile::Sample(step) => match self.dir.load_sample(step) {
                Ok(sheet) if self.info.is_some() => vec![new_sheet(step, sheet, &self.config)],
                _ => Vec::new(),
            },
            RunFile::Manifest(step) => {
                self.prune();
                let path = self.dir.checkpoint_steps().into_iter().find(|(found, _)| *found == step);
                path.map(|(step, path)| Event::Saved { step, path }).into_iter().collect()
            }
            _ if self.info.is_some() => self.retell.news(&self.dir, file)?,
            _ => Vec::new(),
        };
        if matches!(file, RunFile::Manifest(_) | RunFile::Quality) {
            events.extend(self.best());
        }
        Ok(events)
    }

    /// The best checkpoint here, if that has changed.
    fn best(&mut self) -> Option<Event> {
        let best = BestCheckpoint::of(&self.dir);
        (self.info.is_some() && self.best.replace(best) != Some(best)).then_some(Event::Best(best))
    }

    /// These checkpoints are there: others go here as well, once one of these is here.
    pub(super) fn checkpoints(&mut self, mut there: Vec<u64>) {
        there.truncate(MOST_CHECKPOINTS);
        self.there = there;
        self.prune();
    }

    fn prune(&self) {
        keep_only(&self.dir, &self.there);
    }

    /// What a front end hears of an event there; files have told the rest. The end of the run is none of these.
    ///
    /// # Errors
    /// The histories cannot be read.
    pub(super) fn event(&mut self, event: Event) -> io::Result<Vec<Event>> {
        let line = |text: String| printable::line(&text).into_owned();
        Ok(match event {
            Event::RunStarted(info) if self.info.is_none() => return self.started(&info),
            Event::SamplesGone(steps) => {
                self.dir.remove_samples(&steps);
                vec![Event::SamplesGone(steps)]
            }
            Event::Notice { level, text } => {
                vec![Event::Notice { level, text: format!("{}: {}", self.host, line(text)) }]
            }
            Event::Preparing(text) => vec![Event::Preparing(format!("{}: {}", self.host, line(text)))],
            Event::NotMeasured(text) => vec![Event::NotMeasured(line(text))],
            Event::State(RunState::Running | RunState::Paused | RunState::OnBattery | RunState::Stopping)
            | Event::Progress(_)
            | Event::Findings(_)
            | Event::Measuring(_) => vec![event],
            _ => Vec::new(),
        })
    }

    /// The run has begun there: all that the run folder holds of it is told.
    fn started(&mut self, there: &RunInfo) -> io::Result<Vec<Event>> {
        let device = DeviceInfo {
            name: printable::line(&format!("{} on {}", there.device.name, self.host)).into_owned(),
            id: printable::line(&there.device.id).into_owned(),
            api: printable::line(&there.device.api).into_owned(),
            kind: printable::line(&there.device.kind).into_owned(),
            driver: printable::line(&there.device.driver).into_owned(),
            ..there.device
        };
        let info = Arc::new(RunInfo {
            path: self.dir.root().to_path_buf(),
            config: self.config.clone(),
            device,
            steps_per_epoch: there.steps_per_epoch.max(1),
            ..there.clone()
        });
        self.info = Some(info.clone());
        let mut events = vec![Event::RunStarted(info)];
        for file in HISTORIES {
            events.extend(self.retell.news(&self.dir, file)?);
        }
        events.extend(self.best());
        let steps = self.dir.sample_steps();
        if let Some(sheet) = steps.last().and_then(|newest| Some((*newest, self.dir.load_sample(*newest).ok()?))) {
            events.extend([Event::SampleSteps(steps), saved_sheet(sheet.0, sheet.1, &self.config)]);
        }
        Ok(events)
    }

    /// The end of the run, with a reason that a terminal can show.
    pub(super) fn end(&self, end: RunEnd) -> RunEnd {
        let line = |text: String| format!("{}: {}", self.host, printable::line(&text));
        match end {
            RunEnd::Diverged { step, text } => RunEnd::Diverged { step, text: line(text) },
            RunEnd::Failed { cause, text } => RunEnd::Failed { cause, text: line(text) },
            other => other,
        }
    }
}

/// Removes the checkpoints that are not among these, once one of them is here.
pub(super) fn keep_only(dir: &RunDir, there: &[u64]) {
    let (stay, go): (Vec<_>, Vec<_>) = dir.checkpoint_steps().into_iter().partition(|(step, _)| there.contains(step));
    if stay.is_empty() {
        return;
    }
    for (_, path) in go {
        if let Err(e) = remove_folder(&path) {
            log::warn!("{}: old checkpoint could not be deleted: {e}", path.display());
        }
    }
}
