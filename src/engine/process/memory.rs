//! What a new process has to be told when the one before is lost, and what the front end hears of it. Pure: it listens
//! to every request and every event, and starts nothing.

use super::run_memory::RunMemory;
use crate::config::{AppSettings, DataConfig, Manners, RunPlace};
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Cause, Event, RunEnd, RunState};
use crate::engine::protocol::queue::QueueRequest;
use std::path::PathBuf;
use std::time::Duration;

/// So often in a row a run is resumed, or a process started, without anything having been achieved in between.
pub(super) const TRIES: u32 = 3;
/// How long each try waits: a graphics driver that was reset needs a moment.
const WAITS: [Duration; TRIES as usize] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// What was said between the front end and the engine, as far as a new process has to know it.
#[derive(Default)]
pub(super) struct Memory {
    settings: Option<AppSettings>,
    /// How the computer is treated, where that is not as the settings say.
    manners: Option<Manners>,
    devices_asked: bool,
    scan: Option<Scan>,
    photo: Option<PathBuf>,
    models: Vec<PathBuf>,
    /// The explorer wants the weights of the run, ...
    sharing: bool,
    /// ... which the new process does not know yet.
    share_again: bool,
    run: Option<RunMemory>,
    /// The run of somebody else that is watched.
    watched: Option<RunPlace>,
    /// What is told is about that one.
    watching: bool,
    /// The trainings that wait begin one after another.
    queue: bool,
    /// Losses in a row.
    losses: u32,
    /// The process has told something.
    heard: bool,
    /// The front end wants the end.
    pub ending: bool,
}

/// The newest pictures that were asked for.
struct Scan {
    data: DataConfig,
    size: u32,
    answered: bool,
}

/// What becomes of an event.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The front end hears it, and the engine is asked for this.
    Pass(Vec<Command>),
    /// It ends the run in a way that a new process may mend; why, in whole sentences.
    Lost(String),
}

/// What follows from a loss.
#[derive(Debug)]
pub(super) struct Next {
    /// What the front end hears.
    pub tell: Vec<Event>,
    /// What a new process is asked for, after this wait; none where there is to be no other process.
    pub again: Option<(Duration, Vec<Command>)>,
}

impl Memory {
    /// Takes note of a request.
    pub(super) fn asked(&mut self, command: &Command) {
        match command {
            Command::ListDevices => self.devices_asked = true,
            Command::LoadSettings => self.manners = None,
            Command::SaveSettings(settings) => (self.settings, self.manners) = (Some(settings.clone()), None),
            Command::SetManners(manners) => self.manners = Some(*manners),
            Command::ScanData { data, size } => {
                self.scan = Some(Scan { data: data.clone(), size: *size, answered: false });
            }
            Command::EditPictures(_) => self.scan.iter_mut().for_each(|scan| scan.answered = false),
            Command::OpenPhoto { path, .. } => self.photo = Some(path.clone()),
            Command::InspectModel(path) => self.models.push(path.clone()),
            Command::ShareWeights(wanted) => (self.sharing, self.share_again) = (*wanted, false),
            Command::Start { .. } | Command::Resume { .. } => {
                self.watched = None;
                _ = self.run.get_or_insert_default();
            }
            Command::Race(race) => {
                self.watched = None;
                _ = self.run.get_or_insert_with(|| RunMemory::race(race.seconds));
            }
            Command::Watch(run) if self.run.is_none() => self.watched = Some(run.clone()),
            Command::Unwatch => self.watched = None,
            Command::Shutdown => self.ending = true,
            other => self.run.iter_mut().for_each(|run| run.asked(other)),
        }
    }

    /// Takes note of an event.
    pub(super) fn told(&mut self, event: &Event) -> Verdict {
        self.heard = true;
        match event {
            Event::Settings(settings) => self.settings = Some(settings.clone()),
            Event::Devices(_) => self.devices_asked = false,
            Event::DataReady(_) | Event::DataFailed(_) => self.scan.iter_mut().for_each(|scan| scan.answered = true),
            Event::Photo { path, .. } | Event::PhotoFailed { path, .. } => {
                self.photo.take_if(|asked| asked == path);
            }
            Event::ModelInspected { source, .. } => self.models.retain(|asked| asked != source),
            Event::Saved { .. } => self.losses = 0,
            Event::Watched(on) => self.watching = *on,
            Event::Queue(list) => self.queue = list.on,
            Event::State(RunState::Preparing) if self.queue && !self.watching && self.run.is_none() => {
                // Nobody asked for this run: its turn has come.
                self.watched = None;
                self.run = Some(RunMemory::default());
            }
            _ => {}
        }
        let mut ask = Vec::new();
        if let Event::RunEnded(end) = event {
            if self.watched.take().is_some() {
                return Verdict::Pass(Vec::new());
            }
            if let (Some(run), RunEnd::Failed { cause: Cause::Device | Cause::Internal, text }) = (&self.run, end)
                && run.can_be_resumed()
            {
                return Verdict::Lost(text.clone());
            }
            if !self.run.as_mut().is_some_and(RunMemory::races_on) {
                (self.run, self.losses) = (None, 0);
            }
        } else if let Some(run) = &mut self.run {
            ask = run.told(event);
        }
        if matches!(event, Event::State(RunState::Running)) && std::mem::take(&mut self.share_again) {
            ask.push(Command::ShareWeights(true));
        }
        Verdict::Pass(ask)
    }

