//! Our convolutions on a GPU: values and gradients are the CPU's, for every kernel that networks have.

use super::{gpu, noise};
use burn::tensor::{Device, Tensor};
use purrtrait::compute::{Kernel, ops};

/// Relative to the largest value. The devices add in different orders.
const TOLERANCE: f32 = 1e-4;

/// Value, gradient by the map, gradient by the weights.
fn products(
    kernel: Kernel,
    transposed: bool,
    [map, weight]: [[usize; 4]; 2],
    device: &Device,
) -> [(&'static str, Vec<f32>); 3] {
    let [x, w] = [(map, 1), (weight, 2)].map(|(shape, seed)| noise(shape, seed, device).autodiff().require_grad());
    let product = if transposed { ops::conv_transpose } else { ops::conv };
    let y = product(x.clone(), w.clone(), kernel);
    let gradients = (y.clone() * noise(y.dims(), 3, device).autodiff()).sum().backward();
    let host = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
    [
        ("value", host(y.without_autodiff())),
        ("gradient by the map", host(x.grad(&gradients).unwrap())),
        ("gradient by the weights", host(w.grad(&gradients).unwrap())),
    ]
}

fn agree(kernel: Kernel, transposed: bool, shapes: [[usize; 4]; 2], gpu: &Device) {
    let expected = products(kernel, transposed, shapes, &Device::flex());
    let found = products(kernel, transposed, shapes, gpu);
    for ((part, expected), (_, found)) in expected.iter().zip(&found) {
        assert_eq!(expected.len(), found.len());
        let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        // A NaN must not pass for equal, as it would with f32::max.
        let worst = expected.iter().zip(found).map(|(e, f)| (e - f).abs()).fold(0.0, |w, d| if d <= w { w } else { d });
        let share = worst / scale;
        assert!(share < TOLERANCE, "{part} of {kernel:?}, transposed {transposed}, {shapes:?}: {share}");
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
            agree(kernel, false, [[batch, few, height, width], [many, few, size, size]], gpu.device());
            agree(kernel, true, [[batch, many, height, width], [many, few, size, size]], gpu.device());
        }
    }
}

/// As many pixels and channels as the largest tiles and a split sum over pixels need, a single map of 256 x 256 among
/// them.
#[test]
fn large_maps_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let (three, four) = (Kernel { size: 3, stride: 1 }, Kernel { size: 4, stride: 2 });
    agree(three, false, [[1, 3, 256, 256], [5, 3, 3, 3]], gpu.device());
    agree(four, false, [[1, 2, 256, 256], [3, 2, 4, 4]], gpu.device());
    agree(four, true, [[1, 3, 128, 128], [3, 2, 4, 4]], gpu.device());
    agree(three, false, [[8, 2, 64, 64], [66, 2, 3, 3]], gpu.device());
    agree(Kernel { size: 1, stride: 1 }, false, [[4, 66, 256, 256], [66, 66, 1, 1]], gpu.device());
}

/// Sums are added in a fixed order.
#[test]
fn results_repeat_to_the_bit() {
    let Some(gpu) = gpu() else { return };
    let run = || products(Kernel { size: 3, stride: 1 }, false, [[5, 6, 32, 32], [7, 6, 3, 3]], gpu.device());
    assert_eq!(run(), run());
}
