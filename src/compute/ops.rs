//! The operations that a GAN spends its time on.
//!
//! On a GPU convolutions are ours too, or what is faster there, and the others the tensor library's own (`gpu`). On the
//! CPU they are ours (`cpu`), because there the library's are several times slower; they are registered with it as an
//! extension that knows its own gradients (`cpu_ops`). Tests compare the two in values and gradients.

mod cpu_ops;
mod flex;
mod gradients;

#[cfg(test)]
use super::Shape;
pub(crate) use super::cpu::SUB_PIXEL_SUMS;
#[cfg(test)]
use super::cpu::pieces;
use super::cpu::{AdamStep, Geometry};
use super::gpu::{self, Affine, BiasOps, GpuConvAlgorithm, NormaliseOps};
use super::kernel::{ConvLayer, Kernel, Normalisation};
use super::upload::constant;
use burn::backend::Dispatch;
use burn::tensor::activation::relu;
use burn::tensor::ops::AvgPoolOptions;
use burn::tensor::{FloatDType, Tensor, module};
use cpu_ops::{CpuOps, CpuOptimiser};

/// `x` is B x Cin x H x W, `weight` Cout x Cin x K x K; gives B x Cout x H/stride x W/stride.
pub fn conv(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    product(x, weight, ConvLayer { kernel, up: false, half: false, leak: 1.0 })
}

/// `x` is B x Cin x H x W, `weight` Cin x Cout x K x K; gives B x Cout x H*stride x W*stride: the exact mirror of
/// [`conv`].
pub fn conv_transpose(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    product(x, weight, ConvLayer { kernel, up: true, half: false, leak: 1.0 })
}

/// The convolution of a layer alone, or the transposed one.
fn product(x: Tensor<4>, weight: Tensor<4>, layer: ConvLayer) -> Tensor<4> {
    if !on_cpu(&x) {
        return gpu::conv(gpu::chosen(&x, layer), x, weight, layer);
    }
    let ConvLayer { kernel, up, .. } = layer;
    let ([batch, c_x, height, width], [c_first, c_second, ..]) = (x.dims(), weight.dims());
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(if up {
        let input = [height, width].map(|side| side * kernel.stride);
        let geometry = geometry(batch, [c_second, c_x], input, [height, width], kernel);
        <Dispatch as CpuOps>::gan_conv_transpose(x, weight, geometry)
    } else {
        let output = [height, width].map(|side| side.div_ceil(kernel.stride));
        let geometry = geometry(batch, [c_x, c_first], [height, width], output, kernel);
        <Dispatch as CpuOps>::gan_conv(x, weight, geometry)
    })
}

/// A convolution, what `bias` adds to each channel, and a leaky ReLU. Shapes are those of [`conv`] and
/// [`conv_transpose`].
pub fn layer(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, layer: ConvLayer) -> Tensor<4> {
    if let Some(algorithm) = tiles(&x, layer) {
        return gpu::layer(x, weight, bias, layer, algorithm);
    }
    let y = product(x, weight, layer);
    let dtype = dtype(&y);
    let y = match bias {
        Some(bias) => add_bias(in_32_bits(y), bias),
        None => y,
    };
    leaky(y, layer.leak).cast(dtype)
}

/// By which of our own algorithms this convolution is computed, where it is by one of them on a GPU.
fn tiles(x: &Tensor<4>, layer: ConvLayer) -> Option<GpuConvAlgorithm> {
    if on_cpu(x) {
        return None;
    }
    Some(gpu::chosen(x, layer)).filter(|algorithm| *algorithm != GpuConvAlgorithm::Slices)
}

/// Whether [`residual`] can be used for a stage with this convolution.
pub(crate) fn has_residual(x: &Tensor<4>, main: ConvLayer) -> bool {
    let [.., height, width] = x.dims();
    main.kernel.stride == 2 && height % 2 == 0 && width % 2 == 0 && tiles(x, main).is_some()
}

/// A stage with a shortcut, on a GPU: `scale (leaky(conv(x) + bias) + conv(means) + bias)`, with a convolution (`main`)
/// that halves the side and one of 1 x 1 of the means of 2 x 2 pixels. Also gives the first summand, without gradients.
/// Where `slopes` is given, the first summand of another call, numbers are multiplied by the slopes that the leaky ReLU
/// had there instead: how the result of that call changes along `x`.
pub fn residual(
    x: Tensor<4>,
    convolutions: [Affine; 2],
    slopes: Option<Tensor<4>>,
    main: ConvLayer,
    scale: f64,
) -> (Tensor<4>, Tensor<4>) {
    gpu::residual(x, convolutions, slopes, main, scale)
}

/// Normalises `x` (B x C x H x W) by the statistics of each of its batches, scales it by the first of `affine`, adds
/// the second, and applies the leaky ReLU. Also gives what the running mean and unbiased variance become by these
/// batches; they have no gradients.
pub fn normalise(
    x: Tensor<4>,
    affine: [Tensor<1>; 2],
    running: [Tensor<1>; 2],
    rule: Normalisation,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    if on_cpu(&x) {
        return normalise_on_cpu(x, affine, running, rule);
    }
    let dims = x.dims();
    let row = |p: Tensor<1>| p.reshape([1, dims[1]]).into_dispatch();
    let ([gamma, beta], [mean, variance]) = (affine.map(row), running.map(row));
    let (y, mean, variance, _) =
        <Dispatch as NormaliseOps>::gan_normalise_rows(rows(x).into_dispatch(), gamma, beta, mean, variance, rule);
    let flat = |row| Tensor::<2>::from_dispatch(row).without_autodiff().reshape([dims[1]]);
    (maps(Tensor::from_dispatch(y), dims), [flat(mean), flat(variance)])
}

