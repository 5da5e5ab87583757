//! The operations that a GAN spends its time on.
//!
//! On a GPU they are the tensor library's own. On the CPU they are ours (`cpu`), because there the library's are several
//! times slower; they are registered with it as an extension that knows its own gradients. A test compares the two in
//! values and gradients.

use super::cpu::{self, AdamStep, Geometry};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, DispatchDevice, Flex, backend_extension};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, TensorData, module};

/// A square kernel and how it moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kernel {
    pub size: usize,
    /// 1 keeps the side of the picture, 2 halves it (or doubles it, transposed).
    pub stride: usize,
}

impl Kernel {
    /// Zeros around the picture, so that stride 1 keeps and stride 2 exactly halves or doubles an even side.
    pub fn padding(self) -> usize {
        (self.size - 1) / 2
    }

    /// Rows and columns that a transposed convolution adds at the end: odd kernels need one to double the side.
    pub fn output_padding(self) -> usize {
        self.stride + 2 * self.padding() - self.size
    }
}

/// `x` is B x Cin x H x W, `weight` Cout x Cin x K x K; gives B x Cout x H/stride x W/stride.
pub fn conv(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    if on_cpu(&x) {
        let [batch, c_in, h_in, w_in] = x.dims();
        let (h_out, w_out) = (h_in.div_ceil(kernel.stride), w_in.div_ceil(kernel.stride));
        let shape = Sides { batch, c_in, c_out: weight.dims()[0], h_in, w_in, h_out, w_out };
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_conv(
            x.into_dispatch(),
            weight.into_dispatch(),
            shape.geometry(kernel),
        ));
    }
    let p = kernel.padding();
    module::conv2d(x, weight, None, ConvOptions::new([kernel.stride; 2], [p; 2], [1, 1], 1))
}

/// `x` is B x Cin x H x W, `weight` Cin x Cout x K x K; gives B x Cout x H*stride x W*stride: the exact mirror of
/// [`conv`].
pub fn conv_transpose(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    if on_cpu(&x) {
        let [batch, c_out, h_out, w_out] = x.dims();
        let (h_in, w_in) = (h_out * kernel.stride, w_out * kernel.stride);
        let shape = Sides { batch, c_in: weight.dims()[1], c_out, h_in, w_in, h_out, w_out };
        return Tensor::from_dispatch(<Dispatch as CpuOps>::gan_conv_transpose(
            x.into_dispatch(),
            weight.into_dispatch(),
            shape.geometry(kernel),
        ));
    }
    let (p, extra) = (kernel.padding(), kernel.output_padding());
    let options = ConvTransposeOptions::new([kernel.stride; 2], [p; 2], [extra; 2], [1, 1], 1);
    module::conv_transpose2d(x, weight, None, options)
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
    let out = module::batch_norm_train(x, gamma, beta, epsilon);
    (leaky(out.output, leak), out.mean, out.variance)
}

/// `x` where positive, else `leak x`, for a leak from 0 (ReLU) to 1 (no change).
pub fn leaky(x: Tensor<4>, leak: f64) -> Tensor<4> {
    if leak == 1.0 {
        x
    } else if on_cpu(&x) {
        Tensor::from_dispatch(<Dispatch as CpuOps>::gan_leaky(x.into_dispatch(), leak as f32))
    } else if leak == 0.0 {
        relu(x)
    } else {
        leaky_relu(x, leak)
    }
}

/// One update of Adam: `(p, m, v)` of a parameter with the gradient `g`.
///
/// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - rate m / (sqrt(v) + epsilon)
pub fn adam([p, m, v, g]: [Tensor<1>; 4], [beta1, beta2]: [f64; 2], rate: f64, epsilon: f64) -> [Tensor<1>; 3] {
    if on_cpu(&p) {
        let step = AdamStep { beta1: beta1 as f32, beta2: beta2 as f32, rate: rate as f32, epsilon: epsilon as f32 };
        let [p, m, v, g] = [p, m, v, g].map(Tensor::into_dispatch);
        let (p, m, v) = <Dispatch as CpuOptimiser>::gan_adam(p, m, v, g, step);
        return [p, m, v].map(Tensor::from_dispatch);
    }
    let m = m * beta1 + g.clone() * (1.0 - beta1);
    let v = v * beta2 + g.square() * (1.0 - beta2);
    let p = p - m.clone() * rate / (v.clone().sqrt() + epsilon);
    [p, m, v]
}

fn on_cpu<const D: usize>(x: &Tensor<D>) -> bool {
    match x.device().as_dispatch() {
        DispatchDevice::Flex(_) => true,
        DispatchDevice::Autodiff(device) => matches!(**device, DispatchDevice::Flex(_)),
        _ => false,
    }
}

