//! What a network for everyday photos sees in pictures: vectors in which alike pictures lie near each other.
//!
//! It is the first part of a published network (tests/reference/feature_network.py), not the Inception of the
//! literature: numbers from its features cannot be compared with published ones.

use super::error::MetricError;
use super::pictures::PictureSet;
use super::products::Vectors;
use crate::compute::read;
use crate::interrupt::JobControl;
use burn::tensor::ops::ConvOptions;
use burn::tensor::{Device, Tensor, TensorData, module};
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use half::f16;
use safetensors::tensor::{Dtype, SafeTensors};

/// How it was made, and its licence, stand in assets/features/README.md.
const BYTES: &[u8] = include_bytes!("../../assets/features/efficientnet-lite0.safetensors");
/// Counts the networks that this program has had: numbers from different ones must not be compared. The first was
/// trained on cats.
pub const NETWORK: u32 = 2;
/// Channels after the first convolution.
const STEM: usize = 32;
/// Of each block the side of its kernel, its stride and the channels that it gives (EfficientNet-Lite0, Tan and Le
/// 2019). The last one gives what it has before they would become fewer.
const BLOCKS: [(usize, usize, usize); 8] =
    [(3, 1, 16), (3, 2, 24), (3, 1, 24), (5, 2, 40), (5, 1, 40), (3, 2, 80), (3, 1, 80), (3, 1, FEATURES)];
/// By how much all blocks but the first one widen their input.
const EXPANSION: usize = 6;
/// Numbers in each vector: the mean of every channel of the last block over 4 x 4 places.
pub(crate) const FEATURES: usize = 480;
/// Pictures of other sizes are resized to this one first.
const SIDE: usize = 64;
/// A pixel's value becomes (value - 127) / 128.
const MIDDLE: f32 = 127.0;
const SPAN: f32 = 128.0;
/// Pictures in a batch.
const BATCH: usize = 50;
/// What has to stand beside every number that comes from these features.
pub const RELATIVE_ONLY: &str = "relative only: compare with other Purrtrait numbers, not with published ones";

/// A convolution with as many zeros around the picture as keep its side or halve it, where that is an odd number one
/// more at the right and below.
struct Conv {
    /// Cout x Cin x K x K, or C x 1 x K x K of one that keeps the channels apart.
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
}

impl Conv {
    /// The same inside a recorded computation: gradients flow through, none are kept.
    fn constant(&self) -> Self {
        Self { weight: self.weight.clone().autodiff(), bias: self.bias.clone().autodiff(), stride: self.stride }
    }

    fn run(&self, x: Tensor<4>) -> Tensor<4> {
        let [_, c_in, size, _] = self.weight.dims();
        let (zeros, groups) = (size - self.stride, x.dims()[1] / c_in);
        let (before, odd) = (zeros / 2, zeros % 2);
        let x = if odd == 1 { x.pad((0, 1, 0, 1), 0.0) } else { x };
        let options = ConvOptions::new([self.stride; 2], [before; 2], [1, 1], groups);
        module::conv2d(x, self.weight.clone(), Some(self.bias.clone()), options)
    }

    /// Followed by a ReLU that ends at 6.
    fn active(&self, x: Tensor<4>) -> Tensor<4> {
        self.run(x).clamp(0.0, 6.0)
    }
}

/// An inverted residual block (Sandler et al. 2018): channels are made more, looked at one by one, and made fewer.
struct Block {
    expand: Option<Conv>,
    depthwise: Conv,
    /// The last block has none.
    project: Option<Conv>,
}

impl Block {
    fn constant(&self) -> Self {
        let constant = |conv: &Option<Conv>| conv.as_ref().map(Conv::constant);
        let (expand, project) = (constant(&self.expand), constant(&self.project));
        Self { expand, depthwise: self.depthwise.constant(), project }
    }

    fn run(&self, x: Tensor<4>) -> Tensor<4> {
        let wide = self.expand.as_ref().map_or_else(|| x.clone(), |expand| expand.active(x.clone()));
        let y = self.depthwise.active(wide);
        let Some(project) = &self.project else { return y };
        let y = project.run(y);
        if y.dims() == x.dims() { x + y } else { y }
    }
}

/// The tensors of the file.
struct Weights<'a> {
    file: SafeTensors<'a>,
    device: Device,
}

impl Weights<'_> {
    fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, MetricError> {
        let damaged = |what: String| MetricError::Network(format!("{name} {what}"));
        let view = self.file.tensor(name).map_err(|e| damaged(e.to_string()))?;
        if view.shape() != shape || view.dtype() != Dtype::F16 {
            return Err(damaged(format!("has the shape {:?} of {:?}", view.shape(), view.dtype())));
        }
        let values = view.data().chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32());
        let values: Vec<f32> = values.collect();
        if values.iter().all(|v| v.is_finite()) { Ok(values) } else { Err(damaged("is not finite".into())) }
    }

    fn conv(&self, name: &str, [c_out, c_in]: [usize; 2], size: usize, stride: usize) -> Result<Conv, MetricError> {
        let shape = [c_out, c_in, size, size];
        let weight = TensorData::new(self.numbers(&format!("{name}.weight"), &shape)?, shape);
        let bias = TensorData::new(self.numbers(&format!("{name}.bias"), &[c_out])?, [c_out]);
        let (weight, bias) = (Tensor::from_data(weight, &self.device), Tensor::from_data(bias, &self.device));
        Ok(Conv { weight, bias, stride })
    }
}

