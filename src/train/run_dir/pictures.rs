//! Which pictures a run was trained on: written down before its first step and whenever others are taken, so that they
//! are recognised in another folder, and others in the same folder are noticed.

use super::error::RunDirError;
use super::files::{read_list, write_list};
use super::folder::RunDir;
use crate::config::short_digest;
use serde::{Deserialize, Serialize};

/// A list of some million pictures.
const MOST: u64 = 64 << 20;

/// The content of `pictures.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPictures {
    /// [`crate::data::Dataset::preparation`]: only pictures that were prepared alike can be compared.
    pub preparation: String,
    /// Of each picture, in their order, the held-out ones included.
    pub digests: Vec<String>,
}

impl RunPictures {
    /// Of the full digests of all pictures, in their order.
    pub fn new<S: AsRef<str>>(preparation: &str, digests: &[S]) -> Self {
        let short = |digest: &S| short_digest(digest.as_ref()).to_owned();
        Self { preparation: preparation.to_owned(), digests: digests.iter().map(short).collect() }
    }
}

impl RunDir {
    /// The pictures that the run was trained on; none in runs that are older than this list.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_pictures(&self) -> Result<Option<RunPictures>, RunDirError> {
        read_list(&self.pictures(), MOST, "delete the file to resume without it")
    }

    /// Writes the list, all or nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_pictures(&self, pictures: &RunPictures) -> Result<(), RunDirError> {
        write_list(&self.pictures(), pictures)
    }
}
