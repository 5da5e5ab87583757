//! How the layers of a network run, one after the other, over feature maps; shared by both networks.

use super::layer::{Activation, BATCH_NORM_EPSILON, ConvParams, Gate, LEAK, Layer, Moved};
use super::style::Style;
use super::{spectral, sub_pixel};
use crate::compute::ConvLayer;
use crate::compute::gpu::Affine;
use crate::compute::{Normalisation, Shape, ops};
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;
use burn::tensor::module::batch_norm;

/// What the sum of a stage and its shortcut is multiplied by.
pub(super) const JOINED: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// What a pass is for, with the running statistics of the network.
///
/// All but [`Pass::Evaluate`] normalise each batch by its own mean and variance. `Train` and `Frozen` may multiply
/// 16-bit numbers; see [`Stack::use_half`].
#[derive(Debug)]
pub(super) enum Pass<'a> {
    /// The running statistics follow the batch's. The number says how many batches lie behind each other, each
    /// normalised by its own statistics.
    Train(&'a mut [Tensor<1>], usize),
    /// Nothing moves: another network's training, or a measurement, asks what this one says.
    Frozen(&'a [Tensor<1>]),
    /// The batch's statistics replace the running ones.
    Calibrate(&'a mut [Tensor<1>]),
    /// Normalises by the running statistics: a picture does not depend on its neighbours.
    Evaluate(&'a [Tensor<1>]),
}

impl Pass<'_> {
    fn stats(&self) -> &[Tensor<1>] {
        match self {
            Self::Train(stats, _) | Self::Calibrate(stats) => stats,
            Self::Frozen(stats) | Self::Evaluate(stats) => stats,
        }
    }
}

/// The layers, without numbers.
#[derive(Debug, Clone)]
pub(super) struct Stack {
    pub(super) layers: Vec<Layer>,
    style: Style,
    half: bool,
}

impl Stack {
    pub(super) fn new(layers: Vec<Layer>, style: Style) -> Self {
        Self { layers, style, half: false }
    }

    /// Whether weights are divided by their largest singular value.
    pub(super) fn is_spectral(&self) -> bool {
        self.style.spectral
    }

    /// Whether [`Pass::Train`] and [`Pass::Frozen`] multiply 16-bit numbers in convolutions and keep maps in 16 bits;
    /// sums, weights, statistics and pictures, and all other passes, stay in 32.
    pub(super) fn use_half(&mut self, half: bool) {
        self.half = half;
    }

    /// Multiplications of each convolution for one picture whose maps begin with this side.
    pub(super) fn products(&self, side: usize) -> Vec<u64> {
        self.products_of(self.layers.len(), side)
    }

    /// The same of the first `count` layers only.
    pub(super) fn products_of(&self, count: usize, mut side: usize) -> Vec<u64> {
        let mut found = Vec::new();
        for layer in self.layers.iter().take(count) {
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
                Layer::Gate(gate) => gate.products(),
                Layer::BatchNorm { .. } | Layer::Activation(_) | Layer::Keep(_) => continue,
            });
        }
        found
    }

    /// Its convolutions, for a first map of this side.
    pub(super) fn convolutions(&self, mut side: usize) -> Vec<Shape> {
        let mut found = Vec::new();
        for layer in &self.layers {
            let (conv, up) = match *layer {
                Layer::Conv(conv) | Layer::Join { conv, .. } => (conv, false),
                Layer::ConvTranspose(conv) | Layer::SubPixel(conv) => (conv, true),
                Layer::BatchNorm { .. } | Layer::Activation(_) | Layer::Keep(_) | Layer::Gate(_) => continue,
            };
            found.push(Shape { kernel: conv.kernel, channels: conv.channels, side, up });
            side = if up { side * conv.kernel.stride } else { side / conv.kernel.stride };
        }
        found
    }

    /// Numbers of the maps that the layers leave behind for one picture, whose first map has this side and so many
    /// channels: those that a training keeps until its gradients are computed.
    pub(super) fn map_values(&self, mut channels: usize, mut side: usize) -> u64 {
        let mut values = 0;
        for layer in &self.layers {
            match *layer {
                Layer::Conv(conv) => {
                    side /= conv.kernel.stride;
                    channels = conv.channels[1];
                }
                Layer::ConvTranspose(conv) | Layer::SubPixel(conv) => {
                    side *= conv.kernel.stride;
                    channels = conv.channels[1];
                }
                // The kept map at half its side, and what its convolution makes of it.
                Layer::Join { conv, .. } => values += (conv.channels[0] + conv.channels[1]) * side * side,
                Layer::BatchNorm { .. } | Layer::Activation(_) | Layer::Gate(_) => {}
                Layer::Keep(_) => continue,
            }
            values += channels * side * side;
        }
        values as u64
    }

    /// What each layer moves, for a first map with so many channels and of this side; see [`Moved`]. Numbers of maps
    /// take four bytes, or where `half` two, but for those of pictures.
    ///
    /// A convolution adds biases and applies the leaky ReLU behind it where it writes; its slopes are a kernel of their
    /// own. Normalisation takes two passes forward and two back, and has its ReLU in them. A shortcut's convolution
    /// reads means of 2 x 2 pixels and adds the stage's map, and backward adds to the gradient that is there.
    pub(super) fn moved(&self, mut channels: usize, mut side: usize, half: bool) -> Vec<Moved> {
        let mut found = Vec::new();
        let bytes = |channels: usize, side: usize| (channels * side * side) as u64 * number_bytes(channels, half);
        let mut behind_normalisation = false;
        for layer in &self.layers {
            let before = bytes(channels, side);
            match *layer {
                Layer::Conv(conv) => (channels, side) = (conv.channels[1], side / conv.kernel.stride),
                Layer::ConvTranspose(conv) | Layer::SubPixel(conv) => {
                    (channels, side) = (conv.channels[1], side * conv.kernel.stride);
                }
                _ => {}
            }
            let map = bytes(channels, side);
            let both = before + map;
            let none = Moved::default();
            found.push(match *layer {
                Layer::Conv(_) | Layer::ConvTranspose(_) | Layer::SubPixel(_) => {
                    Moved { forward: both, back: both, weights: both, ..none }
                }
                Layer::BatchNorm { .. } => Moved { forward: 3 * map, slopes: 5 * map, ..none },
                Layer::Activation(activation) if activation.leak().is_none() => {
                    Moved { forward: 2 * map, slopes: 3 * map, ..none }
                }
                Layer::Activation(_) if behind_normalisation => none,
                Layer::Activation(_) => Moved { slopes: 3 * map, ..none },
                Layer::Keep(_) => none,
                Layer::Join { conv, .. } => {
                    let kept = bytes(conv.channels[0], 2 * side);
                    Moved { forward: kept + 2 * map, slopes: 0, back: map + 2 * kept, weights: kept + map }
                }
                Layer::Gate(_) => Moved { forward: 2 * map, slopes: 3 * map, ..none },
            });
            behind_normalisation = matches!(layer, Layer::BatchNorm { .. });
        }
        found
    }

    /// Runs the layers on `x` (B x C x H x W).
    pub(super) fn forward(&self, x: Tensor<4>, params: &[Tensor<1>], pass: Pass<'_>) -> Tensor<4> {
        self.first(self.layers.len(), x, params, pass)
    }

    /// The same with the first `count` layers only.
    pub(super) fn first(&self, count: usize, mut x: Tensor<4>, params: &[Tensor<1>], mut pass: Pass<'_>) -> Tensor<4> {
        let half = self.half && matches!(pass, Pass::Train(..) | Pass::Frozen(_));
        let up = |x: Tensor<4>, weight: Tensor<4>, conv: ConvParams| {
            let layer = ConvLayer { kernel: conv.kernel, up: true, half, leak: 1.0 };
            ops::layer(x, weight, conv.bias.map(|b| params[b].clone()), layer)
        };
        let mut kept = Vec::new();
        let mut layers = self.layers[..count].iter();
        while let Some(layer) = layers.next() {
            x = match *layer {
                Layer::Conv(conv) => conv.forward(x, params, &mut pass, half, leak_of_next(&mut layers)),
                Layer::ConvTranspose(conv) => {
                    let [c_in, c_out] = conv.channels;
                    let weight = params[conv.weight].clone();
                    up(x, weight.reshape([c_in, c_out, conv.kernel.size, conv.kernel.size]), conv)
                }
                Layer::SubPixel(conv) => {
                    let weight = sub_pixel::expand(params[conv.weight].clone(), conv.channels);
                    up(x, weight, conv)
                }
                Layer::Keep(number) => {
                    kept.push(x.clone());
                    match Shortcut::ahead(layers.as_slice(), number) {
                        Some(stage) if ops::has_residual(&x, stage.layer(half)) => {
                            layers.nth(Shortcut::LAYERS - 1);
                            stage.forward(x, params, &mut pass, half)
                        }
                        _ => x,
                    }
                }
                Layer::Join { kept: from, conv } => {
                    let short = conv.forward(ops::avg_pool2(kept[from].clone()), params, &mut pass, half, 1.0);
                    ops::join(x, short, JOINED)
                }
                Layer::Gate(gate) => ops::scale_planes(x, gate.factors(kept[gate.kept].clone(), params)),
                Layer::BatchNorm { gamma, beta, stats } => {
                    let affine = [gamma, beta].map(|index| params[index].clone());
                    self.normalise(x, affine, stats, leak_of_next(&mut layers), &mut pass, half)
                }
                Layer::Activation(activation) => activate(x, activation),
            };
        }
        x
    }

    /// Batch normalisation, then a leaky ReLU of slope `leak`. `stats` is the index of the running mean; the result is
    /// of 16 bits where `half`.
    fn normalise(
        &self,
        x: Tensor<4>,
        [gamma, beta]: [Tensor<1>; 2],
        stats: usize,
        leak: f64,
        pass: &mut Pass<'_>,
        half: bool,
    ) -> Tensor<4> {
        if let Pass::Evaluate(running) = pass {
            let (mean, variance) = (running[stats].clone(), running[stats + 1].clone());
            return ops::leaky(batch_norm(x, gamma, beta, mean, variance, BATCH_NORM_EPSILON), leak);
        }
        let (momentum, batches) = match pass {
            Pass::Train(_, batches) => (self.style.momentum, *batches),
            Pass::Calibrate(_) => (1.0, 1),
            Pass::Frozen(_) | Pass::Evaluate(_) => (0.0, 1),
        };
        let rule = Normalisation { epsilon: BATCH_NORM_EPSILON, leak, batches, momentum, half };
        let running = [stats, stats + 1].map(|index| pass.stats()[index].clone());
        let (out, followed) = ops::normalise(x, [gamma, beta], running, rule);
        if let Pass::Train(running, _) | Pass::Calibrate(running) = pass {
            running[stats..stats + 2].clone_from_slice(&followed);
        }
        out
    }
}

