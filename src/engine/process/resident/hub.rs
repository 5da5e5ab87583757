//! Between one connection, the newest, and the worker that trains. Neither waits for the other.

use super::job::Job;
use super::last_known::LastKnown;
use super::receiving::Receiving;
use crate::engine::pipe::{Arrived, Pipe};
use crate::engine::process::sending::Sending;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd};
use crate::engine::protocol::handle::{COMMANDS, EVENTS};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::remote::talk::{Ask, JobState, LONGEST, ROOM, Told, about_the_run};
use crate::engine::run::worker::{WorkerEnds, worker_on};
use crate::interrupt;
use crate::train::RunDir;
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use std::collections::VecDeque;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// A line on which nothing is said for longer may be broken.
const PULSE: Duration = Duration::from_secs(2);
/// An engine that does not train waits so long for somebody.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// A training that nobody came back to for so long stops, saved.
const FORGOTTEN: Duration = Duration::from_secs(3 * 24 * 60 * 60);
/// A run has this long to end its step and save.
const LAST_SAVE: Duration = Duration::from_secs(300);
/// The last words of an engine that somebody ended have this long to get out.
const LAST_WORDS: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Events that may wait for a slow line; of progress only the newest.
const WAITING: usize = 1000;

/// A connection.
struct Front {
    pipe: Pipe<Told, Ask>,
    stream: UnixStream,
    queue: VecDeque<Told>,
    /// The files, once it wants to hear of the run.
    sending: Option<Sending>,
    /// When something was sent last.
    spoke: Instant,
}

impl Drop for Front {
    /// Also where the other end hangs.
    fn drop(&mut self) {
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}

/// A run that trains or has ended.
struct Running {
    commands: Sender<Command>,
    events: Receiver<Event>,
    dir: RunDir,
    known: LastKnown,
    end: Option<RunEnd>,
}

pub(super) struct Hub<'a> {
    job: &'a Job,
    front: Option<Front>,
    run: Option<Running>,
    receiving: Receiving,
    /// When the last connection ended.
    alone: Instant,
    /// The end was told, and everything has arrived.
    done: bool,
}

