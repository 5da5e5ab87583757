//! The sharpening network of a run: `sharpen.safetensors` in its folder.

use crate::engine::load::run_folder;
use crate::engine::protocol::error::EngineError;
use crate::sharpen::SavedSharpener;
use crate::train::RunDir;
use std::path::Path;

/// The network of a run; none where none was trained.
///
/// # Errors
/// A file that cannot be read, or is no such network.
pub(crate) fn network_in(dir: &RunDir) -> Result<Option<SavedSharpener>, EngineError> {
    let Some(bytes) = dir.read_sharpener()? else { return Ok(None) };
    let damaged = |reason| {
        let remedy = "train it again with `purrtrait sharpen`, or delete the file";
        EngineError::Run(format!("{}: {reason}; {remedy}", dir.sharpener().display()))
    };
    SavedSharpener::from_bytes(&bytes).map(Some).map_err(damaged)
}

/// The network of the run that a generator comes from; none for a generator without a run, or without a network.
///
/// # Errors
/// As [`network_in`].
pub(crate) fn network_beside(source: &Path) -> Result<Option<SavedSharpener>, EngineError> {
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_path_buf());
    run_folder(&whole).map_or(Ok(None), |(dir, _)| network_in(&dir))
}

/// The network of the run that a generator comes from.
///
/// # Errors
/// A generator without a run, or a run without such a network: says how to get one.
pub(crate) fn network_of(source: &Path) -> Result<SavedSharpener, EngineError> {
    let at = source.display();
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_path_buf());
    let Some((dir, _)) = run_folder(&whole) else {
        let text = "is not part of a run, and only runs have a sharpening network, which learns from their photos";
        return Err(EngineError::Run(format!("{at}: {text}; name a run, or leave out --sharpen")));
    };
    let none = || {
        let text = "has no sharpening network yet; train one with `purrtrait sharpen`, or leave out --sharpen";
        EngineError::Run(format!("{at}: {text}"))
    };
    network_in(&dir)?.ok_or_else(none)
}