impl ConvParams {
    /// The weights as the layer uses them: Cout x Cin x K x K.
    pub(super) fn weight(&self, params: &[Tensor<1>], pass: &mut Pass<'_>) -> Tensor<4> {
        let [c_in, c_out] = self.channels;
        let weight = params[self.weight].clone();
        let weight = match (self.spectral, pass) {
            (None, _) => weight,
            (Some(u), Pass::Train(stats, _)) => spectral::normalise_and_follow(weight, &mut stats[u]),
            (Some(u), pass) => spectral::normalise(weight, &pass.stats()[u]),
        };
        weight.reshape([c_out, c_in, self.kernel.size, self.kernel.size])
    }

    fn forward(&self, x: Tensor<4>, params: &[Tensor<1>], pass: &mut Pass<'_>, half: bool, leak: f64) -> Tensor<4> {
        let (weight, bias) = self.affine(params, pass);
        ops::layer(x, weight, bias, ConvLayer { kernel: self.kernel, up: false, half, leak })
    }

    fn affine(&self, params: &[Tensor<1>], pass: &mut Pass<'_>) -> Affine {
        (self.weight(params, pass), self.bias.map(|b| params[b].clone()))
    }
}

/// Bytes of each number of a map with so many channels. Pictures are of 32 bits.
pub(super) fn number_bytes(channels: usize, half: bool) -> u64 {
    if half && channels > 3 { 2 } else { 4 }
}

