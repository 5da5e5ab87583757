//! What a layer is: what it does and which parameters it uses, without their numbers.

use crate::compute::Kernel;

/// PyTorch's default and TensorFlow's usual choice in the tutorial.
pub(crate) const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Slope of the leaky ReLU for negative values, as in the DCGAN paper and the tutorial.
pub(super) const LEAK: f64 = 0.2;
/// Side of the map that a gate reads (Liu et al. 2021, "FastGAN").
pub(super) const GATE_SIDE: usize = 4;

/// One layer. Numbers are indices into a network's parameters or running statistics.
#[derive(Debug, Clone, Copy)]
pub(super) enum Layer {
    Conv(ConvParams),
    ConvTranspose(ConvParams),
    /// A transposed convolution of kernel 4 and stride 2 whose weights come from 3x3 ones; see `sub_pixel`.
    SubPixel(ConvParams),
    /// `stats` is the index of the running mean; the variance follows it.
    BatchNorm {
        gamma: usize,
        beta: usize,
        stats: usize,
    },
    Activation(Activation),
    /// Keeps the map for a later layer.
    Keep(usize),
    /// The end of a shortcut: adds the kept map at half its side, through a 1x1 convolution, and divides by sqrt(2),
    /// which keeps the variance of a sum of two unrelated signals.
    Join {
        kept: usize,
        conv: ConvParams,
    },
    /// Multiplies each channel by a number that the kept map decides; see [`super::GateInfo`].
    Gate(Gate),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Activation {
    Relu,
    LeakyRelu,
    Tanh,
}

impl Activation {
    /// Its slope for negative values, if it is a (leaky) ReLU.
    pub(super) fn leak(self) -> Option<f64> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu => Some(LEAK),
            Self::Tanh => None,
        }
    }
}

/// Bytes of maps that the kernels of a layer read and write on a GPU for one picture, each kernel all of its maps once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub forward: u64,
    /// Backward through activations, normalisation and gates.
    pub slopes: u64,
    /// The gradient of the map that a convolution sees.
    pub back: u64,
    /// The gradient of its weights.
    pub weights: u64,
}

/// A convolution, and the indices of its parameters.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConvParams {
    pub weight: usize,
    pub bias: Option<usize>,
    pub kernel: Kernel,
    /// In, out.
    pub channels: [usize; 2],
    /// Under spectral normalisation: the index of the statistic that holds the left singular vector.
    pub spectral: Option<usize>,
}

impl ConvParams {
    /// Multiplications for a map whose smaller side, before or after the layer, is `side`.
    pub(super) fn products(&self, side: usize) -> u64 {
        let [c_in, c_out] = self.channels;
        (c_in * c_out * self.kernel.size * self.kernel.size * side * side) as u64
    }
}

/// A gate and the indices of its two weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    /// Number of the kept map that decides.
    pub kept: usize,
    /// Side of the squares that it is averaged over.
    pub pool: usize,
    pub first: usize,
    pub second: usize,
    /// Channels of the kept map.
    pub inputs: usize,
    /// Channels that are multiplied.
    pub channels: usize,
}

impl Gate {
    /// Numbers of the kept map after averaging.
    pub(super) fn features(&self) -> usize {
        self.inputs * GATE_SIDE * GATE_SIDE
    }

    /// Multiplications for one picture.
    pub(super) fn products(&self) -> u64 {
        (self.channels * (self.features() + self.channels)) as u64
    }
}
