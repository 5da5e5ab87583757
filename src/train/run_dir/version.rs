//! Which file has a name at the moment, for those who watch a run and wait for another one.

use super::folder::RunDir;
use super::travel::RunFile;
use std::time::SystemTime;

/// The length of a file, and when it was written: one that replaces it differs in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FileVersion {
    length: u64,
    written: Option<SystemTime>,
}

impl RunDir {
    /// Which file of the run this is now; none where there is no such file.
    pub(crate) fn version(&self, file: RunFile) -> Option<FileVersion> {
        let about = self.place_of(file).symlink_metadata().ok()?;
        Some(FileVersion { length: about.len(), written: about.modified().ok() })
    }
}
