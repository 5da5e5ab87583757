//! Why there are no pictures.

use super::report::DatasetReport;
use crate::files::FileUse;
use crate::interrupt::Cancelled;
use crate::printable::thousands;
use std::path::PathBuf;
use std::sync::Arc;

/// Why there is no dataset, or why a picture cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The caller cancelled it.
    #[error("Preparing the pictures was cancelled.")]
    Cancelled,
    /// The folder is missing or cannot be read.
    #[error(
        "Cannot open the folder {path}: {source}. Check that it exists and that you have permission to read it, or \
         choose another."
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The list of pictures to exclude is missing, unreadable or no text.
    #[error(
        "Cannot read the list of excluded pictures {path}: {source}. Check the path or leave out --exclude. A run \
         that is resumed takes another list with --exclude; an empty one excludes nothing."
    )]
    Exclusions {
        /// The list.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Nothing in the folder can be used.
    #[error("{}", no_pictures(.report))]
    NoPictures {
        /// What was found instead.
        report: Arc<DatasetReport>,
    },
    /// Not 1 to 4096 pixels.
    #[error("A picture size of {size} is not possible: choose 1 to 4096 pixels.")]
    Size {
        /// The side that was asked for, in pixels.
        size: u32,
    },
    /// Neither the disk nor the memory has room.
    #[error("The prepared pictures fit neither on disk nor in memory: {source}. Free some disk space and try again.")]
    Storage {
        /// What the system says of the disk.
        source: std::io::Error,
    },
    /// About one picture that was asked for by name.
    #[error("{path}: {reason}")]
    Picture {
        /// The picture.
        path: PathBuf,
        /// Why it cannot be used, for people.
        reason: String,
    },
}

impl From<Cancelled> for DataError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

fn no_pictures(report: &DatasetReport) -> String {
    let name = report.folder.as_ref().map_or_else(|| report.name.clone(), |f| f.display().to_string());
    let found = match report.skipped.first() {
        None => "it is empty".to_owned(),
        Some(first) => {
            let file = first.path.file_name().unwrap_or_default().to_string_lossy();
            let files = if report.files == 1 {
                "one file was".to_owned()
            } else {
                format!("{} files were", thousands(report.files as u64))
            };
            format!("{files} found ({file}: {})", first.reason)
        }
    };
    format!(
        "No picture in {name} can be used: {found}. Choose a folder with {} files, or try the demo cats.",
        FileUse::Picture.named()
    )
}
