//! Convolution algorithms, normalisation and biases on a GPU: the same values and gradients as the CPU's.

use super::{furthest, gpu, map_in};
use burn::tensor::{Device, Tensor, TensorData};
use purrtrait::compute::gpu::{self as convolutions, GpuConvAlgorithm, GpuConvAlgorithms};
use purrtrait::compute::{ConvLayer, Kernel, Normalisation, ops};

const KERNEL: Kernel = Kernel { size: 4, stride: 2 };
const DOWN: ConvLayer = ConvLayer { kernel: KERNEL, up: false, half: false, leak: 1.0 };
const UP: ConvLayer = ConvLayer { up: true, ..DOWN };

fn wave(shape: [usize; 4], phase: f32, device: &Device) -> Tensor<4> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7391 + phase).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Value, data gradient and weight gradient.
fn run(shapes: [[usize; 4]; 2], device: &Device, f: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4>) -> [Vec<f32>; 3] {
    let [x, w] = shapes.map(|shape| wave(shape, shape[0] as f32, device).autodiff().require_grad());
    let y = f(x.clone(), w.clone());
    let y = map_in(false, &y);
    let gradients = (y.clone() * wave(y.dims(), 0.5, device).autodiff()).sum().backward();
    let host = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
    [host(y.without_autodiff()), host(x.grad(&gradients).unwrap()), host(w.grad(&gradients).unwrap())]
}

#[test]
fn all_algorithms_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let cpu = Device::flex();
    // A few channels, and as many as small tiles and large ones share differently.
    for (few, many) in [(3, 5), (70, 140)] {
        let (down, up) = ([[2, few, 16, 12], [many, few, 4, 4]], [[2, many, 8, 6], [many, few, 4, 4]]);
        let expected_down = run(down, &cpu, |x, w| ops::conv(x, w, KERNEL));
        let expected_up = run(up, &cpu, |x, w| ops::conv_transpose(x, w, KERNEL));
        for algorithm in GpuConvAlgorithm::ALL {
            let found_down = run(down, gpu.device(), |x, w| convolutions::conv(algorithm, x, w, DOWN));
            let found_up = run(up, gpu.device(), |x, w| convolutions::conv(algorithm, x, w, UP));
            for (expected, found) in expected_down.iter().zip(&found_down).chain(expected_up.iter().zip(&found_up)) {
                let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                let worst = furthest(expected, found) / scale;
                assert!(worst < 1e-5, "{} of {few} and {many} channels differs by {worst}", algorithm.name());
            }
        }
    }
}

/// A software adapter is never measured: its times say nothing.
#[test]
fn a_software_adapter_keeps_our_algorithm() {
    let Some(gpu) = gpu() else { return };
    if gpu.info.software && std::env::var_os("PURRTRAIT_CONV_ALGORITHM").is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(convolutions::choose(&gpu, folder.path()), [GpuConvAlgorithms::TILES; 2]);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

/// Normalisation on the GPU has a backward pass of its own; the CPU's is another. A mean far from zero, as sums of
/// products would feel it.
#[test]
fn normalisation_agrees_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    // Small maps, and as many pixels as two pictures of 256 px and five of 128 px have; those without an activation,
    // since among so many numbers some are so near zero that rounding decides their sign.
    for (leak, batches, dims) in [
        (0.0, 1, [4, 5, 6, 8]),
        (0.2, 1, [4, 5, 6, 8]),
        (1.0, 1, [4, 5, 6, 8]),
        (0.2, 2, [6, 5, 6, 7]),
        (1.0, 2, [66, 37, 5, 3]),
        (1.0, 2, [2, 5, 256, 256]),
        (1.0, 1, [5, 5, 128, 128]),
    ] {
        let channels = dims[1];
        // With maps of 16 bits on both sides, behind it, or nowhere.
        let run = |device: &Device, [before, half]: [bool; 2]| -> Vec<Vec<f32>> {
            let rule = Normalisation { epsilon: 1e-5, leak, batches, momentum: 0.1, half };
            let x = (wave(dims, 0.0, device) * 0.5 + 3.0).autodiff().require_grad();
            let [gamma, beta] = [1.0, 2.0].map(|phase| {
                let row: Tensor<1> = wave([1, channels, 1, 1], phase, device).reshape([channels]);
                row.autodiff().require_grad()
            });
            let running = [0.5, 1.5].map(|value| Tensor::full([channels], value, device));
            let affine = [gamma.clone(), beta.clone()];
            let (y, [mean, variance]) = ops::normalise(map_in(before, &x), affine, running, rule);
            let y = map_in(false, &y);
            // Sums of waves alone would nearly cancel.
            let gradients = (y.clone() * (wave(y.dims(), 0.5, device) + 0.5).autodiff()).sum().backward();
            let host4 = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
            let host = |t: Tensor<1>| t.into_data().try_into_vec::<f32>().unwrap();
            vec![
                host4(y.without_autodiff()),
                host(mean.without_autodiff()),
                host(variance.without_autodiff()),
                host4(x.grad(&gradients).unwrap()),
                host(gamma.grad(&gradients).unwrap()),
                host(beta.grad(&gradients).unwrap()),
            ]
        };
        let expected = run(&Device::flex(), [false; 2]);
        for bits in [[false; 2], [false, true], [true; 2]] {
            let half = bits[1];
            // Rounded numbers near zero may be on the other side of a ReLU's kink.
            if half && !gpu.has_half() || bits[0] && leak != 1.0 {
                continue;
            }
            for (part, (expected, found)) in expected.iter().zip(&run(gpu.device(), bits)).enumerate() {
                let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                let worst = furthest(expected, found) / scale;
                // Sums over so many pixels nearly cancel.
                let tolerance = match (half, dims[2] > 64) {
                    (false, true) => 5e-4,
                    (false, false) => 2e-5,
                    (true, _) => 2e-2,
                };
                assert!(worst < tolerance, "part {part} of {dims:?}, leak {leak}, 16 bits {bits:?}: off by {worst}");
            }
        }
    }
}

