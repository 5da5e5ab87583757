//! A front end's end of the two channels.

use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::Event;
use crate::engine::protocol::explore_command::ExploreCommand;
use crate::engine::protocol::explore_event::ExploreEvent;
use crossbeam_channel::{Receiver, Sender, TrySendError, never};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Requests that may wait. Far more than a person can produce while one step runs.
pub(crate) const COMMANDS: usize = 256;
/// Events that may wait; the worker keeps what does not fit and tries again.
pub(crate) const EVENTS: usize = 1024;

/// The front end's ends of the explorer's channels. Dropping them ends the thread.
pub(crate) struct ExplorerChannels {
    pub commands: Sender<ExploreCommand>,
    pub events: Receiver<ExploreEvent>,
}

/// Owned by the window or the command line; the worker thread has the other ends.
pub struct EngineHandle {
    commands: Sender<Command>,
    events: Receiver<Event>,
    worker: Option<JoinHandle<()>>,
    died: bool,
    explorer: Option<ExplorerChannels>,
    /// Disconnected once the worker has ended.
    ended: Receiver<()>,
}

/// Saving takes seconds; a worker that hangs must not keep the program from ending.
const LAST_SAVE: Duration = Duration::from_secs(60);

/// Favourites are written in milliseconds, once a picture under way is done.
const LAST_FAVOURITES: Duration = Duration::from_secs(3);

impl EngineHandle {
    /// Joins the channels of a started worker. Also used by tests that stand in for the worker.
    pub fn new(commands: Sender<Command>, events: Receiver<Event>, worker: Option<JoinHandle<()>>) -> Self {
        Self { commands, events, worker, died: false, explorer: None, ended: never() }
    }

    /// Adds the channel that ends with the worker.
    pub(crate) fn with_end(self, ended: Receiver<()>) -> Self {
        Self { ended, ..self }
    }

    /// A function that saves and ends the run from wherever it is called: for a program that is ended by a library.
    pub fn saver(&self) -> impl FnOnce() + Send + 'static {
        let (commands, ended) = (self.commands.clone(), self.ended.clone());
        move || {
            if commands.send_timeout(Command::Shutdown, LAST_SAVE).is_ok() {
                // Nothing is ever sent: the channel closes when the worker has ended.
                let _ = ended.recv_timeout(LAST_SAVE);
            }
        }
    }

    /// Adds an explorer, which has a thread and channels of its own.
    pub(crate) fn with_explorer(self, explorer: ExplorerChannels) -> Self {
        Self { explorer: Some(explorer), ..self }
    }

    /// Joins the channels of an explorer. For tests that stand in for the explorer.
    pub fn with_explorer_channels(self, commands: Sender<ExploreCommand>, events: Receiver<ExploreEvent>) -> Self {
        self.with_explorer(ExplorerChannels { commands, events })
    }

    /// Sends a request to the explorer without waiting. False when it is gone or its queue is full; the request is
    /// dropped then.
    #[must_use]
    pub fn explore(&self, command: ExploreCommand) -> bool {
        self.explorer.as_ref().is_some_and(|explorer| explorer.commands.try_send(command).is_ok())
    }

    /// Sends a request to the worker without waiting. False when it is gone or its queue is full; the request is
    /// dropped then.
    #[must_use]
    pub fn send(&self, command: Command) -> bool {
        match self.commands.try_send(command) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// The next event, without waiting. The end of a worker that died is reported once, as [`Event::WorkerDied`].
    pub fn poll(&mut self) -> Option<Event> {
        if let Some(event) = self.explorer.as_ref().and_then(|e| e.events.try_recv().ok()) {
            return Some(Event::Explore(event));
        }
        match self.events.try_recv() {
            Ok(event) => {
                self.died |= matches!(event, Event::WorkerDied(_));
                Some(event)
            }
            Err(crossbeam_channel::TryRecvError::Empty) => None,
            Err(crossbeam_channel::TryRecvError::Disconnected) => self.death(),
        }
    }

    /// Waits for the next event of the worker. For the command line only.
    pub fn wait(&mut self, timeout: Duration) -> Waited {
        match self.events.recv_timeout(timeout) {
            Ok(event) => Waited::Event(Box::new(event)),
            Err(crossbeam_channel::RecvTimeoutError::Timeout) => Waited::Timeout,
            Err(crossbeam_channel::RecvTimeoutError::Disconnected) => Waited::Ended,
        }
    }

    /// Asks the worker to save and end, and waits for it. Called when the program closes; a second time does nothing.
    pub fn shutdown(&mut self) {
        if let Some(explorer) = self.explorer.take() {
            let _ = explorer.commands.try_send(ExploreCommand::Shutdown);
            // It ends once it has drawn what it is drawing and has written the favourites that were changed last.
            drop(explorer.commands);
            let until = Instant::now() + LAST_FAVOURITES;
            while explorer.events.recv_deadline(until).is_ok() {}
        }
        let Some(worker) = self.worker.take() else { return };
        // A full queue is drained within a step, so a blocking send ends; a dead worker refuses at once.
        let _ = self.commands.send(Command::Shutdown);
        // The worker reports its own panics; there is nobody left to tell here.
        let _ = worker.join();
    }

    fn death(&mut self) -> Option<Event> {
        if std::mem::replace(&mut self.died, true) {
            return None;
        }
        Some(Event::WorkerDied("The training thread ended unexpectedly.".to_owned()))
    }
}

/// The outcome of waiting for an event.
pub enum Waited {
    /// An event came.
    Event(Box<Event>),
    /// None came in time.
    Timeout,
    /// The worker has ended; no event will come any more.
    Ended,
}
