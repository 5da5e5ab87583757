//! A sequence of layers over feature maps, shared by both networks.

use super::describe::{ConvTransposeInfo, LayerInfo};
use super::layout::{Init, Layout};
use crate::compute::ops::{self, Kernel};
use burn::tensor::Tensor;
use burn::tensor::module::batch_norm;

/// PyTorch's default and TensorFlow's usual choice in the tutorial.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Slope of the leaky ReLU for negative values, as in the DCGAN paper and the tutorial.
pub(super) const LEAK: f64 = 0.2;

/// Which statistics batch normalisation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those of the batch; also updates the running ones.
    Train,
    /// The running ones: a picture does not depend on its neighbours.
    Eval,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Relu,
    LeakyRelu,
    Tanh,
}

impl Activation {
    /// Its slope for negative values, if it is a (leaky) ReLU.
    fn leak(self) -> Option<f64> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu => Some(LEAK),
            Self::Tanh => None,
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Layer {
    Conv { weight: usize, bias: Option<usize>, kernel: Kernel, channels: [usize; 2] },
    ConvTranspose { weight: usize, bias: Option<usize>, kernel: Kernel, channels: [usize; 2] },
    BatchNorm { gamma: usize, beta: usize, stats: usize },
    Activation(Activation),
}

/// How the parameters of a family start and how fast its running statistics follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub conv_init: Init,
    pub gamma_init: Init,
    pub bias: bool,
    /// Share of the newest batch in the running statistics.
    pub momentum: f64,
}

/// The layers, without numbers.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    layers: Vec<Layer>,
    style: Style,
}

impl Stack {
    pub fn new(style: Style) -> Self {
        Self { layers: Vec::new(), style }
    }

    pub fn conv(&mut self, layout: &mut Layout, channels: [usize; 2], kernel: Kernel) {
        let module = layout.module();
        let [c_in, c_out] = channels;
        let shape = [c_out, c_in, kernel.size, kernel.size];
        let weight = layout.param(module, "weight", &shape, self.style.conv_init);
        let bias = self.bias(layout, module, c_out);
        self.layers.push(Layer::Conv { weight, bias, kernel, channels });
    }

    pub fn conv_transpose(&mut self, layout: &mut Layout, channels: [usize; 2], kernel: Kernel) {
        let module = layout.module();
        let [c_in, c_out] = channels;
        let shape = [c_in, c_out, kernel.size, kernel.size];
        let weight = layout.param(module, "weight", &shape, self.style.conv_init);
        let bias = self.bias(layout, module, c_out);
        self.layers.push(Layer::ConvTranspose { weight, bias, kernel, channels });
    }

    pub fn batch_norm(&mut self, layout: &mut Layout, channels: usize) {
        let module = layout.module();
        let gamma = layout.param(module, "weight", &[channels], self.style.gamma_init);
        let beta = layout.param(module, "bias", &[channels], Init::Constant(0.0));
        let stats = layout.running_stats(module, channels);
        self.layers.push(Layer::BatchNorm { gamma, beta, stats });
    }

    pub fn activation(&mut self, layout: &mut Layout, activation: Activation) {
        layout.module();
        self.layers.push(Layer::Activation(activation));
    }

    /// What the layers are, for those who compute them elsewhere. Only a generator's layers can be described.
    pub fn describe(&self, layout: &Layout) -> Vec<LayerInfo> {
        let name = |place: usize| layout.params[place].name.clone();
        let describe = |layer: &Layer| match *layer {
            // Only the discriminator has these, and it is not exported.
            Layer::Conv { .. } => None,
            Layer::ConvTranspose { weight, bias, kernel, channels: [inputs, outputs] } => {
                Some(LayerInfo::ConvTranspose(ConvTransposeInfo {
                    weight: name(weight),
                    bias: bias.map(name),
                    inputs,
                    outputs,
                    kernel: kernel.size,
                    stride: kernel.stride,
                    padding: kernel.padding(),
                    output_padding: kernel.output_padding(),
                }))
            }
            Layer::BatchNorm { gamma, beta, stats } => Some(LayerInfo::batch_norm(layout, gamma, beta, stats)),
            Layer::Activation(activation) => Some(LayerInfo::activation(activation)),
        };
        self.layers.iter().filter_map(describe).collect()
    }

    fn bias(&self, layout: &mut Layout, module: usize, channels: usize) -> Option<usize> {
        self.style.bias.then(|| layout.param(module, "bias", &[channels], Init::Constant(0.0)))
    }

