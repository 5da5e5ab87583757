//! A sequence of layers over feature maps, shared by both networks.

use super::describe::{ConvTransposeInfo, GateInfo, LayerInfo};
use super::layout::{Init, Layout};
use super::style::Style;
use super::{spectral, sub_pixel};
use crate::compute::ops::{self, Kernel};
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::module::batch_norm;

/// PyTorch's default and TensorFlow's usual choice in the tutorial.
pub(crate) const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Slope of the leaky ReLU for negative values, as in the DCGAN paper and the tutorial.
pub(super) const LEAK: f64 = 0.2;
/// Side of the map that a gate reads (Liu et al. 2021, "FastGAN").
const GATE_SIDE: usize = 4;

/// Which statistics batch normalisation uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Those of the batch; also updates the running ones.
    Train,
    /// As in [`Mode::Train`], and nothing moves: what another network's training, or an eye on this one, asks for.
    Judge,
    /// Those of the batch, which become the running ones at once.
    Settle,
    /// Those of the batch, nothing moves, and always 32 bits: every call is the same function, as derivatives need it.
    Fixed,
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
    pub fn leak(self) -> Option<f64> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu => Some(LEAK),
            Self::Tanh => None,
        }
    }
}

/// Where a convolution finds its numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConvPlaces {
    pub weight: usize,
    pub bias: Option<usize>,
    pub kernel: Kernel,
    /// In, out.
    pub channels: [usize; 2],
    /// The direction that its weights stretch most, if they are divided by that stretch.
    pub spectral: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Layer {
    Conv(ConvPlaces),
    ConvTranspose(ConvPlaces),
    /// A transposed convolution of kernel 4 and stride 2 whose weights come from 3x3 ones; see [`sub_pixel`].
    SubPixel(ConvPlaces),
    BatchNorm {
        gamma: usize,
        beta: usize,
        stats: usize,
    },
    Activation(Activation),
    /// Keeps the map for a later layer.
    Keep(usize),
    /// The end of a shortcut: adds the kept map at half its side, through a 1x1 convolution, and divides by sqrt(2), which
    /// keeps the variance of a sum of two unrelated signals.
    Join {
        kept: usize,
        conv: ConvPlaces,
    },
    /// Multiplies each channel by a number that the kept map decides; see [`GateInfo`].
    Gate(Gate),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    kept: usize,
    pool: usize,
    first: usize,
    second: usize,
    inputs: usize,
    channels: usize,
}

/// The layers, without numbers.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) layers: Vec<Layer>,
    style: Style,
    /// Maps kept so far.
    kept: usize,
    /// Whether convolutions multiply 16-bit numbers in training.
    half: bool,
}

impl Stack {
    pub fn new(style: Style) -> Self {
        Self { layers: Vec::new(), style, kept: 0, half: false }
    }

    /// Whether weights are divided by how much they stretch.
    pub fn is_spectral(&self) -> bool {
        self.style.spectral
    }

    pub fn conv(&mut self, layout: &mut Layout, channels: [usize; 2], kernel: Kernel) {
        let conv = self.conv_places(layout, channels, kernel);
        self.layers.push(Layer::Conv(conv));
    }

    fn conv_places(&mut self, layout: &mut Layout, channels: [usize; 2], kernel: Kernel) -> ConvPlaces {
        let module = layout.module();
        let [c_in, c_out] = channels;
        let shape = [c_out, c_in, kernel.size, kernel.size];
        let init = self.style.conv_init.of(c_in * kernel.size * kernel.size);
        let weight = layout.param(module, "weight", &shape, init);
        let bias = self.bias(layout, module, c_out);
        let start = Init::Normal { mean: 0.0, std: 1.0 };
        let spectral = self.style.spectral.then(|| layout.stat(module, "weight_u", c_out, start));
        ConvPlaces { weight, bias, kernel, channels, spectral }
    }

    pub fn conv_transpose(&mut self, layout: &mut Layout, channels: [usize; 2], kernel: Kernel) {
        let conv = self.conv_transpose_places(layout, channels, kernel, kernel.size);
        self.layers.push(Layer::ConvTranspose(conv));
    }

