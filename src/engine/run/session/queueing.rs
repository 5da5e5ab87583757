//! The trainings that wait, as the session runs them: the next one begins when the one under way has ended by itself.

use super::Session;
use super::pending::PendingRun;
use crate::engine::protocol::command::ResumeOptions;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd};
use crate::engine::protocol::queue::{EntryState, QueueEdit, QueueEnd, QueueRequest, QueuedTraining};
use crate::engine::queue::file::QueueEntry;
use crate::engine::queue::{edits, listed};
use std::path::Path;
use std::time::{Duration, Instant};

/// A device that failed may have taken this process with it: whoever supervises it ends it within this time, and has
/// another one resume the run.
const LAST_WORDS: Duration = Duration::from_secs(2);

impl Session {
    /// Carries out a request about the queue.
    pub(super) fn ask_queue(&mut self, request: QueueRequest) {
        match request {
            QueueRequest::List => {}
            QueueRequest::Edit(edit) => self.edit_queue(edit),
            QueueRequest::Start => self.start_queue(),
            QueueRequest::Pause => self.pause_queue(false),
            QueueRequest::Leave => self.pause_queue(true),
            QueueRequest::GivenUp(text) => self.give_up(text),
        }
        self.tell_queue();
    }

    /// Tells what is in the queue.
    pub(super) fn tell_queue(&mut self) {
        match self.queue.file.load() {
            Ok(loaded) => {
                let list = listed(&loaded.entries, &self.queue.file, self.queue.right.is_some(), self.queue.on);
                self.out.push(Event::Queue(list));
                loaded.notice.into_iter().for_each(|text| self.notice(Level::Warning, text));
            }
            Err(e) => self.notice(Level::Error, e.to_string()),
        }
    }

    fn edit_queue(&mut self, edit: QueueEdit) {
        let busy = self.queue.right.is_some() || self.queue.file.is_run();
        if let Err(e) = self.queue.file.update(|entries| edits::apply(entries, edit, busy)) {
            self.notice(Level::Error, e.to_string());
        }
    }

    fn start_queue(&mut self) {
        if self.queue.on {
            return;
        }
        let begun = self.queue.take_right().and_then(|()| self.queue.own_up().map_err(|e| e.to_string()));
        if let Err(why) = begun {
            self.queue.right = None;
            return self.end_queue(QueueEnd::Refused(why));
        }
        let queue = &mut self.queue;
        (queue.on, queue.leaving, queue.trained, queue.failed) = (true, false, 0, 0);
        if self.is_free() {
            self.queue.due = Some(Instant::now());
        }
    }

    fn pause_queue(&mut self, leaving: bool) {
        let was_on = std::mem::replace(&mut self.queue.on, false);
        self.queue.leaving = leaving;
        self.settle();
        if was_on && self.queue.current.is_none() {
            self.end_queue(QueueEnd::Paused);
        }
    }

    fn end_queue(&mut self, end: QueueEnd) {
        (self.queue.on, self.queue.due) = (false, None);
        if self.queue.current.is_none() {
            self.queue.right = None;
        }
        self.tell_queue();
        self.out.push(Event::QueueEnded(end));
    }

    /// The process of this training was lost too often: it failed. Nobody tries it again by itself.
    fn give_up(&mut self, text: String) {
        let failed = EntryState::Failed { text };
        let lost = |entry: &&mut QueueEntry| matches!(entry.state, EntryState::Running | EntryState::Interrupted);
        let done = self.queue.take_right().and_then(|()| {
            let first = |entries: &mut Vec<QueueEntry>| {
                entries.iter_mut().find(lost).into_iter().for_each(|entry| entry.state = failed.clone());
            };
            self.queue.change(first).map_err(|e| e.to_string())
        });
        if let Err(why) = done {
            self.notice(Level::Error, why);
        }
        if !self.queue.on && self.queue.current.is_none() {
            self.queue.right = None;
        }
    }

    /// No run is under way or begins.
    fn is_free(&self) -> bool {
        self.run.is_none() && self.remote.is_none() && self.pending.is_none()
    }

    /// A run is about to be resumed that the queue had begun: it is that entry's training again.
    pub(super) fn resumes_for_queue(&mut self, run: &Path) {
        if self.queue.current.is_some() || !self.is_free() {
            return;
        }
        let run = std::path::absolute(run).unwrap_or_else(|_| run.to_path_buf());
        let of_it = |entry: &QueueEntry| {
            entry.run.as_ref() == Some(&run) && matches!(entry.state, EntryState::Running | EntryState::Interrupted)
        };
        // A queue that cannot be read is told of where it is on show.
        let Ok(loaded) = self.queue.file.load() else { return };
        let Some(id) = loaded.entries.iter().find(|entry| of_it(entry)).map(|entry| entry.id) else { return };
        // Of a queue that another program runs the run is locked, too, and says so.
        if self.queue.take_right().is_ok() && self.queue.mark(id, EntryState::Running).is_ok() {
            self.queue.current = Some(id);
            self.tell_queue();
        }
    }

