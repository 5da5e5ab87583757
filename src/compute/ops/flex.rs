//! The operations on plain tensors of the CPU backend.

use super::cpu_ops::{CpuOps, CpuOptimiser};
use crate::compute::cpu::{self, AdamStep, CpuConvAlgorithm, Geometry};
use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::tensor::{Shape, TensorData};

/// The values in order; copies only what is a view.
pub(super) fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

pub(super) fn values(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().unwrap_or_else(|| unreachable!("made contiguous before"))
}

pub(super) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Whether the tensor's numbers are a buffer of its own, in order, that nobody else holds.
fn owns_its_buffer(tensor: &FlexTensor) -> bool {
    let count = tensor.layout().num_elements();
    let whole = tensor.layout().start_offset() == 0 && tensor.bytes().len() == count * size_of::<f32>();
    whole && tensor.is_contiguous() && tensor.is_unique()
}

/// The same numbers, to be changed in place: in a copy if anybody else holds them.
pub(super) fn owned(tensor: FlexTensor) -> FlexTensor {
    if owns_its_buffer(&tensor) {
        return tensor;
    }
    let tensor = contiguous(tensor);
    self::tensor(cpu::copy(values(&tensor)), tensor.layout().shape().clone())
}

/// Keeps the memory of a tensor that is done with for the next one, if nobody else holds it.
pub(super) fn release(tensor: FlexTensor) {
    if owns_its_buffer(&tensor) {
        // The bytes and not the data, which would copy what the library aligned in its own way.
        let (bytes, ..) = tensor.into_data().into_parts();
        if let Ok(buffer) = bytes.try_into_vec::<f32>() {
            cpu::give(buffer);
        }
    }
}

/// Channels and numbers of a plane.
pub(super) fn channels_and_plane(shape: &Shape) -> (usize, usize) {
    (shape[1], shape[2] * shape[3])
}

/// Which way a convolution is read: each is the other's data gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConvDirection {
    Forward,
    Transposed,
}

impl ConvDirection {
    /// Of tensors in order. `x` is the geometry's input, or its output where it is read as transposed.
    pub(super) fn compute(self, by: CpuConvAlgorithm, x: &FlexTensor, weight: &FlexTensor, g: Geometry) -> FlexTensor {
        match self {
            Self::Forward => tensor(by.forward(&g, values(x), values(weight)), [g.batch, g.c_out, g.h_out, g.w_out]),
            Self::Transposed => {
                tensor(by.data_gradient(&g, values(x), values(weight)), [g.batch, g.c_in, g.h_in, g.w_in])
            }
        }
    }

    /// The gradient of `x`, given that of the result.
    pub(super) fn data_gradient(
        self,
        by: CpuConvAlgorithm,
        dy: &FlexTensor,
        weight: &FlexTensor,
        g: Geometry,
    ) -> FlexTensor {
        let other = match self {
            Self::Forward => Self::Transposed,
            Self::Transposed => Self::Forward,
        };
        other.compute(by, dy, weight, g)
    }

    /// The gradient of the weight, given that of the result.
    pub(super) fn weight_gradient(
        self,
        by: CpuConvAlgorithm,
        x: &FlexTensor,
        dy: &FlexTensor,
        g: Geometry,
    ) -> Vec<f32> {
        match self {
            Self::Forward => by.weight_gradient(&g, values(x), values(dy)),
            Self::Transposed => by.weight_gradient(&g, values(dy), values(x)),
        }
    }
}

impl CpuOps for Flex {
    fn gan_conv(x: FlexTensor, weight: FlexTensor, g: Geometry) -> FlexTensor {
        ConvDirection::Forward.compute(CpuConvAlgorithm::Direct, &contiguous(x), &contiguous(weight), g)
    }

    fn gan_conv_transpose(x: FlexTensor, weight: FlexTensor, g: Geometry) -> FlexTensor {
        ConvDirection::Transposed.compute(CpuConvAlgorithm::Direct, &contiguous(x), &contiguous(weight), g)
    }

    fn gan_normalise(
        x: FlexTensor,
        gamma: FlexTensor,
        beta: FlexTensor,
        epsilon: f32,
        leak: f32,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (x, gamma, beta) = (contiguous(x), contiguous(gamma), contiguous(beta));
        let shape = x.layout().shape().clone();
        let (channels, plane) = channels_and_plane(&shape);
        let found = cpu::normalise(values(&x), [values(&gamma), values(&beta)], plane, epsilon, leak);
        (tensor(found.y, shape), tensor(found.mean, [channels]), tensor(found.variance, [channels]))
    }

    fn gan_leaky(x: FlexTensor, leak: f32) -> FlexTensor {
        let mut y = owned(x);
        cpu::leaky(y.storage_mut(), leak);
        y
    }

    fn gan_tanh(x: FlexTensor) -> FlexTensor {
        let mut y = owned(x);
        cpu::tanh(y.storage_mut());
        y
    }

    fn gan_add_bias(x: FlexTensor, bias: FlexTensor) -> FlexTensor {
        let (mut y, bias) = (owned(x), contiguous(bias));
        let (_, plane) = channels_and_plane(y.layout().shape());
        cpu::add_bias(y.storage_mut(), values(&bias), plane);
        y
    }

    fn gan_average_pool(x: FlexTensor) -> FlexTensor {
        let x = contiguous(x);
        let [height, width] = [2, 3].map(|axis| x.layout().shape()[axis]);
        let shape = [x.layout().shape()[0], x.layout().shape()[1], height / 2, width / 2];
        tensor(cpu::average_pool(values(&x), height, width), shape)
    }

    fn gan_join(a: FlexTensor, b: FlexTensor, scale: f32) -> FlexTensor {
        let (a, b) = (contiguous(a), contiguous(b));
        let y = tensor(cpu::join(values(&a), values(&b), scale), a.layout().shape().clone());
        release(a);
        release(b);
        y
    }

    fn gan_scale_planes(x: FlexTensor, factors: FlexTensor) -> FlexTensor {
        let (x, factors) = (contiguous(x), contiguous(factors));
        let shape = x.layout().shape().clone();
        let (_, plane) = channels_and_plane(&shape);
        tensor(cpu::scale_planes(values(&x), values(&factors), plane), shape)
    }

    fn gan_sub_pixel_weights(stored: FlexTensor) -> FlexTensor {
        let used = cpu::sub_pixel_weights(values(&contiguous(stored)));
        let count = used.len();
        tensor(used, [count])
    }
}

impl CpuOptimiser for Flex {
    fn gan_faults(x: FlexTensor) -> FlexTensor {
        tensor(vec![cpu::faults(values(&contiguous(x)))], [1])
    }

    fn gan_blend(a: FlexTensor, b: FlexTensor, share: f32) -> FlexTensor {
        let (mut a, b) = (owned(a), contiguous(b));
        cpu::blend(a.storage_mut(), values(&b), share);
        a
    }

    fn gan_adam(
        p: FlexTensor,
        m: FlexTensor,
        v: FlexTensor,
        g: FlexTensor,
        step: AdamStep,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (mut p, mut m, mut v, g) = (owned(p), owned(m), owned(v), contiguous(g));
        cpu::adam(p.storage_mut(), m.storage_mut(), v.storage_mut(), values(&g), step);
        release(g);
        (p, m, v)
    }
}
