//! What can go wrong with a run folder.

use crate::pixels::FrameError;
use crate::train::checkpoint::CheckpointError;
use std::path::{Path, PathBuf};

/// Why a run cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    /// The system cannot read or write a file.
    #[error("{path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A new run was to be made where there is one.
    #[error("{path}: already holds a run; choose another folder, or resume that run")]
    Occupied {
        /// The folder.
        path: PathBuf,
    },
    /// There is no `run.toml`.
    #[error("{path}: is not a run folder (it has no run.toml)")]
    NotARun {
        /// The folder.
        path: PathBuf,
    },
    /// Another program holds the lock.
    #[error("{path}: in use by another Purrtrait ({holder}); close that one first")]
    InUse {
        /// The folder.
        path: PathBuf,
        /// The other process, as far as it is known.
        holder: String,
    },
    /// The first write into the folder was refused.
    #[error(
        "{path}: cannot be written ({source}), and training writes into the run folder; give yourself permission to \
         write there, or copy the folder and resume the copy. Viewing the run and generating pictures work without it"
    )]
    ReadOnly {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The content of a file is wrong.
    #[error("{path}: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong and how to mend it, for people.
        reason: String,
    },
    /// No checkpoint is there and whole.
    #[error("{path}: no usable checkpoint; {reason}")]
    NoCheckpoint {
        /// The run folder.
        path: PathBuf,
        /// What is wrong with those that are there, for people.
        reason: String,
    },
    /// A checkpoint cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A sample sheet cannot be read or written.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A sample sheet is damaged.
    #[error("{0}; delete this sample grid to continue without it")]
    Sheet(FrameError),
}

impl RunDirError {
    /// Whether a file has become as large as the system, or `ulimit -f`, lets it.
    pub(crate) fn is_limit(&self) -> bool {
        let source = match self {
            Self::File { source, .. } | Self::Checkpoint(CheckpointError::File { source, .. }) => source,
            _ => return false,
        };
        source.kind() == std::io::ErrorKind::FileTooLarge
    }
}

/// Names the file about which the system reports an error.
pub(super) fn at(path: &Path) -> impl FnOnce(std::io::Error) -> RunDirError + '_ {
    move |source| RunDirError::File { path: path.to_path_buf(), source }
}

/// The same for the first writing into a folder.
pub(super) fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> RunDirError + '_ {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    move |source| match source.kind() {
        PermissionDenied | ReadOnlyFilesystem => RunDirError::ReadOnly { path: path.to_path_buf(), source },
        _ => at(path)(source),
    }
}
