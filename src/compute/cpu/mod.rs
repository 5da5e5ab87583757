//! What a GAN spends its time on, for the CPU: plain functions over slices, no tensors.
//!
//! All are deterministic: which numbers are summed together depends on the shapes alone, and sums are added in a fixed
//! order. Only what changes no number is cut by the number of threads.

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
mod sums;
mod winograd;

pub(crate) use adam::AdamStep;
pub(super) use adam::adam;
pub(crate) use conv::forward_alone;
pub(super) use conv_algorithm::CpuConvAlgorithm;
pub(super) use norm::{NormState, norm_gradients, normalise};
pub(crate) use patches::Geometry;
pub(crate) use pointwise::add_relu;
pub(super) use pointwise::{
    add_bias, average_pool, average_pool_gradient, bias_gradient, blend, copy, leaky, leaky_gradient, tanh,
    tanh_gradient,
};
pub(crate) use pool::{give, take, work_done};
