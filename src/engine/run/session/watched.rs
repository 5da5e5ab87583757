//! A run that somebody else trains, as the session has it: what is told of it is passed on.

use super::Session;
use crate::config::RunPlace;
use crate::engine::protocol::event::{Event, Level, RunState};
use crate::engine::run::watch::WatchedRun;

impl Session {
    /// Watches a run, in place of the one that is watched now.
    pub(super) fn watch(&mut self, run: &RunPlace) {
        if self.run.is_some() || self.remote.is_some() || self.pending.is_some() {
            return self.notice(Level::Warning, "A run is in progress; stop it first.");
        }
        self.unwatch();
        self.out.push(Event::Watched(true));
        self.out.push(Event::State(RunState::Preparing));
        match WatchedRun::start(run.clone(), self.library.watched_folder()) {
            Ok(watched) => self.watched = Some(watched),
            Err(end) => self.watch_ends(Event::RunEnded(end)),
        }
    }

    /// Nobody watches any more. The run goes on.
    pub(super) fn unwatch(&mut self) {
        if self.watched.take().is_some() {
            self.out.push(Event::Watched(false));
            self.out.push(Event::State(RunState::Idle));
        }
    }

    fn watch_ends(&mut self, end: Event) {
        self.watched = None;
        self.out.push(end);
        self.out.push(Event::Watched(false));
        self.out.push(Event::State(RunState::Idle));
        self.library.list_runs(&mut self.out);
    }

    /// Passes on what was told of the run.
    pub(super) fn poll_watched(&mut self) {
        let Some(watched) = &self.watched else { return };
        for event in watched.told() {
            match &event {
                Event::RunEnded(_) => return self.watch_ends(event),
                Event::RunStarted(info) => self.shown = Some(info.clone()),
                Event::Saved { path, .. } => self.share_saved(path),
                _ => {}
            }
            self.out.push(event);
        }
    }
}
