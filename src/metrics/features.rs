//! What a small network sees in pictures of cats: vectors in which alike pictures lie near each other.
//!
//! The network was trained by this project without labels (tests/reference/train_features.py), so numbers from its
//! features cannot be compared with published ones, which use another network.

use super::error::MetricError;
use super::pictures::PictureSet;
use super::products::Vectors;
use crate::compute::Kernel;
use crate::compute::ops::{conv, leaky};
use crate::compute::read;
use crate::interrupt::JobControl;
use burn::tensor::{Device, Tensor, TensorData};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors};

/// How it was made, and its licence, stand in assets/features/README.md.
const BYTES: &[u8] = include_bytes!("../../assets/features/cat-features-64.safetensors");
/// Channels of the pictures and of the network's stages.
const CHANNELS: [usize; 5] = [3, 24, 48, 96, 192];
/// The mean of every channel of every stage.
const POOLS: usize = CHANNELS[1] + CHANNELS[2] + CHANNELS[3] + CHANNELS[4];
/// Numbers in each vector: combinations of the means in which light and colours do not hide everything else.
pub(crate) const FEATURES: usize = 128;
/// Pictures of other sizes are resized to this one first.
const SIDE: usize = 64;
/// Slope of the leaky ReLU.
const LEAK: f64 = 0.2;
/// Pictures in a batch.
const BATCH: usize = 50;
/// What has to stand beside every number that comes from these features.
pub const RELATIVE_ONLY: &str = "relative only: compare with other Purrtrait numbers, not with published ones";

/// The network on the CPU.
pub(crate) struct FeatureNetwork {
    /// Weight and bias of each convolution: 4x4, stride 2, padding 1, followed by a leaky ReLU.
    stages: Vec<(Tensor<4>, Tensor<4>)>,
    /// Of the means over the pictures that the network was trained with, 1 x [`POOLS`].
    mean: Tensor<2>,
    /// From means to features, [`POOLS`] x [`FEATURES`].
    matrix: Tensor<2>,
    device: Device,
}

impl FeatureNetwork {
    /// The network that comes with the program.
    ///
    /// # Errors
    /// Never in a sound build.
    pub(super) fn open() -> Result<Self, MetricError> {
        Self::read(BYTES)
    }

    fn read(bytes: &[u8]) -> Result<Self, MetricError> {
        let damaged = |e: &dyn std::fmt::Display| MetricError::Network(e.to_string());
        let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(&e))?;
        let load = |name: &str, shape: &[usize]| -> Result<Vec<f32>, MetricError> {
            let view = file.tensor(name).map_err(|e| damaged(&e))?;
            if view.shape() != shape {
                return Err(damaged(&format!("{name} has the shape {:?}", view.shape())));
            }
            let data = view.data();
            let values: Vec<f32> = match view.dtype() {
                Dtype::F16 => data.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
                Dtype::F32 => data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
                other => return Err(damaged(&format!("{name} is stored as {other:?}"))),
            };
            if values.iter().all(|v| v.is_finite()) {
                Ok(values)
            } else {
                Err(damaged(&format!("{name} is not finite")))
            }
        };
        let device = Device::flex();
        let stages = (0..CHANNELS.len() - 1).map(|i| {
            let (c_in, c_out) = (CHANNELS[i], CHANNELS[i + 1]);
            let weight = load(&format!("stage.{i}.weight"), &[c_out, c_in, 4, 4])?;
            let bias = load(&format!("stage.{i}.bias"), &[c_out])?;
            let weight = Tensor::from_data(TensorData::new(weight, [c_out, c_in, 4, 4]), &device);
            Ok((weight, Tensor::from_data(TensorData::new(bias, [1, c_out, 1, 1]), &device)))
        });
        let stages = stages.collect::<Result<_, MetricError>>()?;
        let mean = TensorData::new(load("features.mean", &[POOLS])?, [1, POOLS]);
        let matrix = TensorData::new(load("features.matrix", &[POOLS, FEATURES])?, [POOLS, FEATURES]);
        let [mean, matrix] = [mean, matrix].map(|data| Tensor::from_data(data, &device));
        Ok(Self { stages, mean, matrix, device })
    }

    /// The features of every picture: [`FEATURES`] numbers each, whose squares have the mean 1.
    ///
    /// # Errors
    /// When cancelled.
    pub(super) fn features(&self, pictures: &PictureSet, control: JobControl) -> Result<Vectors, MetricError> {
        let mut values = Vec::with_capacity(pictures.len() * FEATURES);
        let mut resizer = Resizer::new();
        for first in (0..pictures.len()).step_by(BATCH) {
            control.check()?;
            control.report("pictures analysed", first, pictures.len());
            let numbers = first..(first + BATCH).min(pictures.len());
            let count = numbers.len();
            let mut planes = Vec::with_capacity(count * 3 * SIDE * SIDE);
            for i in numbers {
                let pixels = resized(pictures.picture(i), pictures.side(), &mut resizer)?;
                for channel in 0..3 {
                    planes.extend(pixels.iter().skip(channel).step_by(3).map(|v| f32::from(*v) / 127.5 - 1.0));
                }
            }
            let x = Tensor::<4>::from_data(TensorData::new(planes, [count, 3, SIDE, SIDE]), &self.device);
            values.extend(read(vec![self.forward(x).reshape([count * FEATURES])])?.swap_remove(0));
        }
        for row in values.chunks_exact_mut(FEATURES) {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            row.iter_mut().for_each(|v| *v *= (FEATURES as f32).sqrt() / length);
        }
        Ok(Vectors { size: FEATURES, values })
    }

    /// Pictures x 3 x 64 x 64 with values from -1 to 1; gives pictures x [`FEATURES`].
    fn forward(&self, mut x: Tensor<4>) -> Tensor<2> {
        let mut pools = Vec::with_capacity(self.stages.len());
        for (weight, bias) in &self.stages {
            x = leaky(conv(x, weight.clone(), Kernel { size: 4, stride: 2 }) + bias.clone(), LEAK);
            let [count, channels, height, width] = x.dims();
            pools.push(x.clone().reshape([count, channels, height * width]).mean_dim(2).reshape([count, channels]));
        }
        (Tensor::cat(pools, 1) - self.mean.clone()).matmul(self.matrix.clone())
    }
}

fn resized(pixels: &[u8], side: usize, resizer: &mut Resizer) -> Result<Vec<u8>, MetricError> {
    if side == SIDE {
        return Ok(pixels.to_vec());
    }
    let failed = |e: &dyn std::fmt::Display| MetricError::Network(format!("a picture cannot be resized: {e}"));
    let source = ImageRef::new(side as u32, side as u32, pixels, PixelType::U8x3).map_err(|e| failed(&e))?;
    let mut target = Image::new(SIDE as u32, SIDE as u32, PixelType::U8x3);
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
    resizer.resize(&source, &mut target, &options).map_err(|e| failed(&e))?;
    Ok(target.into_vec())
}
