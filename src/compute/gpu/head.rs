//! The last layer of a discriminator on GPUs: one number for each picture's map, read where it lies.

mod kernels;

use super::layout::{new_map, new_tensor};
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::{CubeCount, CubeDim};
use kernels::{UNITS, head_kernel, map_kernel, weights_kernel};

/// As [`head`](crate::compute::ops::head), on a GPU.
pub(in crate::compute) fn head(x: Tensor<4>, weight: Tensor<1>, bias: Option<Tensor<1>>) -> Tensor<1> {
    let biased = bias.is_some();
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    let bias = bias.map_or_else(|| weight.clone(), Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as HeadOps>::gan_head(x, weight, bias, biased))
}

#[backend_extension(Cube, Fusion, Autodiff)]
trait HeadOps: Backend {
    /// `bias` may be any tensor where there is none.
    #[fusion(dtype = DType::F32, shape = Shape::new([x[0]]))]
    fn gan_head(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        biased: bool,
    ) -> FloatTensor<Self>;
}

#[backend_extension(Cube, Fusion)]
trait HeadGradientOps: Backend {
    /// The gradient by the map, which is like `x`, from that by the logits.
    #[fusion(dtype = x, shape = x)]
    fn gan_head_map(x: FloatTensor<Self>, d: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self>;

    /// The gradients by the weights and by the bias.
    #[fusion(meta = |x, _| {
        let features = x.shape[1] * x.shape[2] * x.shape[3];
        (TensorSpec::new(Shape::new([features]), DType::F32), TensorSpec::new(Shape::new([1]), DType::F32))
    })]
    fn gan_head_weights(x: FloatTensor<Self>, d: FloatTensor<Self>) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl HeadOps for CubeBackend {
    fn gan_head(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, biased: bool) -> CubeTensor {
        let pictures = x.meta.shape()[0];
        let (logits, dtype) = (new_tensor(&x, &[pictures], DType::F32), dtype_to_storage_type(x.dtype));
        head_kernel::launch(
            &x.client.clone(),
            CubeCount::Static(pictures as u32, 1, 1),
            CubeDim::new_1d(UNITS),
            x.into_tensor_arg(),
            into_contiguous(weight).into_tensor_arg(),
            bias.into_tensor_arg(),
            logits.clone().into_tensor_arg(),
            biased,
            dtype,
        );
        logits
    }
}

impl HeadGradientOps for CubeBackend {
    fn gan_head_map(x: CubeTensor, d: CubeTensor, weight: CubeTensor) -> CubeTensor {
        let dx = new_map(&x, x.meta.shape().dims(), x.dtype);
        let (client, units) = (x.client.clone(), dx.meta.num_elements());
        let dim = CubeDim::new(&client, units);
        map_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, units, dim),
            dim,
            into_contiguous(d).into_tensor_arg(),
            into_contiguous(weight).into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            dtype_to_storage_type(dx.dtype),
        );
        dx
    }

    fn gan_head_weights(x: CubeTensor, d: CubeTensor) -> (CubeTensor, CubeTensor) {
        let [pictures, channels, height, width] = x.meta.shape().dims();
        debug_assert_eq!(pictures, d.meta.num_elements());
        let features = channels * height * width;
        let [by_weight, by_bias] = [features, 1].map(|count| new_tensor(&x, &[count], DType::F32));
        let (client, dtype) = (x.client.clone(), dtype_to_storage_type(x.dtype));
        let dim = CubeDim::new(&client, features);
        weights_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, features, dim),
            dim,
            x.into_tensor_arg(),
            into_contiguous(d).into_tensor_arg(),
            by_weight.clone().into_tensor_arg(),
            by_bias.clone().into_tensor_arg(),
            dtype,
        );
        (by_weight, by_bias)
    }
}

/// Of `(x, weight, bias)`.
#[derive(Debug)]
struct HeadGradient;

impl Backward<Cube, 3> for HeadGradient {
    /// The map, the weights, and whether there is a bias.
    type State = (FloatTensor<Cube>, FloatTensor<Cube>, bool);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let (x, weight, biased) = ops.state;
        let d = grads.consume::<Cube>(&ops.node);
        let [node_x, node_weight, node_bias] = ops.parents;
        if let Some(node) = node_weight {
            let (by_weight, by_bias) = Cube::gan_head_weights(x.clone(), d.clone());
            grads.register::<Cube>(node.id, by_weight);
            if let Some(node) = node_bias.filter(|_| biased) {
                grads.register::<Cube>(node.id, by_bias);
            }
        }
        if let Some(node) = node_x {
            grads.register::<Cube>(node.id, Cube::gan_head_map(x, d, weight));
        }
    }
}

impl<C: CheckpointStrategy> HeadOps for Autodiff<Cube, C> {
    fn gan_head(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        biased: bool,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let prepared = HeadGradient.prepare::<C>(nodes).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let logits = Cube::gan_head(x.clone(), weight.clone(), bias.into_primitive(), biased);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((x, weight, biased), logits),
            OpsKind::UnTracked(prepared) => prepared.finish(logits),
        }
    }
}
