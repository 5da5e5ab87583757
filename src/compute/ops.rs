//! The operations that a GAN spends its time on.
//!
//! On a GPU convolutions are ours too, or what is faster there, and the others the tensor library's own (`gpu`). On the
//! CPU they are ours (`cpu`), because there the library's are several times slower; they are registered with it as an
//! extension that knows its own gradients (`cpu_ops`). Tests compare the two in values and gradients.

mod cpu_ops;
mod flex;
mod gradients;

use super::cpu::{AdamStep, Geometry};
use super::gpu::{self, BiasOps, NormaliseOps};
use super::kernel::Kernel;
use burn::backend::Dispatch;
use burn::tensor::activation::relu;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{FloatDType, Tensor, module};
use cpu_ops::{CpuOps, CpuOptimiser};

/// `x` is B x Cin x H x W, `weight` Cout x Cin x K x K; gives B x Cout x H/stride x W/stride.
pub fn conv(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    if on_cpu(&x) {
        let [batch, c_in, height, width] = x.dims();
        let channels = [c_in, weight.dims()[0]];
        let output = [height, width].map(|side| side.div_ceil(kernel.stride));
        let geometry = geometry(batch, channels, [height, width], output, kernel);
        let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_conv(x, weight, geometry));
    }
    gpu::conv(gpu::chosen(&x, kernel).down, x, weight, kernel)
}

/// `x` is B x Cin x H x W, `weight` Cin x Cout x K x K; gives B x Cout x H*stride x W*stride: the exact mirror of
/// [`conv`].
pub fn conv_transpose(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    if on_cpu(&x) {
        let [batch, c_out, height, width] = x.dims();
        let channels = [weight.dims()[1], c_out];
        let input = [height, width].map(|side| side * kernel.stride);
        let geometry = geometry(batch, channels, input, [height, width], kernel);
        let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_conv_transpose(x, weight, geometry));
    }
    gpu::conv_transpose(gpu::chosen(&x, kernel).up, x, weight, kernel)
}

/// `product` of 16-bit copies of `x` and `weight`, back in 32 bits, if `half`, otherwise of themselves. Gradients
/// arrive in 32 bits too.
pub fn in_half(
    half: bool,
    x: Tensor<4>,
    weight: Tensor<4>,
    product: impl FnOnce(Tensor<4>, Tensor<4>) -> Tensor<4>,
) -> Tensor<4> {
    if half {
        product(x.cast(FloatDType::F16), weight.cast(FloatDType::F16)).cast(FloatDType::F32)
    } else {
        product(x, weight)
    }
}

/// Batch normalisation by the batch's own statistics and a leaky ReLU of slope `leak` (0 is ReLU, 1 is none), of
/// B x C x H x W. Also gives the batch's mean and biased variance of each channel.
pub fn normalise(
    x: Tensor<4>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    leak: f64,
) -> (Tensor<4>, Tensor<1>, Tensor<1>) {
    if on_cpu(&x) {
        let (y, mean, variance) = <Dispatch as CpuOps>::gan_normalise(
            x.into_dispatch(),
            gamma.into_dispatch(),
            beta.into_dispatch(),
            epsilon as f32,
            leak as f32,
        );
        return (Tensor::from_dispatch(y), Tensor::from_dispatch(mean), Tensor::from_dispatch(variance));
    }
    let dims = x.dims();
    let row = |p: Tensor<1>| p.reshape([1, dims[1]]).into_dispatch();
    let (gamma, beta) = (row(gamma), row(beta));
    let (y, mean, variance, _) = <Dispatch as NormaliseOps>::gan_normalise_rows(
        rows(x).into_dispatch(),
        gamma,
        beta,
        epsilon as f32,
        leak as f32,
    );
    let flat = |row| Tensor::<2>::from_dispatch(row).reshape([dims[1]]);
    (maps(Tensor::from_dispatch(y), dims), flat(mean), flat(variance))
}

/// `x` where positive, otherwise `leak x`, for a leak from 0 (ReLU) to 1 (no change).
pub(crate) fn leaky(x: Tensor<4>, leak: f64) -> Tensor<4> {
    if leak == 1.0 {
        x
    } else if on_cpu(&x) {
        Tensor::from_dispatch(<Dispatch as CpuOps>::gan_leaky(x.into_dispatch(), leak as f32))
    } else {
        let dims = x.dims();
        maps(leaky_rows(rows(x), leak), dims)
    }
}

fn leaky_rows(x: Tensor<2>, leak: f64) -> Tensor<2> {
    match leak {
        0.0 => relu(x),
        1.0 => x,
        leak => {
            // At 0 the slope is `leak`, as on the CPU and in PyTorch; the library's own has 1 there. Pictures that were
            // shifted have zeros at their edges, and what a first layer without biases makes of them is 0 too.
            let positive = x.clone().greater_elem(0.0);
            (x.clone() * leak).mask_where(positive, x)
        }
    }
}