/// The gradient is a sum over all pixels, of which the library's own leaves out those beyond 65,536.
#[test]
fn biases_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    for dims in [[3, 7, 5, 6], [2, 5, 256, 256]] {
        let run = |device: &Device| -> [Vec<f32>; 3] {
            let x = wave(dims, 0.0, device).autodiff().require_grad();
            let bias: Tensor<1> = wave([1, dims[1], 1, 1], 1.0, device).reshape([dims[1]]);
            let bias = bias.autodiff().require_grad();
            let y = ops::add_bias(x.clone(), bias.clone());
            // Sums of waves alone would nearly cancel.
            let gradients = (y.clone() * (wave(dims, 0.5, device) + 0.5).autodiff()).sum().backward();
            let host = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
            let by_bias = bias.grad(&gradients).unwrap().into_data().try_into_vec::<f32>().unwrap();
            [host(y.without_autodiff()), host(x.grad(&gradients).unwrap()), by_bias]
        };
        for (part, (expected, found)) in run(&Device::flex()).iter().zip(&run(gpu.device())).enumerate() {
            let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let worst = furthest(expected, found) / scale;
            assert!(worst < 1e-4, "part {part} of {dims:?} differs by {worst}");
        }
    }
}

/// Batches of as many pixels as real trainings have: the library's own gradients leave pixels out.
#[test]
fn gradients_count_every_pixel_of_a_large_batch() {
    let Some(gpu) = gpu() else { return };
    for (x, weight) in [
        ([64, 8, 64, 64], [3, 8, 3, 3]),
        ([64, 3, 64, 64], [8, 3, 1, 1]),
        ([4, 8, 128, 128], [8, 8, 3, 3]),
        ([64, 4, 64, 64], [8, 4, 4, 4]),
    ] {
        let kernel = Kernel { size: weight[2], stride: if weight[2] == 4 { 2 } else { 1 } };
        let expected = run([x, weight], &Device::flex(), |x, w| ops::conv(x, w, kernel));
        // Tiles of any size are the same with so few channels.
        let slices = (kernel == KERNEL).then_some(GpuConvAlgorithm::Slices);
        for algorithm in [GpuConvAlgorithm::Tiles].into_iter().chain(slices) {
            let found = run([x, weight], gpu.device(), |x, w| {
                convolutions::conv(algorithm, x, w, ConvLayer { kernel, ..DOWN })
            });
            for (expected, found) in expected.iter().zip(&found) {
                let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                let worst = furthest(expected, found) / scale;
                assert!(worst < 1e-3, "{}, {x:?} and {weight:?}: {worst}", algorithm.name());
            }
        }
    }
}
