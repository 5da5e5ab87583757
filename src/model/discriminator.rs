//! From pictures to one number each: how real they look.

use super::builder::NetworkBuilder;
use super::init::Init;
use super::layer::{Activation, Moved};
use super::layout::{Layout, StatShape, Weights};
use super::spectral;
use super::stack::{Pass, Stack};
use super::style::discriminator_style;
use crate::compute::{Kernel, Shape, ops};
use crate::config::{DNorm, Family, ModelConfig};
use burn::tensor::Tensor;

/// The discriminator's description: stages that halve the side, then one linear layer over what is left.
#[derive(Debug, Clone)]
pub struct Discriminator {
    layout: Layout,
    stack: Stack,
    /// Indices of the last layer's weight and bias.
    head: (usize, Option<usize>),
    /// Where each stage ends, the one next to the picture first: how many parameters and layers there are up to there.
    stages: Vec<[usize; 2]>,
    /// Numbers that the last layer reads.
    features: usize,
    /// Side of the pictures in pixels.
    side: usize,
}

impl Discriminator {
    /// The network that these settings describe.
    pub(crate) fn new(config: &ModelConfig) -> Self {
        match config.family {
            Family::Article => Self::article(config),
            Family::Dcgan => Self::dcgan(config),
        }
    }

    /// The 2018 tutorial: 5x5 convolutions down to 8x8, the last but one at stride 1, then a dense layer.
    fn article(config: &ModelConfig) -> Self {
        let (base, width, size) = (8, config.d_width as usize, config.kernel as usize);
        let halvings = (config.size as usize / base).ilog2() as usize;
        let mut net = NetworkBuilder::new(discriminator_style(config));
        let (mut channels, mut stages) = (3, Vec::new());
        // One more stage than halvings: the stage before the last keeps the side.
        for stage in 0..=halvings {
            let stride = if stage + 1 == halvings { 1 } else { 2 };
            let next = width << stage;
            net.conv([channels, next], Kernel { size, stride });
            net.activated(next, normalises(config, stage), Activation::LeakyRelu);
            stages.push([net.layout.params.len(), net.len()]);
            channels = next;
        }
        let features = channels * base * base;
        // Flattening counts as a module.
        net.layout.module();
        let module = net.layout.module();
        let init = Init::GlorotUniform { fan_in: features, fan_out: 1 };
        let weight = net.layout.param(module, "weight", &[1, features], init);
        let bias = net.layout.param(module, "bias", &[1], Init::Constant(0.0));
        let (layout, stack) = net.finish();
        Self { layout, stack, head: (weight, Some(bias)), stages, features, side: config.size as usize }
    }

    /// DCGAN: the generator's mirror, batch normalisation except at the first and last layer, leaky ReLU. Optionally a
    /// shortcut around each stage: the average of 2 x 2 pixels through a 1x1 convolution.
    fn dcgan(config: &ModelConfig) -> Self {
        let (base, width) = (4, config.d_width as usize);
        let halvings = (config.size as usize / base).ilog2() as usize;
        let mut net = NetworkBuilder::new(discriminator_style(config));
        let (mut channels, mut stages) = (3, Vec::new());
        for stage in 0..halvings {
            let next = width << stage;
            let kept = config.d_residual.then(|| net.keep());
            net.conv([channels, next], Kernel { size: config.kernel as usize, stride: 2 });
            net.activated(next, normalises(config, stage), Activation::LeakyRelu);
            if let Some(kept) = kept {
                net.join(kept, [channels, next]);
            }
            stages.push([net.layout.params.len(), net.len()]);
            channels = next;
        }
        let module = net.layout.module();
        let shape = [1, channels, base, base];
        let weight = net.layout.param(module, "weight", &shape, Init::Normal { mean: 0.0, std: 0.02 });
        let bias = (config.discriminator_norm() != DNorm::Batch)
            .then(|| net.layout.param(module, "bias", &[1], Init::Constant(0.0)));
        let features = channels * base * base;
        let (layout, stack) = net.finish();
        Self { layout, stack, head: (weight, bias), stages, features, side: config.size as usize }
    }

    /// Multiplications of each layer for one picture, the last layer's at the end.
    pub(crate) fn products(&self) -> Vec<u64> {
        let mut found = self.stack.products(self.side);
        found.push(self.features as u64);
        found
    }

    /// Its convolutions.
    pub(crate) fn convolutions(&self) -> Vec<Shape> {
        self.stack.convolutions(self.side)
    }

    /// Numbers of the maps of one picture, itself included.
    pub(crate) fn map_values(&self) -> u64 {
        (3 * self.side * self.side) as u64 + self.stack.map_values(3, self.side)
    }

