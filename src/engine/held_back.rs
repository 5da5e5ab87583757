//! A run holds back the same pictures as long as it lives, whatever comes into its folder.

use super::error::EngineError;
use crate::data::{Dataset, Split};
use crate::train::{Checkpoint, RunDir, Trainer};

/// Gives the trainer the pictures that the run held back before, or writes down which they are: `percent` of all.
///
/// # Errors
/// The list in the run folder cannot be read or written.
pub(super) fn settle(
    trainer: &mut Trainer,
    dir: &RunDir,
    dataset: &Dataset,
    percent: f64,
    checkpoint: Option<&Checkpoint>,
) -> Result<(), EngineError> {
    let digests = dataset.digests();
    if let Some(held) = dir.read_held_back()? {
        trainer.use_split(Split::again(digests, percent, &held));
        return Ok(());
    }
    // A run of before there was such a list whose pictures have changed since: nobody knows any more which they were.
    if checkpoint.is_none_or(|c| c.meta.dataset == dataset.fingerprint()) {
        let held: Vec<&str> = Split::digests(&trainer.split().held, digests).collect();
        dir.write_held_back(&held)?;
    }
    Ok(())
}
