//! The generator of a checkpoint, for making pictures without training.

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::model::SavedGenerator;

impl Checkpoint {
    /// The generator: its averaged weights, or the newest if `raw`.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape than the settings ask for, or is not finite.
    pub fn generator(&self, raw: bool) -> Result<SavedGenerator, CheckpointError> {
        let prefix = if raw { "g" } else { "ema" };
        let find = |name: &str| self.find(&format!("{prefix}/{name}")).map(|t| (t.shape.clone(), t.values.clone()));
        SavedGenerator::collect(self.meta.model.clone(), self.meta.step, find).map_err(|e| self.damaged_by(e))
    }
}
