//! What a GAN spends its time on, for the CPU: plain functions over slices, no tensors.
//!
//! All are deterministic: how sums are cut into pieces depends on the shapes alone, never on the number of threads, and
//! they are added in a fixed order.

mod adam;
mod conv;
mod conv_algorithm;
mod multiply;
mod norm;
mod patches;
mod pointwise;
mod pool;
mod shared;
mod simd_dispatch;
mod sub_pixel;
mod sums;
mod winograd;

pub(crate) use adam::AdamStep;
pub(super) use adam::adam;
pub(crate) use conv::forward_alone;
pub(super) use conv_algorithm::CpuConvAlgorithm;
#[cfg(test)]
pub(super) use conv_algorithm::pieces;
pub(super) use norm::{NormState, norm_gradients, normalise};
pub(crate) use patches::Geometry;
pub(crate) use pointwise::add_relu;
pub(super) use pointwise::{
    add_bias, average_pool, average_pool_gradient, bias_gradient, blend, copy, faults, join, leaky, leaky_gradient,
    scale, scale_planes, scale_planes_gradients, tanh, tanh_gradient,
};
pub(crate) use pool::{give, take, work_done};
pub(crate) use sub_pixel::SUB_PIXEL_SUMS;
pub(super) use sub_pixel::{sub_pixel_gradient, sub_pixel_weights};
