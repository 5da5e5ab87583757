//! Inception v3 as the Fréchet and the kernel Inception distance use it: the 2,048 means before the last layer.
//!
//! The weights are the user's: those that Google published in 2015, as the package `pytorch-fid` ported them
//! (`pt_inception-2015-12-05-6726825d.pth`). Network and preparation of the pictures are that package's, because
//! published numbers depend on both. `tests/reference/fid.py` compares them with it.

mod blocks;
mod layers;
mod resize;

use super::error::MetricError;
use super::pictures::PictureSet;
use super::products::Vectors;
use crate::compute::read;
use crate::interrupt::JobControl;
use crate::model::NamedTensor;
use blocks::network;
use burn::tensor::{Device, Tensor, TensorData};
use layers::{Block, Loader, run};
use rayon::prelude::*;
use resize::{SIDE, planes};

/// Length of a picture's feature vector.
pub(crate) const INCEPTION_FEATURES: usize = 2048;
/// Pictures in one pass: more are not faster, and take 40 MB each.
const BATCH: usize = 8;

/// The network on the CPU.
pub(crate) struct Inception {
    blocks: Vec<Block>,
    device: Device,
}

impl Inception {
    /// Builds the network from the tensors of a file, named as in `pytorch-fid`'s state dict
    /// (`Mixed_5b.branch1x1.conv.weight`). Tensors of other names are ignored.
    ///
    /// # Errors
    /// In words: the first tensor that is missing, has another shape or is not finite, or the file of another
    /// Inception.
    pub(crate) fn new(tensors: Vec<NamedTensor>) -> Result<Self, String> {
        let device = Device::flex();
        let mut load = Loader::new(tensors, &device);
        let blocks = network(&mut load)?;
        Ok(Self { blocks, device })
    }

    /// The features of every picture, [`INCEPTION_FEATURES`] numbers each.
    ///
    /// # Errors
    /// When cancelled.
    pub(crate) fn features(&self, pictures: &PictureSet, control: JobControl) -> Result<Vectors, MetricError> {
        let mut values = Vec::with_capacity(pictures.len() * INCEPTION_FEATURES);
        for first in (0..pictures.len()).step_by(BATCH) {
            control.check()?;
            control.report("pictures through Inception", first, pictures.len());
            let numbers: Vec<usize> = (first..(first + BATCH).min(pictures.len())).collect();
            let count = numbers.len();
            let input = numbers.into_par_iter().flat_map_iter(|i| planes(pictures.picture(i), pictures.side()));
            let input = TensorData::new(input.collect::<Vec<f32>>(), [count, 3, SIDE, SIDE]);
            let mut x = Tensor::<4>::from_data(input, &self.device);
            for block in &self.blocks {
                control.check()?;
                x = run(block, x);
            }
            let [_, channels, height, width] = x.dims();
            let means = x.reshape([count, channels, height * width]).mean_dim(2).reshape([count * channels]);
            values.extend(read(vec![means])?.swap_remove(0));
        }
        control.report("pictures through Inception", pictures.len(), pictures.len());
        Ok(Vectors { size: INCEPTION_FEATURES, values })
    }
}

#[cfg(test)]
mod tests;
