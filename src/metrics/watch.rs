//! Stopping early, telling how far, and what can go wrong.

use crate::compute::DeviceError;
use std::sync::atomic::{AtomicBool, Ordering};

/// Why there are no numbers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricError {
    #[error("cancelled")]
    Cancelled,
    #[error("{found} {what} are too few to be measured; {needed} are needed")]
    TooFew { what: &'static str, found: usize, needed: usize },
    #[error("pictures of {found} px cannot be compared with pictures of {expected} px")]
    Sides { found: usize, expected: usize },
    #[error("pictures of {side} px cannot be compared: the side must be 16, 32, 64 or a further double")]
    Side { side: usize },
    #[error("{what} that are not finite: nothing can be measured with them")]
    NotFinite { what: &'static str },
    #[error("{0}")]
    Device(#[from] DeviceError),
    /// Never in a sound build.
    #[error("the network for the features is damaged: {0}")]
    Network(String),
}

/// How somebody follows a measurement and ends it.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Looked at many times a second.
    pub cancel: &'a AtomicBool,
    /// What is being done, how much of it is done, and how much there is. Called from the calling thread.
    pub progress: &'a dyn Fn(&'static str, usize, usize),
}

impl Watch<'_> {
    /// # Errors
    /// When it was cancelled.
    pub fn check(&self) -> Result<(), MetricError> {
        check(self.cancel)
    }

    pub fn tell(&self, what: &'static str, done: usize, total: usize) {
        (self.progress)(what, done, total);
    }
}

/// The same for work on many threads, which shares nothing but the flag.
pub(super) fn check(cancel: &AtomicBool) -> Result<(), MetricError> {
    if cancel.load(Ordering::Relaxed) { Err(MetricError::Cancelled) } else { Ok(()) }
}
