//! Growing the networks of a model before a run starts from them.

use super::{GrowError, grow};
use crate::compute::read;
use crate::model::discriminator::Discriminator;
use crate::model::generator::Generator;
use crate::model::layout::{Layout, Weights};
use crate::model::networks::{SavedDiscriminator, SavedNetworks};
use crate::model::saved::NamedTensor;
use burn::tensor::Tensor;

impl SavedNetworks {
    /// These networks for pictures of twice the side, computed on the device of `z`; see [`grow`]. The averaged
    /// generator grows and is the newest one, too: grown each for itself, they would be no average of each other.
    ///
    /// # Errors
    /// As [`grow`].
    pub(crate) fn grown(&self, z: Tensor<2>, seed: u64) -> Result<Self, GrowError> {
        let device = z.device();
        let average = self.average_weights(Generator::new(&self.config).layout(), &device);
        let layout = Discriminator::new(&self.config).layout().clone();
        let critic = self.discriminator.as_ref().map(|critic| critic.weights(&layout, &device));
        let grown = grow(&self.config, &average, critic.as_ref(), z, seed)?;
        let generator = named(&grown.generator, Generator::new(&grown.config).layout())?;
        let discriminator = match &grown.discriminator {
            Some(weights) => {
                let tensors = named(weights, Discriminator::new(&grown.config).layout())?;
                Some(SavedDiscriminator { tensors })
            }
            None => None,
        };
        Ok(Self { config: grown.config, average: generator.clone(), generator, discriminator })
    }
}

/// The weights on the host, with the names and shapes of `layout`.
fn named(weights: &Weights, layout: &Layout) -> Result<Vec<NamedTensor>, GrowError> {
    let values = read(weights.tensors().cloned().collect())?;
    let tensor =
        |((name, shape), values): ((&str, Vec<usize>), Vec<f32>)| NamedTensor { name: name.to_owned(), shape, values };
    Ok(layout.names().zip(values).map(tensor).collect())
}
