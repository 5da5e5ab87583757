//! What an update needs from the host: pictures, latents, and the dice of the augmentation.

use super::augment::{Amount, Augmenter, Sent};
use super::pictures::Pictures;
use super::share::Share;
use crate::compute::{ComputeDevice, upload};
use crate::config::{Augment, RunConfig, Tunables};
use crate::data::{Batcher, Dataset};
use crate::latent::{LatentSource, Stream};
use burn::tensor::Tensor;
use std::sync::Arc;

/// Draws the same on every device: all of it follows from the seed and the number of the batch.
pub(super) struct Material {
    dataset: Arc<Dataset>,
    device: ComputeDevice,
    pub(super) batcher: Batcher,
    /// The pictures on a GPU; none on the CPU.
    pictures: Option<Pictures>,
    latents: LatentSource,
    policy: Augment,
    adapts: bool,
    /// Which pictures of each batch are worked on here.
    pub(super) share: Share,
    /// Reused for every batch: B x 3 x side x side values.
    batch_values: Vec<f32>,
}

/// The latents of a run.
pub(super) fn latents(config: &RunConfig) -> LatentSource {
    LatentSource { kind: config.model.latent, size: config.model.latent_size as usize, seed: config.seed }
}

/// The training pictures in their order, with those that the person leaves out or favours.
fn batcher(config: &RunConfig, training: &[u32], dataset: &Dataset, tunables: &Tunables) -> Batcher {
    let digest = |i: u32| &dataset.digests()[i as usize];
    let pictures = tunables.pictures.weighted(training, digest);
    Batcher::new(pictures, config.batch as usize, config.seed, config.data.flip)
}

impl Material {
    /// Of whole batches of the pictures at these indices.
    pub(super) fn new(config: &RunConfig, device: &ComputeDevice, dataset: Arc<Dataset>, training: &[u32]) -> Self {
        Self {
            batcher: batcher(config, training, &dataset, &config.tunables),
            pictures: (!device.is_cpu()).then(|| Pictures::new(&dataset, device.device())),
            latents: latents(config),
            policy: config.augment,
            adapts: config.augment_adapts(),
            share: Share::all(config.batch as usize),
            batch_values: Vec::new(),
            device: device.clone(),
            dataset,
        }
    }

    /// Other pictures, or another size of the batches, from now on; `config` has the size.
    pub(super) fn choose(&mut self, config: &RunConfig, training: &[u32], tunables: &Tunables) {
        self.batcher = batcher(config, training, &self.dataset, tunables);
        if self.share.whole != config.batch as usize {
            self.share = Share::all(config.batch as usize);
        }
    }

    /// Of some pictures of update number `batch` of the discriminator; that of a step's last one serves the generator
    /// too: real pictures (B x 3 x side x side), latents (B x latent size), and what changes the pictures, by this
    /// `amount`. To a GPU all goes in one piece, because each piece would be a submission of its own; pictures
    /// of a set too large for it are a second one.
    pub(super) fn draw(&mut self, part: Share, batch: u64, amount: Amount) -> (Tensor<4>, Tensor<2>, Augmenter) {
        let (Share { count, whole, .. }, side) = (part, self.dataset.side() as usize);
        let latents = [count, self.latents.size];
        let mut z = self.latents.draw(Stream::Train, batch, whole);
        let mut picks = self.batcher.picks(batch);
        if !part.is_whole() {
            let range = part.range();
            z = z[range.start * self.latents.size..range.end * self.latents.size].to_vec();
            picks = picks.drain(range).collect();
        }
        let device = self.device.device();
        let mut augmenter =
            Augmenter { policy: self.policy, seed: self.latents.seed, part, amount, adapts: self.adapts, sent: None };
        let Some(pictures) = &self.pictures else {
            Batcher::fill(&self.dataset, &picks, &mut self.batch_values);
            let real = upload(self.batch_values.clone(), [count, 3, side, side], device);
            return (real, upload(z, latents, device), augmenter);
        };
        let mut all = Vec::new();
        let parts = [z, pictures.numbers(&picks), augmenter.numbers(batch, side)];
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