/// The slope of the leaky ReLU that comes next, which is then done with: it is computed in the same pass over the
/// numbers. 1, which changes nothing, where something else comes next.
fn leak_of_next(layers: &mut std::slice::Iter<'_, Layer>) -> f64 {
    let leak = match layers.as_slice() {
        [Layer::Activation(activation), ..] => activation.leak(),
        _ => None,
    };
    if leak.is_some() {
        layers.next();
    }
    leak.unwrap_or(1.0)
}

/// A stage without normalisation and the shortcut around it, which a GPU computes together.
pub(super) struct Shortcut {
    pub main: ConvParams,
    short: ConvParams,
    leak: f64,
}

impl Shortcut {
    /// Layers of a stage behind that which keeps its map.
    pub(super) const LAYERS: usize = 3;

    /// If the next layers are such a stage for the map that was kept as `number`.
    pub(super) fn ahead(next: &[Layer], number: usize) -> Option<Self> {
        match *next {
            [Layer::Conv(main), Layer::Activation(activation), Layer::Join { kept, conv: short }, ..]
                if kept == number =>
            {
                Some(Self { main, short, leak: activation.leak()? })
            }
            _ => None,
        }
    }

    /// Its convolution with the leaky ReLU.
    pub(super) fn layer(&self, half: bool) -> ConvLayer {
        ConvLayer { kernel: self.main.kernel, up: false, half, leak: self.leak }
    }

