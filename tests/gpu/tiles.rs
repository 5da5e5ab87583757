//! Our convolutions on a GPU: values and gradients are the CPU's, for every kernel that networks have.

use super::{furthest, gpu, map_in, noise};
use burn::tensor::{Device, Tensor};
use purrtrait::compute::{ComputeDevice, ConvLayer, Kernel, ops};

/// Relative to the largest value. The devices add in different orders.
const TOLERANCE: f32 = 1e-4;
/// The same in 16 bits, which keep 11 binary digits of each factor; sums of few terms may nearly cancel.
const HALF_TOLERANCE: f32 = 2e-2;

/// Value, gradient by the map, gradient by the weights.
fn products(layer: ConvLayer, [map, weight]: [[usize; 4]; 2], device: &Device) -> [(&'static str, Vec<f32>); 3] {
    let [x, w] = [(map, 1), (weight, 2)].map(|(shape, seed)| noise(shape, seed, device).autodiff().require_grad());
    let y = map_in(false, &ops::layer(map_in(layer.half, &x), w.clone(), None, layer));
    let gradients = (y.clone() * noise(y.dims(), 3, device).autodiff()).sum().backward();
    let host = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
    [
        ("value", host(y.without_autodiff())),
        ("gradient by the map", host(x.grad(&gradients).unwrap())),
        ("gradient by the weights", host(w.grad(&gradients).unwrap())),
    ]
}

/// In 32 bits, and in 16 where the device has them.
fn agree(kernel: Kernel, up: bool, shapes: [[usize; 4]; 2], gpu: &ComputeDevice) {
    let layer = ConvLayer { kernel, up, half: false, leak: 1.0 };
    let expected = products(layer, shapes, &Device::flex());
    for half in [false, true] {
        if half && !gpu.has_half() {
            continue;
        }
        let (layer, tolerance) = (ConvLayer { half, ..layer }, if half { HALF_TOLERANCE } else { TOLERANCE });
        let found = products(layer, shapes, gpu.device());
        for ((part, expected), (_, found)) in expected.iter().zip(&found) {
            let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let share = furthest(expected, found) / scale;
            assert!(share < tolerance, "{part} of {layer:?}, {shapes:?}: {share}");
        }
    }
}

/// Every kernel; odd sides, single pixels, more channels than a tile has and fewer than it takes at once, batches from
/// 1 to 33. Transposed, with sides that the stride divides.
#[test]
fn all_kernels_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for (size, stride) in [(3, 1), (4, 2), (5, 2), (1, 1), (5, 1), (3, 2)] {
        let kernel = Kernel { size, stride };
        for (batch, [few, many], [height, width]) in [
            (2, [3, 5], [6, 8]),
            (3, [17, 20], [5, 7]),
            (1, [1, 1], [1, 1]),
            (33, [5, 3], [4, 3]),
            (2, [20, 70], [9, 10]),
        ] {
            agree(kernel, false, [[batch, few, height, width], [many, few, size, size]], &gpu);
            agree(kernel, true, [[batch, many, height, width], [many, few, size, size]], &gpu);
        }
    }
}

/// As many pixels and channels as the largest tiles and a split sum over pixels need, a single map of 256 x 256 among
/// them.
#[test]
fn large_maps_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let (three, four) = (Kernel { size: 3, stride: 1 }, Kernel { size: 4, stride: 2 });
    agree(three, false, [[1, 3, 256, 256], [5, 3, 3, 3]], &gpu);
    agree(four, false, [[1, 2, 256, 256], [3, 2, 4, 4]], &gpu);
    agree(four, true, [[1, 3, 128, 128], [3, 2, 4, 4]], &gpu);
    agree(three, false, [[8, 2, 64, 64], [66, 2, 3, 3]], &gpu);
    agree(Kernel { size: 1, stride: 1 }, false, [[4, 66, 256, 256], [66, 66, 1, 1]], &gpu);
}

/// Sums are added in a fixed order.
#[test]
fn results_repeat_to_the_bit() {
    let Some(gpu) = gpu() else { return };
    for half in [false, gpu.has_half()] {
        let layer = ConvLayer { kernel: Kernel { size: 3, stride: 1 }, up: false, half, leak: 1.0 };
        let run = || products(layer, [[5, 6, 32, 32], [7, 6, 3, 3]], gpu.device());
        assert_eq!(run(), run());
    }
}
