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
