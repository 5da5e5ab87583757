//! What Inception is made of: convolutions, pools, and branches side by side.

use crate::model::NamedTensor;
use burn::tensor::activation::relu;
use burn::tensor::ops::{AvgPoolOptions, ConvOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData, module};
use std::collections::HashMap;

/// Of the batch normalisation: added to the variance.
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

/// One thing that happens to the pictures.
// There are some hundred of them, so their size does not matter.
#[allow(clippy::large_enum_variant)]
pub enum Step {
    Conv(Conv),
    /// Each gives some of the channels.
    Side(Vec<Conv>),
    /// Mean of 3 x 3 neighbours, at the border of those that are there.
    Mean,
    /// Largest of 3 x 3 neighbours.
    Max,
    /// The same at every second place, without a border: halves the side.
    Shrink,
}

/// Branches that all see the same; their channels are put one after the other.
pub(crate) type Block = Vec<Vec<Step>>;

pub fn run(block: &Block, x: Tensor<4>) -> Tensor<4> {
    let branches: Vec<_> = block.iter().map(|steps| steps.iter().fold(x.clone(), |x, step| take(step, x))).collect();
    join(branches)
}

fn take(step: &Step, x: Tensor<4>) -> Tensor<4> {
    let near = MaxPoolOptions::new([3, 3]);
    match step {
        Step::Conv(conv) => conv.run(x),
        Step::Side(convs) => join(convs.iter().map(|conv| conv.run(x.clone())).collect()),
        Step::Mean => {
            let options = AvgPoolOptions::new([3, 3]).with_stride([1, 1]).with_padding([1, 1]);
            module::avg_pool2d(x, options.with_count_include_pad(false))
        }
        Step::Max => module::max_pool2d(x, near.with_stride([1, 1]).with_padding([1, 1])),
        Step::Shrink => module::max_pool2d(x, near.with_stride([2, 2])),
    }
}

fn join(mut branches: Vec<Tensor<4>>) -> Tensor<4> {
    if branches.len() == 1 { branches.swap_remove(0) } else { Tensor::cat(branches, 1) }
}

/// The shape of a convolution.
#[derive(Debug, Clone, Copy)]
pub struct Form {
    /// Height and width.
    pub kernel: [usize; 2],
    pub stride: usize,
    /// Zeros around the picture keep its side.
    pub padded: bool,
}

/// A convolution that keeps the side.
pub const fn same(height: usize, width: usize) -> Form {
    Form { kernel: [height, width], stride: 1, padded: true }
}

/// A convolution of 3 x 3 places inside the picture.
pub const fn inside(stride: usize) -> Form {
    Form { kernel: [3, 3], stride, padded: false }
}

/// The tensors of a file by their names.
pub(crate) struct Loader {
    tensors: HashMap<String, NamedTensor>,
    device: Device,
}

impl Loader {
    pub fn new(tensors: Vec<NamedTensor>, device: &Device) -> Self {
        Self { tensors: tensors.into_iter().map(|t| (t.name.clone(), t)).collect(), device: device.clone() }
    }

    /// The shape of a tensor, if it is there.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
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

    /// The convolution `name`.conv with the normalisation `name`.bn: y = gamma (w x - mean) / sqrt(variance + epsilon) +
    /// beta is a convolution itself.
    ///
    /// # Errors
    /// In words: the first tensor that is missing, of another shape or not finite.
    pub fn conv(&mut self, name: &str, c_in: usize, c_out: usize, form: Form) -> Result<Conv, String> {
        let [height, width] = form.kernel;
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
            stride: form.stride,
            padding: if form.padded { [height / 2, width / 2] } else { [0; 2] },
        })
    }

    /// Convolutions one after the other: part of the name below `block`, channels that come out, form.
    ///
    /// # Errors
    /// As [`Self::conv`].
    pub fn chain(&mut self, block: &str, c_in: usize, parts: &[(&str, usize, Form)]) -> Result<Vec<Step>, String> {
        let mut c_in = c_in;
        let mut steps = Vec::with_capacity(parts.len());
        for (part, c_out, form) in parts {
            let name = if block.is_empty() { (*part).to_owned() } else { format!("{block}.{part}") };
            steps.push(Step::Conv(self.conv(&name, c_in, *c_out, *form)?));
            c_in = *c_out;
        }
        Ok(steps)
    }
}
