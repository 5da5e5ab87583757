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

/// Everything that a network stores. Filled while a network is described.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    pub params: Vec<ParamShape>,
    /// Batch normalisation's running mean and variance, in pairs: names and channels.
    pub stats: Vec<(String, usize)>,
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
        self.params.push(ParamShape { name: format!("main.{module}.{name}"), shape: shape.to_vec(), init });
        self.params.len() - 1
    }

    /// Registers a pair of running statistics; returns the place of the mean, the variance follows it.
    pub(super) fn running_stats(&mut self, module: usize, channels: usize) -> usize {
        self.stats.push((format!("main.{module}.running_mean"), channels));
        self.stats.push((format!("main.{module}.running_var"), channels));
        self.stats.len() - 2
    }

    /// Trainable numbers in all.
    pub fn parameter_count(&self) -> usize {
        self.params.iter().map(|p| p.shape.iter().product::<usize>()).sum()
    }

    /// Freshly drawn weights. `stream` tells networks of one run apart; equal arguments give equal weights everywhere,
    /// because the numbers are drawn on the CPU.
    pub fn init(&self, seed: u64, stream: u64, device: &Device) -> Weights {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        let params = self
            .params
            .iter()
            .map(|p| {
                let count: usize = p.shape.iter().product();
                flat(super::init::draw(p.init, count, &mut rng), device)
            })
            .collect();
        let stats = (0..self.stats.len())
            .map(|i| {
                // Means start at 0, variances at 1.
                let start = (i % 2) as f32;
                flat(vec![start; self.stats[i].1], device)
            })
            .collect();
        Weights { params, stats }
    }

    /// `(name, shape)` of every tensor of [`Weights`], parameters first.
    pub fn names(&self) -> impl Iterator<Item = (&str, Vec<usize>)> {
        let params = self.params.iter().map(|p| (p.name.as_str(), p.shape.clone()));
        params.chain(self.stats.iter().map(|(name, channels)| (name.as_str(), vec![*channels])))
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
    pub fn tracked(&self) -> Vec<Tensor<1>> {
        self.params.iter().map(|p| p.clone().autodiff().require_grad()).collect()
    }

    /// The parameters as constants inside a recorded computation: gradients flow through, none are kept.
    pub fn constants(&self) -> Vec<Tensor<1>> {
        self.params.iter().map(|p| p.clone().autodiff()).collect()
    }
}

/// A one-dimensional tensor of these values.
pub(crate) fn flat(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
