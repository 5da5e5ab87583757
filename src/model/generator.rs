//! From latent vectors to pictures.

use super::layout::{Init, Layout, Weights};
use super::stack::{Activation, Mode, Stack, activate};
use super::style::style;
use crate::compute::ops::Kernel;
use crate::config::{Family, ModelConfig, Norm, Upsample};
use burn::tensor::Tensor;

/// The generator's description: a projection of the latent vector to a small map, then stages that double its side.
#[derive(Debug, Clone)]
pub struct Generator {
    layout: Layout,
    /// Place of the projection's weight and bias.
    pub(super) project: (usize, Option<usize>),
    /// Side and channels of the first map.
    pub(super) base: usize,
    pub(super) base_channels: usize,
    /// Tutorial: dense layer (weight `out x in`) and a leaky ReLU. DCGAN: a transposed convolution of a 1x1 map
    /// (weight `in x C x 4 x 4`), which is the same product in another layout.
    pub(super) dense: bool,
    pub(super) stack: Stack,
    /// Layers of `stack` that belong to the projection's stage.
    first_layers: usize,
    latent_size: usize,
    side: usize,
}

impl Generator {
    pub fn new(config: &ModelConfig) -> Self {
        match config.family {
            Family::Article => Self::article(config),
            Family::Dcgan => Self::dcgan(config),
        }
    }

    /// The 2018 tutorial: z -> dense -> 8x8, 5x5 transposed convolutions, one last at stride 1, tanh.
    fn article(config: &ModelConfig) -> Self {
        let (base, width, z) = (8, config.g_width as usize, config.latent_size as usize);
        let stages = (config.size as usize / base).ilog2();
        let base_channels = width << stages;
        let mut layout = Layout::default();
        let module = layout.module();
        let out = base_channels * base * base;
        let weight = layout.param(module, "weight", &[out, z], Init::GlorotUniform { fan_in: z, fan_out: out });
        let bias = layout.param(module, "bias", &[out], Init::Constant(0.0));
        // The reshape and the leaky ReLU count as modules.
        layout.module();
        layout.module();
        let mut stack = Stack::new(style(config));
        let kernel = Kernel { size: config.kernel as usize, stride: 2 };
        for stage in (0..stages).rev() {
            let c = width << stage;
            stack.conv_transpose(&mut layout, [2 * c, c], kernel);
            if config.norm == Norm::Batch {
                stack.batch_norm(&mut layout, c);
            }
            stack.activation(&mut layout, Activation::LeakyRelu);
        }
        stack.conv_transpose(&mut layout, [width, 3], Kernel { stride: 1, ..kernel });
        stack.activation(&mut layout, Activation::Tanh);
        Self {
            layout,
            project: (weight, Some(bias)),
            base,
            base_channels,
            dense: true,
            stack,
            // Its activation is no layer of the stack.
            first_layers: 0,
            latent_size: z,
            side: config.size as usize,
        }
    }

    /// DCGAN: z -> 4x4, transposed convolutions with batch normalisation and ReLU, tanh. Optionally sub-pixel doubling, a
    /// stage at full size and gates.
    fn dcgan(config: &ModelConfig) -> Self {
        let (base, width, z) = (4, config.g_width as usize, config.latent_size as usize);
        let stages = (config.size as usize / base).ilog2() as usize;
        // Stages after the first whose maps are not yet colours; the last of them has `width` channels.
        let hidden = if config.full_stage { stages } else { stages - 1 };
        let channels = |stage: usize| width << (hidden - stage);
        let base_channels = channels(0);
        let mut layout = Layout::default();
        let mut stack = Stack::new(style(config));
        let module = layout.module();
        let shape = [z, base_channels, base, base];
        let weight = layout.param(module, "weight", &shape, Init::Normal { mean: 0.0, std: 0.02 });
        let bias =
            (config.norm == Norm::None).then(|| layout.param(module, "bias", &[base_channels], Init::Constant(0.0)));
        let normalised = |stack: &mut Stack, layout: &mut Layout, c: usize| {
            if config.norm == Norm::Batch {
                stack.batch_norm(layout, c);
            }
            stack.activation(layout, Activation::Relu);
        };
        normalised(&mut stack, &mut layout, base_channels);
        let first_layers = stack.len();
        let gates = gates(config, hidden);
        // Of each kept map its number and its stage.
        let mut kept: Vec<(usize, usize)> = Vec::new();
        let keep = |stack: &mut Stack, stage: usize, kept: &mut Vec<(usize, usize)>| {
            if gates.iter().any(|(from, _)| *from == stage) {
                kept.push((stack.keep(), stage));
            }
        };
        keep(&mut stack, 0, &mut kept);
        let kernel = Kernel { size: config.kernel as usize, stride: 2 };
        let double = |stack: &mut Stack, layout: &mut Layout, channels| match config.upsample {
            Upsample::Transposed => stack.conv_transpose(layout, channels, kernel),
            Upsample::SubPixel => stack.sub_pixel(layout, channels),
        };
        for stage in 1..=hidden {
            let c = channels(stage);
            double(&mut stack, &mut layout, [channels(stage - 1), c]);
            normalised(&mut stack, &mut layout, c);
            for &(number, from) in kept.iter().filter(|(_, from)| gates.contains(&(*from, stage))) {
                stack.gate(&mut layout, number, 1 << from, [channels(from), c]);
            }
            keep(&mut stack, stage, &mut kept);
        }
        if config.full_stage {
            stack.conv_transpose(&mut layout, [width, 3], Kernel { size: 3, stride: 1 });
        } else {
            double(&mut stack, &mut layout, [width, 3]);
        }
        stack.activation(&mut layout, Activation::Tanh);
        Self {
            layout,
            project: (weight, bias),
            base,
            base_channels,
            dense: false,
            stack,
            first_layers,
            latent_size: z,
            side: config.size as usize,
        }
    }

