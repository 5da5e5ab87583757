//! Normalisation on GPUs in kernels of our own: two passes over the map forward, and two backward.

mod kernels;

use super::layout::{new_tensor, view};
use super::rows::Division;
use crate::compute::Normalisation;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, backend_extension};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use kernels::{gradient_kernel, moments_kernel, normalise_kernel, slopes_kernel};

/// What the GPU backend learns. `x` is rows x channels, the others 1 x channels.
#[backend_extension(Cube, Fusion, Autodiff)]
pub(crate) trait NormaliseOps: Backend {
    /// `(y, running mean, running variance, statistics for the gradient)`; see
    /// [`normalise`](crate::compute::ops::normalise). `mean` and `variance` are the running ones so far.
    #[fusion(meta = |x, gamma, _, _, _, rule| {
        (of_result(x, rule), gamma.clone(), gamma.clone(), table(x, STATS * rule.batches))
    })]
    fn gan_normalise_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        rule: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

#[backend_extension(Cube, Fusion)]
trait NormaliseGradientOps: Backend {
    /// The gradients by x, gamma and beta.
    #[fusion(meta = |x, _, gamma, beta, _, _| (x.clone(), gamma.clone(), beta.clone()))]
    fn gan_normalise_rows_gradient(
        x: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        stats: FloatTensor<Self>,
        rule: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// Rows of the statistics of each batch: mean, variance, 1 / sqrt(variance + epsilon).
const STATS: usize = 3;

/// Rows for the channels of `x` that each begin where the device can begin a tensor, at multiples of 256 bytes.
fn table(x: &TensorSpec, rows: usize) -> TensorSpec {
    TensorSpec::new(Shape::new([rows, pitch(x.shape[1])]), DType::F32)
}

/// What normalising `x` gives.
fn of_result(x: &TensorSpec, rule: &Normalisation) -> TensorSpec {
    TensorSpec::new(x.shape.clone(), result_dtype(x.dtype, rule))
}

fn result_dtype(x: DType, rule: &Normalisation) -> DType {
    if rule.half { DType::F16 } else { x }
}

fn pitch(channels: usize) -> usize {
    channels.next_multiple_of(64)
}

/// Row `row` of a table, without a copy: 1 x channels.
fn row(table: &CubeTensor, row: usize, channels: usize) -> CubeTensor {
    view(table, row * pitch(channels), &[1, channels])
}

impl NormaliseOps for CubeBackend {
    fn gan_normalise_rows(
        x: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        mean: CubeTensor,
        variance: CubeTensor,
        rule: Normalisation,
    ) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
        let [x, gamma, beta, mean, variance] = [x, gamma, beta, mean, variance].map(into_contiguous);
        let [rows, channels] = x.meta.shape().dims();
        let batches = rule.batches;
        let division = Division::of(rows / batches, channels);
        let new = |dims: &[usize]| new_tensor(&x, dims, DType::F32);
        let parts = new(&[batches * division.chunks, 2, channels]);
        let y = new_tensor(&x, &[rows, channels], result_dtype(x.dtype, &rule));
        let [of_x, of_y] = [&x, &y].map(|map| dtype_to_storage_type(map.dtype));
        let (stats, followed) = (new(&[STATS * batches, pitch(channels)]), new(&[2, pitch(channels)]));
        let client = x.client.clone();
        moments_kernel::launch(
            &client,
            division.cubes(batches),
            Division::dim(),
            x.clone().into_tensor_arg(),
            parts.clone().into_tensor_arg(),
            division.rows as u32,
            batches,
            of_x,
        );
        normalise_kernel::launch(
            &client,
            division.cubes(batches),
            Division::dim(),
            x.into_tensor_arg(),
            gamma.into_tensor_arg(),
            beta.into_tensor_arg(),
            mean.into_tensor_arg(),
            variance.into_tensor_arg(),
            parts.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            stats.clone().into_tensor_arg(),
            followed.clone().into_tensor_arg(),
            division.rows as u32,
            rule.epsilon as f32,
            rule.leak as f32,
            rule.momentum as f32,
            batches,
            of_x,
            of_y,
        );
        (y, row(&followed, 0, channels), row(&followed, 1, channels), stats)
    }
}

impl NormaliseGradientOps for CubeBackend {
    fn gan_normalise_rows_gradient(
        x: CubeTensor,
        dy: CubeTensor,
        gamma: CubeTensor,
        beta: CubeTensor,
        stats: CubeTensor,
        rule: Normalisation,
    ) -> (CubeTensor, CubeTensor, CubeTensor) {
        let [x, dy, gamma, beta] = [x, dy, gamma, beta].map(into_contiguous);
        let [rows, channels] = x.meta.shape().dims();
        let batches = rule.batches;
        let division = Division::of(rows / batches, channels);
        let new = |dims: &[usize]| new_tensor(&x, dims, DType::F32);
        let (parts, slopes) = (new(&[batches * division.chunks, 2, channels]), new(&[2, pitch(channels)]));
        let dx = new_tensor(&x, &[rows, channels], x.dtype);
        let [of_x, of_dy] = [&x, &dy].map(|map| dtype_to_storage_type(map.dtype));
        let client = x.client.clone();
        slopes_kernel::launch(
            &client,
            division.cubes(batches),
            Division::dim(),
            x.clone().into_tensor_arg(),
            dy.clone().into_tensor_arg(),
            gamma.clone().into_tensor_arg(),
            beta.clone().into_tensor_arg(),
            stats.clone().into_tensor_arg(),
            parts.clone().into_tensor_arg(),
            division.rows as u32,
            rule.leak as f32,
            batches,
            of_x,
            of_dy,
        );
        gradient_kernel::launch(
            &client,
            division.cubes(batches),
            Division::dim(),
            x.into_tensor_arg(),
            dy.into_tensor_arg(),
            gamma.into_tensor_arg(),
            beta.into_tensor_arg(),
            stats.into_tensor_arg(),
            parts.into_tensor_arg(),
            dx.clone().into_tensor_arg(),
            slopes.clone().into_tensor_arg(),
            division.rows as u32,
            rule.leak as f32,
            batches,
            of_x,
            of_dy,
        );
        (dx, row(&slopes, 0, channels), row(&slopes, 1, channels))
    }
}

/// Of `(x, gamma, beta)`.
#[derive(Debug)]
struct NormaliseGradient;

/// What the forward pass keeps for the backward pass.
#[derive(Debug, Clone)]
struct Normalised {
    x: FloatTensor<Cube>,
    gamma: FloatTensor<Cube>,
    beta: FloatTensor<Cube>,
    stats: FloatTensor<Cube>,
    rule: Normalisation,
}

impl Backward<Cube, 3> for NormaliseGradient {
    type State = Normalised;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Normalised { x, gamma, beta, stats, rule } = ops.state;
        let dy = grads.consume::<Cube>(&ops.node);
        let (dx, d_gamma, d_beta) = Cube::gan_normalise_rows_gradient(x, dy, gamma, beta, stats, rule);
        for (node, gradient) in ops.parents.into_iter().zip([dx, d_gamma, d_beta]) {
            if let Some(node) = node {
                grads.register::<Cube>(node.id, gradient);
            }
        }
    }
}

impl<C: CheckpointStrategy> NormaliseOps for Autodiff<Cube, C> {
    fn gan_normalise_rows(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        mean: FloatTensor<Self>,
        variance: FloatTensor<Self>,
        rule: Normalisation,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = NormaliseGradient.prepare::<C>([x.node(), gamma.node(), beta.node()]).compute_bound().stateful();
        let (x, gamma, beta) = (x.into_primitive(), gamma.into_primitive(), beta.into_primitive());
        let (mean, variance) = (mean.into_primitive(), variance.into_primitive());
        let (y, mean, variance, stats) =
            Cube::gan_normalise_rows(x.clone(), gamma.clone(), beta.clone(), mean, variance, rule);
        let y = match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(Normalised { x, gamma, beta, stats: stats.clone(), rule }, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        };
        let constant = FloatTensor::<Self>::new;
        (y, constant(mean), constant(variance), constant(stats))
    }
}