/// The network on a device.
pub(crate) struct FeatureNetwork {
    stem: Conv,
    blocks: Vec<Block>,
    device: Device,
}

impl FeatureNetwork {
    /// The network that comes with the program, on the CPU.
    ///
    /// # Errors
    /// Never in a sound build.
    pub(super) fn open() -> Result<Self, MetricError> {
        Self::open_on(&Device::flex())
    }

    /// The same on any device.
    ///
    /// # Errors
    /// Never in a sound build.
    pub(crate) fn open_on(device: &Device) -> Result<Self, MetricError> {
        let file = SafeTensors::deserialize(BYTES).map_err(|e| MetricError::Network(e.to_string()))?;
        let load = Weights { file, device: device.clone() };
        let stem = load.conv("stem", [STEM, 3], 3, 2)?;
        let mut c_in = STEM;
        let mut blocks = Vec::with_capacity(BLOCKS.len());
        for (i, (size, stride, c_out)) in BLOCKS.into_iter().enumerate() {
            let wide = if i == 0 { c_in } else { EXPANSION * c_in };
            let last = i + 1 == BLOCKS.len();
            let point = |part: &str, channels| load.conv(&format!("block.{i}.{part}"), channels, 1, 1);
            blocks.push(Block {
                expand: (i > 0).then(|| point("expand", [wide, c_in])).transpose()?,
                depthwise: load.conv(&format!("block.{i}.depthwise"), [wide, 1], size, stride)?,
                project: (!last).then(|| point("project", [c_out, wide])).transpose()?,
            });
            c_in = c_out;
        }
        Ok(Self { stem, blocks, device: load.device })
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
                    planes.extend(pixels.iter().skip(channel).step_by(3).map(|v| (f32::from(*v) - MIDDLE) / SPAN));
                }
            }
            let x = Tensor::<4>::from_data(TensorData::new(planes, [count, 3, SIDE, SIDE]), &self.device);
            values.extend(read(vec![self.forward(x)])?.swap_remove(0));
        }
        for row in values.chunks_exact_mut(FEATURES) {
            let length = row.iter().map(|v| v * v).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
            row.iter_mut().for_each(|v| *v *= (FEATURES as f32).sqrt() / length);
        }
        Ok(Vectors { size: FEATURES, values })
    }

    /// The same network inside a recorded computation: gradients flow through, none are kept.
    pub(crate) fn constant(&self) -> Self {
        let blocks = self.blocks.iter().map(Block::constant).collect();
        Self { stem: self.stem.constant(), blocks, device: self.device.clone() }
    }

    /// What the first convolution and the blocks up to `last`, counted from 0, make of pictures (N x 3 x side x side in
    /// [-1, 1], side a multiple of 32): maps from half the side to a sixteenth of it.
    pub(crate) fn maps(&self, pictures: Tensor<4>, last: usize) -> Vec<Tensor<4>> {
        // (v - 127) / 128 of v = 127.5 (x + 1).
        let x = pictures * (127.5 / f64::from(SPAN)) + (127.5 - f64::from(MIDDLE)) / f64::from(SPAN);
        let mut maps = vec![self.stem.active(x)];
        for block in self.blocks.iter().take(last + 1) {
            maps.extend(maps.last().map(|x| block.run(x.clone())));
        }
        maps
    }

    /// Pictures x 3 x 64 x 64; gives pictures x [`FEATURES`] numbers.
    fn forward(&self, x: Tensor<4>) -> Tensor<1> {
        let maps = self.blocks.iter().fold(self.stem.active(x), |x, block| block.run(x));
        let [count, channels, height, width] = maps.dims();
        maps.reshape([count * channels, height * width]).mean_dim(1).reshape([count * channels])
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

#[cfg(test)]
mod tests {
    use super::super::fixtures::{formula_pictures, silent};
    use super::*;
    use std::time::Instant;

    /// Not a test: what a measurement costs.
    #[test]
    #[ignore = "measures time"]
    fn time_of_a_thousand_pictures() {
        let (network, pictures) = (FeatureNetwork::open().unwrap(), formula_pictures(1000, SIDE, 0));
        let began = Instant::now();
        let found = network.features(&pictures, silent()).unwrap();
        eprintln!("{} pictures in {:.2} s", found.len(), began.elapsed().as_secs_f64());
    }
}
