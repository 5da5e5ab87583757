//! The networks of a checkpoint, for use without training.

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::model::{Discriminator, SavedGenerator, SavedNetworks, Weights};
use burn::tensor::Device;

impl Checkpoint {
    /// The generator: its averaged weights, or the newest if `raw`.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape than the settings ask for, or holds numbers that cannot be right.
    pub fn generator(&self, raw: bool) -> Result<SavedGenerator, CheckpointError> {
        let prefix = if raw { "g" } else { "ema" };
        let find = |name: &str| self.find(&format!("{prefix}/{name}")).map(|t| (t.shape.clone(), t.values.clone()));
        let found = SavedGenerator::collect(self.meta.model.clone(), self.meta.step, find);
        let notice = self.meta.start.as_ref().map_or_else(String::new, |start| start.notice.clone());
        found.map(|generator| SavedGenerator { notice, ..generator }).map_err(|e| self.damaged_by(e))
    }

    /// Both networks, for a training that starts from them.
    ///
    /// # Errors
    /// As [`Checkpoint::generator`].
    pub fn networks(&self) -> Result<SavedNetworks, CheckpointError> {
        let find = |name: &str| self.find(name).map(|t| (t.shape.clone(), t.values.clone()));
        SavedNetworks::collect(self.meta.model.clone(), find).map_err(|e| self.damaged_by(e))
    }

    /// The discriminator with its newest weights.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than the settings ask for.
    pub fn discriminator(&self, device: &Device) -> Result<(Discriminator, Weights), CheckpointError> {
        let discriminator = Discriminator::new(&self.meta.model);
        let tensors =
            discriminator.layout().names().map(|(name, shape)| self.tensor(&format!("d/{name}"), &shape, device));
        let mut params = tensors.collect::<Result<Vec<_>, _>>()?;
        let stats = params.split_off(discriminator.layout().params.len());
        Ok((discriminator, Weights { params, stats }))
    }
}
