//! What is said while a run is shown to another machine, in one piece: for tests of both who says it and who hears it.

use super::showing::Showing;
use super::whole::{from_bytes, to_bytes};
use crate::engine::protocol::error::EngineError;
use crate::engine::run::remote::fetch::keep_told;
use crate::engine::run::remote::talk::{Ask, Known, LONGEST, Told};
use crate::engine::wire::WireError;
use crate::train::RunDir;
use std::path::{Path, PathBuf};

fn unheard(e: &WireError) -> EngineError {
    EngineError::Other(e.to_string())
}

/// What is asked by a machine that has this copy of the run.
///
/// # Errors
/// It cannot be written.
pub fn ask_to_show(copy: &Path) -> Result<Vec<u8>, EngineError> {
    let known = Known::of(&RunDir::at(copy.to_path_buf()));
    to_bytes([Ask::Follow(known)].iter(), LONGEST).map_err(|e| unheard(&e))
}

/// What is told of the run to a machine that has asked so; all of it, once.
///
/// # Errors
/// No run, or another version or the first request that cannot be understood.
pub fn show_run(asked: &[u8], run: &Path) -> Result<Vec<u8>, EngineError> {
    let (dir, _) = RunDir::inspect(run)?;
    let asked: Vec<Ask> = from_bytes(asked, LONGEST).map_err(|e| unheard(&e))?;
    let mut showing = Showing::new(dir);
    asked.into_iter().for_each(|ask| showing.hear(ask));
    let told: Vec<Told> = std::iter::from_fn(|| showing.next()).collect();
    to_bytes(told.iter(), LONGEST).map_err(|e| unheard(&e))
}

/// Keeps what a machine has told of a run as a copy in the folder of copies; gives its place.
///
/// # Errors
/// Another version, the first message that cannot be understood, or one that makes no copy of a run.
pub fn keep_shown(told: &[u8], copies: &Path) -> Result<PathBuf, EngineError> {
    let told: Vec<Told> = from_bytes(told, LONGEST).map_err(|e| unheard(&e))?;
    keep_told(told, copies).map_err(EngineError::Other)
}