    /// The process is lost; `what` happened, in whole sentences.
    pub(super) fn lost(&mut self, what: &str) -> Next {
        if self.run.is_none() && self.heard {
            // It worked until somebody ended it, or until a request that is not made again.
            self.losses = 0;
        }
        self.losses += 1;
        self.heard = false;
        self.share_again = self.sharing;
        let mut tell = self.unanswered(what);
        let mut ask = vec![self.settings.clone().map_or(Command::LoadSettings, Command::SaveSettings)];
        ask.extend(self.manners.map(Command::SetManners));
        if self.devices_asked {
            ask.push(Command::ListDevices);
        }
        // Answered in any case: then it is known that the process works.
        ask.push(Command::ListRuns);
        let stopping = self.run.as_ref().is_some_and(RunMemory::is_stopping);
        let was_under_way = self.run.is_some();
        let resuming = self.run.as_mut().filter(|run| run.can_be_resumed());
        match resuming.map(|run| (run.resumes(), self.losses)) {
            Some((resumes, n @ ..=TRIES)) => {
                tell.push(Event::Restarted {
                    text: format!("{what} {} (attempt {n} of {TRIES}).", resumes.text),
                    resuming: true,
                });
                ask.push(resumes.command);
            }
            Some(_) => {
                let text = format!(
                    "{what} That happened {} times in a row without a checkpoint in between, so the run is not \
                     resumed again by itself.",
                    self.losses
                );
                self.losses = 0;
                self.end_run(text, &mut tell);
            }
            None if self.run.is_some() => {
                let text = format!("{what} What was not saved is lost; checkpoints and photos are not affected.");
                self.end_run(text, &mut tell);
            }
            None if self.losses > TRIES => {
                tell.push(Event::WorkerDied(format!("{what} It does not stay alive; restart Purrtrait.")));
                return Next { tell, again: None };
            }
            None => tell.push(Event::Restarted { text: format!("{what} It was started again."), resuming: false }),
        }
        if self.queue {
            ask.extend(self.next_in_queue(was_under_way, stopping, what));
        }
        ask.extend(self.watched.clone().map(Command::Watch));
        if let (None, Some(scan)) = (&self.run, self.scan.as_ref().filter(|scan| scan.answered)) {
            // Later decisions about the pictures need them.
            ask.push(Command::ScanData { data: scan.data.clone(), size: scan.size });
        }
        let wait = WAITS[(self.losses.clamp(1, TRIES) - 1) as usize];
        Next { tell, again: Some((wait, ask)) }
    }

    /// How the queue goes on in another process. A training that is not resumed there is not tried again either.
    fn next_in_queue(&self, was_under_way: bool, stopping: bool, what: &str) -> Vec<Command> {
        let given_up = was_under_way && self.run.is_none();
        let lost = given_up.then(|| Command::Queue(QueueRequest::GivenUp(what.to_owned())));
        // Somebody who stopped a training paused the queue.
        let next = (!stopping).then_some(Command::Queue(QueueRequest::Start));
        lost.into_iter().chain(next).collect()
    }

    fn end_run(&mut self, text: String, tell: &mut Vec<Event>) {
        let cause = self.run.take().map_or(Cause::Internal, |run| run.suspect());
        tell.push(Event::RunEnded(RunEnd::Failed { cause, text }));
        tell.push(Event::State(RunState::Idle));
    }

    /// Answers to what was asked for and may be the reason of the loss: it is not asked for again.
    fn unanswered(&mut self, what: &str) -> Vec<Event> {
        let photo = self.photo.take().map(|path| Event::PhotoFailed { path, reason: what.to_owned() });
        let inspected = |source| Event::ModelInspected { source, found: Err(what.to_owned()) };
        let mut tell: Vec<Event> = photo.into_iter().chain(self.models.drain(..).map(inspected)).collect();
        if self.scan.take_if(|scan| !scan.answered).is_some() && self.run.is_none() {
            tell.push(Event::DataFailed(what.to_owned()));
        }
        tell
    }
}

#[cfg(test)]
#[path = "memory_tests.rs"]
mod tests;
