//! Where the numbers of a map lie in a GPU's memory: pixel by pixel, each with all its channels ("channels last").

use burn::tensor::{DType, Shape};
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::ops::permute_nhwc_to_nchw;
use burn_cubecl::tensor::CubeTensor;

/// Memory for a map of B x C x H x W, channels last, where `like` is.
pub(super) fn new_map(like: &CubeTensor, [batch, channels, height, width]: [usize; 4], dtype: DType) -> CubeTensor {
    permute_nhwc_to_nchw(new_tensor(like, &[batch, height, width, channels], dtype))
}

/// Memory for a tensor in order, where `like` is.
pub(super) fn new_tensor(like: &CubeTensor, dims: &[usize], dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(like.client.clone(), like.device.clone(), Shape::from(dims.to_vec()), dtype)
}

/// The numbers of `whole`, which lie in order, from `first` on, without a copy. `first` is a multiple of 64, where
/// every device can begin a tensor.
pub(super) fn view(whole: &CubeTensor, first: usize, dims: &[usize]) -> CubeTensor {
    let (size, count): (_, usize) = (whole.dtype.size(), dims.iter().product());
    let after = whole.meta.num_elements() - first - count;
    let handle = whole.handle.clone().offset_start((first * size) as u64).offset_end((after * size) as u64);
    CubeTensor::new_contiguous(
        whole.client.clone(),
        whole.device.clone(),
        Shape::from(dims.to_vec()),
        handle,
        whole.dtype,
    )
}
