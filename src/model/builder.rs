//! How a network is built: layer by layer, each registering the parameters that it needs.

use super::init::Init;
use super::layer::{Activation, ConvParams, GATE_SIDE, Gate, Layer};
use super::layout::Layout;
use super::stack::Stack;
use super::style::Style;
use super::sub_pixel;
use crate::compute::Kernel;

/// A network as far as it is built.
pub(super) struct NetworkBuilder {
    /// Names and shapes of the parameters so far; what is no layer of the stack registers its own here.
    pub layout: Layout,
    layers: Vec<Layer>,
    style: Style,
    /// Maps kept so far.
    kept: usize,
}

impl NetworkBuilder {
    pub(super) fn new(style: Style) -> Self {
        Self { layout: Layout::default(), layers: Vec::new(), style, kept: 0 }
    }

    /// The parameters and the layers that use them.
    pub(super) fn finish(self) -> (Layout, Stack) {
        (self.layout, Stack::new(self.layers, self.style))
    }

    /// How many layers there are.
    pub(super) fn len(&self) -> usize {
        self.layers.len()
    }

    pub(super) fn conv(&mut self, channels: [usize; 2], kernel: Kernel) {
        let conv = self.conv_params(channels, kernel);
        self.layers.push(Layer::Conv(conv));
    }

    fn conv_params(&mut self, channels: [usize; 2], kernel: Kernel) -> ConvParams {
        let module = self.layout.module();
        let [c_in, c_out] = channels;
        let shape = [c_out, c_in, kernel.size, kernel.size];
        let init = self.style.conv_init.of(c_in * kernel.size * kernel.size);
        let weight = self.layout.param(module, "weight", &shape, init);
        let bias = self.bias(module, c_out);
        let start = Init::Normal { mean: 0.0, std: 1.0 };
        let spectral = self.style.spectral.then(|| self.layout.stat(module, "weight_u", c_out, start));
        ConvParams { weight, bias, kernel, channels, spectral }
    }

    pub(super) fn conv_transpose(&mut self, channels: [usize; 2], kernel: Kernel) {
        let conv = self.conv_transpose_params(channels, kernel, kernel.size);
        self.layers.push(Layer::ConvTranspose(conv));
    }

    /// Doubles the side with 3x3 weights.
    pub(super) fn sub_pixel(&mut self, channels: [usize; 2]) {
        let conv = self.conv_transpose_params(channels, sub_pixel::KERNEL, sub_pixel::SIDE);
        self.layers.push(Layer::SubPixel(conv));
    }

    /// `stored` is the side of the weights as they are stored.
    fn conv_transpose_params(&mut self, channels: [usize; 2], kernel: Kernel, stored: usize) -> ConvParams {
        let module = self.layout.module();
        let [c_in, c_out] = channels;
        let init = self.style.conv_init.of(c_in * stored * stored);
        let weight = self.layout.param(module, "weight", &[c_in, c_out, stored, stored], init);
        let bias = self.bias(module, c_out);
        ConvParams { weight, bias, kernel, channels, spectral: None }
    }

    fn bias(&mut self, module: usize, channels: usize) -> Option<usize> {
        self.style.bias.then(|| self.layout.param(module, "bias", &[channels], Init::Constant(0.0)))
    }

    /// Keeps the map for a [`Self::join`] or a [`Self::gate`]; gives its number.
    pub(super) fn keep(&mut self) -> usize {
        self.layers.push(Layer::Keep(self.kept));
        self.kept += 1;
        self.kept - 1
    }

    /// Ends a shortcut that began at `kept`.
    pub(super) fn join(&mut self, kept: usize, channels: [usize; 2]) {
        let conv = self.conv_params(channels, Kernel { size: 1, stride: 1 });
        self.layers.push(Layer::Join { kept, conv });
    }

    /// Lets the map `kept` (`inputs` channels, side `4 pool`) gate the `channels` of the current one.
    pub(super) fn gate(&mut self, kept: usize, pool: usize, [inputs, channels]: [usize; 2]) {
        let init = Init::He { inputs: inputs * GATE_SIDE * GATE_SIDE };
        let shape = [channels, inputs, GATE_SIDE, GATE_SIDE];
        let first = self.layout.named_param(format!("gate.{kept}.0.weight"), &shape, init);
        let init = Init::Normal { mean: 0.0, std: 0.02 };
        let second = self.layout.named_param(format!("gate.{kept}.2.weight"), &[channels, channels, 1, 1], init);
        self.layers.push(Layer::Gate(Gate { kept, pool, first, second, inputs, channels }));
    }

    /// Batch normalisation of `channels`, if it is wanted, then an activation.
    pub(super) fn activated(&mut self, channels: usize, batch_norm: bool, activation: Activation) {
        if batch_norm {
            let module = self.layout.module();
            let gamma = self.layout.param(module, "weight", &[channels], self.style.gamma_init);
            let beta = self.layout.param(module, "bias", &[channels], Init::Constant(0.0));
            let stats = self.layout.running_stats(module, channels);
            self.layers.push(Layer::BatchNorm { gamma, beta, stats });
        }
        self.activation(activation);
    }

    pub(super) fn activation(&mut self, activation: Activation) {
        self.layout.module();
        self.layers.push(Layer::Activation(activation));
    }
}