struct Sides {
    batch: usize,
    c_in: usize,
    c_out: usize,
    h_in: usize,
    w_in: usize,
    h_out: usize,
    w_out: usize,
}

impl Sides {
    fn geometry(self, kernel: Kernel) -> Geometry {
        let Self { batch, c_in, c_out, h_in, w_in, h_out, w_out } = self;
        let (size, stride, padding) = (kernel.size, kernel.stride, kernel.padding());
        Geometry { batch, c_in, c_out, h_in, w_in, h_out, w_out, kernel: size, stride, padding }
    }
}

/// What the CPU backend learns. Tensors are in the order picture, channel, row, column.
#[backend_extension(Flex, Autodiff)]
pub trait CpuOps: Backend {
    fn gan_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
    fn gan_conv_transpose(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
    fn gan_normalise(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    fn gan_leaky(x: FloatTensor<Self>, leak: f32) -> FloatTensor<Self>;
}

/// Without gradients.
#[backend_extension(Flex)]
pub trait CpuOptimiser: Backend {
    fn gan_adam(
        p: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        g: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// The values in order; copies only what is a view.
fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_else(|| unreachable!("made contiguous before"))
}

fn tensor(values: Vec<f32>, shape: impl Into<burn::tensor::Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

fn in_shape(g: &Geometry) -> [usize; 4] {
    [g.batch, g.c_in, g.h_in, g.w_in]
}

fn out_shape(g: &Geometry) -> [usize; 4] {
    [g.batch, g.c_out, g.h_out, g.w_out]
}

fn weight_shape(g: &Geometry) -> [usize; 4] {
    [g.c_out, g.c_in, g.kernel, g.kernel]
}

/// `(scale, shift)` that normalise a channel, and its `(mean, 1 / deviation)`.
struct Affine {
    affine: Vec<[f32; 2]>,
    centre: Vec<[f32; 2]>,
}

impl Affine {
    fn new(gamma: &[f32], beta: &[f32], mean: &[f32], variance: &[f32], epsilon: f32) -> Self {
        let centre: Vec<[f32; 2]> =
            mean.iter().zip(variance).map(|(mean, variance)| [*mean, 1.0 / (variance + epsilon).sqrt()]).collect();
        let affine = gamma.iter().zip(beta).zip(&centre).map(|((gamma, beta), [mean, inverse])| {
            let scale = gamma * inverse;
            [scale, beta - mean * scale]
        });
        Self { affine: affine.collect(), centre }
    }
}

impl CpuOps for Flex {
    fn gan_conv(x: FlexTensor, weight: FlexTensor, g: Geometry) -> FlexTensor {
        let (x, weight) = (contiguous(x), contiguous(weight));
        tensor(cpu::forward(&g, values(&x), values(&weight)), out_shape(&g))
    }

    fn gan_conv_transpose(x: FlexTensor, weight: FlexTensor, g: Geometry) -> FlexTensor {
        let (x, weight) = (contiguous(x), contiguous(weight));
        tensor(cpu::data_gradient(&g, values(&x), values(&weight)), in_shape(&g))
    }

    fn gan_normalise(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f32,
        leak: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (x, gamma, beta) = (contiguous(x), contiguous(gamma), contiguous(beta));
        let shape = x.layout().shape().clone();
        let (channels, plane) = (shape[1], shape[2] * shape[3]);
        let (mean, variance) = cpu::statistics(values(&x), channels, plane);
        let Affine { affine, .. } = Affine::new(values(&gamma), values(&beta), &mean, &variance, epsilon);
        let y = cpu::normalise(values(&x), plane, &affine, leak);
        (tensor(y, shape), tensor(mean, [channels]), tensor(variance, [channels]))
    }

    fn gan_leaky(x: FlexTensor, leak: f32) -> FlexTensor {
        let x = contiguous(x);
        let shape = x.layout().shape().clone();
        tensor(cpu::leaky(values(&x), leak), shape)
    }
}

impl CpuOptimiser for Flex {
    fn gan_adam(
        p: FlexTensor,
        m: FlexTensor,
        v: FlexTensor,
        g: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (mut p, mut m, mut v, g) = (contiguous(p), contiguous(m), contiguous(v), contiguous(g));
        // In place where nobody else holds them, else in a copy.
        cpu::adam(p.storage_mut(), m.storage_mut(), v.storage_mut(), values(&g), step);
        (p, m, v)
    }
}

#[derive(Debug)]
struct ConvGradient;

impl Backward<Flex, 2> for ConvGradient {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, weight, g) = ops.state;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let [node_x, node_weight] = ops.parents;
        if let Some(node) = node_x {
            let dx = cpu::data_gradient(&g, values(&dy), values(&weight));
            grads.register::<Flex>(node.id, tensor(dx, in_shape(&g)));
        }
        if let Some(node) = node_weight {
            let dw = cpu::weight_gradient(&g, values(&x), values(&dy));
            grads.register::<Flex>(node.id, tensor(dw, weight_shape(&g)));
        }
    }
}

/// The same geometry read backwards: `x` is what a convolution would give, the result what it would take.
#[derive(Debug)]
struct ConvTransposeGradient;

impl Backward<Flex, 2> for ConvTransposeGradient {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, weight, g) = ops.state;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let [node_x, node_weight] = ops.parents;
        if let Some(node) = node_x {
            let dx = cpu::forward(&g, values(&dy), values(&weight));
            grads.register::<Flex>(node.id, tensor(dx, out_shape(&g)));
        }
        if let Some(node) = node_weight {
            let dw = cpu::weight_gradient(&g, values(&dy), values(&x));
            grads.register::<Flex>(node.id, tensor(dw, weight_shape(&g)));
        }
    }
}

