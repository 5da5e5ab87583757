//! What Inception is made of: convolutions, pools, and branches side by side.

use crate::model::NamedTensor;
use burn::tensor::activation::relu;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData, module};
use std::collections::HashMap;

/// What batch normalisation adds to the variance.
const EPSILON: f64 = 1e-3;

/// A convolution with the batch normalisation after it folded in, followed by a ReLU.
pub(crate) struct Conv {
    /// Cout x Cin x height x width.
    weight: Tensor<4>,
    bias: Tensor<1>,
    stride: usize,
    padding: [usize; 2],
}

impl Conv {
    fn run(&self, x: Tensor<4>) -> Tensor<4> {
        let options = ConvOptions::new([self.stride; 2], self.padding, [1, 1], 1);
        relu(module::conv2d(x, self.weight.clone(), Some(self.bias.clone()), options))
    }
}

/// One layer of a branch.
// There are some hundred of them, so their size does not matter.
#[allow(clippy::large_enum_variant)]
pub(crate) enum BranchLayer {
    /// Convolution, batch normalisation and ReLU.
    Conv(Conv),
    /// Convolutions side by side, each of which gives some of the channels.
    Parallel(Vec<Conv>),
    /// Mean of 3 x 3 neighbours, at the border of those inside the picture.
    Mean,
    /// Largest of 3 x 3 neighbours.
    Max,
    /// The same at every second pixel, without padding: halves the side.
    Shrink,
}

/// Branches with the same input; their channels are concatenated.
pub(crate) type Block = Vec<Vec<BranchLayer>>;

pub(crate) fn run(block: &Block, x: Tensor<4>) -> Tensor<4> {
    let branches: Vec<_> =
        block.iter().map(|layers| layers.iter().fold(x.clone(), |x, layer| apply(layer, x))).collect();
    join(branches)
}

fn apply(layer: &BranchLayer, x: Tensor<4>) -> Tensor<4> {
    let near = MaxPoolOptions::new([3, 3]);
    match layer {
        BranchLayer::Conv(conv) => conv.run(x),
        BranchLayer::Parallel(convs) => join(convs.iter().map(|conv| conv.run(x.clone())).collect()),
        BranchLayer::Mean => {
            let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]).with_padding([1, 1]);
            module::avg_pool2d(x, options.with_count_include_pad(false))
        }
        BranchLayer::Max => module::max_pool2d(x, near.with_stride([1, 1]).with_padding([1, 1])),
        BranchLayer::Shrink => module::max_pool2d(x, near.with_stride([2, 2])),
    }
}

fn join(mut branches: Vec<Tensor<4>>) -> Tensor<4> {
    if branches.len() == 1 { branches.swap_remove(0) } else { Tensor::cat(branches, 1) }
}

/// Kernel, stride and padding of a convolution.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ConvShape {
    /// Height and width.
    pub kernel: [usize; 2],
    pub stride: usize,
    /// Whether zeros around the picture keep its side.
    pub padded: bool,
}

/// A convolution that keeps the side.
pub(super) const fn same(height: usize, width: usize) -> ConvShape {
    ConvShape { kernel: [height, width], stride: 1, padded: true }
}

/// A convolution of 3 x 3 pixels without padding.
pub(super) const fn inside(stride: usize) -> ConvShape {
    ConvShape { kernel: [3, 3], stride, padded: false }
}

/// The tensors of a file by their names.
pub(crate) struct Loader {
    tensors: HashMap<String, NamedTensor>,
    device: Device,
}

impl Loader {
    pub(crate) fn new(tensors: Vec<NamedTensor>, device: &Device) -> Self {
        Self { tensors: tensors.into_iter().map(|t| (t.name.clone(), t)).collect(), device: device.clone() }
    }

    /// The shape of a tensor, if it is there.
    pub(crate) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|t| t.shape.as_slice())
    }

    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let found = self.tensors.remove(name).ok_or_else(|| format!("{name} is missing"))?;
        if found.shape != shape {
            return Err(format!("{name} has the shape {:?} instead of {shape:?}", found.shape));
        }
        if found.values.iter().any(|v| !v.is_finite()) {
            return Err(format!("{name} holds numbers that are not finite"));
        }
        Ok(found.values)
    }

    /// The convolution `name`.conv with the normalisation `name`.bn folded in:
    /// y = gamma (w x - mean) / sqrt(variance + epsilon) + beta is a convolution itself.
    ///
    /// # Errors
    /// In words: the first tensor that is missing, of another shape or not finite.
    pub(crate) fn conv(&mut self, name: &str, c_in: usize, c_out: usize, conv: ConvShape) -> Result<Conv, String> {
        let [height, width] = conv.kernel;
        let shape = [c_out, c_in, height, width];
        let mut weight = self.take(&format!("{name}.conv.weight"), &shape)?;
        let mut of_bn = |part: &str| self.take(&format!("{name}.bn.{part}"), &[c_out]);
        let (gamma, beta) = (of_bn("weight")?, of_bn("bias")?);
        let (mean, variance) = (of_bn("running_mean")?, of_bn("running_var")?);
        let mut bias = Vec::with_capacity(c_out);
        for (i, kernel) in weight.chunks_exact_mut(c_in * height * width).enumerate() {
            if variance[i] < 0.0 {
                return Err(format!("{name}.bn.running_var holds a negative number"));
            }
            let scale = f64::from(gamma[i]) / (f64::from(variance[i]) + EPSILON).sqrt();
            kernel.iter_mut().for_each(|w| *w = (f64::from(*w) * scale) as f32);
            bias.push((f64::from(beta[i]) - f64::from(mean[i]) * scale) as f32);
        }
        Ok(Conv {
            weight: Tensor::from_data(TensorData::new(weight, shape), &self.device),
            bias: Tensor::from_data(TensorData::new(bias, [c_out]), &self.device),
            stride: conv.stride,
            padding: if conv.padded { [height / 2, width / 2] } else { [0; 2] },
        })
    }

    /// Convolutions one after the other: of each the name below `block`, the output channels and the shape.
    ///
    /// # Errors
    /// As [`Self::conv`].
    pub(crate) fn chain(
        &mut self,
        block: &str,
        c_in: usize,
        parts: &[(&str, usize, ConvShape)],
    ) -> Result<Vec<BranchLayer>, String> {
        let mut c_in = c_in;
        let mut layers = Vec::with_capacity(parts.len());
        for (part, c_out, shape) in parts {
            let name = if block.is_empty() { (*part).to_owned() } else { format!("{block}.{part}") };
            layers.push(BranchLayer::Conv(self.conv(&name, c_in, *c_out, *shape)?));
            c_in = *c_out;
        }
        Ok(layers)
    }
}
