//! What a checkpoint's discriminator outputs for pictures.

use super::generated::CHUNK;
use crate::compute::{ComputeDevice, read};
use crate::engine::protocol::error::EngineError;
use crate::interrupt::JobControl;
use crate::metrics::{PictureSet, sign_mean};
use crate::model::{Discriminator, Weights};
use crate::train::{Checkpoint, middle};
use burn::tensor::{Device, Tensor, TensorData};

/// The discriminator of a checkpoint with frozen weights. Unlike in training, where it uses the statistics of the batch
/// and faces the newest generator, it uses its running statistics and faces the generator that is evaluated.
pub(super) struct FrozenDiscriminator {
    device: Device,
    discriminator: Discriminator,
    weights: Weights,
    /// The logit halfway between real and generated.
    middle: f32,
}

impl FrozenDiscriminator {
    /// Without a fixed middle, the mean logit of `fakes` takes its place.
    ///
    /// # Errors
    /// Weights that cannot be read; a device that fails; cancelled.
    pub(super) fn new(checkpoint: &Checkpoint, fakes: &PictureSet, control: JobControl) -> Result<Self, EngineError> {
        let device = ComputeDevice::cpu().device().clone();
        let (discriminator, weights) = checkpoint.discriminator(&device)?;
        let mut judge = Self { device, discriminator, weights, middle: 0.0 };
        judge.middle = match middle(checkpoint.meta.model.loss) {
            Some(middle) => middle as f32,
            // Only differences between real and generated pictures are trained.
            None => {
                let logits = judge.logits(fakes, control)?;
                logits.iter().sum::<f32>() / logits.len().max(1) as f32
            }
        };
        Ok(judge)
    }

    /// Mean sign of the logits, from -1 (all taken for generated) to 1 (all taken for real).
    ///
    /// # Errors
    /// A device that fails; cancelled.
    pub(super) fn sign(&self, pictures: &PictureSet, control: JobControl) -> Result<f64, EngineError> {
        let logits: Vec<f32> = self.logits(pictures, control)?.iter().map(|l| l - self.middle).collect();
        Ok(sign_mean(&logits))
    }

    fn logits(&self, pictures: &PictureSet, control: JobControl) -> Result<Vec<f32>, EngineError> {
        let (n, side) = (pictures.len(), pictures.side());
        let mut logits = Vec::with_capacity(n);
        for first in (0..n).step_by(CHUNK) {
            control.check()?;
            let numbers = first..(first + CHUNK).min(n);
            let count = numbers.len();
            let mut planes = Vec::with_capacity(count * 3 * side * side);
            for i in numbers {
                for channel in 0..3 {
                    let values = pictures.picture(i).iter().skip(channel).step_by(3);
                    planes.extend(values.map(|v| f32::from(*v) / 127.5 - 1.0));
                }
            }
            let x = Tensor::<4>::from_data(TensorData::new(planes, [count, 3, side, side]), &self.device);
            logits.extend(read(vec![self.discriminator.evaluate(x, &self.weights)])?.swap_remove(0));
        }
        Ok(logits)
    }
}
