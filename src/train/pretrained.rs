//! The generator of a checkpoint, for making pictures without training.

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::model::{Generator, Weights};
use burn::tensor::Device;

impl Checkpoint {
    /// The generator's description and weights: the averaged ones, or the newest if `raw`.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than the settings ask for.
    pub fn generator(&self, raw: bool, device: &Device) -> Result<(Generator, Weights), CheckpointError> {
        let generator = Generator::new(&self.meta.model);
        let prefix = if raw { "g" } else { "ema" };
        let params = generator.layout().params.len();
        let tensors = generator
            .layout()
            .names()
            .map(|(name, shape)| self.tensor(&format!("{prefix}/{name}"), &shape, device))
            .collect::<Result<Vec<_>, _>>()?;
        let (params, stats) = tensors.split_at(params);
        Ok((generator.clone(), Weights { params: params.to_vec(), stats: stats.to_vec() }))
    }
}
