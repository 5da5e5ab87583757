//! Generators from wherever they are: runs, checkpoints, model files.

use crate::config::RunConfig;
use crate::engine::bundled;
use crate::engine::protocol::error::EngineError;
use crate::formats;
use crate::model::SavedGenerator;
use crate::train::{Checkpoint, RunDir};
use std::path::Path;

/// The generator in `source`: a run folder (its newest good checkpoint), a checkpoint folder or the weights file inside
/// one, a model file, or the word `bundled`. With `raw` the newest weights of a training instead of the EMA weights.
///
/// # Errors
/// Nothing there, nothing usable, or `raw` of a file that holds one set of weights.
pub fn load_generator(source: &Path, raw: bool) -> Result<SavedGenerator, EngineError> {
    if source == Path::new(bundled::LABEL) && !source.exists() {
        return bundled::generator();
    }
    match checkpoint_of(source)? {
        Some(checkpoint) => Ok(checkpoint.generator(raw)?),
        None if raw => {
            let text = format!(
                "{}: a model file holds only one set of weights; --raw needs a run or a checkpoint",
                source.display()
            );
            Err(EngineError::Run(text))
        }
        None => {
            let imported = formats::import(source)?;
            if let Some(choice) = imported.choice {
                log::warn!("{} holds several generators; {choice} is used", source.display());
            }
            Ok(imported.generator)
        }
    }
}

/// The checkpoint that `source` stands for; none if it is another file.
///
/// # Errors
/// Nothing there, or nothing usable; the bundled generator, which has none.
pub(crate) fn checkpoint_of(source: &Path) -> Result<Option<Checkpoint>, EngineError> {
    if source == Path::new(bundled::LABEL) && !source.exists() {
        let text = "bundled: has no discriminator and no training pictures; name a run or a checkpoint";
        return Err(EngineError::Run(text.to_owned()));
    }
    if !source.exists() {
        return Err(EngineError::Run(format!("{}: there is no such file or folder", source.display())));
    }
    // Also where it cannot be read: then the error is about the run.
    if source.join("run.toml").symlink_metadata().is_ok() {
        let (dir, _) = RunDir::inspect(source)?;
        let (checkpoint, damaged) = dir.newest()?;
        for text in damaged {
            log::warn!("{text}; an older checkpoint is used instead");
        }
        return Ok(Some(checkpoint));
    }
    if source.is_dir() {
        if source.join("manifest.json").symlink_metadata().is_err() {
            return Err(EngineError::Run(format!("{}: neither a run folder nor a checkpoint", source.display())));
        }
        return Ok(Some(Checkpoint::read(source)?));
    }
    // Any file of a checkpoint stands for the whole.
    match source.parent() {
        Some(folder) if Checkpoint::is_file_of(source) => Ok(Some(Checkpoint::read(folder)?)),
        _ => Ok(None),
    }
}

/// The run that a path lies in: its folder, a checkpoint of it, or a file of that.
pub(crate) fn run_folder(path: &Path) -> Option<(RunDir, RunConfig)> {
    path.ancestors().find(|p| p.join("run.toml").is_file()).and_then(|p| RunDir::inspect(p).ok())
}
