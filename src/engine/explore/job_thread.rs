//! A job on a thread of its own, which can be cancelled.

use crate::engine::protocol::error::{EngineError, panic_text};
use crate::engine::protocol::explore_event::ExploreEvent;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A job under way. Dropping it cancels it.
pub(super) struct Job {
    cancel: Arc<AtomicBool>,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// Sends an event to the front end and wakes it.
pub(super) type Emit = Arc<dyn Fn(ExploreEvent) + Send + Sync>;

impl Job {
    /// Runs `work` on a thread of this name; its flag is true once it is cancelled. An error or a panic becomes an
    /// event, so that nobody waits for a job that is gone.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(
        name: &str,
        emit: Emit,
        failed: fn(EngineError) -> ExploreEvent,
        work: impl FnOnce(&AtomicBool, &Emit) -> Result<(), EngineError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = cancel.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // A file can make the work panic.
            let done = catch_unwind(AssertUnwindSafe(|| work(&flag, &emit)));
            let panicked = |panic| Err(EngineError::Other(format!("an internal error ({})", panic_text(panic))));
            if let Err(e) = done.unwrap_or_else(panicked) {
                emit(failed(e));
            }
        })?;
        Ok(Self { cancel })
    }
}