    /// Doubles the side with 3x3 weights.
    pub fn sub_pixel(&mut self, layout: &mut Layout, channels: [usize; 2]) {
        let conv = self.conv_transpose_places(layout, channels, sub_pixel::KERNEL, sub_pixel::SIDE);
        self.layers.push(Layer::SubPixel(conv));
    }

    fn conv_transpose_places(
        &mut self,
        layout: &mut Layout,
        channels: [usize; 2],
        kernel: Kernel,
        stored: usize,
    ) -> ConvPlaces {
        let module = layout.module();
        let [c_in, c_out] = channels;
        let init = self.style.conv_init.of(c_in * stored * stored);
        let weight = layout.param(module, "weight", &[c_in, c_out, stored, stored], init);
        let bias = self.bias(layout, module, c_out);
        ConvPlaces { weight, bias, kernel, channels, spectral: None }
    }

    /// Keeps the map for a [`Self::join`] or a [`Self::gate`]; gives its number.
    pub fn keep(&mut self) -> usize {
        self.layers.push(Layer::Keep(self.kept));
        self.kept += 1;
        self.kept - 1
    }

    /// Ends a shortcut that began at `kept`.
    pub fn join(&mut self, layout: &mut Layout, kept: usize, channels: [usize; 2]) {
        let conv = self.conv_places(layout, channels, Kernel { size: 1, stride: 1 });
        self.layers.push(Layer::Join { kept, conv });
    }

    /// Lets the map `kept` (`inputs` channels, side `4 pool`) gate the `channels` of the current one.
    pub fn gate(&mut self, layout: &mut Layout, kept: usize, pool: usize, [inputs, channels]: [usize; 2]) {
        let init = Init::He { inputs: inputs * GATE_SIDE * GATE_SIDE };
        let shape = [channels, inputs, GATE_SIDE, GATE_SIDE];
        let first = layout.named_param(format!("gate.{kept}.0.weight"), &shape, init);
        let init = Init::Normal { mean: 0.0, std: 0.02 };
        let second = layout.named_param(format!("gate.{kept}.2.weight"), &[channels, channels, 1, 1], init);
        self.layers.push(Layer::Gate(Gate { kept, pool, first, second, inputs, channels }));
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
            Layer::Conv(_) | Layer::Join { .. } => None,
            // A saved generator has its weights in the transposed form.
            Layer::ConvTranspose(ConvPlaces { weight, bias, kernel, channels: [inputs, outputs], .. })
            | Layer::SubPixel(ConvPlaces { weight, bias, kernel, channels: [inputs, outputs], .. }) => {
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
            Layer::Keep(map) => Some(LayerInfo::Keep { map }),
            Layer::Gate(Gate { kept, pool, first, second, inputs, channels }) => Some(LayerInfo::Gate(GateInfo {
                map: kept,
                pool,
                first: name(first),
                second: name(second),
                inputs,
                channels,
                slope: LEAK,
            })),
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
            found.push(match *layer {
                Layer::Conv(conv) => {
                    side /= conv.kernel.stride;
                    conv.products(side)
                }
                Layer::ConvTranspose(conv) | Layer::SubPixel(conv) => {
                    let before = side;
                    side *= conv.kernel.stride;
                    conv.products(before)
                }
                // At the side that the stage has reached.
                Layer::Join { conv, .. } => conv.products(side),
                Layer::Gate(gate) => (gate.channels * (gate.inputs * GATE_SIDE * GATE_SIDE + gate.channels)) as u64,
                Layer::BatchNorm { .. } | Layer::Activation(_) | Layer::Keep(_) => continue,
            });
        }
        found
    }

    /// From now on convolutions multiply 16-bit numbers in [`Mode::Train`] and [`Mode::Judge`]; everything else stays as it is.
    pub fn use_half(&mut self) {
        self.half = true;
    }

    /// How many layers there are.
    pub fn len(&self) -> usize {
        self.layers.len()
    }