    fn forward(&self, x: Tensor<4>, params: &[Tensor<1>], pass: &mut Pass<'_>, half: bool) -> Tensor<4> {
        let convolutions = [self.main, self.short].map(|conv| conv.affine(params, pass));
        ops::residual(x, convolutions, None, self.layer(half), JOINED).0
    }

    /// What it makes of `x`, and how that changes where `x` changes by `t`.
    pub(super) fn tangent(&self, [x, t]: [Tensor<4>; 2], params: &[Tensor<1>], pass: &mut Pass<'_>) -> [Tensor<4>; 2] {
        let layer = self.layer(false);
        let convolutions = [self.main, self.short].map(|conv| conv.affine(params, pass));
        let slopes = convolutions.clone().map(|(weight, _)| (weight, None));
        let (x, inner) = ops::residual(x, convolutions, None, layer, JOINED);
        let (t, _) = ops::residual(t, slopes, Some(inner), layer, JOINED);
        [x, t]
    }
}

impl Gate {
    /// One factor for each channel in 32 bits, B x channels x 1 x 1, from the kept map.
    fn factors(&self, map: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
        let [batch, ..] = map.dims();
        let mut map = ops::in_32_bits(map);
        for _ in 0..self.pool.ilog2() {
            map = ops::avg_pool2(map);
        }
        let matrix = |index: usize, inputs: usize| {
            let weight: Tensor<2> = params[index].clone().reshape([self.channels, inputs]);
            weight.transpose()
        };
        let hidden = map.reshape([batch, self.features()]).matmul(matrix(self.first, self.features()));
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
