//! The two convolutions a GAN is made of. The only place that knows how they are computed.

use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// A square kernel and how it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kernel {
    pub size: usize,
    /// 1 keeps the side of the picture, 2 halves it (or doubles it, transposed).
    pub stride: usize,
}

impl Kernel {
    /// Zeros around the picture, so that stride 1 keeps and stride 2 exactly halves or doubles an even side.
    pub(super) fn padding(self) -> usize {
        (self.size - 1) / 2
    }

    /// Rows and columns that a transposed convolution adds at the end: odd kernels need one more to double the side.
    pub(super) fn output_padding(self) -> usize {
        self.stride + 2 * self.padding() - self.size
    }
}

/// `x` is B x Cin x H x W, `weight` Cout x Cin x K x K; gives B x Cout x H/stride x W/stride.
pub(super) fn conv(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, kernel: Kernel) -> Tensor<4> {
    let p = kernel.padding();
    module::conv2d(x, weight, bias, ConvOptions::new([kernel.stride; 2], [p; 2], [1, 1], 1))
}

/// `x` is B x Cin x H x W, `weight` Cin x Cout x K x K; gives B x Cout x H*stride x W*stride: the exact mirror of
/// [`conv`].
pub(super) fn conv_transpose(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, kernel: Kernel) -> Tensor<4> {
    let p = kernel.padding();
    let extra = kernel.output_padding();
    let options = ConvTransposeOptions::new([kernel.stride; 2], [p; 2], [extra; 2], [1, 1], 1);
    module::conv_transpose2d(x, weight, bias, options)
}
