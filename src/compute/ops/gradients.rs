//! The gradients of the operations on the CPU.
//!
//! What a step keeps for its backward pass is no longer needed once a gradient has used it; that memory is kept for the
//! next tensor (`release`).

use super::cpu_ops::CpuOps;
use super::flex::{ConvDirection, channels_and_plane, contiguous, owned, release, tensor, values};
use crate::compute::cpu::{self, CpuConvAlgorithm, Geometry, NormState};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};

/// A tensor of the CPU that may be recorded.
type Tracked<C> = FloatTensor<Autodiff<Flex, C>>;

/// Of `(x, weight)`, of a convolution or a transposed one.
#[derive(Debug)]
struct ConvGradient(ConvDirection);

impl ConvGradient {
    /// The convolution itself, recorded for the backward pass.
    fn record<C: CheckpointStrategy>(self, x: Tracked<C>, weight: Tracked<C>, g: Geometry) -> Tracked<C> {
        let direction = self.0;
        let prepared = self.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful();
        let (x, weight) = (contiguous(x.into_primitive()), contiguous(weight.into_primitive()));
        let y = direction.compute(CpuConvAlgorithm::of_training(&g), &x, &weight, g);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((x, weight, g), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}

impl Backward<Flex, 2> for ConvGradient {
    type State = (FlexTensor, FlexTensor, Geometry);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, weight, g) = ops.state;
        let (algorithm, dy) = (CpuConvAlgorithm::of_training(&g), contiguous(grads.consume::<Flex>(&ops.node)));
        let [node_x, node_weight] = ops.parents;
        if let Some(node) = node_weight {
            let dw = self.0.weight_gradient(algorithm, &x, &dy, g);
            grads.register::<Flex>(node.id, tensor(dw, weight.layout().shape().clone()));
        }
        release(x);
        if let Some(node) = node_x {
            grads.register::<Flex>(node.id, self.0.data_gradient(algorithm, &dy, &weight, g));
        }
        release(dy);
    }
}

/// Of `(x, gamma, beta)`.
#[derive(Debug)]
struct NormaliseGradient;

#[derive(Debug, Clone)]
struct NormaliseInputs {
    x: FlexTensor,
    gamma: FlexTensor,
    beta: FlexTensor,
    mean: FlexTensor,
    variance: FlexTensor,
    epsilon: f32,
    leak: f32,
}

impl Backward<Flex, 3> for NormaliseGradient {
    type State = NormaliseInputs;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let NormaliseInputs { x, gamma, beta, mean, variance, epsilon, leak } = ops.state;
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let shape = x.layout().shape().clone();
        let (channels, plane) = channels_and_plane(&shape);
        let state = NormState {
            x: values(&x),
            gamma: values(&gamma),
            beta: values(&beta),
            mean: values(&mean),
            variance: values(&variance),
        };
        let found = cpu::norm_gradients(&state, values(&dy), plane, epsilon, leak);
        release(x);
        release(dy);
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
        let mut dx = owned(grads.consume::<Flex>(&ops.node));
        if let [Some(node)] = ops.parents {
            cpu::leaky_gradient(values(&y), dx.storage_mut(), leak);
            grads.register::<Flex>(node.id, dx);
        }
        release(y);
    }
}

#[derive(Debug)]
struct TanhGradient;

impl Backward<Flex, 1> for TanhGradient {
    /// The output.
    type State = FlexTensor;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut dx = owned(grads.consume::<Flex>(&ops.node));
        if let [Some(node)] = ops.parents {
            cpu::tanh_gradient(values(&ops.state), dx.storage_mut());
            grads.register::<Flex>(node.id, dx);
        }
        release(ops.state);
    }
}

/// Of `(x, bias)`.
#[derive(Debug)]
struct AddBiasGradient;

impl Backward<Flex, 2> for AddBiasGradient {
    type State = ();

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        let [node_x, node_bias] = ops.parents;
        if let Some(node) = node_bias {
            let (channels, plane) = channels_and_plane(dy.layout().shape());
            let sums = cpu::bias_gradient(values(&dy), channels, plane);
            grads.register::<Flex>(node.id, tensor(sums, [channels]));
        }
        match node_x {
            Some(node) => grads.register::<Flex>(node.id, dy),
            None => release(dy),
        }
    }
}

#[derive(Debug)]
struct AveragePoolGradient;

