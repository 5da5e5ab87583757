//! Reads single photos for the editor, one at a time: of those that are asked for meanwhile only the newest.

use super::task::Task;
use crate::data::{DataError, open_upright};
use crate::engine::protocol::event::Event;
use crate::engine::protocol::outbox::Outbox;
use crate::pixels::Frame;
use std::path::PathBuf;
use std::sync::Arc;

/// A photo that is asked for: the file, and the longest side of the answer in pixels.
type Wanted = (PathBuf, u32);
/// The photo, and its own width and height.
type Opened = Result<(Frame, (u32, u32)), DataError>;

/// Reads photos. One large photo takes seconds and much memory; several at once would take both at once.
#[derive(Default)]
pub(crate) struct PhotoReader {
    reading: Option<(PathBuf, Task<Opened>)>,
    next: Option<Wanted>,
}

impl PhotoReader {
    /// Asks for a photo in place of those asked for before.
    pub(super) fn want(&mut self, path: PathBuf, longest: u32, out: &mut Outbox) {
        self.next = Some((path, longest));
        if self.reading.is_none() {
            self.start_next(out);
        }
    }

    pub(super) fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    /// Sends the photo once it is read.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        let Some((_, task)) = &self.reading else { return };
        let Some(result) = task.finished() else { return };
        let Some((path, _)) = self.reading.take() else { return };
        if self.next.is_some() {
            // Nobody wants this one any more.
            return self.start_next(out);
        }
        out.push(match result {
            Ok(Ok((frame, size))) => Event::Photo { path, frame: Arc::new(frame), size },
            Ok(Err(DataError::Picture { reason, .. })) => Event::PhotoFailed { path, reason },
            Ok(Err(e)) => Event::PhotoFailed { path, reason: e.to_string() },
            Err(reason) => Event::PhotoFailed { path, reason: reason.to_owned() },
        });
    }

    fn start_next(&mut self, out: &mut Outbox) {
        let Some((path, longest)) = self.next.take() else { return };
        let file = path.clone();
        match Task::start("purrtrait-photo", move || open_upright(&file, longest)) {
            Ok(task) => self.reading = Some((path, task)),
            Err(e) => out.push(Event::PhotoFailed { path, reason: format!("no thread could be started: {e}") }),
        }
    }
}
