//! Names and shapes of a network's numbers, and the numbers themselves.

use super::init::{Init, draw};
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// One trainable tensor: its PyTorch name, its shape in PyTorch's layout, and how it starts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParamShape {
    /// As in PyTorch: `main.3.weight`.
    pub name: String,
    /// Sides in PyTorch's order; the numbers are row-major.
    pub shape: Vec<usize>,
    /// What it is drawn from.
    pub init: Init,
}

/// One tensor that is no parameter but follows the training: a running mean or variance, or the direction in which a
/// layer stretches most.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StatShape {
    /// As in PyTorch: `main.4.running_mean`.
    pub name: String,
    /// How many numbers the vector has.
    pub len: usize,
    /// What it starts from.
    pub start: Init,
}

impl StatShape {
    /// Whether it is a mean over the batch, which can be averaged over several batches. The others are directions,
    /// which follow from the weights.
    pub(crate) fn is_mean(&self) -> bool {
        self.name.ends_with(".running_mean") || self.name.ends_with(".running_var")
    }
}

/// Everything that a network stores. Filled while a network is described.
#[derive(Debug, Clone, Default)]
pub(crate) struct Layout {
    /// Trainable tensors.
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

    /// Registers a parameter; returns its index.
    pub(super) fn param(&mut self, module: usize, name: &str, shape: &[usize], init: Init) -> usize {
        self.named_param(format!("main.{module}.{name}"), shape, init)
    }

    /// Registers a parameter outside the sequence of modules; returns its index.
    pub(crate) fn named_param(&mut self, name: String, shape: &[usize], init: Init) -> usize {
        self.params.push(ParamShape { name, shape: shape.to_vec(), init });
        self.params.len() - 1
    }

    /// Registers a pair of running statistics; returns the index of the mean; the variance follows it.
    pub(super) fn running_stats(&mut self, module: usize, channels: usize) -> usize {
        self.stat(module, "running_mean", channels, Init::Constant(0.0));
        self.stat(module, "running_var", channels, Init::Constant(1.0)) - 1
    }

    /// Registers a tensor that follows the training; returns its index.
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
        let mut drawn = |init, count| flat(draw(init, count, &mut rng), device);
        let params = self.params.iter().map(|p| drawn(p.init, p.shape.iter().product())).collect();
        let stats = self.stats.iter().map(|s| drawn(s.start, s.len)).collect();
        Weights { params, stats }
    }

    /// `(name, shape)` of every tensor of [`Weights`], parameters first.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Vec<usize>)> {
        let params = self.params.iter().map(|p| (p.name.as_str(), p.shape.clone()));
        params.chain(self.stats.iter().map(|s| (s.name.as_str(), vec![s.len])))
    }
}

/// The numbers of one network, each tensor flat, in the order of its [`Layout`]. Cloning copies handles, not numbers.
#[derive(Debug, Clone)]
pub struct Weights {
    /// Trainable tensors, as in [`Layout::params`].
    pub params: Vec<Tensor<1>>,
    /// Running statistics, as in [`Layout::stats`].
    pub stats: Vec<Tensor<1>>,
}

impl Weights {
    /// All tensors, parameters first: the order of [`Layout::names`].
    pub(crate) fn tensors(&self) -> impl Iterator<Item = &Tensor<1>> {
        self.params.iter().chain(&self.stats)
    }

    /// Copies of the parameters that record what is done with them, for one backward pass.
    pub(crate) fn tracked(&self) -> Vec<Tensor<1>> {
        self.tracked_after(0)
    }

    /// The same, with the first `frozen` parameters as constants: no gradients are computed for them, and none for the
    /// layers that only they take part in.
    pub(crate) fn tracked_after(&self, frozen: usize) -> Vec<Tensor<1>> {
        let copies = self.params.iter().map(|p| p.clone().autodiff());
        copies.enumerate().map(|(i, p)| if i < frozen { p } else { p.require_grad() }).collect()
    }

    /// The same weights as constants inside a recorded computation: gradients flow through, none are kept.
    pub(crate) fn constants(&self) -> Self {
        let constants = |tensors: &[Tensor<1>]| tensors.iter().map(|t| t.clone().autodiff()).collect();
        Self { params: constants(&self.params), stats: constants(&self.stats) }
    }
}

/// A one-dimensional tensor of these values.
pub(crate) fn flat(values: Vec<f32>, device: &Device) -> Tensor<1> {
    let count = values.len();
    Tensor::from_data(TensorData::new(values, [count]), device)
}
