//! Work with a result, on a thread of its own.

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use std::thread;

/// Work under way. Dropping it forgets the result; the work itself goes on.
pub(crate) struct Task<T>(Receiver<T>);

impl<T: Send + 'static> Task<T> {
    /// Starts the work.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(name: &str, work: impl FnOnce() -> T + Send + 'static) -> std::io::Result<Self> {
        let (sender, result) = bounded(1);
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // Nobody may wait any more.
            let _ = sender.send(work());
        })?;
        Ok(Self(result))
    }

    /// The result, once it is there; an error where the thread ended without one.
    pub(super) fn finished(&self) -> Option<Result<T, &'static str>> {
        match self.0.try_recv() {
            Ok(result) => Some(Ok(result)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err("its thread ended unexpectedly")),
        }
    }
}
