//! Convolutions of our own for GPUs: matrix products over tiles in shared memory, of any kernel and stride 1 or 2, and
//! their gradients. They read maps where they lie, channels last or not; nothing is copied into another order. What
//! stands beside them in a network is done while numbers are read and written. In mixed precision maps are of 16 bits,
//! and so is what is brought into shared memory and multiplied, by matrix units where the device has them. Sums,
//! weights and their gradients are of 32.

mod gradients;
mod kernels;
mod matrices;
mod sums;

use super::algorithms::GpuConvAlgorithm;
use super::layout::{new_map, new_tensor, view};
use super::rows::sum_parts;
use super::submissions::before_kernel;
use crate::compute::{ConvLayer, Kernel};
use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::fusion::custom::TensorSpec;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};
use burn::tensor::{DType, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::client::Client;
use cubecl::prelude::{CubeCount, CubeDim};
use gradients::{slope_kernel, weights_kernel};
pub(super) use kernels::Finish;
use kernels::product_kernel;
pub(crate) use matrices::matrix_units;
use matrices::with_matrices;
use sums::Tile;

/// What a convolution leads from and to; a transposed one leads back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Maps {
    pub batch: usize,
    /// Of the large map and of the small one; the weights are small x large x K x K.
    pub channels: [usize; 2],
    /// Height and width.
    pub large: [usize; 2],
    pub small: [usize; 2],
    pub kernel: Kernel,
    /// 16-bit numbers are multiplied.
    pub half: bool,
    /// Of the map that a product gives.
    dtype: DType,
    /// Which tiles it takes.
    algorithm: GpuConvAlgorithm,
}

impl Maps {
    /// Of a convolution of `x` by `weight`, or of a transposed one.
    pub(super) fn new(
        x: &Tensor<4>,
        weight: &Tensor<4>,
        ConvLayer { kernel, up, half, .. }: ConvLayer,
        algorithm: GpuConvAlgorithm,
    ) -> Self {
        let ([batch, _, height, width], [c_small, c_large, ..]) = (x.dims(), weight.dims());
        let own = [height, width];
        let (large, small) = if up {
            (own.map(|side| side * kernel.stride), own)
        } else {
            (own, own.map(|side| side.div_ceil(kernel.stride)))
        };
        let dtype = dtype_in(half);
        Self { batch, channels: [c_large, c_small], large, small, kernel, half, dtype, algorithm }
    }

    /// The same for a product that gives a map of such numbers.
    pub(super) fn giving(self, dtype: DType) -> Self {
        Self { dtype, ..self }
    }

    /// Of the 1 x 1 convolution beside this one, from means of 2 x 2 pixels of the large map.
    pub(super) fn beside(self) -> Self {
        Self { large: self.small, kernel: Kernel { size: 1, stride: 1 }, ..self }
    }

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

/// What a product does besides multiplying.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around {
    /// Means of 2 x 2 pixels take the place of the map.
    pub pooled: bool,
    /// A bias is added to each channel.
    pub biased: bool,
    pub finish: Finish,
    pub factor: f64,
}

impl Around {
    /// Nothing.
    pub(super) const NOTHING: Self = Self { pooled: false, biased: false, finish: Finish::Nothing, factor: 1.0 };
}

#[backend_extension(Cube, Fusion)]
pub(super) trait TileOps: Backend {
    /// The convolution, or the transposed one, which is also the gradient by the convolution's map. Of `bias`
    /// (channels) and `other` (a map) whatever is not used may be any tensor.
    #[fusion(dtype = maps.dtype, shape = Shape::new(maps.result(*transposed)))]
    fn gan_tile_product(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        other: FloatTensor<Self>,
        around: Around,
        transposed: bool,
        maps: Maps,
    ) -> FloatTensor<Self>;

    /// The gradient by the weights, from a large map and a small one, of which one is a gradient.
    #[fusion(dtype = DType::F32, shape = Shape::new(maps.weights()))]
    fn gan_tile_weights(
        large: FloatTensor<Self>,
        small: FloatTensor<Self>,
        around: Around,
        maps: Maps,
    ) -> FloatTensor<Self>;

    /// The same, with that by the biases of the small map.
    #[fusion(meta = |_, _, _, maps| (
        TensorSpec::new(Shape::new(maps.weights()), DType::F32),
        TensorSpec::new(Shape::new([maps.channels[1]]), DType::F32),
    ))]
    fn gan_tile_weights_and_bias(
        large: FloatTensor<Self>,
        small: FloatTensor<Self>,
        around: Around,
        maps: Maps,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);

    /// `factor` times the gradient `dz` behind a leaky ReLU that gave `y`.
    #[fusion(dtype = y, shape = y)]
    fn gan_tile_slope(dz: FloatTensor<Self>, y: FloatTensor<Self>, leak: f32, factor: f32) -> FloatTensor<Self>;
}

/// Cubes that keep a large GPU busy. With fewer, smaller tiles make more of them.
const ENOUGH: usize = 256;
/// Pixels that one cube sums over at least when the sum over all is split.
const FEWEST_PIXELS: usize = 1024;

/// Of factors in shared memory, and of the maps of a network.
fn dtype_in(half: bool) -> DType {
    if half { DType::F16 } else { DType::F32 }
}

impl GpuConvAlgorithm {
    /// Whether it takes the large tiles of which there are so many.
    fn takes_large(self, count: usize) -> bool {
        self == Self::LargeTiles || self != Self::SmallTiles && count >= ENOUGH
    }
}

