//! Losses on GPUs (`train/loss.rs` has the formulas): value and slopes in one kernel, where the library would start one
//! for nearly every sign of the formula, and again for its gradient.

mod kernel;

use super::layout::new_tensor;
use crate::config::LossKind;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::{Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::{CubeCount, CubeDim};
use kernel::{UNITS, loss_kernel};

/// The discriminator's loss (1) of `logits` (2B), first those of real pictures, then those of generated ones, and these
/// two by themselves without gradients (B each).
pub(crate) fn discriminator_loss(kind: LossKind, logits: Tensor<1>, smoothing: f64) -> [Tensor<1>; 3] {
    let rule = Rule { kind, generator: false, smoothing: smoothing as f32, count: logits.dims()[0] / 2 };
    let logits = logits.into_dispatch();
    let (loss, real, fake, _) = <Dispatch as LossOps>::gan_loss(logits.clone(), logits, rule);
    [loss, real, fake].map(Tensor::from_dispatch)
}

/// The generator's loss (1) of the logits of its pictures and of real ones (B each), which have no gradients.
pub(crate) fn generator_loss(kind: LossKind, real: Tensor<1>, fake: Tensor<1>) -> Tensor<1> {
    let rule = Rule { kind, generator: true, smoothing: 0.0, count: fake.dims()[0] };
    let (loss, ..) = <Dispatch as LossOps>::gan_loss(fake.into_dispatch(), real.into_dispatch(), rule);
    Tensor::from_dispatch(loss)
}

/// The same loss (1), whose gradients are `scale` times as large. Nobody reads a loss that is multiplied for its
/// gradients alone, and behind a number that nobody reads the library (Burn 0.22) joined nothing: a whole backward pass
/// took a kernel for each of its elementwise operations.
pub(crate) fn scaled_loss(loss: Tensor<1>, scale: f64) -> Tensor<1> {
    Tensor::from_dispatch(<Dispatch as ScaleOps>::gan_scaled_loss(loss.into_dispatch(), scale as f32))
}

/// Which loss it is.
#[derive(Debug, Clone, Copy)]
struct Rule {
    kind: LossKind,
    generator: bool,
    smoothing: f32,
    /// B.
    count: usize,
}

#[backend_extension(Cube, Fusion, Autodiff)]
trait LossOps: Backend {
    /// `(loss, real, fake, slopes)`; only the loss has gradients, and only by `logits`. The discriminator's logits hold
    /// the real ones, the generator's do not. The slopes are those of the loss by the logits.
    #[fusion(meta = |logits, _, rule| {
        let numbers = |count| TensorSpec::new(Shape::new([count]), logits.dtype);
        (numbers(1), numbers(rule.count), numbers(rule.count), logits.clone())
    })]
    fn gan_loss(
        logits: FloatTensor<Self>,
        real: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl LossOps for CubeBackend {
    fn gan_loss(logits: CubeTensor, real: CubeTensor, rule: Rule) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let [logits, real] = [logits, real].map(into_contiguous);
        let new = |count: usize| new_tensor(&logits, &[count], logits.dtype);
        let (loss, reals, fakes) = (new(1), new(rule.count), new(rule.count));
        let slopes = new(logits.meta.num_elements());
        loss_kernel::launch(
            &logits.client.clone(),
            CubeCount::Static(1, 1, 1),
            CubeDim::new_1d(UNITS),
            logits.into_tensor_arg(),
            real.into_tensor_arg(),
            loss.clone().into_tensor_arg(),
            reals.clone().into_tensor_arg(),
            fakes.clone().into_tensor_arg(),
            slopes.clone().into_tensor_arg(),
            rule.smoothing,
            rule.kind,
            rule.generator,
        );
        (loss, reals, fakes, slopes)
    }
}

#[backend_extension(Cube, Autodiff)]
trait ScaleOps: Backend {
    fn gan_scaled_loss(loss: FloatTensor<Self>, scale: f32) -> FloatTensor<Self>;
}

impl ScaleOps for Cube {
    fn gan_scaled_loss(loss: FloatTensor<Self>, _: f32) -> FloatTensor<Self> {
        loss
    }
}

#[derive(Debug)]
struct ScaleGradient;

impl Backward<Cube, 1> for ScaleGradient {
    type State = f32;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let d = grads.consume::<Cube>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<Cube>(node.id, Cube::float_mul_scalar(d, ops.state.into()));
        }
    }
}

impl<C: CheckpointStrategy> ScaleOps for Autodiff<Cube, C> {
    fn gan_scaled_loss(loss: FloatTensor<Self>, scale: f32) -> FloatTensor<Self> {
        match ScaleGradient.prepare::<C>([loss.node()]).compute_bound().stateful() {
            OpsKind::Tracked(prepared) => prepared.finish(scale, loss.into_primitive()),
            OpsKind::UnTracked(prepared) => prepared.finish(loss.into_primitive()),
        }
    }
}

/// Of the logits.
#[derive(Debug)]
struct LossGradient;

impl Backward<Cube, 1> for LossGradient {
    /// The slopes.
    type State = FloatTensor<Cube>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let d = grads.consume::<Cube>(&ops.node);
        if let [Some(node)] = ops.parents {
            grads.register::<Cube>(node.id, Cube::float_mul(ops.state, d));
        }
    }
}

impl<C: CheckpointStrategy> LossOps for Autodiff<Cube, C> {
    fn gan_loss(
        logits: FloatTensor<Self>,
        real: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = LossGradient.prepare::<C>([logits.node()]).compute_bound().stateful();
        let (loss, reals, fakes, slopes) = Cube::gan_loss(logits.into_primitive(), real.into_primitive(), rule);
        let loss = match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(slopes.clone(), loss),
            OpsKind::UnTracked(prepared) => prepared.finish(loss),
        };
        let constant = FloatTensor::<Self>::new;
        (loss, constant(reals), constant(fakes), constant(slopes))
    }
}