    /// Runs the layers on `x` (B x C x H x W). Running statistics that a [`Mode`] moves replace `stats`.
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
        let half = self.half && matches!(mode, Mode::Train | Mode::Judge);
        let up = |x: Tensor<4>, weight: Tensor<4>, kernel: Kernel| {
            ops::in_half(half, x, weight, |x, weight| ops::conv_transpose(x, weight, kernel))
        };
        let mut kept = Vec::with_capacity(self.kept);
        let mut layers = self.layers.iter().take(count).peekable();
        while let Some(layer) = layers.next() {
            x = match *layer {
                Layer::Conv(conv) => conv.forward(x, params, stats, mode, half),
                Layer::ConvTranspose(conv) => {
                    let ConvPlaces { weight, bias, kernel, channels: [c_in, c_out], .. } = conv;
                    let weight = params[weight].clone().reshape([c_in, c_out, kernel.size, kernel.size]);
                    add_bias(up(x, weight, kernel), bias.map(|b| &params[b]))
                }
                Layer::SubPixel(ConvPlaces { weight, bias, kernel, channels, .. }) => {
                    let weight = sub_pixel::expand(params[weight].clone(), channels);
                    add_bias(up(x, weight, kernel), bias.map(|b| &params[b]))
                }
                Layer::Keep(_) => {
                    kept.push(x.clone());
                    x
                }
                Layer::Join { kept: from, conv } => {
                    let short = conv.forward(ops::avg_pool2(kept[from].clone()), params, stats, mode, half);
                    (x + short) * std::f64::consts::FRAC_1_SQRT_2
                }
                Layer::Gate(gate) => x * gate.factors(kept[gate.kept].clone(), params),
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
            Mode::Train | Mode::Judge | Mode::Settle | Mode::Fixed => {
                let [b, _, h, w] = x.dims();
                let n = (b * h * w) as f64;
                let (out, mean, variance) = ops::normalise(x, gamma, beta, BATCH_NORM_EPSILON, leak);
                if matches!(mode, Mode::Judge | Mode::Fixed) {
                    return out;
                }
                // The running variance is the unbiased one, as PyTorch's.
                let batch = [mean, variance * (n / (n - 1.0).max(1.0))];
                for (running, batch) in running.iter_mut().zip(batch) {
                    *running = if mode == Mode::Settle {
                        batch.without_autodiff()
                    } else {
                        let old = running.clone() * (1.0 - self.style.momentum);
                        old + batch.without_autodiff() * self.style.momentum
                    };
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

impl ConvPlaces {
    fn products(&self, side: usize) -> u64 {
        let [c_in, c_out] = self.channels;
        (c_in * c_out * self.kernel.size * self.kernel.size * side * side) as u64
    }

    /// The weights as the layer uses them: Cout x Cin x K x K.
    pub fn weight(&self, params: &[Tensor<1>], stats: &mut [Tensor<1>], mode: Mode) -> Tensor<4> {
        let [c_in, c_out] = self.channels;
        let mut weight = params[self.weight].clone();
        if let Some(place) = self.spectral {
            weight = spectral::normalise(weight, c_out, &mut stats[place], mode);
        }
        weight.reshape([c_out, c_in, self.kernel.size, self.kernel.size])
    }

    fn forward(
        &self,
        x: Tensor<4>,
        params: &[Tensor<1>],
        stats: &mut [Tensor<1>],
        mode: Mode,
        half: bool,
    ) -> Tensor<4> {
        let weight = self.weight(params, stats, mode);
        let y = ops::in_half(half, x, weight, |x, weight| ops::conv(x, weight, self.kernel));
        add_bias(y, self.bias.map(|b| &params[b]))
    }
}

impl Gate {
    /// One factor for each channel, B x channels x 1 x 1, from the kept map.
    fn factors(&self, map: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
        let [batch, ..] = map.dims();
        let mut map = map;
        for _ in 0..self.pool.ilog2() {
            map = ops::avg_pool2(map);
        }
        let inputs = self.inputs * GATE_SIDE * GATE_SIDE;
        let matrix = |place: usize, inputs: usize| {
            let weight: Tensor<2> = params[place].clone().reshape([self.channels, inputs]);
            weight.transpose()
        };
        let hidden = map.reshape([batch, inputs]).matmul(matrix(self.first, inputs));
        let hidden = ops::leaky(hidden.reshape([batch, self.channels, 1, 1]), LEAK);
        let hidden = hidden.reshape([batch, self.channels]).matmul(matrix(self.second, self.channels));
        sigmoid(hidden).reshape([batch, self.channels, 1, 1])
    }
}

pub(super) fn add_bias(x: Tensor<4>, bias: Option<&Tensor<1>>) -> Tensor<4> {
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