    /// From now on convolutions multiply 16-bit numbers while training.
    pub(crate) fn use_half(&mut self) {
        self.stack.use_half();
    }

    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Components of a latent vector.
    pub fn latent_size(&self) -> usize {
        self.latent_size
    }

    /// Multiplications of each layer for one picture, the projection first.
    pub fn products(&self) -> Vec<u64> {
        let mut found = vec![(self.latent_size * self.base_channels * self.base * self.base) as u64];
        found.extend(self.stack.products(self.base));
        found
    }

    /// Side of the pictures in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Latents `z` (B x latent size) to pictures (B x 3 x side x side, in [-1, 1]). `params` are those of
    /// [`Weights::params`] or tracked copies of them; running statistics in `stats` move in [`Mode::Train`].
    pub(crate) fn forward(&self, z: Tensor<2>, params: &[Tensor<1>], stats: &mut [Tensor<1>], mode: Mode) -> Tensor<4> {
        self.stack.forward(self.project(z, params), params, stats, mode)
    }

    /// The first map, without the layers of the stack: B x base channels x base x base.
    fn project(&self, z: Tensor<2>, params: &[Tensor<1>]) -> Tensor<4> {
        let [batch, _] = z.dims();
        let (c, side) = (self.base_channels, self.base);
        let (weight, bias) = self.project;
        let flat = if self.dense {
            // [B, z] x [z, C*8*8]
            z.matmul(params[weight].clone().reshape([c * side * side, self.latent_size]).transpose())
        } else {
            // [B, z] x [z, C*4*4]
            z.matmul(params[weight].clone().reshape([self.latent_size, c * side * side]))
        };
        match (bias, self.dense) {
            (Some(bias), true) => {
                let flat = flat + params[bias].clone().reshape([1, c * side * side]);
                activate(flat.reshape([batch, c, side, side]), Activation::LeakyRelu)
            }
            (Some(bias), false) => flat.reshape([batch, c, side, side]) + params[bias].clone().reshape([1, c, 1, 1]),
            (None, _) => flat.reshape([batch, c, side, side]),
        }
    }

    /// What the first stage makes of `z` (B x latent size): projection, normalisation by the running statistics and
    /// activation, as in [`Self::render`]. B x (base channels * base * base).
    pub(crate) fn first_stage(&self, z: Tensor<2>, weights: &Weights) -> Tensor<2> {
        let mut stats = weights.stats.clone();
        let x = self.project(z, &weights.params);
        let x = self.stack.first(self.first_layers, x, &weights.params, &mut stats, Mode::Eval);
        x.flatten(1, 3)
    }

    /// Pictures for showing: running statistics, no gradients.
    pub(crate) fn render(&self, z: Tensor<2>, weights: &Weights) -> Tensor<4> {
        let mut stats = weights.stats.clone();
        self.forward(z, &weights.params, &mut stats, Mode::Eval)
    }
}

/// Which stage gates which, as `(from, to)`; stage 0 is the 4x4 map and each later one has twice the side. A map gates the one
/// of 16 times its side (4 to 64, 8 to 128, as in FastGAN); where the pictures are too small for that, the first gates the
/// last.
fn gates(config: &ModelConfig, hidden: usize) -> Vec<(usize, usize)> {
    const APART: usize = 4;
    match config.excitation {
        false => Vec::new(),
        true if hidden < APART => vec![(0, hidden)],
        true => (APART..=hidden).map(|to| (to - APART, to)).collect(),
    }
}
