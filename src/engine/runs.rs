//! What a person does with whole runs: name them, write notes, move them to the bin.

use super::protocol::error::EngineError;
use crate::files::move_to_bin;
use crate::train::{AboutRun, RunDir};
use std::path::Path;

/// Gives a run a name and notes; the run may be training.
///
/// # Errors
/// No run there, or its folder cannot be written.
pub(crate) fn describe_run(run: &Path, about: &AboutRun) -> Result<(), EngineError> {
    let (dir, _) = RunDir::inspect(run)?;
    Ok(dir.write_about(about)?)
}

/// Whether there is a run in this folder.
///
/// # Errors
/// No run there, or one that cannot be read.
pub(crate) fn check_run(run: &Path) -> Result<(), EngineError> {
    Ok(RunDir::inspect(run).map(drop)?)
}

/// What the person says about a run.
///
/// # Errors
/// No run there.
pub(crate) fn about_run(run: &Path) -> Result<AboutRun, EngineError> {
    Ok(RunDir::inspect(run)?.0.about())
}

/// Moves the folder of a run to the system's bin, from which it can be brought back.
///
/// # Errors
/// No run there, a program trains in it, or the system has no bin for this drive; then it stays where it is.
pub(crate) fn bin_run(run: &Path) -> Result<(), EngineError> {
    let (dir, _) = RunDir::inspect(run)?;
    dir.check_unused()?;
    move_to_bin(run).map_err(|e| {
        EngineError::Run(format!("{}: cannot be moved to the bin ({e}); delete the folder by hand", run.display()))
    })
}
