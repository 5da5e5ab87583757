//! The kernels of convolutions.

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
