//! What the guardian has to see of a training besides its losses, and the rollback.

use super::{TrainError, Trainer};
use crate::compute::{DeviceError, read};
use crate::config::FEWEST_HELD;
use crate::latent::Stream;
use crate::metrics::SignMean;
use crate::pixels::Frame;
use crate::train::{Checkpoint, loss};
use burn::tensor::{Tensor, TensorData};

/// Pictures of each kind that are judged; one pass of the discriminator over them costs a fraction of a step.
const JUDGED: usize = 64;

impl Trainer {
    /// Up to 64 training pictures, spread evenly over all of them, always the same ones.
    pub(crate) fn some_pictures(&self) -> Vec<Frame> {
        self.some_of(&self.split.training)
    }

    /// The same of the held-out pictures; none where they are too few to tell anything.
    pub(crate) fn some_held(&self) -> Vec<Frame> {
        if self.split.held.len() < FEWEST_HELD { Vec::new() } else { self.some_of(&self.split.held) }
    }

    fn some_of(&self, indices: &[u32]) -> Vec<Frame> {
        let side = self.dataset.side();
        let count = JUDGED.min(indices.len());
        let frame = |i: usize| {
            let data = self.dataset.picture(indices[i * indices.len() / count] as usize).to_vec();
            Frame { width: side, height: side, data }
        };
        (0..count).map(frame).collect()
    }

    /// The mean signs of the discriminator's logits for training pictures and for held-out ones, of the training's
    /// side, from -1 to 1: r_t of adaptive augmentation (Karras et al. 2020). Losses that only compare have no zero of
    /// their own; there it is the mean logit of as many generated pictures as there are training pictures. All are
    /// judged in one batch and from one zero, so that nothing but the pictures makes a difference. Reads a number of
    /// each kind from the device; changes nothing.
    ///
    /// # Errors
    /// When the device fails.
    ///
    /// # Panics
    /// When a picture has another side; without training pictures.
    pub(crate) fn sign_means(&self, training: &[Frame], held: &[Frame]) -> Result<[Option<SignMean>; 2], DeviceError> {
        let (count, all) = (training.len(), training.len() + held.len());
        let side = self.dataset.side() as usize;
        let planes = training.iter().chain(held).flat_map(|picture| {
            (0..3).flat_map(|c| picture.data.iter().skip(c).step_by(3)).map(|b| f32::from(*b) / 127.5 - 1.0)
        });
        let planes = TensorData::new(planes.collect::<Vec<f32>>(), [all, 3, side, side]);
        let device = self.device.device();
        // As in training: normalised within the batch.
        let judge = |pictures: Tensor<4>| self.discriminator.frozen(pictures, &self.state.d.weights);
        let real = judge(Tensor::from_data(planes, device));
        let kind = self.config.model.loss;
        let fake = if loss::needs_real(kind) {
            let size = self.latents.size;
            let z = self.latents.draw(Stream::Samples, 0, count);
            let z = Tensor::from_data(TensorData::new(z, [count, size]), device);
            judge(self.generator.frozen(z, &self.state.g.weights))
        } else {
            // Not used.
            real.clone()
        };
        let signs = loss::margin(kind, real, fake).sign();
        let kinds = [0..count, count..all];
        let means = kinds
            .iter()
            .filter(|indices| !indices.is_empty())
            .map(|indices| signs.clone().slice(indices.clone()).mean());
        let mut means = read(means.collect())?.into_iter().flatten().map(f64::from);
        Ok(kinds.map(|indices| {
            let pictures = indices.len();
            (pictures > 0).then(|| SignMean { mean: means.next().unwrap_or(0.0), pictures })
        }))
    }

    /// Rolls back to a checkpoint of this run, or to its beginning where there is none. The held-out pictures stay the
    /// same.
    ///
    /// # Errors
    /// A checkpoint that does not fit; the training then stays as it was.
    pub(crate) fn roll_back_to(&mut self, to: Option<&Checkpoint>) -> Result<(), TrainError> {
        let (config, device, dataset) = (self.config.clone(), self.device.clone(), self.dataset.clone());
        let back = match to {
            Some(checkpoint) => Self::resume(config, device, dataset, checkpoint)?,
            None => Self::new(config, device, dataset)?,
        };
        let (split, team) = (self.split.clone(), self.team.take());
        *self = back;
        self.use_split(split);
        team.into_iter().for_each(|team| self.join(team));
        Ok(())
    }
}