/// The numbers as a matrix with a row for each pixel of each picture and a column for each channel. On a GPU the
/// library's convolutions keep their numbers in this order and only call it another; working in it saves a copy before
/// and after each of them.
fn rows(x: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = x.dims();
    x.permute([0, 2, 3, 1]).reshape([batch * height * width, channels])
}

/// The reverse of [`rows`].
fn maps(rows: Tensor<2>, [batch, channels, height, width]: [usize; 4]) -> Tensor<4> {
    rows.reshape([batch, height, width, channels]).permute([0, 3, 1, 2])
}

/// The hyperbolic tangent; on the CPU within 2e-7.
pub(crate) fn tanh(x: Tensor<4>) -> Tensor<4> {
    if on_cpu(&x) { Tensor::from_dispatch(<Dispatch as CpuOps>::gan_tanh(x.into_dispatch())) } else { x.tanh() }
}

/// Adds `bias` (C) to each pixel of `x` (B x C x H x W).
pub fn add_bias(x: Tensor<4>, bias: Tensor<1>) -> Tensor<4> {
    if on_cpu(&x) {
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_add_bias(x.into_dispatch(), bias.into_dispatch()));
    }
    let channels = bias.dims()[0];
    let dims = x.dims();
    let bias = bias.reshape([1, channels]).into_dispatch();
    let sum = <Dispatch as BiasOps>::gan_add_bias_rows(rows(x).into_dispatch(), bias);
    maps(Tensor::from_dispatch(sum), dims)
}

/// Means of squares of 2 x 2: B x C x H x W to B x C x H/2 x W/2, for even sides.
pub(crate) fn avg_pool2(x: Tensor<4>) -> Tensor<4> {
    if on_cpu(&x) {
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_average_pool(x.into_dispatch()));
    }
    module::avg_pool2d(x, AvgPoolOptions::new([2, 2]))
}

/// One update of Adam of every `[p, m, v, g]`: parameters, their moments and gradients. Gives `[p, m, v]`.
///
/// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - rate m / (sqrt(v) + epsilon), with g times `factor`
pub(crate) fn adam(all: Vec<[Tensor<1>; 4]>, step: AdamStep, factor: f32) -> Vec<[Tensor<1>; 3]> {
    if all.iter().any(|[p, ..]| !on_cpu(p)) {
        return gpu::adam(&all, step, factor);
    }
    let update = |[p, m, v, g]: [Tensor<1>; 4]| {
        let g = if factor == 1.0 { g } else { g * factor };
        let [p, m, v, g] = [p, m, v, g].map(Tensor::into_dispatch);
        let (p, m, v) = <Dispatch as CpuOptimiser>::gan_adam(p, m, v, g, step);
        [p, m, v].map(Tensor::from_dispatch)
    };
    all.into_iter().map(update).collect()
}

/// `a + share (b - a)` of every pair: exact where both agree.
pub(crate) fn blend(a: Vec<Tensor<1>>, b: &[Tensor<1>], share: f64) -> Vec<Tensor<1>> {
    if a.iter().any(|a| !on_cpu(a)) {
        return gpu::blend(&a, b, share as f32);
    }
    let mix = |(a, b): (Tensor<1>, &Tensor<1>)| {
        let mixed = <Dispatch as CpuOptimiser>::gan_blend(a.into_dispatch(), b.clone().into_dispatch(), share as f32);
        Tensor::from_dispatch(mixed)
    };
    a.into_iter().zip(b).map(mix).collect()
}

/// Numbers that are all 0 if, and only if, every number of the tensors is finite.
pub(crate) fn faults(tensors: &[Tensor<1>]) -> Vec<Tensor<1>> {
    if tensors.iter().any(|tensor| !on_cpu(tensor)) {
        return gpu::faults(tensors);
    }
    // 0 * w is NaN for NaN and infinity.
    tensors.iter().map(|tensor| (tensor.clone() * 0.0).sum()).collect()
}

fn on_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    super::is_cpu(&x.device())
}

/// The shapes of a convolution: height and width of its input and output, channels of both.
fn geometry(
    batch: usize,
    [c_in, c_out]: [usize; 2],
    [h_in, w_in]: [usize; 2],
    [h_out, w_out]: [usize; 2],
    kernel: Kernel,
) -> Geometry {
    let (size, stride, padding) = (kernel.size, kernel.stride, kernel.padding());
    Geometry { batch, c_in, c_out, h_in, w_in, h_out, w_out, kernel: size, stride, padding }
}

#[cfg(test)]
mod tests;
