//! What has to be known of a run to resume it as it was.

use crate::config::Tunables;
use crate::engine::protocol::command::{Command, ResumeOptions};
use crate::engine::protocol::event::{Cause, Event, RunState};
use crate::printable::thousands;
use std::path::PathBuf;

/// A run that was asked for.
#[derive(Default)]
pub(super) struct RunMemory {
    /// Its folder, once it has begun.
    folder: Option<PathBuf>,
    /// It trains on a graphics card.
    on_gpu: bool,
    /// The step of its newest checkpoint.
    saved: Option<u64>,
    paused: bool,
    /// Somebody wants its end.
    stopping: bool,
    /// The live settings as they were wanted last.
    tunables: Option<Tunables>,
    /// It is being resumed; what it is asked for once it runs, so that it is as it was.
    then: Option<Vec<Command>>,
}

/// How a run is resumed.
pub(super) struct Resumes {
    pub command: Command,
    /// From where, for a person.
    pub text: String,
}

impl RunMemory {
    /// Takes note of a request.
    pub(super) fn asked(&mut self, command: &Command) {
        match command {
            Command::SetTunables(tunables) => self.tunables = Some(tunables.clone()),
            Command::Pause => self.paused = true,
            Command::Continue => self.paused = false,
            Command::Stop => self.stopping = true,
            _ => {}
        }
    }

    /// Takes note of an event; gives what the run is asked for now.
    pub(super) fn told(&mut self, event: &Event) -> Vec<Command> {
        match event {
            Event::RunStarted(info) => {
                self.folder = Some(info.path.clone());
                self.on_gpu = info.device.id != "cpu";
                self.saved = Some(info.first_step).filter(|step| *step > 0);
            }
            Event::Saved { step, .. } => self.saved = Some(*step),
            // Of a resumed run the past comes first.
            Event::TunablesApplied(change) if self.then.is_none() => self.tunables = Some(change.tunables.clone()),
            Event::State(RunState::Running) => {
                let then = self.then.take();
                self.paused = then.iter().flatten().any(|command| matches!(command, Command::Pause));
                self.stopping = false;
                return then.unwrap_or_default();
            }
            Event::State(RunState::Paused) => (self.paused, self.stopping) = (true, false),
            // A new process sees by itself that the computer runs on battery.
            Event::State(RunState::OnBattery) => (self.paused, self.stopping) = (false, false),
            Event::State(RunState::Stopping) => self.stopping = true,
            _ => {}
        }
        Vec::new()
    }

    /// What a loss is most likely about.
    pub(super) fn suspect(&self) -> Cause {
        if self.on_gpu { Cause::Device } else { Cause::Internal }
    }

    /// Whether somebody wants its end.
    pub(super) fn is_stopping(&self) -> bool {
        self.stopping
    }

    /// Whether there is something to resume, and nobody wants its end.
    pub(super) fn can_be_resumed(&self) -> bool {
        self.folder.is_some() && !self.stopping
    }

    /// The run is resumed from its newest checkpoint, or from its beginning, with the live settings that it had.
    pub(super) fn resumes(&mut self) -> Resumes {
        if self.then.is_none() {
            let tunables = self.tunables.clone().map(Command::SetTunables);
            self.then = Some(tunables.into_iter().chain(self.paused.then_some(Command::Pause)).collect());
        }
        let run = self.folder.clone().unwrap_or_default();
        let text = match self.saved {
            Some(step) => format!("Training resumes from the checkpoint of step {}", thousands(step)),
            None => "Training starts over, because no checkpoint was saved yet".to_owned(),
        };
        Resumes { command: Command::Resume { run, options: ResumeOptions::default() }, text }
    }
}