fn normalise_on_cpu(
    x: Tensor<4>,
    [gamma, beta]: [Tensor<1>; 2],
    mut running: [Tensor<1>; 2],
    rule: Normalisation,
) -> (Tensor<4>, [Tensor<1>; 2]) {
    if rule.batches > 1 {
        let mut normalised = Vec::new();
        for batch in x.chunk(rule.batches, 0) {
            let one = Normalisation { batches: 1, ..rule };
            let (y, moved) = normalise_on_cpu(batch, [gamma.clone(), beta.clone()], running, one);
            normalised.push(y);
            running = moved;
        }
        return (Tensor::cat(normalised, 0), running);
    }
    let [b, _, h, w] = x.dims();
    let n = (b * h * w) as f64;
    let [x, gamma, beta] = [x.into_dispatch(), gamma.into_dispatch(), beta.into_dispatch()];
    let (epsilon, leak, momentum) = (rule.epsilon as f32, rule.leak as f32, rule.momentum);
    let (y, mean, variance) = <Dispatch as CpuOps>::gan_normalise(x, gamma, beta, epsilon, leak);
    if momentum > 0.0 {
        let [mean, variance] = [mean, variance].map(Tensor::<1>::from_dispatch);
        // The running variance is the unbiased one, as PyTorch's.
        let batch = [mean, variance * (n / (n - 1.0).max(1.0))].map(Tensor::without_autodiff);
        running = if momentum == 1.0 {
            batch
        } else {
            let [[mean, variance], [new_mean, new_variance]] = [running, batch];
            let moved = |old: Tensor<1>, new: Tensor<1>| old * (1.0 - momentum) + new * momentum;
            [moved(mean, new_mean), moved(variance, new_variance)]
        };
    }
    (Tensor::from_dispatch(y), running)
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

/// The hyperbolic tangent in 32 bits; on the CPU within 2e-7.
pub(crate) fn tanh(x: Tensor<4>) -> Tensor<4> {
    if on_cpu(&x) {
        Tensor::from_dispatch(<Dispatch as CpuOps>::gan_tanh(x.into_dispatch()))
    } else {
        in_32_bits(x).tanh()
    }
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

/// The sum of all numbers of each picture's map (B x C x H x W) times `weight` (C H W), and `bias` (1): B.
pub fn head(x: Tensor<4>, weight: Tensor<1>, bias: Option<Tensor<1>>) -> Tensor<1> {
    if !on_cpu(&x) {
        return gpu::head(x, weight, bias);
    }
    let ([batch, ..], [features]) = (x.dims(), weight.dims());
    let (rows, column): (Tensor<2>, Tensor<2>) = (x.reshape([batch, features]), weight.reshape([features, 1]));
    let sums = rows.matmul(column).reshape([batch]);
    match bias {
        Some(bias) => sums + bias,
        None => sums,
    }
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
    let faults = |tensor: &Tensor<1>| <Dispatch as CpuOptimiser>::gan_faults(tensor.clone().into_dispatch());
    tensors.iter().map(|tensor| Tensor::from_dispatch(faults(tensor))).collect()
}

/// `scale (a + b)`.
pub(crate) fn join(a: Tensor<4>, b: Tensor<4>, scale: f64) -> Tensor<4> {
    if on_cpu(&a) {
        let (a, b) = (a.into_dispatch(), b.into_dispatch());
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_join(a, b, scale as f32));
    }
    (a + b) * scale
}

/// Each plane of `x` (B x C x H x W) times its number of 32 bits (B x C x 1 x 1).
pub(crate) fn scale_planes(x: Tensor<4>, factors: Tensor<4>) -> Tensor<4> {
    if on_cpu(&x) {
        let (x, factors) = (x.into_dispatch(), factors.into_dispatch());
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_scale_planes(x, factors));
    }
    let dtype = dtype(&x);
    (in_32_bits(x) * factors).cast(dtype)
}

/// Weights of a sub-pixel layer as it uses them (rows of 16), from the stored ones (rows of 9, flat), by
/// [`SUB_PIXEL_SUMS`].
pub(crate) fn sub_pixel_weights(stored: Tensor<1>) -> Tensor<1> {
    if on_cpu(&stored) {
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_sub_pixel_weights(stored.into_dispatch()));
    }
    let [few, many] = [SUB_PIXEL_SUMS.len(), SUB_PIXEL_SUMS[0].len()];
    let sums = || SUB_PIXEL_SUMS.as_flattened().to_vec();
    let mut matrix: Tensor<2> = constant("sub-pixel", sums, &stored.device().inner()).reshape([few, many]);
    if stored.is_autodiff() {
        matrix = matrix.autodiff();
    }
    let squares = stored.dims()[0] / few;
    stored.reshape([squares, few]).matmul(matrix).reshape([squares * many])
}

/// The same map of 32 bits, where it was of 16.
pub(crate) fn in_32_bits(x: Tensor<4>) -> Tensor<4> {
    x.cast(FloatDType::F32)
}

fn dtype(x: &Tensor<4>) -> FloatDType {
    x.dtype().into()
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

/// Into how many pieces of work the CPU cuts a layer's convolution, the gradient by its map, and that by its weights,
/// for a batch and the threads of the current pool.
#[cfg(test)]
pub(crate) fn pieces_on_cpu(Shape { kernel, channels: [c_in, c_out], side, up }: Shape, batch: usize) -> [usize; 3] {
    let (channels, large) = if up { ([c_out, c_in], side * kernel.stride) } else { ([c_in, c_out], side) };
    let small = if up { side } else { side.div_ceil(kernel.stride) };
    let [forward, back, weights] = pieces(&geometry(batch, channels, [large; 2], [small; 2], kernel));
    if up { [back, forward, weights] } else { [forward, back, weights] }
}

#[cfg(test)]
mod tests;