    /// What each layer moves for one picture, the last one's at the end; in mixed precision where `half`.
    pub(crate) fn moved(&self, half: bool) -> Vec<Moved> {
        let mut found = self.stack.moved(3, self.side, half);
        let map = self.features as u64 * if half { 2 } else { 4 };
        found.push(Moved { forward: map, slopes: 0, back: map, weights: map });
        found
    }

    /// How many of [`Self::moved`] belong to these stages: the first ones.
    pub(crate) fn first_moved(&self, stages: u32) -> usize {
        self.first_stages(stages)[1]
    }

    /// From now on convolutions multiply 16-bit numbers in [`Self::train`] and [`Self::frozen`].
    pub(crate) fn use_half(&mut self) {
        self.stack.use_half(true);
    }

    /// The same network in 32 bits: derivatives need every call to be the same function.
    pub(crate) fn in_full_precision(&self) -> Self {
        let mut same = self.clone();
        same.stack.use_half(false);
        same
    }

    /// Names and shapes of everything that the network stores.
    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }

    /// Pictures (B x 3 x side x side) to logits (B), positive for real, as training does it: normalised by the batch,
    /// whose statistics move the running ones in `stats`. `params` are tracked copies of [`Weights::params`].
    pub(crate) fn train(&self, x: Tensor<4>, params: &[Tensor<1>], stats: &mut [Tensor<1>]) -> Tensor<1> {
        self.logits(x, params, Pass::Train(stats, 1))
    }

    /// The same for `batches` batches that lie behind each other in `x`, each normalised by its own statistics. Only
    /// where [`Self::takes_batches_together`].
    pub(crate) fn train_together(
        &self,
        x: Tensor<4>,
        batches: usize,
        params: &[Tensor<1>],
        stats: &mut [Tensor<1>],
    ) -> Tensor<1> {
        self.logits(x, params, Pass::Train(stats, batches))
    }

    /// The logits of [`Self::train`], and nothing moves.
    pub(crate) fn frozen(&self, x: Tensor<4>, weights: &Weights) -> Tensor<1> {
        self.logits(x, &weights.params, Pass::Frozen(&weights.stats))
    }

    /// Logits by the running statistics, so that none depends on the other pictures. Nothing moves.
    pub(crate) fn evaluate(&self, x: Tensor<4>, weights: &Weights) -> Tensor<1> {
        self.logits(x, &weights.params, Pass::Evaluate(&weights.stats))
    }

    fn logits(&self, x: Tensor<4>, params: &[Tensor<1>], pass: Pass<'_>) -> Tensor<1> {
        let bias = self.head.1.map(|index| params[index].clone());
        self.head(self.stack.forward(x, params, pass), bias, params)
    }

    /// The last layer: B x channels x 4 x 4, or what the last stage's map is, to B.
    pub(super) fn head(&self, map: Tensor<4>, bias: Option<Tensor<1>>, params: &[Tensor<1>]) -> Tensor<1> {
        let mut weight = params[self.head.0].clone();
        // As those of all other layers.
        if self.stack.is_spectral() {
            weight = spectral::normalise_row(weight);
        }
        ops::head(map, weight, bias)
    }

    pub(super) fn stack(&self) -> &Stack {
        &self.stack
    }

    /// What the first `count` layers of the stack make of `x` (B x 3 x side x side), as in [`Self::evaluate`].
    pub(super) fn map(&self, count: usize, x: Tensor<4>, weights: &Weights) -> Tensor<4> {
        self.stack.first(count, x, &weights.params, Pass::Evaluate(&weights.stats))
    }

    /// How many parameters the `stages` next to the picture have: the first ones of the layout. Of more stages than
    /// there are, those of all; the last layer belongs to none.
    pub(crate) fn first_params(&self, stages: u32) -> usize {
        self.first_stages(stages)[0]
    }

    /// How many of [`Self::products`] belong to these stages: the first ones.
    pub(crate) fn first_products(&self, stages: u32) -> usize {
        self.stack.products_of(self.first_stages(stages)[1], self.side).len()
    }

    fn first_stages(&self, stages: u32) -> [usize; 2] {
        let last = self.stages.len().min(stages as usize).checked_sub(1);
        last.map_or([0, 0], |last| self.stages[last])
    }

    /// Side of the map that a tensor's layer sees; none for a name that it does not have.
    pub(super) fn side_of(&self, name: &str) -> Option<usize> {
        let module = |name: &str| name.rsplit_once('.').map(|(module, _)| module.to_owned());
        let index = self.layout.params.iter().position(|p| module(&p.name) == module(name))?;
        let stage = self.stages.iter().position(|[params, _]| index < *params).unwrap_or(self.stages.len());
        Some(self.side >> stage)
    }

    /// Whether batches judged in one pass give what they give in one pass each: not where a pass moves the directions
    /// in which layers stretch most.
    pub(crate) fn takes_batches_together(&self) -> bool {
        self.layout.stats.iter().all(StatShape::is_mean)
    }

    /// Whether a picture's logit does not depend on the others of its batch and no statistics follow the training.
    pub(crate) fn judges_each_alone(&self) -> bool {
        self.layout.stats.is_empty()
    }

    /// Puts tanh in place of every leaky ReLU, for tests that need a smooth function.
    #[cfg(test)]
    pub(crate) fn make_smooth(&mut self) {
        for layer in &mut self.stack.layers {
            if let super::layer::Layer::Activation(activation) = layer {
                *activation = Activation::Tanh;
            }
        }
    }
}

