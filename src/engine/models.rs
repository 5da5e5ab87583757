//! Finding the generator that a person names.

use super::error::EngineError;
use crate::model::SavedGenerator;
use crate::train::{Checkpoint, RunDir};
use std::path::Path;

/// The averaged generator of a run folder's newest good checkpoint, or of the checkpoint named.
///
/// # Errors
/// Nothing usable there.
pub fn load_generator(source: &Path) -> Result<SavedGenerator, EngineError> {
    Ok(load_checkpoint(source)?.generator(false)?)
}

/// The newest checkpoint of a run folder, or the one named.
pub(super) fn load_checkpoint(source: &Path) -> Result<Checkpoint, EngineError> {
    if !source.exists() {
        return Err(EngineError::Run(format!("{}: there is no such file or folder", source.display())));
    }
    if source.join("run.toml").is_file() {
        let (dir, _) = RunDir::look(source)?;
        let (checkpoint, damaged) = dir.newest()?;
        for text in damaged {
            log::warn!("{text}; an older checkpoint is used instead");
        }
        return Ok(checkpoint);
    }
    let folder = if source.is_file() { source.parent().unwrap_or(source) } else { source };
    if !folder.join("manifest.json").is_file() {
        let text = format!("{}: neither a run folder nor a checkpoint", source.display());
        return Err(EngineError::Run(text));
    }
    Ok(Checkpoint::read(folder)?)
}
