//! What can go wrong with pictures and films as files.

use crate::files::remedy;
use std::path::{Path, PathBuf};

/// Why a picture or a film was not written or read. The text names the file.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The system refused.
    #[error("cannot write {path}: {source}{}", remedy(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Something has the name already, and nothing is overwritten.
    #[error("{path} already exists; choose another name")]
    Exists {
        /// The name.
        path: PathBuf,
    },
    /// What was to be written does not suit the format.
    #[error("cannot write {path}: {reason}")]
    Unfit {
        /// The file.
        path: PathBuf,
        /// What does not suit.
        reason: String,
    },
    /// A file that cannot be used.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// Without a file.
    #[error("{0}")]
    Other(String),
}

impl ExportError {
    pub(super) fn file(path: &Path) -> impl Fn(std::io::Error) -> Self + '_ {
        move |source| match source.kind() {
            std::io::ErrorKind::AlreadyExists => Self::Exists { path: path.to_path_buf() },
            _ => Self::File { path: path.to_path_buf(), source },
        }
    }

    pub(super) fn unfit(path: &Path, reason: impl ToString) -> Self {
        Self::Unfit { path: path.to_path_buf(), reason: reason.to_string() }
    }
}
