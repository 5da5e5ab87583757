//! Generators from wherever they are: runs, checkpoints, model files.

use crate::config::RunConfig;
use crate::engine::bundled;
use crate::engine::protocol::error::EngineError;
use crate::formats;
use crate::model::{SavedGenerator, SavedNetworks};
use crate::train::{Checkpoint, RunDir};
use std::path::{Path, PathBuf};

/// What follows the path of a run where its best checkpoint is meant.
const BEST: &str = "@best";
const UNMEASURED: &str = "none of its checkpoints is known to be the best: none was measured, or all make copies of \
                          training pictures. Measuring needs 50 pictures and \"Measure every\" (--measure-every)";

/// The path that a person means with the name of a model: for `RUN@best` the folder of the run's best checkpoint.
/// Without one, and for everything else, the name itself.
pub(crate) fn model_path(name: PathBuf) -> PathBuf {
    let best = run_at_best(&name).and_then(|run| RunDir::inspect(&run).ok()?.0.best());
    best.map_or(name, |(_, folder)| folder)
}

/// The run in `RUN@best`, unless there is a file or folder of that very name.
pub(crate) fn run_at_best(name: &Path) -> Option<PathBuf> {
    let run = name.to_str()?.strip_suffix(BEST)?;
    (!run.is_empty() && !name.exists()).then(|| run.into())
}

/// The generator in `source`: a run folder (its newest good checkpoint), `RUN@best`, a checkpoint folder or the weights
/// file inside one, a model file, or one of the words `bundled` and `bundled-128`. With `raw` the newest weights of a
/// training instead of the EMA weights.
///
/// # Errors
/// Nothing there, nothing usable, or `raw` of a file that holds one set of weights.
pub fn load_generator(source: &Path, raw: bool) -> Result<SavedGenerator, EngineError> {
    if let Some(model) = bundled::named(source) {
        return Ok(model?.generator);
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

/// Both networks of what `source` names, as far as it holds them, and the generator as [`load_generator`] gives it.
///
/// # Errors
/// Nothing there, or nothing usable.
pub(crate) fn load_networks(source: &Path) -> Result<(SavedGenerator, SavedNetworks), EngineError> {
    let imported = match bundled::named(source) {
        Some(model) => model?,
        None => match checkpoint_of(source)? {
            Some(checkpoint) => return Ok((checkpoint.generator(false)?, checkpoint.networks()?)),
            None => formats::import(source)?,
        },
    };
    let networks = SavedNetworks::of_file(&imported.generator, imported.discriminator);
    Ok((imported.generator, networks))
}

/// The checkpoint that `source` stands for; none if it is another file.
///
/// # Errors
/// Nothing there, or nothing usable; the bundled generator, which has none.
pub(crate) fn checkpoint_of(source: &Path) -> Result<Option<Checkpoint>, EngineError> {
    if bundled::is_bundled(source) {
        let text = format!("{}: has no training pictures; name a run or a checkpoint", source.display());
        return Err(EngineError::Run(text));
    }
    if let Some(run) = run_at_best(source) {
        let (dir, _) = RunDir::inspect(&run)?;
        let (_, folder) = dir.best().ok_or_else(|| EngineError::Run(format!("{}: {UNMEASURED}", run.display())))?;
        return Ok(Some(Checkpoint::read(&folder)?));
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

/// The run that a path lies in: its folder, `RUN@best`, a checkpoint of it, or a file of that.
pub(crate) fn run_folder(path: &Path) -> Option<(RunDir, RunConfig)> {
    let at_best = run_at_best(path);
    let path = at_best.as_deref().unwrap_or(path);
    path.ancestors().find(|p| p.join("run.toml").is_file()).and_then(|p| RunDir::inspect(p).ok())
}
