//! Normalisation on GPUs, with a backward pass of our own.
//!
//! The library's backward pass sums over the large maps four times where two are enough, and starts about three times
//! as many kernels. This one is made of the library's operations, which the library fuses, and has its own gradient.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, TensorMetadata, backend_extension};
use burn::tensor::Shape;

/// What the GPU backend learns. `x` is rows x channels, the others 1 x channels.
#[backend_extension(Cube, Autodiff)]
pub(crate) trait GpuOps: Backend {
    /// `(y, mean, biased variance)`; see [`normalise`](crate::compute::ops::normalise).
    fn gan_normalise_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        rows: usize,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

impl GpuOps for Cube {
    fn gan_normalise_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        _rows: usize,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let found = forward::<Self>(x, gamma, beta, epsilon, leak);
        (found.y, found.mean, found.variance)
    }
}

/// A normalised batch and its statistics.
struct NormalisedRows<B: Backend> {
    y: FloatTensor<B>,
    mean: FloatTensor<B>,
    variance: FloatTensor<B>,
    /// 1 / sqrt(variance + epsilon)
    inverse: FloatTensor<B>,
}

fn forward<B: Backend>(
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    beta: FloatTensor<B>,
    epsilon: f32,
    leak: f32,
) -> NormalisedRows<B> {
    let rows = x.shape()[0];
    let mean_rows = |x| B::float_mul_scalar(sum_rows::<B>(x, rows), (1.0 / rows as f32).into());
    let mean = mean_rows(x.clone());
    let centred = B::float_sub(x, mean.clone());
    let variance = mean_rows(B::float_mul(centred.clone(), centred.clone()));
    let inverse = B::float_recip(B::float_sqrt(B::float_add_scalar(variance.clone(), epsilon.into())));
    let y = B::float_add(B::float_mul(B::float_mul(centred, inverse.clone()), gamma), beta);
    let y = match leak {
        0.0 => B::relu(y),
        1.0 => y,
        leak => B::leaky_relu(y, leak.into()),
    };
    NormalisedRows { y, mean, variance, inverse }
}

/// Rows that are added up in one go. Of more than 65,536 the library's sum (Burn 0.22) leaves out the rest: of 131,072
/// rows it gave half the sum, measured on a software adapter. Sixteen pictures of 64 px have so many.
const ROWS_AT_ONCE: usize = 1 << 15;

/// The sum over the rows of `x` (rows x channels), 1 x channels; of many rows that of equal groups first.
fn sum_rows<B: Backend>(x: FloatTensor<B>, rows: usize) -> FloatTensor<B> {
    if rows <= ROWS_AT_ONCE {
        return B::float_sum_dim(x, 0);
    }
    // Sides are powers of two, so that the first divisor is near.
    let groups = (rows.div_ceil(ROWS_AT_ONCE)..rows).find(|groups| rows.is_multiple_of(*groups)).unwrap_or(rows);
    let channels = x.shape()[1];
    let grouped = B::float_reshape(x, Shape::new([groups, rows / groups, channels]));
    let sums = B::float_reshape(B::float_sum_dim(grouped, 1), Shape::new([groups, channels]));
    B::float_sum_dim(sums, 0)
}

/// Of `(x, gamma, beta)`.
#[derive(Debug)]
struct NormaliseRowsGradient;

/// What the forward pass keeps for the backward pass.
#[derive(Debug, Clone)]
struct NormaliseRowsState<B: Backend> {
    x: FloatTensor<B>,
    gamma: FloatTensor<B>,
    mean: FloatTensor<B>,
    inverse: FloatTensor<B>,
    /// The output, whose signs are those of what the activation was given.
    y: FloatTensor<B>,
    rows: usize,
    leak: f32,
}

impl<B: Backend> Backward<B, 3> for NormaliseRowsGradient {
    type State = NormaliseRowsState<B>;

    /// With n = (x - mean) / s and dy behind the activation: d beta = sum dy, d gamma = sum(dy n), and
    /// dx = gamma / s (dy - mean dy - n mean(dy n))   (Ioffe and Szegedy 2015)
    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let NormaliseRowsState { x, gamma, mean, inverse, y, rows, leak } = ops.state;
        let mut dy = grads.consume::<B>(&ops.node);
        if leak != 1.0 {
            let positive = B::relu_backward(y, dy.clone());
            dy = if leak == 0.0 {
                positive
            } else {
                let rest = B::float_mul_scalar(dy, leak.into());
                B::float_add(B::float_mul_scalar(positive, (1.0 - leak).into()), rest)
            };
        }
        let n = B::float_mul(B::float_sub(x, mean), inverse.clone());
        let sum = sum_rows::<B>(dy.clone(), rows);
        let along = sum_rows::<B>(B::float_mul(dy.clone(), n.clone()), rows);
        let [node_x, node_gamma, node_beta] = ops.parents;
        if let Some(node) = node_x {
            let share = 1.0 / rows as f32;
            let mean_dy = B::float_mul_scalar(sum.clone(), share.into());
            let mean_along = B::float_mul_scalar(along.clone(), share.into());
            let left = B::float_sub(B::float_sub(dy, mean_dy), B::float_mul(n, mean_along));
            grads.register::<B>(node.id, B::float_mul(B::float_mul(left, inverse), gamma));
        }
        if let Some(node) = node_gamma {
            grads.register::<B>(node.id, along);
        }
        if let Some(node) = node_beta {
            grads.register::<B>(node.id, sum);
        }
    }
}

impl<C: CheckpointStrategy> GpuOps for Autodiff<Cube, C> {
    fn gan_normalise_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        rows: usize,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let prepared =
            NormaliseRowsGradient.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful();
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let NormalisedRows { y, mean, variance, inverse } =
            forward::<Cube>(x.clone(), gamma.clone(), beta, epsilon, leak);
        let y = match prepared {
            OpsKind::Tracked(prepared) => prepared
                .finish(NormaliseRowsState { x, gamma, mean: mean.clone(), inverse, y: y.clone(), rows, leak }, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        };
        (y, FloatTensor::<Self>::new(mean), FloatTensor::<Self>::new(variance))
    }
}
