//! What the session that trains a run says of itself, for whoever only watches: what it runs on, what the coach finds,
//! and how it ended.

use super::error::RunDirError;
use super::files::{read_list, write_list};
use super::folder::RunDir;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A few KiB.
const MOST: u64 = 1 << 20;

impl RunDir {
    /// What the session that trains here, or trained here last, says of itself; none in older runs.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub(crate) fn read_session<T: DeserializeOwned>(&self) -> Result<Option<T>, RunDirError> {
        read_list(&self.session(), MOST, "delete the file; the next training writes it anew")
    }

    /// Writes it, all or nothing.
    ///
    /// # Errors
    /// The run is gone, or its folder cannot be written.
    pub(crate) fn write_session<T: Serialize>(&self, session: &T) -> Result<(), RunDirError> {
        // A run that was deleted must not come back as a half of one.
        if self.is_gone() {
            return Err(RunDirError::NotARun { path: self.root.clone() });
        }
        write_list(&self.session(), session)
    }
}
