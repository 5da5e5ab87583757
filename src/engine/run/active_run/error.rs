//! What can interrupt a run.

use crate::engine::protocol::error::EngineError;
use crate::train::{RunDirError, TrainError};

/// Why a run cannot take its next step.
#[derive(Debug)]
pub(crate) enum RunError {
    /// The run folder cannot be written. The run is as it was: it can be paused and tried again.
    Disk(RunDirError),
    /// NaN or infinity. The trainer holds its newest finite state.
    Diverged {
        step: u64,
        text: String,
    },
    Fatal(EngineError),
}

impl From<RunDirError> for RunError {
    fn from(e: RunDirError) -> Self {
        Self::Disk(e)
    }
}

impl From<TrainError> for RunError {
    fn from(e: TrainError) -> Self {
        match e {
            TrainError::Diverged { step, .. } => Self::Diverged { step, text: e.to_string() },
            other => Self::Fatal(other.into()),
        }
    }
}

/// What a pause means for a run whose folder cannot be written, and the remedy. `gone`: the folder does not exist any
/// more.
pub(crate) fn pause_remedy(error: &RunDirError, gone: bool) -> &'static str {
    if gone {
        ": the run folder was deleted or moved, or its drive is disconnected, so nothing can be saved. The networks \
         are still in memory: put the folder back or reconnect the drive, then resume. If Purrtrait ends before that, \
         everything since the last checkpoint is lost."
    } else if error.is_limit() {
        "; nothing is lost. The file has reached the limit on file sizes: raise it (ulimit -f, or prlimit --fsize for \
         a running program), then resume."
    } else {
        "; nothing is lost. Free some disk space or reconnect the drive, then resume."
    }
}