#[derive(Debug)]
struct NormaliseGradient;

#[derive(Debug, Clone)]
struct Normalised {
    x: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    mean: FlexTensor,
    variance: FlexTensor,
    epsilon: f32,
    leak: f32,
}

impl Backward<Flex, 3> for NormaliseGradient {
    type State = Normalised;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Normalised { x, gamma, beta, mean, variance, epsilon, leak } = ops.state;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let shape = x.layout().shape().clone();
        let (channels, plane) = (shape[1], shape[2] * shape[3]);
        let Affine { affine, centre } =
            Affine::new(values(&gamma), values(&beta), values(&mean), values(&variance), epsilon);
        let found = cpu::norm_gradients(values(&x), values(&dy), plane, &affine, &centre, leak);
        let [node_x, node_gamma, node_beta] = ops.parents;
        if let Some(node) = node_x {
            grads.register::<Flex>(node.id, tensor(found.x, shape));
        }
        if let Some(node) = node_gamma {
            grads.register::<Flex>(node.id, tensor(found.gamma, [channels]));
        }
        if let Some(node) = node_beta {
            grads.register::<Flex>(node.id, tensor(found.beta, [channels]));
        }
    }
}

#[derive(Debug)]
struct LeakyGradient;

impl Backward<Flex, 1> for LeakyGradient {
    /// The output, whose signs are the input's.
    type State = (FlexTensor, f32);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (y, leak) = ops.state;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let [node] = ops.parents;
        if let Some(node) = node {
            let shape = y.layout().shape().clone();
            let dx = cpu::leaky_gradient(values(&y), values(&dy), leak);
            grads.register::<Flex>(node.id, tensor(dx, shape));
        }
    }
}

impl<C: CheckpointStrategy> CpuOps for Autodiff<Flex, C> {
    fn gan_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>, g: Geometry) -> FloatTensor<Self> {
        let prepared = ConvGradient.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful();
        let (x, weight) = (contiguous(x.into_primitive()), contiguous(weight.into_primitive()));
        let y = Flex::gan_conv(x.clone(), weight.clone(), g);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((x, weight, g), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_conv_transpose(x: FloatTensor<Self>, weight: FloatTensor<Self>, g: Geometry) -> FloatTensor<Self> {
        let prepared = ConvTransposeGradient.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful();
        let (x, weight) = (contiguous(x.into_primitive()), contiguous(weight.into_primitive()));
        let y = Flex::gan_conv_transpose(x.clone(), weight.clone(), g);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((x, weight, g), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_normalise(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), gamma.node(), beta.node()];
        let prepared = NormaliseGradient.prepare::<C>(nodes).compute_bound().stateful();
        let (x, gamma, beta) =
            (contiguous(x.into_primitive()), contiguous(gamma.into_primitive()), contiguous(beta.into_primitive()));
        let (y, mean, variance) = Flex::gan_normalise(x.clone(), gamma.clone(), beta.clone(), epsilon, leak);
        let y = match prepared {
            OpsKind::Tracked(prepared) => {
                let (mean, variance) = (mean.clone(), variance.clone());
                prepared.finish(Normalised { x, gamma, beta, mean, variance, epsilon, leak }, y)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        };
        (y, FloatTensor::<Self>::new(mean), FloatTensor::<Self>::new(variance))
    }

    fn gan_leaky(x: FloatTensor<Self>, leak: f32) -> FloatTensor<Self> {
        let prepared = LeakyGradient.prepare::<C>([x.node()]).compute_bound().stateful();
        let y = Flex::gan_leaky(x.into_primitive(), leak);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((y.clone(), leak), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}

#[cfg(test)]
mod tests;
