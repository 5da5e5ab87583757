//! The window's end of the engine.

use crate::engine::{Command, EngineHandle, Event, ExploreCommand};
use std::collections::VecDeque;

/// Asks the engine, and keeps what its queue has no room for yet.
pub(crate) struct EngineLink {
    handle: EngineHandle,
    /// Requests that wait for room, oldest first.
    outbox: VecDeque<Command>,
    /// Nobody is there any more who could be asked.
    dead: bool,
}

impl EngineLink {
    pub(super) fn new(handle: EngineHandle) -> Self {
        Self { handle, outbox: VecDeque::new(), dead: false }
    }

    /// Asks the engine, now or as soon as its queue has room.
    pub(super) fn send(&mut self, command: Command) {
        if !self.dead {
            self.outbox.push_back(command);
            self.flush();
        }
    }

    /// Asks for what waits, as far as there is room.
    pub(super) fn flush(&mut self) {
        while let Some(command) = self.outbox.front() {
            if !self.handle.send(command.clone()) {
                return;
            }
            self.outbox.pop_front();
        }
    }

    /// Asks the explorer. False when it has no room or is gone.
    #[must_use]
    pub(super) fn explore(&self, command: ExploreCommand) -> bool {
        self.handle.explore(command)
    }

    /// The next message, without waiting.
    pub(super) fn poll(&mut self) -> Option<Event> {
        let event = self.handle.poll();
        if matches!(event, Some(Event::WorkerDied(_))) {
            self.dead = true;
            self.outbox.clear();
        }
        event
    }

    /// Ends the engine once it has saved, and waits for that.
    pub(super) fn shutdown(&mut self) {
        self.handle.shutdown();
    }
}
