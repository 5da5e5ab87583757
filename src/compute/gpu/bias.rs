//! Biases on GPUs: the library adds them, the sum that is their gradient is ours.

use super::rows::sum_rows;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, backend_extension};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;

/// `x` is rows x channels, `bias` 1 x channels.
#[backend_extension(Cube, Autodiff)]
pub(crate) trait BiasOps: Backend {
    fn gan_add_bias_rows(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
}

#[backend_extension(Cube, Fusion)]
pub(super) trait SumOps: Backend {
    /// The sum over the rows in 32 bits, 1 x channels.
    #[fusion(dtype = DType::F32, shape = Shape::new([1, x[1]]))]
    fn gan_sum_rows(x: FloatTensor<Self>) -> FloatTensor<Self>;
}

impl BiasOps for Cube {
    fn gan_add_bias_rows(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_add(x, bias)
    }
}

impl SumOps for CubeBackend {
    fn gan_sum_rows(x: CubeTensor) -> CubeTensor {
        sum_rows(x)
    }
}

/// Of `(x, bias)`.
#[derive(Debug)]
struct AddBiasGradient;

impl Backward<Cube, 2> for AddBiasGradient {
    type State = ();

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let dy = grads.consume::<Cube>(&ops.node);
        let [node_x, node_bias] = ops.parents;
        if let Some(node) = node_bias {
            grads.register::<Cube>(node.id, Cube::gan_sum_rows(dy.clone()));
        }
        if let Some(node) = node_x {
            grads.register::<Cube>(node.id, dy);
        }
    }
}

impl<C: CheckpointStrategy> BiasOps for Autodiff<Cube, C> {
    fn gan_add_bias_rows(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = AddBiasGradient.prepare::<C>([x.node(), bias.node()]).compute_bound().stateful();
        let y = Cube::gan_add_bias_rows(x.into_primitive(), bias.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((), y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