    /// Multiplications of each convolution for one picture whose maps begin with this side.
    pub fn products(&self, mut side: usize) -> Vec<u64> {
        let mut found = Vec::new();
        for layer in &self.layers {
            let (kernel, [c_in, c_out], places) = match *layer {
                Layer::Conv { kernel, channels, .. } => {
                    side /= kernel.stride;
                    (kernel, channels, side * side)
                }
                Layer::ConvTranspose { kernel, channels, .. } => {
                    let places = side * side;
                    side *= kernel.stride;
                    (kernel, channels, places)
                }
                Layer::BatchNorm { .. } | Layer::Activation(_) => continue,
            };
            found.push((c_in * c_out * kernel.size * kernel.size * places) as u64);
        }
        found
    }

    /// How many layers there are.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Runs the layers on `x` (B x C x H x W). In [`Mode::Train`] the moved running statistics replace `stats`.
    pub fn forward(&self, x: Tensor<4>, params: &[Tensor<1>], stats: &mut [Tensor<1>], mode: Mode) -> Tensor<4> {
        self.first(self.len(), x, params, stats, mode)
    }

    /// The same with the first `count` layers only.
    pub fn first(
        &self,
        count: usize,
        mut x: Tensor<4>,
        params: &[Tensor<1>],
        stats: &mut [Tensor<1>],
        mode: Mode,
    ) -> Tensor<4> {
        let mut layers = self.layers.iter().take(count).peekable();
        while let Some(layer) = layers.next() {
            x = match *layer {
                Layer::Conv { weight, bias, kernel, channels: [c_in, c_out] } => {
                    let weight = params[weight].clone().reshape([c_out, c_in, kernel.size, kernel.size]);
                    add_bias(ops::conv(x, weight, kernel), bias.map(|b| &params[b]))
                }
                Layer::ConvTranspose { weight, bias, kernel, channels: [c_in, c_out] } => {
                    let weight = params[weight].clone().reshape([c_in, c_out, kernel.size, kernel.size]);
                    add_bias(ops::conv_transpose(x, weight, kernel), bias.map(|b| &params[b]))
                }
                Layer::BatchNorm { gamma, beta, stats: place } => {
                    let (gamma, beta) = (params[gamma].clone(), params[beta].clone());
                    let running = &mut stats[place..place + 2];
                    // The activation that follows is computed in the same pass.
                    let leak = layers.peek().and_then(|next| match next {
                        Layer::Activation(activation) => activation.leak(),
                        _ => None,
                    });
                    if leak.is_some() {
                        layers.next();
                    }
                    self.normalise(x, [gamma, beta], running, leak.unwrap_or(1.0), mode)
                }
                Layer::Activation(activation) => activate(x, activation),
            };
        }
        x
    }

    /// Batch normalisation, then a leaky ReLU of slope `leak`.
    fn normalise(
        &self,
        x: Tensor<4>,
        [gamma, beta]: [Tensor<1>; 2],
        running: &mut [Tensor<1>],
        leak: f64,
        mode: Mode,
    ) -> Tensor<4> {
        match mode {
            Mode::Train => {
                let [b, _, h, w] = x.dims();
                let n = (b * h * w) as f64;
                let (out, mean, variance) = ops::normalise(x, gamma, beta, BATCH_NORM_EPSILON, leak);
                // The running variance is the unbiased one, as PyTorch's.
                let batch = [mean, variance * (n / (n - 1.0).max(1.0))];
                for (running, batch) in running.iter_mut().zip(batch) {
                    let old = running.clone() * (1.0 - self.style.momentum);
                    *running = old + batch.without_autodiff() * self.style.momentum;
                }
                out
            }
            Mode::Eval => {
                let (mean, variance) = (running[0].clone(), running[1].clone());
                ops::leaky(batch_norm(x, gamma, beta, mean, variance, BATCH_NORM_EPSILON), leak)
            }
        }
    }
}

fn add_bias(x: Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
    match bias {
        Some(bias) => ops::add_bias(x, bias.clone()),
        None => x,
    }
}

pub(super) fn activate(x: Tensor<4>, activation: Activation) -> Tensor<4> {
    match activation.leak() {
        Some(leak) => ops::leaky(x, leak),
        None => ops::tanh(x),
    }
}

/// The published settings of a family: DCGAN draws convolutions from N(0, 0.02) and
/// scales from N(1, 0.02); the tutorial draws from a truncated normal and always has biases.
pub(super) fn style(config: &crate::config::ModelConfig) -> Style {
    use crate::config::{Family, Norm};
    match config.family {
        Family::Article => Style {
            conv_init: Init::TruncatedNormal { std: 0.02 },
            gamma_init: Init::Constant(1.0),
            bias: true,
            momentum: 0.01,
        },
        Family::Dcgan => Style {
            conv_init: Init::Normal { mean: 0.0, std: 0.02 },
            gamma_init: Init::Normal { mean: 1.0, std: 0.02 },
            // Batch normalisation has a bias of its own.
            bias: config.norm == Norm::None,
            momentum: 0.1,
        },
    }
}