/// Whether the stage is normalised by the batch.
fn normalises(config: &ModelConfig, stage: usize) -> bool {
    config.discriminator_norm() == DNorm::Batch && (stage > 0 || config.d_input_norm)
}

#[cfg(test)]
mod tests {
    use super::super::Generator;
    use super::*;
    use crate::config::{Norm, Preset};
    use burn::tensor::Device;

    fn preset(name: &str) -> ModelConfig {
        Preset::find(name).unwrap().config().model
    }

    #[test]
    fn article_128_has_the_published_parameter_counts() {
        let config = ModelConfig { d_input_norm: true, ..preset("article-128") };
        assert_eq!(Generator::new(&config).layout().parameter_count(), 24_034_819);
        assert_eq!(Discriminator::new(&config).layout().parameter_count(), 17_484_289);
    }

    #[test]
    fn classic_64_has_the_published_parameter_counts() {
        let config = preset("classic-64");
        assert_eq!(Generator::new(&config).layout().parameter_count(), 3_576_704);
        assert_eq!(Discriminator::new(&config).layout().parameter_count(), 2_765_568);
    }

    /// Every combination that the settings allow gives pictures of the right size and one logit each.
    #[test]
    fn every_combination_has_the_right_shapes() {
        let device = Device::flex();
        for family in [Family::Article, Family::Dcgan] {
            for size in [32, 64, 128] {
                for kernel in [3, 4, 5] {
                    for norm in [Norm::Batch, Norm::None] {
                        let config = ModelConfig {
                            family,
                            size,
                            kernel,
                            norm,
                            g_width: 4,
                            d_width: 4,
                            latent_size: 8,
                            ..ModelConfig::default()
                        };
                        if config.validate().is_err() {
                            continue;
                        }
                        let (g, d) = (Generator::new(&config), Discriminator::new(&config));
                        let (gw, mut dw) = (g.layout().init(1, 0, &device), d.layout().init(1, 1, &device));
                        let pictures = g.evaluate(Tensor::ones([2, 8], &device), &gw);
                        assert_eq!(pictures.dims(), [2, 3, size as usize, size as usize]);
                        let logits = d.train(pictures, &dw.params, &mut dw.stats);
                        assert_eq!(logits.dims(), [2]);
                    }
                }
            }
        }
    }

    /// PyTorch's example counts its modules like this; exported weights load there under these names.
    #[test]
    fn names_are_those_of_the_usual_pytorch_networks() {
        let config = preset("classic-64");
        let names = |layout: &Layout| layout.params.iter().map(|p| p.name.clone()).collect::<Vec<_>>();
        let g = names(Generator::new(&config).layout());
        assert_eq!(&g[..4], ["main.0.weight", "main.1.weight", "main.1.bias", "main.3.weight"]);
        assert_eq!(g.last().unwrap(), "main.12.weight");
        let d = names(Discriminator::new(&config).layout());
        assert_eq!(&d[..3], ["main.0.weight", "main.2.weight", "main.3.weight"]);
        assert_eq!(d.last().unwrap(), "main.11.weight");
    }

    /// A stage is its convolution, its normalisation and its shortcut; the head belongs to none.
    #[test]
    fn stages_are_counted_from_the_picture() {
        let config =
            ModelConfig { d_residual: true, d_norm: DNorm::None, size: 32, d_width: 4, ..preset("classic-64") };
        let d = Discriminator::new(&config);
        let names = |stages: u32| {
            let all = d.layout().params[..d.first_params(stages)].iter();
            all.map(|p| (p.name.clone(), p.shape.len())).filter(|(_, sides)| *sides > 1).map(|(name, _)| name)
        };
        assert_eq!(names(0).count(), 0);
        assert_eq!(names(1).collect::<Vec<_>>(), ["main.0.weight", "main.2.weight"]);
        assert_eq!(names(3).count(), 6);
        assert_eq!((d.first_params(7), d.first_params(3)), (d.layout().params.len() - 2, d.layout().params.len() - 2));
        assert_eq!((d.first_products(1), d.first_products(7), d.products().len()), (2, 6, 7));
    }
}
