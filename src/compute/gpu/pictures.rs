//! A batch of pictures from their bytes, on a GPU, in one kernel.

mod kernel;

use super::layout::new_map;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::{Int, Shape, Tensor};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::tensor::CubeTensor;
use cubecl::calculate_cube_count_elemwise;
use cubecl::prelude::CubeDim;
use kernel::pictures_kernel;

/// `count` pictures as B x 3 x side x side, values `byte / 127.5 - 1`. `bytes` holds all pictures, N x words of four
/// bytes in the order row, column, channel. `numbers` has two for each wanted picture from `first` on: which it is, and
/// 1 if it is mirrored, otherwise 0.
pub(crate) fn pictures(
    bytes: Tensor<2, Int>,
    numbers: &Tensor<1>,
    first: usize,
    count: usize,
    side: usize,
) -> Tensor<4> {
    let (bytes, numbers) = (bytes.into_dispatch(), numbers.clone().into_dispatch());
    Tensor::from_dispatch(<Dispatch as PictureOps>::gan_pictures(bytes, numbers, first, count, side))
}

#[backend_extension(Cube, Fusion)]
trait PictureOps: Backend {
    #[fusion(dtype = numbers, shape = Shape::new([*count, 3, *side, *side]))]
    fn gan_pictures(
        bytes: IntTensor<Self>,
        numbers: FloatTensor<Self>,
        first: usize,
        count: usize,
        side: usize,
    ) -> FloatTensor<Self>;
}

impl PictureOps for CubeBackend {
    fn gan_pictures(bytes: CubeTensor, numbers: CubeTensor, first: usize, count: usize, side: usize) -> CubeTensor {
        let bytes = into_contiguous(bytes);
        let y = new_map(&bytes, [count, 3, side, side], numbers.dtype);
        let units = count * side * side;
        let client = bytes.client.clone();
        let dim = CubeDim::new(&client, units);
        pictures_kernel::launch(
            &client,
            calculate_cube_count_elemwise(&client, units, dim),
            dim,
            bytes.into_tensor_arg(),
            numbers.into_tensor_arg(),
            y.clone().into_tensor_arg(),
            first as u32,
        );
        y
    }
}