impl<'a> Hub<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        let alone = Instant::now();
        Self { job, front: None, run: None, receiving: Receiving::default(), alone, done: false }
    }

    /// Serves connections until nobody needs this engine any more.
    pub(super) fn serve(mut self, connections: &Receiver<UnixStream>) {
        while !self.is_over() {
            if self.speak() {
                // What comes in is heard between two messages.
                self.hear_all();
                continue;
            }
            let arrived = self.front.as_ref().map_or_else(never, |front| front.pipe.arrived.clone());
            let events = self.run.as_ref().map_or_else(never, |run| run.events.clone());
            select! {
                recv(connections) -> stream => self.connected(stream.ok()),
                recv(arrived) -> arrived => self.arrived(arrived.unwrap_or(Arrived::Over(Ok(())))),
                recv(events) -> event => self.told(event.ok()),
                default(LOOK_EVERY) => {}
            }
        }
        let interrupted = interrupt::asked();
        self.end_worker();
        let since = Instant::now();
        while interrupted && self.front.is_some() && !self.done && since.elapsed() < LAST_WORDS {
            self.speak();
            self.hear_all();
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_over(&mut self) -> bool {
        if interrupt::asked() || self.done {
            return true;
        }
        if self.front.is_some() {
            self.alone = Instant::now();
            return false;
        }
        let Some(run) = self.run.as_ref().filter(|run| run.end.is_none()) else {
            return self.alone.elapsed() > PATIENCE;
        };
        if self.alone.elapsed() > FORGOTTEN {
            // Tried again as long as its queue is full.
            let _ = run.commands.try_send(Command::Stop);
        }
        false
    }

    /// A new connection takes the place of the one before, which may be one that broke unnoticed.
    fn connected(&mut self, stream: Option<UnixStream>) {
        let Some(stream) = stream else { return };
        let open = || -> std::io::Result<Front> {
            let pipe = Pipe::open(stream.try_clone()?, stream.try_clone()?, ROOM, [LONGEST; 2])?;
            Ok(Front { pipe, stream, queue: VecDeque::new(), sending: None, spoke: Instant::now() })
        };
        match open() {
            Ok(front) => {
                self.receiving.start_over();
                self.front = Some(front);
            }
            Err(e) => log::error!("a connection cannot be used: {e}"),
        }
    }

    /// Takes in what waits, without waiting.
    fn hear_all(&mut self) {
        while let Some(arrived) = self.front.as_ref().and_then(|front| front.pipe.arrived.try_recv().ok()) {
            self.arrived(arrived);
        }
        while let Some(event) = self.run.as_ref().and_then(|run| run.events.try_recv().ok()) {
            self.told(Some(event));
        }
    }

    fn say(&mut self, told: Told) {
        if let Some(front) = &mut self.front {
            front.queue.push_back(told);
        }
    }

    fn arrived(&mut self, arrived: Arrived<Ask>) {
        let ask = match arrived {
            Arrived::Greeted => return self.say(Told::Job(self.state())),
            Arrived::Message(ask) => ask,
            Arrived::Over(why) => {
                if let Err(e) = why {
                    log::warn!("a connection is over: {e}");
                }
                self.front = None;
                return;
            }
        };
        let failed = match ask {
            Ask::Squares { .. } | Ask::SquaresPart { .. } | Ask::Part(_) | Ask::Begin if self.run.is_some() => {
                Err("the run is training already".to_owned())
            }
            Ask::Squares { name, bytes } => self.receiving.squares.want(&self.job.squares(), name, bytes).map(Some),
            Ask::SquaresPart { at, bytes } => self.receiving.squares.piece(&self.job.squares(), at, &bytes),
            Ask::Part(part) => self.receiving.part(self.job, &part).map(|()| None),
            Ask::Begin => self.begin().map(|()| None).map_err(|e| e.to_string()),
            Ask::Follow(known) => {
                if let (Some(front), Some(run)) = (&mut self.front, &mut self.run) {
                    front.sending = Some(Sending::new(known));
                    front.queue.extend(run.known.events().map(|event| Told::Event(Box::new(event))));
                }
                Ok(None)
            }
            Ask::Command(command) => {
                if let Some(run) = self.run.as_ref().filter(|_| about_the_run(&command)) {
                    // A full queue means that the worker is busy with as many requests.
                    let _ = run.commands.try_send(*command);
                }
                Ok(None)
            }
            Ask::Again => {
                self.end_worker();
                self.say(Told::Job(self.state()));
                Ok(None)
            }
            Ask::Done => {
                self.done = self.run.as_ref().is_none_or(|run| run.end.is_some());
                Ok(None)
            }
        };
        match failed {
            Ok(Some(have)) => self.say(Told::Squares { have }),
            Ok(None) => {}
            Err(text) => self.say(Told::Failed(text)),
        }
    }

    fn state(&self) -> JobState {
        match &self.run {
            Some(run) if run.end.is_some() => JobState::Ended,
            Some(_) => JobState::Training,
            None => {
                let saved = RunDir::at(self.job.run()).checkpoint_steps().pop();
                JobState::Waiting { saved: saved.map(|(step, _)| step) }
            }
        }
    }

    /// Lets a worker train the run.
    fn begin(&mut self) -> Result<(), EngineError> {
        let squares = self.receiving.squares.squares.take();
        let squares = squares.ok_or_else(|| EngineError::Data("the squares are missing".to_owned()))?;
        let (commands, requests) = bounded(COMMANDS);
        let (event_sender, events) = bounded(EVENTS);
        // The explorer is on the other machine, and has the checkpoints.
        let (weights, _) = bounded(1);
        let out = Outbox::new(event_sender, Arc::new(|| {}));
        let work = worker_on(WorkerEnds { commands: requests, out, weights }, self.job.run(), squares)?;
        let failed = |e| EngineError::Other(format!("no thread could be started: {e}"));
        thread::Builder::new().name("purrtrait-worker".into()).spawn(work).map_err(failed)?;
        let dir = RunDir::at(self.job.run());
        self.run = Some(Running { commands, events, dir, known: LastKnown::default(), end: None });
        Ok(())
    }

    /// The worker told something; none: it has ended.
    fn told(&mut self, event: Option<Event>) {
        let Some(run) = &mut self.run else { return };
        let sending = self.front.as_mut().and_then(|front| front.sending.as_mut());
        let Some(event) = event else {
            let text = "the training thread ended unexpectedly".to_owned();
            run.end.get_or_insert(RunEnd::Failed { cause: Cause::Internal, text });
            run.events = never();
            return;
        };
        run.known.note(&event, sending.is_some());
        match (&event, sending) {
            (Event::RunEnded(end), sending) => {
                run.end = Some(end.clone());
                sending.into_iter().for_each(Sending::checkpoint_saved);
                return;
            }
            (Event::Saved { .. }, Some(sending)) => return sending.checkpoint_saved(),
            (Event::Metrics(_) | Event::TunablesApplied(_) | Event::Quality(_) | Event::Sample { .. }, sending) => {
                sending.into_iter().for_each(Sending::files_changed);
                return;
            }
            // The other machine has its own pictures, settings and list of runs.
            (Event::DataReady(_) | Event::DataProgress(_) | Event::DataFailed(_), _)
            | (Event::Runs(_) | Event::Settings(_) | Event::Best(_) | Event::SampleSteps(_), _)
            | (_, None) => return,
            (_, Some(sending)) => sending.files_changed(),
        }
        let Some(front) = &mut self.front else { return };
        if matches!(event, Event::Progress(_)) {
            let is_progress = |told: &Told| matches!(told, Told::Event(event) if matches!(**event, Event::Progress(_)));
            front.queue.retain(|told| !is_progress(told));
        }
        if front.queue.len() < WAITING {
            front.queue.push_back(Told::Event(Box::new(event)));
        }
    }

    /// Sends the next message. False where there is none, or no room.
    fn speak(&mut self) -> bool {
        let Some(front) = self.front.as_mut().filter(|front| !front.pipe.out.is_full()) else { return false };
        let run = self.run.as_ref();
        let (mut next, mut last) = (None, false);
        if let (Some(sending), Some(run)) = (&mut front.sending, run) {
            next = sending.small(&run.dir);
        }
        next = next.or_else(|| front.queue.pop_front());
        if let (None, Some(sending), Some(run)) = (&next, &mut front.sending, run) {
            next = sending.large(&run.dir);
            if let (None, Some(end)) = (&next, &run.end) {
                next = Some(Told::Event(Box::new(Event::RunEnded(end.clone()))));
                last = true;
            }
        }
        let next = next.or_else(|| (front.spoke.elapsed() > PULSE).then_some(Told::Pulse));
        let Some(next) = next else { return false };
        if last {
            front.sending = None;
        }
        front.spoke = Instant::now();
        // A connection that is over is noticed by what comes from it.
        let _ = front.pipe.out.try_send(next);
        true
    }

    /// Has the run saved and ended, and the worker with it.
    fn end_worker(&mut self) {
        let Some(run) = &self.run else { return };
        if run.end.is_none() && interrupt::asked() {
            let text = "the machine asked the training to end, so it was saved and stopped".to_owned();
            self.say(Told::Event(Box::new(Event::Notice { level: Level::Warning, text })));
        }
        let Some(run) = &self.run else { return };
        let (commands, events) = (run.commands.clone(), run.events.clone());
        let _ = commands.send_timeout(Command::Shutdown, LAST_SAVE);
        let until = Instant::now() + LAST_SAVE;
        while let Ok(event) = events.recv_deadline(until) {
            self.told(Some(event));
        }
        if !interrupt::asked() {
            self.run = None;
        }
    }
}
