//! What can go wrong on the way out of, or back into, the program.

use crate::files::remedy;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("{path}: {source}{}", remedy(.source))]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: exists already; choose another place")]
    Exists { path: PathBuf },
    /// A file, or what was to become one, is not as it has to be.
    #[error("{path}: {reason}")]
    Unfit { path: PathBuf, reason: String },
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
