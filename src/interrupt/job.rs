//! How the caller of a long job cancels it and follows its progress.

use std::sync::atomic::{AtomicBool, Ordering};

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JobProgress<'p> {
    /// What is being done now, such as "pictures prepared".
    pub phase: &'p str,
    /// How many of `total` are done.
    pub done: usize,
    /// 0 while that is not known yet.
    pub total: usize,
}

/// The job was cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cancelled;

/// The caller's handle on a long job: the job asks it whether it was cancelled, and reports its progress to it. Cheap
/// to copy, and shared by all threads of the job.
#[derive(Clone, Copy)]
pub struct JobControl<'a> {
    cancel: &'a AtomicBool,
    progress: &'a (dyn Fn(JobProgress) + Sync),
}

impl<'a> JobControl<'a> {
    /// Cancelled once `cancel` is true. `progress` may be called from any thread of the job.
    pub fn new(cancel: &'a AtomicBool, progress: &'a (dyn Fn(JobProgress) + Sync)) -> Self {
        Self { cancel, progress }
    }

    /// Cancelled by Ctrl+C and the other ways to end the program, see [`super::asked`].
    pub(crate) fn interruptible(progress: &'a (dyn Fn(JobProgress) + Sync)) -> Self {
        Self::new(super::flag(), progress)
    }

    /// Can be cancelled; nobody follows its progress.
    pub fn silent(cancel: &'a AtomicBool) -> Self {
        Self::new(cancel, &|_| {})
    }

    /// Never cancelled; nobody follows its progress.
    pub fn unattended() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Self::silent(&NEVER)
    }

    /// The same cancellation without the progress: for a part of a job that the caller need not see.
    pub(crate) fn quietly(self) -> Self {
        Self::silent(self.cancel)
    }

    /// Whether the job was cancelled. Cheap enough to be asked many times a second.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }

    /// For `?` between two parts of a job.
    ///
    /// # Errors
    /// When the job was cancelled.
    pub(crate) fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Tells the caller that `done` of `total` are done.
    pub(crate) fn report(&self, phase: &str, done: usize, total: usize) {
        (self.progress)(JobProgress { phase, done, total });
    }
}
