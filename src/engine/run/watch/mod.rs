//! A run that somebody else trains, watched through its folder: nothing there is written, locked or deleted.
//!
//! `watcher` reads what is new in the folder, `pace` how fast the run is, `silence` whether anything is heard of it. A
//! thread looks about once a second, so that a slow disk keeps nobody waiting.

mod pace;
mod silence;
mod watcher;

use crate::config::{Machine, RunPlace};
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd};
use crate::engine::protocol::handle::EVENTS;
use crate::engine::run::remote::fetch::{Fetch, Fetched};
use crate::train::RunDirError;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};
use watcher::Watcher;

/// How often a folder of this machine is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(1000);

/// For so long what comes from another machine is taken in between two looks at whether anybody wants it.
const PATIENCE: Duration = Duration::from_millis(100);

/// A run that is watched. Dropping it ends the watching, not the run.
pub(super) struct WatchedRun {
    told: Receiver<Event>,
    /// Nothing is sent: its end tells the thread that nobody watches any more.
    _wanted: Sender<()>,
}

impl WatchedRun {
    /// Has a thread watch the run. What is wrong with its folder is told later.
    ///
    /// # Errors
    /// The system refuses a thread; as the end of the run, for the front end.
    pub(super) fn start(place: RunPlace, copies: PathBuf) -> Result<Self, RunEnd> {
        let ((events, told), (_wanted, wanted)) = (bounded(EVENTS), bounded(0));
        let watch = move || match place {
            RunPlace::Here(root) => watch(root, &events, &wanted),
            RunPlace::There(machine, path) => watch_there(machine, path, &copies, &events, &wanted),
        };
        let refused = |e| {
            let text = format!("no thread could be started: {e}");
            RunEnd::Failed { cause: Cause::Other, text }
        };
        thread::Builder::new().name("purrtrait-watch".into()).spawn(watch).map_err(refused)?;
        Ok(Self { told, _wanted })
    }

    /// What was told since the last call. The last event is [`Event::RunEnded`].
    pub(super) fn told(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.told.try_iter().collect();
        if let (None, Err(TryRecvError::Disconnected)) = (events.last(), self.told.try_recv()) {
            let text = "watching ended because of an internal error; the run is not affected".to_owned();
            events.push(Event::RunEnded(RunEnd::Failed { cause: Cause::Internal, text }));
        }
        events
    }
}

/// What somebody who begins to watch this run is told first; for tests of what reads its files.
///
/// # Errors
/// No run there, or one that cannot be read.
pub fn look_at_run(run: &Path) -> Result<Vec<Event>, RunDirError> {
    let mut watcher = Watcher::open(run.to_path_buf())?;
    let holder = watcher.holder();
    Ok(watcher.look(holder))
}

/// Watches until the run ends or nobody wants to know.
fn watch(root: PathBuf, events: &Sender<Event>, wanted: &Receiver<()>) {
    let mut watcher = match Watcher::open(root) {
        Ok(watcher) => watcher,
        Err(e) => {
            let end = RunEnd::Failed { cause: Cause::Run, text: e.to_string() };
            // Nobody may wait for it any more.
            let _ = events.send(Event::RunEnded(end));
            return;
        }
    };
    loop {
        // First: when nobody holds the folder any more, all that the run has written is there.
        let holder = watcher.holder();
        for event in watcher.look(holder) {
            let over = matches!(event, Event::RunEnded(_));
            if events.send(event).is_err() || over {
                return;
            }
        }
        if wanted.recv_timeout(LOOK_EVERY) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// The same for a run on another machine, of which a copy is kept here.
fn watch_there(machine: Machine, path: String, copies: &Path, events: &Sender<Event>, wanted: &Receiver<()>) {
    let end = |cause, text| Event::RunEnded(RunEnd::Failed { cause, text });
    // Who asked may be gone.
    let tell = |event| events.send(event).is_ok();
    tell(Event::Preparing(format!("Connecting to {}", machine.host())));
    let mut fetch = match Fetch::new(machine, path, copies) {
        Ok(fetch) => fetch,
        Err(text) => {
            tell(end(Cause::Other, text));
            return;
        }
    };
    let mut watcher: Option<Watcher> = None;
    let mut looked = Instant::now();
    while wanted.try_recv() != Err(TryRecvError::Disconnected) {
        let over = match fetch.work(PATIENCE) {
            Fetched::Nothing => None,
            Fetched::Broke(text) => {
                tell(Event::Notice { level: Level::Warning, text });
                None
            }
            Fetched::Back(text) => {
                tell(Event::Notice { level: Level::Good, text });
                None
            }
            Fetched::Over { text, gone } => Some(end(if gone { Cause::Run } else { Cause::Other }, text)),
        };
        if let (None, Some(copy)) = (&watcher, fetch.copy()) {
            match Watcher::open(copy) {
                Ok(opened) => watcher = Some(opened),
                Err(e) => {
                    tell(end(Cause::Run, e.to_string()));
                    return;
                }
            }
        }
        if looked.elapsed() > LOOK_EVERY || over.is_some() {
            looked = Instant::now();
            for event in watcher.iter_mut().flat_map(|watcher| watcher.look(fetch.holder())) {
                let ended = matches!(event, Event::RunEnded(_));
                if !tell(event) || ended {
                    return;
                }
            }
        }
        if let Some(over) = over {
            tell(over);
            return;
        }
    }
}
