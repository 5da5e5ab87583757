//! A temporary folder for a measurement.

use crate::engine::protocol::error::EngineError;
use crate::files;
use crate::interrupt::Unfinished;
use std::path::Path;

/// A folder that is gone afterwards, so that nothing comes from an earlier cache.
pub(crate) struct Scratch(Unfinished);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path());
    }
}

pub(crate) fn scratch_folder() -> Result<Scratch, EngineError> {
    let parent = std::env::temp_dir();
    let path =
        files::temporary_folder(&parent).map_err(|e| EngineError::Other(format!("{}: {e}", parent.display())))?;
    Ok(Scratch(Unfinished::new(path)))
}
