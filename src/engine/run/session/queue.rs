//! What a session knows of the queue that it runs.

use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::queue::EntryState;
use crate::engine::queue::file::{QueueEntry, QueueFile};
use std::fs::File;
use std::path::Path;
use std::time::Instant;

/// The queue of a session.
pub(crate) struct SessionQueue {
    pub file: QueueFile,
    /// The right to run it, while it is on or one of its trainings is under way.
    pub right: Option<File>,
    pub on: bool,
    /// The entry whose training is under way.
    pub current: Option<u64>,
    /// The program is about to end: what is stopped goes on later.
    pub leaving: bool,
    /// When the next one begins.
    pub due: Option<Instant>,
    /// What becomes of an entry then.
    pub verdict: Option<(u64, EntryState)>,
    /// So many trainings ended by themselves and failed since it was begun.
    pub trained: usize,
    pub failed: usize,
}

impl SessionQueue {
    pub(super) fn new(dirs: &AppDirs) -> Self {
        Self {
            file: QueueFile::new(dirs.queue.clone()),
            right: None,
            on: false,
            current: None,
            leaving: false,
            due: None,
            verdict: None,
            trained: 0,
            failed: 0,
        }
    }

    /// Whether there is something to see to soon.
    pub(super) fn is_due(&self) -> bool {
        self.due.is_some()
    }

    /// What has to be tried before a training of the queue may begin.
    pub(super) fn take_right(&mut self) -> Result<(), String> {
        if self.right.is_none() {
            let busy = "Another program runs the queue. Its trainings begin one after another there.";
            self.right = Some(self.file.take().map_err(|e| e.to_string())?.ok_or(busy)?);
        }
        Ok(())
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Vec<QueueEntry>)) -> Result<(), EngineError> {
        self.file.update(|entries| {
            change(entries);
            Ok(())
        })?;
        Ok(())
    }

    /// Writes what became of an entry; one that was taken out meanwhile needs nothing.
    pub(super) fn mark(&self, id: u64, state: EntryState) -> Result<(), EngineError> {
        self.change(|entries| entries.iter_mut().filter(|entry| entry.id == id).for_each(|e| e.state = state.clone()))
    }

    /// Notes the folder of the run under way.
    pub(super) fn note_run(&self, run: &Path) -> Result<(), EngineError> {
        let run = std::path::absolute(run).unwrap_or_else(|_| run.to_path_buf());
        let Some(id) = self.current else { return Ok(()) };
        self.change(|entries| {
            entries.iter_mut().filter(|entry| entry.id == id).for_each(|entry| entry.run = Some(run.clone()));
        })
    }

    /// What was under way when a program ended without a word is resumed first.
    pub(super) fn own_up(&self) -> Result<(), EngineError> {
        let lost = |entry: &&mut QueueEntry| entry.state == EntryState::Running && Some(entry.id) != self.current;
        self.change(|entries| entries.iter_mut().filter(lost).for_each(|e| e.state = EntryState::Interrupted))
    }

    /// Takes the next one, which runs from now on.
    pub(super) fn next(&mut self) -> Result<Option<QueueEntry>, EngineError> {
        let (_, next) = self.file.update(|entries| {
            let interrupted = entries.iter().position(|entry| entry.state == EntryState::Interrupted);
            let next = interrupted.or(entries.iter().position(|entry| entry.state.waits()));
            Ok(next.map(|place| {
                entries[place].state = EntryState::Running;
                entries[place].clone()
            }))
        })?;
        self.current = next.as_ref().map(|entry| entry.id);
        Ok(next)
    }
}
