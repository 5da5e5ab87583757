//! What an update needs from the host: pictures, latents, and the dice of the augmentation.

use super::Trainer;
use crate::compute::upload;
use crate::latent::Stream;
use crate::train::augment::{Augmenter, Sent};
use burn::tensor::Tensor;

impl Trainer {
    /// Of the next update of the discriminator; that of a step's last one serves the generator too: real pictures
    /// (B x 3 x side x side), latents (B x latent size), and what changes the pictures. To a GPU all goes in one piece,
    /// because each piece would be a submission of its own; pictures of a set too large for it are a second one.
    pub(super) fn next_material(&mut self) -> (Tensor<4>, Tensor<2>, Augmenter) {
        let batch = self.state.batches;
        let (count, side) = (self.config.batch as usize, self.dataset.side() as usize);
        let latents = [count, self.latents.size];
        let z = self.latents.draw(Stream::Train, batch, count);
        let device = self.device.device();
        let mut augmenter = Augmenter {
            policy: self.config.augment,
            seed: self.config.seed,
            strength: self.state.strength.clone(),
            adapts: self.config.augment_adapts(),
            sent: None,
        };
        let Some(pictures) = &self.pictures else {
            self.batcher.fill(&self.dataset, batch, &mut self.batch_values);
            let real = upload(self.batch_values.clone(), [count, 3, side, side], device);
            return (real, upload(z, latents, device), augmenter);
        };
        let picks = self.batcher.picks(batch);
        let mut all = Vec::new();
        let parts = [z, pictures.numbers(&picks), augmenter.numbers(batch, count, side)];
        let [z, first_pick, first_change] = parts.map(|part| place(&mut all, part));
        let size = all.len();
        let numbers = upload(all, [size], device);
        let real = pictures.batch(&self.dataset, &picks, &numbers, first_pick);
        let z = numbers.clone().narrow(0, z, count * self.latents.size).reshape(latents);
        augmenter.sent = Some(Sent { numbers, first: first_change });
        (real, z, augmenter)
    }
}

/// Appends `part` and gives where it begins. Parts begin and end at multiples of 256 bytes, so that the device can use
/// them where they are.
fn place(all: &mut Vec<f32>, part: Vec<f32>) -> usize {
    let first = all.len();
    all.extend(part);
    all.resize(all.len().next_multiple_of(64), 0.0);
    first
}
