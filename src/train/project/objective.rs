//! What is made small: how far a latent's picture is from the target.

use super::sight::Sight;
use crate::compute::{DeviceError, read};
use crate::config::LatentKind;
use crate::model::{Generator, Weights};
use burn::tensor::{Device, Tensor, TensorData};

/// Pictures generated at once.
pub(super) const CHUNK: usize = 64;
pub(super) const PRIOR_WEIGHT: f64 = 1e-3;

/// The loss of latents of one generator against one target picture.
pub(super) struct Objective {
    pub generator: Generator,
    pub weights: Weights,
    pub sight: Sight,
    /// 1 x residuals, without gradients: what is seen in the picture that is searched for.
    pub target: Tensor<2>,
    pub kind: LatentKind,
    pub device: Device,
}

impl Objective {
    /// Numbers in a latent.
    pub(super) fn size(&self) -> usize {
        self.generator.latent_size()
    }

    /// Latents, one after the other, as B x latent size on the device.
    pub(super) fn upload(&self, z: &[f32]) -> Tensor<2> {
        let size = self.generator.latent_size();
        Tensor::from_data(TensorData::new(z.to_vec(), [z.len() / size, size]), &self.device)
    }

    /// What a latent's component squared is on average.
    pub(super) fn square(&self) -> f64 {
        match self.kind {
            LatentKind::Normal => 1.0,
            LatentKind::Uniform => 1.0 / 3.0,
        }
    }

    /// Rows of residuals of latents (B x latent size), without gradients.
    pub(super) fn residuals(&self, z: Tensor<2>) -> Tensor<2> {
        let [count, _] = z.dims();
        let chunks = (0..count).step_by(CHUNK).map(|first| {
            let part = z.clone().narrow(0, first, CHUNK.min(count - first));
            self.sight.rows(self.generator.evaluate(part, &self.weights), false)
        });
        Tensor::cat(chunks.collect(), 0) - self.target.clone()
    }

    /// The losses of latents (B x latent size, recorded), whose gradients flow back to them: B x 1.
    pub(super) fn recorded(&self, z: Tensor<2>) -> Tensor<2> {
        let pictures = self.generator.evaluate(z.clone(), &self.weights.constants());
        let residuals = self.sight.rows(pictures, true) - self.target.clone().autodiff();
        residuals.square().sum_dim(1) + self.prior(z)
    }

    /// The last term of the loss, B x 1.
    fn prior(&self, z: Tensor<2>) -> Tensor<2> {
        (z.square().mean_dim(1) * (1.0 / self.square()) - 1.0).square() * PRIOR_WEIGHT
    }

    /// The loss of each of the latents `z`.
    pub(super) fn losses(&self, z: &[f32]) -> Result<Vec<f32>, DeviceError> {
        let size = self.generator.latent_size();
        let parts = z.chunks(CHUNK * size).map(|z| {
            let z = self.upload(z);
            let loss = self.residuals(z.clone()).square().sum_dim(1) + self.prior(z);
            loss.flatten::<1>(0, 1)
        });
        Ok(read(vec![Tensor::cat(parts.collect(), 0)])?.swap_remove(0))
    }

    /// The nearest number that a latent of this kind can hold.
    pub(super) fn inside(&self, x: f64) -> f32 {
        match self.kind {
            LatentKind::Normal => x as f32,
            LatentKind::Uniform => x.clamp(-1.0, 1.0) as f32,
        }
    }
}

/// Indices of the `count` smallest losses, best first.
pub(super) fn best(losses: &[f32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|a, b| losses[*a].total_cmp(&losses[*b]));
    order.truncate(count);
    order
}
