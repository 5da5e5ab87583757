//! Convolutions of our own for GPUs: matrix products over tiles in shared memory, of any kernel and stride 1 or 2, with
//! their gradients. They read maps where they lie, channels last or not; nothing is copied into another order.

mod kernels;

use super::layout::{new_map, new_tensor};
use super::rows::sum_parts;
use super::submissions::before_kernel;
use crate::compute::Kernel;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::{CubeCount, CubeDim};
use kernels::{Tile, product_kernel, weights_kernel};

/// As [`conv`](crate::compute::ops::conv), on a GPU.
pub(super) fn conv(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    let ([batch, c_in, height, width], [c_out, ..]) = (x.dims(), weight.dims());
    let small = [height, width].map(|side| side.div_ceil(kernel.stride));
    let maps = Maps { batch, channels: [c_in, c_out], large: [height, width], small, kernel };
    product(x, weight, false, maps)
}

/// As [`conv_transpose`](crate::compute::ops::conv_transpose), on a GPU.
pub(super) fn conv_transpose(x: Tensor<4>, weight: Tensor<4>, kernel: Kernel) -> Tensor<4> {
    let ([batch, c_out, height, width], [_, c_in, ..]) = (x.dims(), weight.dims());
    let large = [height, width].map(|side| side * kernel.stride);
    product(x, weight, true, Maps { batch, channels: [c_in, c_out], large, small: [height, width], kernel })
}

fn product(x: Tensor<4>, weight: Tensor<4>, transposed: bool, maps: Maps) -> Tensor<4> {
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(<Dispatch as TileOps>::gan_tile_product(x, weight, transposed, maps))
}

/// What a convolution leads from and to; a transposed one leads back.
#[derive(Debug, Clone, Copy)]
struct Maps {
    batch: usize,
    /// Of the large map and of the small one; the weights are small x large x K x K.
    channels: [usize; 2],
    /// Height and width.
    large: [usize; 2],
    small: [usize; 2],
    kernel: Kernel,
}

impl Maps {
    /// The shape of what a product gives.
    fn result(&self, transposed: bool) -> [usize; 4] {
        let [c_large, c_small] = self.channels;
        let (channels, [height, width]) = if transposed { (c_large, self.large) } else { (c_small, self.small) };
        [self.batch, channels, height, width]
    }

    fn weights(&self) -> [usize; 4] {
        let ([c_large, c_small], size) = (self.channels, self.kernel.size);
        [c_small, c_large, size, size]
    }

    /// Floating-point operations of each of the three products.
    fn flop(&self) -> u64 {
        let numbers = [self.batch, self.small[0], self.small[1]].into_iter().chain(self.weights());
        2 * numbers.map(|n| n as u64).product::<u64>()
    }
}

#[backend_extension(Cube, Fusion, Autodiff)]
trait TileOps: Backend {
    /// The convolution, or the transposed one, which is also the gradient by the convolution's map.
    #[fusion(dtype = x, shape = Shape::new(maps.result(*transposed)))]
    fn gan_tile_product(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        transposed: bool,
        maps: Maps,
    ) -> FloatTensor<Self>;
}

#[backend_extension(Cube, Fusion)]
trait TileWeightOps: Backend {
    /// The gradient by the weights, from a large map and a small one, of which one is a gradient.
    #[fusion(dtype = large, shape = Shape::new(maps.weights()))]
    fn gan_tile_weights(large: FloatTensor<Self>, small: FloatTensor<Self>, maps: Maps) -> FloatTensor<Self>;
}

const WIDE: Tile = Tile { rows: 128, columns: 128, depth: 8, each: [8, 8] };
const MIDDLE: Tile = Tile { rows: 64, columns: 64, depth: 16, each: [8, 4] };
/// For the few channels of pictures.
const NARROW: Tile = Tile { rows: 128, columns: 16, depth: 16, each: [8, 2] };
/// Cubes that keep a large GPU busy. With fewer, smaller tiles make more of them.
const ENOUGH: usize = 256;
/// Pixels that one cube sums over at least when the sum over all is split.
const FEWEST_PIXELS: usize = 1024;

impl Tile {
    /// How many tiles a matrix needs.
    fn count(self, [rows, columns]: [usize; 2]) -> usize {
        rows.div_ceil(self.rows) * columns.div_ceil(self.columns)
    }

    /// For `times` matrices of these sides.
    fn suited(matrix: [usize; 2], times: usize) -> Self {
        match matrix[1] {
            0..=16 => NARROW,
            65.. if matrix[0] > MIDDLE.rows && WIDE.count(matrix) * times >= ENOUGH => WIDE,
            _ => MIDDLE,
        }
    }

