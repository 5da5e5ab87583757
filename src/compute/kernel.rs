//! The kernels of convolutions, and how batches are normalised.

/// A square kernel and how it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    /// Height and width.
    pub size: usize,
    /// 1 keeps the side of the picture, 2 halves it (or doubles it, transposed).
    pub stride: usize,
}

impl Kernel {
    /// Zeros around the picture, so that stride 1 keeps and stride 2 exactly halves or doubles an even side.
    pub(crate) fn padding(self) -> usize {
        (self.size - 1) / 2
    }

    /// Rows and columns that a transposed convolution adds at the end: odd kernels need one to double the side.
    pub(crate) fn output_padding(self) -> usize {
        self.stride + 2 * self.padding() - self.size
    }
}

/// What a layer with a convolution does.
#[derive(Debug, Clone, Copy)]
pub struct ConvLayer {
    /// Of the convolution.
    pub kernel: Kernel,
    /// It is a transposed one.
    pub up: bool,
    /// It multiplies 16-bit numbers, adds up in 32 bits, and gives a map of 16. For GPUs that have such numbers.
    pub half: bool,
    /// Slope for negative values of the leaky ReLU behind it; 1 is none.
    pub leak: f64,
}

/// Batch normalisation by the batch's own statistics, and the leaky ReLU behind it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normalisation {
    /// Added to the variance.
    pub epsilon: f64,
    /// Slope for negative values: 0 is ReLU, 1 is none.
    pub leak: f64,
    /// How many batches lie behind each other, each normalised by its own statistics.
    pub batches: usize,
    /// Share of each batch's statistics in the running ones: 0 leaves those as they are, 1 replaces them.
    pub momentum: f64,
    /// The result is of 16 bits, for GPUs that have such numbers. Statistics are of 32.
    pub half: bool,
}
