//! Which pictures a run was trained on: written down before its first step and whenever others are taken, so that they
//! are known again in another place, and others in the same place are noticed.

use super::{RunDir, RunDirError, at};
use crate::files::{Links, read, replace};
use serde::{Deserialize, Serialize};

pub(super) const FILE: &str = "pictures.json";
/// A list of some million pictures.
const LONGEST: u64 = 64 << 20;
/// Hexadecimal digits of a picture's digest that are written: among a million pictures two are confused with a chance of
/// one in ten million.
const DIGITS: usize = 16;

/// The content of `pictures.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPictures {
    /// [`crate::data::Dataset::preparation`]: only pictures that were prepared alike can be compared.
    pub preparation: String,
    /// Of each picture, in their order, those held back included.
    pub digests: Vec<String>,
}

impl RunPictures {
    pub fn new<S: AsRef<str>>(preparation: &str, digests: &[S]) -> Self {
        let short = |digest: &S| digest.as_ref().chars().take(DIGITS).collect();
        Self { preparation: preparation.to_owned(), digests: digests.iter().map(short).collect() }
    }
}

impl RunDir {
    /// The pictures that the run was trained on; none in runs of before this was written down.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_pictures(&self) -> Result<Option<RunPictures>, RunDirError> {
        let path = self.root.join(FILE);
        let damaged = |reason: String| {
            let reason = format!("{reason}; delete the file to go on without it");
            RunDirError::Damaged { path: path.clone(), reason }
        };
        let text = match read(&path, Links::Refuse, LONGEST) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(at(&path))?,
        };
        serde_json::from_slice(&text).map(Some).map_err(|e| damaged(e.to_string()))
    }

    /// Writes the list, all or nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_pictures(&self, pictures: &RunPictures) -> Result<(), RunDirError> {
        let path = self.root.join(FILE);
        let text = serde_json::to_vec(pictures);
        let text = text.map_err(|e| RunDirError::Damaged { path: path.clone(), reason: e.to_string() })?;
        replace(&path, &text).map_err(at(&path))
    }
}
