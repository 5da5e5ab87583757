//! Files that are written for a person while everything else goes on.

use super::task::Task;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level};
use crate::engine::protocol::outbox::Outbox;

/// Writes one thing at a time, and tells what became of it.
pub(crate) struct Writing {
    /// What is written, as a sentence begins.
    what: &'static str,
    task: Option<Task<Result<String, EngineError>>>,
}

impl Writing {
    pub(super) fn of(what: &'static str) -> Self {
        Self { what, task: None }
    }

    /// Starts `work`, which returns the sentence that tells of it.
    pub(super) fn start(
        &mut self,
        work: impl FnOnce() -> Result<String, EngineError> + Send + 'static,
        out: &mut Outbox,
    ) {
        let refusal = if self.task.is_some() {
            format!("{}: being written already.", self.what)
        } else {
            match Task::start("purrtrait-writing", work) {
                Ok(task) => {
                    self.task = Some(task);
                    return;
                }
                Err(e) => format!("No thread could be started: {e}"),
            }
        };
        out.push(Event::Notice { level: Level::Warning, text: refusal });
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.task.is_some()
    }

    /// Tells how it ended.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        let Some(result) = self.task.as_ref().and_then(Task::finished) else { return };
        self.task = None;
        let (level, text) = match result {
            Ok(Ok(text)) => (Level::Good, text),
            Ok(Err(e)) => (Level::Error, e.to_string()),
            Err(reason) => (Level::Error, format!("{}: writing failed, {reason}.", self.what)),
        };
        out.push(Event::Notice { level, text });
    }
}