impl Backward<Flex, 1> for AveragePoolGradient {
    /// The shape of the input.
    type State = [usize; 4];

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = contiguous(grads.consume::<Flex>(&ops.node));
        if let [Some(node)] = ops.parents {
            let [.., height, width] = ops.state;
            let dx = cpu::average_pool_gradient(values(&dy), height, width);
            grads.register::<Flex>(node.id, tensor(dx, ops.state));
        }
        release(dy);
    }
}

/// Of `(a, b)`, both the same.
#[derive(Debug)]
struct JoinGradient;

impl Backward<Flex, 2> for JoinGradient {
    /// The scale.
    type State = f32;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let mut gradient = owned(grads.consume::<Flex>(&ops.node));
        cpu::scale(gradient.storage_mut(), ops.state);
        for node in ops.parents.into_iter().flatten() {
            grads.register::<Flex>(node.id, gradient.clone());
        }
    }
}

/// Of `(x, factors)`.
#[derive(Debug)]
struct ScalePlanesGradient;

impl Backward<Flex, 2> for ScalePlanesGradient {
    type State = (FlexTensor, FlexTensor);

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, factors) = ops.state;
        let mut dx = owned(grads.consume::<Flex>(&ops.node));
        let (_, plane) = channels_and_plane(x.layout().shape());
        let sums = cpu::scale_planes_gradients(values(&x), values(&factors), plane, dx.storage_mut());
        release(x);
        let [node_x, node_factors] = ops.parents;
        match node_x {
            Some(node) => grads.register::<Flex>(node.id, dx),
            None => release(dx),
        }
        if let Some(node) = node_factors {
            grads.register::<Flex>(node.id, tensor(sums, factors.layout().shape().clone()));
        }
    }
}

#[derive(Debug)]
struct SubPixelGradient;

impl Backward<Flex, 1> for SubPixelGradient {
    type State = ();

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let used = contiguous(grads.consume::<Flex>(&ops.node));
        if let [Some(node)] = ops.parents {
            let stored = cpu::sub_pixel_gradient(values(&used));
            let count = stored.len();
            grads.register::<Flex>(node.id, tensor(stored, [count]));
        }
        release(used);
    }
}

impl<C: CheckpointStrategy> CpuOps for Autodiff<Flex, C> {
    fn gan_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>, g: Geometry) -> FloatTensor<Self> {
        ConvGradient(ConvDirection::Forward).record::<C>(x, weight, g)
    }

    fn gan_conv_transpose(x: FloatTensor<Self>, weight: FloatTensor<Self>, g: Geometry) -> FloatTensor<Self> {
        ConvGradient(ConvDirection::Transposed).record::<C>(x, weight, g)
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
                prepared.finish(NormaliseInputs { x, gamma, beta, mean, variance, epsilon, leak }, y)
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

    fn gan_tanh(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = TanhGradient.prepare::<C>([x.node()]).compute_bound().stateful();
        let y = Flex::gan_tanh(x.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(y.clone(), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_add_bias(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = AddBiasGradient.prepare::<C>([x.node(), bias.node()]).compute_bound().stateful();
        let y = Flex::gan_add_bias(x.into_primitive(), bias.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_average_pool(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = AveragePoolGradient.prepare::<C>([x.node()]).compute_bound().stateful();
        let x = x.into_primitive();
        let shape = [0, 1, 2, 3].map(|axis| x.layout().shape()[axis]);
        let y = Flex::gan_average_pool(x);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(shape, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_join(a: FloatTensor<Self>, b: FloatTensor<Self>, scale: f32) -> FloatTensor<Self> {
        let prepared = JoinGradient.prepare::<C>([a.node(), b.node()]).compute_bound().stateful();
        let y = Flex::gan_join(a.into_primitive(), b.into_primitive(), scale);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(scale, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_scale_planes(x: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = ScalePlanesGradient.prepare::<C>([x.node(), factors.node()]).compute_bound().stateful();
        let (x, factors) = (contiguous(x.into_primitive()), contiguous(factors.into_primitive()));
        let y = Flex::gan_scale_planes(x.clone(), factors.clone());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((x, factors), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }

    fn gan_sub_pixel_weights(stored: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = SubPixelGradient.prepare::<C>([stored.node()]).compute_bound().stateful();
        let used = Flex::gan_sub_pixel_weights(stored.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((), used),
            OpsKind::UnTracked(prepared) => prepared.finish(used),
        }
    }
}
