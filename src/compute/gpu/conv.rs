//! Convolutions on GPUs: our own (`tiles`), and for those that halve or double a side (kernel 4, stride 2) equal ones
//! of the library's operations, which may be faster on some device.
//!
//! Seen in blocks of 2 x 2 pixels, each with four times the channels, such a convolution has kernel 2 and stride 1:
//! four shifted maps side by side, and one matrix product. That moves some fifteen times the map's bytes, where our own
//! kernels read it once; but the library's product may suit a device better than ours. `choice` measures which is
//! faster. Its own convolutions cannot be: they read two numbers from memory for each multiplication and addition, or
//! for four of them where channels are a multiple of four; ours 16 from shared memory for 64.

use super::algorithms::{GpuConvAlgorithm, HALVING};
use super::layer::layer;
use crate::compute::ConvLayer;
use burn::tensor::ops::PadMode;
use burn::tensor::{FloatDType, Tensor};

/// The convolution of a layer alone, or the transposed one; of 16 bits where the layer is.
pub fn conv(algorithm: GpuConvAlgorithm, x: Tensor<4>, weight: Tensor<4>, rule: ConvLayer) -> Tensor<4> {
    if algorithm != GpuConvAlgorithm::Slices || rule.kernel != HALVING {
        return layer(x, weight, None, ConvLayer { leak: 1.0, ..rule }, algorithm);
    }
    let product = if rule.up { up_by_slices } else { down_by_slices };
    if rule.half { product(x.cast(FloatDType::F16), weight.cast(FloatDType::F16)) } else { product(x, weight) }
}

fn down_by_slices(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    let [batch, c_in, height, width] = x.dims();
    let c_out = weight.dims()[0];
    let (h, w) = (height / 2, width / 2);
    // One row and column of zeros around it, then blocks: B x h+1 x w+1 x (row in block, column in block, channel).
    let x = padded(x.permute([0, 2, 3, 1])).reshape([batch, h + 1, 2, w + 1, 2, c_in]);
    let x: Tensor<4> = x.permute([0, 1, 3, 2, 4, 5]).reshape([batch, h + 1, w + 1, 4 * c_in]);
    // Kernel row = 2 * block + row in block.
    let weight = weight.reshape([c_out, c_in, 2, 2, 2, 2]);
    let weight: Tensor<2> = weight.permute([2, 4, 3, 5, 1, 0]).reshape([16 * c_in, c_out]);
    let y = shifted(x, [h, w]).matmul(weight).reshape([batch, h, w, c_out]);
    y.permute([0, 3, 1, 2])
}

fn up_by_slices(x: Tensor<4>, weight: Tensor<4>) -> Tensor<4> {
    let [batch, c_in, h, w] = x.dims();
    let c_out = weight.dims()[1];
    // A pixel reaches its own block with the kernel's first half and the next block with the second, so a block sees
    // the pixel before it through the second half: the halves are swapped.
    let weight = weight.reshape([c_in, c_out, 2, 2, 2, 2]).flip([2, 4]);
    let weight: Tensor<2> = weight.permute([2, 4, 0, 3, 5, 1]).reshape([4 * c_in, 4 * c_out]);
    let x = shifted(padded(x.permute([0, 2, 3, 1])), [h + 1, w + 1]);
    // Blocks to pixels, without the outer ones.
    let y = x.matmul(weight).reshape([batch, h + 1, w + 1, 2, 2, c_out]).permute([0, 1, 3, 2, 4, 5]);
    let y: Tensor<4> = y.reshape([batch, 2 * h + 2, 2 * w + 2, c_out]);
    y.slice([0..batch, 1..2 * h + 1, 1..2 * w + 1, 0..c_out]).permute([0, 3, 1, 2])
}

/// A row or column of zeros at each side of B x H x W x C.
fn padded(x: Tensor<4>) -> Tensor<4> {
    x.pad([(0, 0), (1, 1), (1, 1), (0, 0)], PadMode::Constant(0.0))
}

/// What a kernel of 2 x 2 sees at each of h x w positions: B x h+1 x w+1 x C to (B h w) x (row, column, channel).
fn shifted(x: Tensor<4>, [h, w]: [usize; 2]) -> Tensor<2> {
    let [batch, _, _, channels] = x.dims();
    let from = |row: usize, column: usize| x.clone().slice([0..batch, row..row + h, column..column + w, 0..channels]);
    Tensor::cat(vec![from(0, 0), from(0, 1), from(1, 0), from(1, 1)], 3).reshape([batch * h * w, 4 * channels])
}
