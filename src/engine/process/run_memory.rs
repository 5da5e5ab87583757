//! What has to be known of a run to resume it as it was.

use crate::config::Tunables;
use crate::engine::protocol::command::{Command, ResumeOptions};
use crate::engine::protocol::event::{Cause, Event, RunState};
use crate::engine::protocol::queue::QueuedTraining;
use crate::engine::protocol::race::{Lane, Race};
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
    /// It is two, which take turns.
    race: Option<RaceMemory>,
    /// It is being resumed; what it is asked for once it runs, so that it is as it was.
    then: Option<Vec<Command>>,
}

/// What has to be known of a race.
#[derive(Default)]
struct RaceMemory {
    /// Seconds of training after which each run ends.
    seconds: f64,
    /// The run that is told of.
    lane: Lane,
    /// The one on show.
    shown: Lane,
    folders: [Option<PathBuf>; 2],
    ended: [bool; 2],
}

/// How a run is resumed.
pub(super) struct Resumes {
    pub command: Command,
    /// From where, for a person.
    pub text: String,
}

impl RunMemory {
    /// A race that was asked for.
    pub(super) fn race(seconds: f64) -> Self {
        Self { race: Some(RaceMemory { seconds, ..RaceMemory::default() }), ..Self::default() }
    }

    /// The run that is told of has ended. True where another one races on.
    pub(super) fn races_on(&mut self) -> bool {
        let Some(race) = &mut self.race else { return false };
        race.ended[race.lane as usize] = true;
        let begun = race.folders.iter().all(Option::is_some);
        begun && race.ended.contains(&false)
    }

    /// Takes note of a request.
    pub(super) fn asked(&mut self, command: &Command) {
        match command {
            Command::ShowLane(lane) => self.race.iter_mut().for_each(|race| race.shown = *lane),
            // Of a race it is not known which of the two has taken them.
            Command::SetTunables(_) if self.race.is_some() => {}
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
            Event::Turn(Some(lane)) => self.race.iter_mut().for_each(|race| race.lane = *lane),
            Event::RunStarted(info) => {
                if let Some(race) = &mut self.race {
                    race.folders[race.lane as usize] = Some(info.path.clone());
                }
                self.folder = Some(info.path.clone());
                self.on_gpu = info.device.id != "cpu";
                self.saved = Some(info.first_step).filter(|step| *step > 0);
            }
            Event::Saved { step, .. } => self.saved = Some(*step),
            // Of a resumed run the past comes first.
            Event::TunablesApplied(change) if self.then.is_none() && self.race.is_none() => {
                self.tunables = Some(change.tunables.clone())
            }
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
            let shown = self.race.as_ref().map(|race| Command::ShowLane(race.shown));
            let pause = self.paused.then_some(Command::Pause);
            self.then = Some(tunables.into_iter().chain(shown).chain(pause).collect());
        }
        if let Some(race) = &self.race {
            return self.resumes_race(race);
        }
        let run = self.folder.clone().unwrap_or_default();
        let text = match self.saved {
            Some(step) => format!("Training resumes from the checkpoint of step {}", thousands(step)),
            None => "Training starts over, because no checkpoint was saved yet".to_owned(),
        };
        Resumes { command: Command::Resume { run, options: ResumeOptions::default() }, text }
    }

    /// Both go on from their newest checkpoints, or the one that has not ended.
    fn resumes_race(&self, race: &RaceMemory) -> Resumes {
        let options = ResumeOptions::default;
        let resumed = |run: &PathBuf| QueuedTraining::Resume { run: run.clone(), options: Box::default() };
        let text = "Training resumes from the newest checkpoints".to_owned();
        if let ([Some(a), Some(b)], [false, false]) = (&race.folders, race.ended) {
            let lanes = [resumed(a), resumed(b)];
            return Resumes { command: Command::Race(Race { lanes, seconds: race.seconds }), text };
        }
        let left = race.folders.iter().zip(race.ended).find(|(_, ended)| !ended).and_then(|(run, _)| run.clone());
        let run = left.or_else(|| self.folder.clone()).unwrap_or_default();
        Resumes { command: Command::Resume { run, options: options() }, text }
    }
}
