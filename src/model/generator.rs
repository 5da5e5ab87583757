//! From latent vectors to pictures.

use super::builder::NetworkBuilder;
use super::init::Init;
use super::layer::{Activation, Moved};
use super::layout::{Layout, Weights};
use super::stack::{Pass, Stack, activate};
use super::style::style;
use crate::compute::{Kernel, Shape};
use crate::config::{Family, ModelConfig, Norm, Upsample};
use burn::tensor::Tensor;

/// The generator's description: a projection of the latent vector to a small map, then stages that double its side.
#[derive(Debug, Clone)]
pub(crate) struct Generator {
    layout: Layout,
    /// Indices of the projection's weight and bias.
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
    /// The network that these settings describe.
    pub(crate) fn new(config: &ModelConfig) -> Self {
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
        let mut net = NetworkBuilder::new(style(config));
        let module = net.layout.module();
        let out = base_channels * base * base;
        let weight = net.layout.param(module, "weight", &[out, z], Init::GlorotUniform { fan_in: z, fan_out: out });
        let bias = net.layout.param(module, "bias", &[out], Init::Constant(0.0));
        // The reshape and the leaky ReLU count as modules.
        net.layout.module();
        net.layout.module();
        let kernel = Kernel { size: config.kernel as usize, stride: 2 };
        for stage in (0..stages).rev() {
            let c = width << stage;
            net.conv_transpose([2 * c, c], kernel);
            net.activated(c, config.norm == Norm::Batch, Activation::LeakyRelu);
        }
        net.conv_transpose([width, 3], Kernel { stride: 1, ..kernel });
        net.activation(Activation::Tanh);
        let (layout, stack) = net.finish();
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

    /// DCGAN: z -> 4x4, transposed convolutions with batch normalisation and ReLU, tanh. Optionally sub-pixel doubling,
    /// a stage at full size and gates.
    fn dcgan(config: &ModelConfig) -> Self {
        let (base, width, z) = (4, config.g_width as usize, config.latent_size as usize);
        let doublings = (config.size as usize / base).ilog2() as usize;
        // Stages after the first whose maps are not yet colours; the last of them has `width` channels.
        let hidden = if config.full_stage { doublings } else { doublings - 1 };
        let base_channels = width << hidden;
        let mut net = NetworkBuilder::new(style(config));
        let module = net.layout.module();
        let shape = [z, base_channels, base, base];
        let weight = net.layout.param(module, "weight", &shape, Init::Normal { mean: 0.0, std: 0.02 });
        let bias = (config.norm == Norm::None)
            .then(|| net.layout.param(module, "bias", &[base_channels], Init::Constant(0.0)));
        net.activated(base_channels, config.norm == Norm::Batch, Activation::Relu);
        let first_layers = net.len();
        hidden_stages(&mut net, config, hidden);
        if config.full_stage {
            net.conv_transpose([width, 3], Kernel { size: 3, stride: 1 });
        } else {
            double(&mut net, config, [width, 3]);
        }
        net.activation(Activation::Tanh);
        let (layout, stack) = net.finish();
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

    /// From now on convolutions multiply 16-bit numbers in [`Self::train`] and [`Self::frozen`].
    pub(crate) fn use_half(&mut self) {
        self.stack.use_half(true);
    }

    /// Names and shapes of everything that the network stores.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Components of a latent vector.
    pub(crate) fn latent_size(&self) -> usize {
        self.latent_size
    }

    /// Multiplications of each layer for one picture, the projection first.
    pub(crate) fn products(&self) -> Vec<u64> {
        let mut found = vec![(self.latent_size * self.base_channels * self.base * self.base) as u64];
        found.extend(self.stack.products(self.base));
        found
    }

    /// Its convolutions.
    pub(crate) fn convolutions(&self) -> Vec<Shape> {
        self.stack.convolutions(self.base)
    }

    /// Numbers of the maps of one picture, that of the projection first.
    pub(crate) fn map_values(&self) -> u64 {
        (self.base_channels * self.base * self.base) as u64 + self.stack.map_values(self.base_channels, self.base)
    }

    /// What each layer moves for one picture, without the projection, whose map is small; in mixed precision where
    /// `half`.
    pub(crate) fn moved(&self, half: bool) -> Vec<Moved> {
        self.stack.moved(self.base_channels, self.base, half)
    }

    /// Side of the pictures in pixels.
    pub(crate) fn side(&self) -> usize {
        self.side
    }

    /// Latents `z` (B x latent size) to pictures (B x 3 x side x side, in [-1, 1]) as training does it: normalised by
    /// the batch, whose statistics move the running ones in `stats`. `params` are tracked copies of
    /// [`Weights::params`].
    pub(crate) fn train(&self, z: Tensor<2>, params: &[Tensor<1>], stats: &mut [Tensor<1>]) -> Tensor<4> {
        self.forward(z, params, Pass::Train(stats, 1))
    }

    /// The pictures of [`Self::train`], and nothing moves.
    pub(crate) fn frozen(&self, z: Tensor<2>, weights: &Weights) -> Tensor<4> {
        self.forward(z, &weights.params, Pass::Frozen(&weights.stats))
    }

    /// The statistics of the batch that `z` (B x latent size) gives, in the order of [`Weights::stats`].
    pub(crate) fn calibrate(&self, z: Tensor<2>, weights: &Weights) -> Vec<Tensor<1>> {
        let mut stats = weights.stats.clone();
        self.forward(z, &weights.params, Pass::Calibrate(&mut stats));
        stats
    }

    /// The same weights with the mean of the statistics of these batches (each B x latent size) as their own. Those of
    /// other weights do not fit, however near: averaged weights, for instance, give maps that vary less (Izmailov et
    /// al. 2018 measure them anew for the same reason).
    pub(crate) fn settled(&self, weights: &Weights, batches: impl Iterator<Item = Tensor<2>>) -> Weights {
        let found: Vec<_> = batches.map(|z| self.calibrate(z, weights)).collect();
        let mut settled = weights.clone();
        for (index, stat) in settled.stats.iter_mut().enumerate() {
            if let Some(sum) = found.iter().map(|stats| stats[index].clone()).reduce(|a, b| a + b) {
                *stat = sum / found.len() as f64;
            }
        }
        settled
    }

    /// Pictures for showing: normalised by the running statistics, so that none depends on the others. Nothing moves.
    pub(crate) fn evaluate(&self, z: Tensor<2>, weights: &Weights) -> Tensor<4> {
        self.forward(z, &weights.params, Pass::Evaluate(&weights.stats))
    }

    /// What the first stage makes of `z` (B x latent size): projection, normalisation by the running statistics and
    /// activation, as in [`Self::evaluate`]. B x (base channels * base * base).
    pub(crate) fn first_stage(&self, z: Tensor<2>, weights: &Weights) -> Tensor<2> {
        self.map(self.first_layers, z, weights).flatten(1, 3)
    }

    /// What the first `count` layers of the stack make of `z` (B x latent size), as in [`Self::evaluate`].
    pub(super) fn map(&self, count: usize, z: Tensor<2>, weights: &Weights) -> Tensor<4> {
        let x = self.project(z, &weights.params);
        self.stack.first(count, x, &weights.params, Pass::Evaluate(&weights.stats))
    }

    fn forward(&self, z: Tensor<2>, params: &[Tensor<1>], pass: Pass<'_>) -> Tensor<4> {
        self.stack.forward(self.project(z, params), params, pass)
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
}

/// DCGAN's stages after the first, each with twice the side and half the channels, with the gates between them.
fn hidden_stages(net: &mut NetworkBuilder, config: &ModelConfig, hidden: usize) {
    let channels = |stage: usize| (config.g_width as usize) << (hidden - stage);
    let gates = gates(config, hidden);
    // The number of each stage's map, where it was kept.
    let mut kept = vec![None; hidden + 1];
    for stage in 0..=hidden {
        if stage > 0 {
            double(net, config, [channels(stage - 1), channels(stage)]);
            net.activated(channels(stage), config.norm == Norm::Batch, Activation::Relu);
        }
        for &(from, _) in gates.iter().filter(|(_, to)| *to == stage) {
            if let Some(number) = kept[from] {
                net.gate(number, 1 << from, [channels(from), channels(stage)]);
            }
        }
        if gates.iter().any(|(from, _)| *from == stage) {
            kept[stage] = Some(net.keep());
        }
    }
}

/// A layer that doubles the side, of the configured kind.
fn double(net: &mut NetworkBuilder, config: &ModelConfig, channels: [usize; 2]) {
    match config.upsample {
        Upsample::Transposed => net.conv_transpose(channels, Kernel { size: config.kernel as usize, stride: 2 }),
        Upsample::SubPixel => net.sub_pixel(channels),
    }
}

/// Which stage gates which, as `(from, to)`; stage 0 is the 4x4 map and each later one has twice the side. A map gates
/// the one of 16 times its side (4 to 64, 8 to 128, as in FastGAN); where the pictures are too small for that, the
/// first gates the last.
fn gates(config: &ModelConfig, hidden: usize) -> Vec<(usize, usize)> {
    const APART: usize = 4;
    match config.excitation {
        false => Vec::new(),
        true if hidden < APART => vec![(0, hidden)],
        true => (APART..=hidden).map(|to| (to - APART, to)).collect(),
    }
}
