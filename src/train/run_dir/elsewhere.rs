//! Where a run trains that trains on another machine, so that its training there is found again.

use super::error::RunDirError;
use super::files::{read_list, write_list};
use super::folder::RunDir;
use crate::config::Machine;
use crate::files::remedy;
use serde::{Deserialize, Serialize};

/// Of a file with two short texts.
const MOST: u64 = 64 << 10;

/// The content of `elsewhere.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elsewhere {
    pub machine: Machine,
    /// What that machine calls the training.
    pub job: String,
}

impl RunDir {
    /// Where the run trained last, if that was on another machine.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub(crate) fn elsewhere(&self) -> Result<Option<Elsewhere>, RunDirError> {
        read_list(&self.elsewhere_file(), MOST, "delete the file to resume from the newest checkpoint in this folder")
    }

    /// Notes where the run trains.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_elsewhere(&self, elsewhere: &Elsewhere) -> Result<(), RunDirError> {
        write_list(&self.elsewhere_file(), elsewhere)
    }

    /// The run trains here from now on, whatever becomes of its training elsewhere.
    pub(crate) fn forget_elsewhere(&self) {
        let path = self.elsewhere_file();
        if let Err(e) = std::fs::remove_file(&path)
            && e.kind() != std::io::ErrorKind::NotFound
        {
            log::warn!("{}: cannot be deleted: {e}{}", path.display(), remedy(&e));
        }
    }
}
