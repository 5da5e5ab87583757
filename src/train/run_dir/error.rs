//! What can go wrong with a run folder.

use crate::pixels::FrameError;
use crate::train::checkpoint::CheckpointError;
use std::path::{Path, PathBuf};

/// Why a run cannot be opened, read or written.
#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: already holds a run; choose another folder, or resume it")]
    Occupied { path: PathBuf },
    #[error("{path}: is not a run folder (it has no run.toml)")]
    NotARun { path: PathBuf },
    #[error("{path}: in use by another Purrtrait ({holder}); end that one first")]
    InUse { path: PathBuf, holder: String },
    #[error(
        "{path}: cannot be written ({source}), and a training writes into its run folder; give yourself the right to \
         write there, or copy the folder and resume the copy. Looking at it and drawing from it work as it is"
    )]
    ReadOnly { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path}: no usable checkpoint; {reason}")]
    NoCheckpoint { path: PathBuf, reason: String },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{0}; delete this sheet to go on without it")]
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
