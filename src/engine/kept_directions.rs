//! The directions that were found or learned for a generator: a file in the settings folder.

use super::app_dirs::AppDirs;
use super::protocol::error::EngineError;
use crate::files::{self, Links};
use crate::latent::{Direction, DirectionSet};
use std::path::{Path, PathBuf};

/// Largest file of directions: one takes some kilobytes.
const MOST_BYTES: u64 = 64 << 20;

/// Where the directions of one generator are kept.
pub(super) struct KeptDirections {
    path: PathBuf,
    hash: String,
}

impl KeptDirections {
    /// Those of the generator with this hash.
    pub(super) fn of(dirs: &AppDirs, hash: &str) -> Self {
        Self { path: dirs.directions.join(format!("{hash}.toml")), hash: hash.to_owned() }
    }

    /// The directions of earlier sessions, for latents of this size. What cannot be read is logged.
    pub(super) fn load(&self, size: usize) -> Vec<Direction> {
        let parsed = match files::read_text(&self.path, Links::Follow, MOST_BYTES) {
            Ok(text) => DirectionSet::parse(&text, &self.hash, size).map_err(|e| e.to_string()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(e) => Err(e.to_string()),
        };
        parsed.map(|set| set.directions).unwrap_or_else(|e| {
            log::warn!("{}: {e}", self.path.display());
            Vec::new()
        })
    }

    /// Writes them.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn save(&self, directions: &[Direction]) -> Result<(), EngineError> {
        let set = DirectionSet { model: self.hash.clone(), directions: directions.to_vec() };
        let fail = |e: &dyn std::fmt::Display| EngineError::Other(format!("{}: {e}", self.path.display()));
        let text = set.to_toml().map_err(|e| fail(&e))?;
        files::make_folder(self.path.parent().unwrap_or(Path::new("."))).map_err(|e| fail(&e))?;
        files::replace(&self.path, text.as_bytes()).map_err(|e| fail(&e))
    }
}
