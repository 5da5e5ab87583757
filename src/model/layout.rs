//! Names and shapes of a network's numbers, and the numbers themselves.

use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Init {
    Constant(f32),
    /// N(mean, std).
    Normal {
        mean: f32,
        std: f32,
    },
    /// N(0, std), redrawn beyond two standard deviations.
    TruncatedNormal {
        std: f32,
    },
    /// N(0, 2 / ((1 + leak^2) inputs)), which keeps the size of signals through a leaky ReLU of slope 0.2 without any
    /// normalisation: He et al. 2015.
    He {
        inputs: usize,
    },
    /// U(-a, a), a = sqrt(6 / (fan in + fan out)): Glorot and Bengio 2010.
    GlorotUniform {
        fan_in: usize,
        fan_out: usize,
    },
}

/// One trainable tensor: its PyTorch name, its shape in PyTorch's layout, and how it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamShape {
    pub name: String,
    pub shape: Vec<usize>,
    pub init: Init,
}

/// One tensor that is no parameter but follows the training: a running mean or variance, or the direction in which a
/// layer stretches most.
#[derive(Debug, Clone, PartialEq)]
pub struct StatShape {
    pub name: String,
    /// It is a vector of so many numbers.
    pub len: usize,
    pub start: Init,
}

/// Everything that a network stores. Filled while a network is described.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub params: Vec<ParamShape>,
    /// Running statistics; of batch normalisation the variance follows the mean.
    pub stats: Vec<StatShape>,
    modules: usize,
}

impl Layout {
    /// The number of the next module, as `nn.Sequential` counts them (activations count too).
    pub(super) fn module(&mut self) -> usize {
        self.modules += 1;
        self.modules - 1
    }

    /// Registers a parameter; returns its place.
    pub(super) fn param(&mut self, module: usize, name: &str, shape: &[usize], init: Init) -> usize {
        self.named_param(format!("main.{module}.{name}"), shape, init)
    }

    /// Registers a parameter that is no part of the sequence of modules.
    pub(super) fn named_param(&mut self, name: String, shape: &[usize], init: Init) -> usize {
        self.params.push(ParamShape { name, shape: shape.to_vec(), init });
        self.params.len() - 1
    }

    /// Registers a pair of running statistics; returns the place of the mean, the variance follows it.
    pub(super) fn running_stats(&mut self, module: usize, channels: usize) -> usize {
        self.stat(module, "running_mean", channels, Init::Constant(0.0));
        self.stat(module, "running_var", channels, Init::Constant(1.0)) - 1
    }

    /// Registers a tensor that follows the training; returns its place.
    pub(super) fn stat(&mut self, module: usize, name: &str, len: usize, start: Init) -> usize {
        self.stats.push(StatShape { name: format!("main.{module}.{name}"), len, start });
        self.stats.len() - 1
    }

    /// Trainable numbers in all.
    pub(crate) fn parameter_count(&self) -> usize {
        self.params.iter().map(|p| p.shape.iter().product::<usize>()).sum()
    }

    /// Freshly drawn weights. `stream` tells networks of one run apart; equal arguments give equal weights everywhere,
    /// because the numbers are drawn on the CPU.
    pub(crate) fn init(&self, seed: u64, stream: u64, device: &Device) -> Weights {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let mut drawn = |init, count| flat(super::init::draw(init, count, &mut rng), device);
        let params = self.params.iter().map(|p| drawn(p.init, p.shape.iter().product())).collect();
        let stats = self.stats.iter().map(|s| drawn(s.start, s.len)).collect();
        Weights { params, stats }
    }

    /// `(name, shape)` of every tensor of [`Weights`], parameters first.
    pub fn names(&self) -> impl Iterator<Item = (&str, Vec<usize>)> {
        let params = self.params.iter().map(|p| (p.name.as_str(), p.shape.clone()));
        params.chain(self.stats.iter().map(|s| (s.name.as_str(), vec![s.len])))
    }
}

/// The numbers of one network, each tensor flat, in the order of its [`Layout`]. Cloning copies handles, not numbers.
#[derive(Debug, Clone)]
pub struct Weights {
    pub params: Vec<Tensor<1>>,
    pub stats: Vec<Tensor<1>>,
}

impl Weights {
    /// All tensors, parameters first: the order of [`Layout::names`].
    pub fn tensors(&self) -> impl Iterator<Item = &Tensor<1>> {
        self.params.iter().chain(&self.stats)
    }

    /// Copies of the parameters that record what is done with them, for one backward pass.
    pub(crate) fn tracked(&self) -> Vec<Tensor<1>> {
        self.params.iter().map(|p| p.clone().autodiff().require_grad()).collect()
    }

    /// The parameters as constants inside a recorded computation: gradients flow through, none are kept.
    pub(crate) fn constants(&self) -> Vec<Tensor<1>> {
        self.params.iter().map(|p| p.clone().autodiff()).collect()
    }
}

/// A one-dimensional tensor of these values.
pub(crate) fn flat(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
