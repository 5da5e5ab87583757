//! What the CPU backend learns: the tensor library calls these operations, `flex` computes them, and `gradients`
//! records them for the backward pass. Tensors are in the order picture, channel, row, column.

use crate::compute::cpu::{AdamStep, Geometry};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

/// With gradients.
#[backend_extension(Flex, Autodiff)]
pub(crate) trait CpuOps: Backend {
    fn gan_conv(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
    fn gan_conv_transpose(x: FloatTensor<Self>, weight: FloatTensor<Self>, geometry: Geometry) -> FloatTensor<Self>;
    fn gan_normalise(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f32,
        leak: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
    fn gan_leaky(x: FloatTensor<Self>, leak: f32) -> FloatTensor<Self>;
    fn gan_tanh(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gan_add_bias(x: FloatTensor<Self>, bias: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gan_average_pool(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gan_join(a: FloatTensor<Self>, b: FloatTensor<Self>, scale: f32) -> FloatTensor<Self>;
    fn gan_scale_planes(x: FloatTensor<Self>, factors: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gan_sub_pixel_weights(stored: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Without gradients.
#[backend_extension(Flex)]
pub(crate) trait CpuOptimiser: Backend {
    fn gan_faults(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn gan_blend(a: FloatTensor<Self>, b: FloatTensor<Self>, share: f32) -> FloatTensor<Self>;
    fn gan_adam(
        p: FloatTensor<Self>,
        m: FloatTensor<Self>,
        v: FloatTensor<Self>,
        g: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}