    /// The run has begun, in this folder.
    pub(super) fn queued_run_began(&mut self) {
        let Some(info) = self.shown.clone().filter(|_| self.queue.current.is_some()) else { return };
        if let Err(e) = self.queue.note_run(&info.path) {
            self.notice(Level::Error, e.to_string());
        }
        self.tell_queue();
    }

    /// A run has ended: what that means for the queue.
    pub(super) fn run_ended_in_queue(&mut self, end: &RunEnd) {
        let by_hand = matches!(end, RunEnd::Stopped { .. });
        let state = match end {
            RunEnd::Finished { step } => EntryState::Done { step: *step },
            RunEnd::Copying { step } => EntryState::Copies { step: *step },
            RunEnd::Stopped { .. } if self.queue.leaving => EntryState::Interrupted,
            RunEnd::Stopped { step } => EntryState::Stopped { step: *step },
            RunEnd::Diverged { text, .. } | RunEnd::Failed { text, .. } => EntryState::Failed { text: text.clone() },
        };
        let lost = matches!(end, RunEnd::Failed { cause: Cause::Device | Cause::Internal, .. });
        let current = self.queue.current.take();
        self.queue.verdict = current.map(|id| (id, state));
        let wait = if lost { LAST_WORDS } else { Duration::ZERO };
        match (self.queue.on, by_hand) {
            (true, false) => self.queue.due = Some(Instant::now() + wait),
            (true, true) => {
                self.settle();
                if !self.queue.leaving {
                    let text = "You stopped the training, so the queue is paused. Start it again to go on with the \
                                next one.";
                    self.notice(Level::Info, text);
                }
                self.end_queue(QueueEnd::Paused);
            }
            (false, _) if current.is_some() => {
                self.settle();
                self.end_queue(QueueEnd::Paused);
            }
            (false, _) => {}
        }
    }

    /// Writes what became of the entry whose training has ended. False where that is not possible; the queue has ended
    /// then: whoever cannot write what was done would do it again.
    fn settle(&mut self) -> bool {
        let Some((id, state)) = self.queue.verdict.take() else { return true };
        match &state {
            EntryState::Done { .. } | EntryState::Copies { .. } => self.queue.trained += 1,
            EntryState::Failed { .. } => self.queue.failed += 1,
            _ => {}
        }
        if let Err(e) = self.queue.mark(id, state) {
            self.notice(Level::Error, e.to_string());
            self.queue.on = false;
            return false;
        }
        true
    }

    /// Begins the next training once it is time.
    pub(super) fn advance_queue(&mut self) {
        if self.queue.due.is_none_or(|due| Instant::now() < due) {
            return;
        }
        self.queue.due = None;
        if !self.settle() {
            let text = "The queue is paused, because its file cannot be written.".to_owned();
            return self.end_queue(QueueEnd::Refused(text));
        }
        if !self.queue.on || !self.is_free() {
            return;
        }
        match self.queue.next() {
            Ok(Some(entry)) => {
                self.tell_queue();
                self.begin_queued(entry);
            }
            Ok(None) => {
                let (trained, failed) = (self.queue.trained, self.queue.failed);
                self.end_queue(QueueEnd::Through { trained, failed });
            }
            Err(e) => self.end_queue(QueueEnd::Refused(e.to_string())),
        }
    }

    /// A run that this entry had begun before is resumed.
    fn begin_queued(&mut self, entry: QueueEntry) {
        let begun = entry.run.filter(|run| run.join("run.toml").is_file());
        match (entry.training, begun) {
            (QueuedTraining::Resume { run, options }, _) => {
                self.begin(|notices| PendingRun::resume(&run, *options, notices));
            }
            (QueuedTraining::Start { config, .. }, Some(run)) => {
                let limit = ResumeOptions { max_steps: Some(config.max_steps), ..ResumeOptions::default() };
                self.begin(|notices| PendingRun::resume(&run, limit, notices));
            }
            (QueuedTraining::Start { config, out }, None) => {
                self.begin(|notices| PendingRun::new(*config, out, notices));
            }
        }
    }

    /// The program ends: what is under way is resumed when the queue goes on.
    pub(super) fn leave_queue(&mut self) {
        self.queue.leaving = true;
        self.settle();
    }
}