    /// All tiles of `times` matrices; a device takes up to 65,535 in each direction.
    fn cubes(self, matrix: [usize; 2], times: usize) -> CubeCount {
        let count = self.count(matrix);
        let across = count.min(1 << 15);
        CubeCount::Static(across as u32, count.div_ceil(across) as u32, times as u32)
    }

    fn dim(self) -> CubeDim {
        CubeDim::new_1d(self.units() as u32)
    }
}

impl TileOps for CubeBackend {
    fn gan_tile_product(x: CubeTensor, weight: CubeTensor, transposed: bool, maps: Maps) -> CubeTensor {
        let shape = maps.result(transposed);
        let [batch, channels, height, width] = shape;
        let Kernel { size, stride } = maps.kernel;
        let parts = if transposed { stride } else { 1 };
        let pixels = batch * height.div_ceil(parts) * width.div_ceil(parts);
        let (matrix, times) = ([pixels, channels], parts * parts);
        let tile = Tile::suited(matrix, times);
        let y = new_map(&x, shape, x.dtype);
        before_kernel(&x.client, maps.flop());
        // SAFETY: the kernel reads and writes within the tensors' shapes, which are those of `maps`.
        unsafe {
            product_kernel::launch_unchecked(
                &x.client.clone(),
                tile.cubes(matrix, times),
                tile.dim(),
                x.into_tensor_arg(),
                weight.into_tensor_arg(),
                y.clone().into_tensor_arg(),
                size,
                stride,
                transposed,
                tile,
                dtype_to_storage_type(y.dtype),
            );
        }
        y
    }
}

impl TileWeightOps for CubeBackend {
    fn gan_tile_weights(large: CubeTensor, small: CubeTensor, maps: Maps) -> CubeTensor {
        let shape = maps.weights();
        let [c_small, c_large, size, _] = shape;
        let [height, width] = maps.small;
        let pixels = maps.batch * height * width;
        let matrix = [c_small, c_large * size * size];
        let most = pixels.div_ceil(FEWEST_PIXELS);
        let tile = Tile::suited(matrix, most);
        let splits = (ENOUGH / tile.count(matrix)).clamp(1, most);
        let chunk = pixels.div_ceil(splits).next_multiple_of(tile.depth);
        let splits = pixels.div_ceil(chunk);
        let parts = new_tensor(&large, &[splits, c_small, c_large, size, size], DType::F32);
        let dtype = large.dtype;
        before_kernel(&large.client, maps.flop());
        // SAFETY: the kernel reads and writes within the tensors' shapes, which are those of `maps`.
        unsafe {
            weights_kernel::launch_unchecked(
                &large.client.clone(),
                tile.cubes(matrix, splits),
                tile.dim(),
                large.into_tensor_arg(),
                small.into_tensor_arg(),
                parts.clone().into_tensor_arg(),
                width as u32,
                (height * width) as u32,
                chunk as u32,
                size,
                maps.kernel.stride,
                tile,
                dtype_to_storage_type(dtype),
            );
        }
        sum_parts(parts, &shape, dtype)
    }
}

/// Of `(x, weight)`.
#[derive(Debug)]
struct TileGradient;

#[derive(Debug, Clone)]
struct Inputs {
    x: FloatTensor<Cube>,
    weight: FloatTensor<Cube>,
    transposed: bool,
    maps: Maps,
}

impl Backward<Cube, 2> for TileGradient {
    type State = Inputs;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Inputs { x, weight, transposed, maps } = ops.state;
        let dy = grads.consume::<Cube>(&ops.node);
        let [node_x, node_weight] = ops.parents;
        if let Some(node) = node_x {
            grads.register::<Cube>(node.id, Cube::gan_tile_product(dy.clone(), weight, !transposed, maps));
        }
        if let Some(node) = node_weight {
            let (large, small) = if transposed { (dy, x) } else { (x, dy) };
            grads.register::<Cube>(node.id, Cube::gan_tile_weights(large, small, maps));
        }
    }
}

impl<C: CheckpointStrategy> TileOps for Autodiff<Cube, C> {
    fn gan_tile_product(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        transposed: bool,
        maps: Maps,
    ) -> FloatTensor<Self> {
        let prepared = TileGradient.prepare::<C>([x.node(), weight.node()]).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let y = Cube::gan_tile_product(x.clone(), weight.clone(), transposed, maps);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(Inputs { x, weight, transposed, maps }, y),
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
