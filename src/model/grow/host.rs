//! The weights of a network that is being put together, on the host.

use crate::compute::{DeviceError, read};
use crate::model::layer::BATCH_NORM_EPSILON;
use crate::model::layout::{Layout, Weights, flat};
use burn::tensor::{Device, Tensor};

/// The numbers of a network, in the order of its layout.
pub(super) struct Host {
    pub params: Vec<Vec<f32>>,
    pub stats: Vec<Vec<f32>>,
}

impl Host {
    pub(super) fn of(weights: &Weights) -> Result<Self, DeviceError> {
        let mut params = read(weights.tensors().cloned().collect())?;
        let stats = params.split_off(weights.params.len());
        Ok(Self { params, stats })
    }

    /// Freshly drawn ones.
    pub(super) fn drawn(layout: &Layout, seed: u64, stream: u64) -> Result<Self, DeviceError> {
        Self::of(&layout.init(seed, stream, &Device::flex()))
    }

    pub(super) fn weights(&self, device: &Device) -> Weights {
        let up = |values: &[Vec<f32>]| values.iter().map(|v| flat(v.clone(), device)).collect();
        Weights { params: up(&self.params), stats: up(&self.stats) }
    }
}

/// A layer of batch normalisation: indices of gamma and beta, and of the running mean, which the variance follows.
#[derive(Clone, Copy)]
pub(super) struct BatchNorm {
    pub gamma: usize,
    pub beta: usize,
    pub stats: usize,
}

impl BatchNorm {
    /// Takes the running statistics of `channels` channels from `map`, what comes before the layer.
    pub(super) fn follow(self, host: &mut Host, map: &Tensor<4>) -> Result<(), DeviceError> {
        let [batch, channels, height, width] = map.dims();
        let rows = map.clone().swap_dims(0, 1).reshape([channels, batch * height * width]);
        let mean: Tensor<2> = rows.clone().mean_dim(1);
        let variance: Tensor<2> = (rows - mean.clone()).square().mean_dim(1);
        let found = read(vec![mean.reshape([channels]), variance.reshape([channels])])?;
        for (stat, values) in host.stats[self.stats..].iter_mut().zip(found) {
            *stat = values;
        }
        Ok(())
    }

    /// Makes the layer hand a channel on as it is, as far as a batch's statistics are the running ones.
    pub(super) fn pass(self, host: &mut Host, channel: usize) {
        let (mean, variance) = (host.stats[self.stats][channel], host.stats[self.stats + 1][channel]);
        host.params[self.gamma][channel] = (variance + BATCH_NORM_EPSILON as f32).sqrt();
        host.params[self.beta][channel] = mean;
    }
}

/// Nearest-neighbour enlargement: B x C x H x W to B x C x 2H x 2W.
pub(super) fn enlarged(x: Tensor<4>) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let doubled = x.reshape([batch, channels, height, 1, width, 1]).repeat(&[1, 1, 1, 2, 1, 2]);
    doubled.reshape([batch, channels, 2 * height, 2 * width])
}