impl Tile {
    /// How many tiles a matrix needs.
    fn count(self, [rows, columns]: [usize; 2]) -> usize {
        rows.div_ceil(self.rows) * columns.div_ceil(self.columns)
    }

    /// For `times` matrices of these sides, on the device of `client`.
    fn suited(matrix: [usize; 2], times: usize, maps: &Maps, client: &Client) -> Self {
        let by_matrices = |tile| if maps.half { with_matrices(tile, client.properties()) } else { None };
        let small = if matrix[1] <= Tile::NARROW.columns { Tile::NARROW } else { Tile::MIDDLE };
        let wide = small == Tile::MIDDLE && matrix[1] > Tile::MIDDLE.columns && matrix[0] > Tile::MIDDLE.rows;
        match by_matrices(small) {
            Some(tile) => tile,
            None if wide && maps.algorithm.takes_large(Tile::WIDE.count(matrix) * times) => Tile::WIDE,
            None => small,
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
    fn gan_tile_product(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        other: CubeTensor,
        around: Around,
        transposed: bool,
        maps: Maps,
    ) -> CubeTensor {
        let shape = maps.result(transposed);
        let [batch, channels, height, width] = shape;
        let Kernel { size, stride } = maps.kernel;
        let parts = if transposed { stride } else { 1 };
        let pixels = batch * height.div_ceil(parts) * width.div_ceil(parts);
        let (matrix, times) = ([pixels, channels], parts * parts);
        let tile = Tile::suited(matrix, times, &maps, &x.client);
        let y = new_map(&x, shape, maps.dtype);
        let [from, beside, to] = [&x, &other, &y].map(|map| dtype_to_storage_type(map.dtype));
        let bias = if around.biased { into_contiguous(bias) } else { bias };
        before_kernel(&x.client, maps.flop());
        // SAFETY: the kernel reads and writes within the tensors' shapes, which are those of `maps`.
        unsafe {
            product_kernel::launch_unchecked(
                &x.client.clone(),
                tile.cubes(matrix, times),
                tile.dim(),
                x.into_tensor_arg(),
                weight.into_tensor_arg(),
                bias.into_tensor_arg(),
                other.into_tensor_arg(),
                y.clone().into_tensor_arg(),
                around.factor as f32,
                size,
                stride,
                transposed,
                around.pooled,
                around.biased,
                around.finish,
                tile,
                dtype_to_storage_type(dtype_in(maps.half)),
                from,
                beside,
                to,
            );
        }
        y
    }

    fn gan_tile_weights(large: CubeTensor, small: CubeTensor, around: Around, maps: Maps) -> CubeTensor {
        let shape = maps.weights();
        let all = weights(large, small, Around { biased: false, ..around }, maps);
        view(&all, 0, &shape)
    }

    fn gan_tile_weights_and_bias(
        large: CubeTensor,
        small: CubeTensor,
        around: Around,
        maps: Maps,
    ) -> (CubeTensor, CubeTensor) {
        let (shape, channels) = (maps.weights(), maps.channels[1]);
        let all = weights(large, small, Around { biased: true, ..around }, maps);
        (view(&all, 0, &shape), view(&all, all.meta.num_elements() - channels, &[channels]))
    }

    fn gan_tile_slope(dz: CubeTensor, y: CubeTensor, leak: f32, factor: f32) -> CubeTensor {
        let d = new_map(&y, y.meta.shape().dims(), y.dtype);
        let (client, units) = (y.client.clone(), d.meta.num_elements());
        let dim = CubeDim::new(&client, units);
        let [of_dz, of_y] = [&dz, &y].map(|map| dtype_to_storage_type(map.dtype));
        slope_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, units, dim),
            dim,
            dz.into_tensor_arg(),
            y.into_tensor_arg(),
            d.clone().into_tensor_arg(),
            leak,
            factor,
            of_dz,
            of_y,
        );
        d
    }
}

/// The gradients of all weights, and where `biased` from the next multiple of 256 bytes on those of the biases.
fn weights(large: CubeTensor, small: CubeTensor, around: Around, maps: Maps) -> CubeTensor {
    let [c_small, c_large, size, _] = maps.weights();
    let [height, width] = maps.small;
    let pixels = maps.batch * height * width;
    let (own, bias) = (c_large * size * size, usize::from(around.biased));
    let matrix = [c_small, own + bias];
    let most = pixels.div_ceil(FEWEST_PIXELS);
    let tile = Tile::suited(matrix, most, &maps, &large.client);
    let splits = (ENOUGH / tile.count(matrix)).clamp(1, most);
    let chunk = pixels.div_ceil(splits).next_multiple_of(tile.depth);
    let splits = pixels.div_ceil(chunk);
    let length = if around.biased { (c_small * own).next_multiple_of(64) + c_small } else { c_small * own };
    let parts = new_tensor(&large, &[splits, length], DType::F32);
    let [of_x, of_dy] = [&large, &small].map(|map| dtype_to_storage_type(map.dtype));
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
            around.factor as f32,
            size,
            maps.kernel.stride,
            around.pooled,
            around.biased,
            tile,
            dtype_to_storage_type(dtype_in(maps.half)),
            of_x,
            of_dy,
        );
    }
    // A single part is the sum already.
    if splits == 1 { parts } else { sum_parts(parts, &[length]) }
}
