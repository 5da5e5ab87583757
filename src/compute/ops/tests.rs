//! Our operations against the tensor library's own on the same device: values and all gradients.

use super::*;
use crate::compute::gpu::{self, GpuConvAlgorithm};
use crate::compute::{any_gpu, furthest};
use burn::tensor::activation::leaky_relu;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Normal};

/// Largest difference relative to the largest value.
fn difference<const D: usize>(ours: Tensor<D>, theirs: Tensor<D>) -> f32 {
    assert_eq!(ours.dims(), theirs.dims());
    let values = |t: Tensor<D>| t.without_autodiff().into_data().try_into_vec::<f32>().unwrap();
    let (a, b) = (values(ours), values(theirs));
    let scale = b.iter().fold(1e-6f32, |m, v| m.max(v.abs()));
    furthest(&a, &b) / scale
}

/// Drawn here and not by the library, whose generator is one for all tests that run at the same time.
fn random<const D: usize>(shape: [usize; D], seed: u64) -> Tensor<D> {
    let normal = Normal::new(0.3, 1.0).unwrap();
    let values = normal.sample_iter(ChaCha8Rng::seed_from_u64(seed)).take(shape.iter().product());
    Tensor::from_data(TensorData::new(values.collect::<Vec<f32>>(), shape), &Device::flex())
}

/// Runs `f` on tracked copies of the two inputs, weights the result unevenly, and gives value and gradients.
fn run(
    x: &Tensor<4>,
    w: &Tensor<4>,
    f: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4>,
) -> (Tensor<4>, Tensor<4>, Tensor<4>) {
    let (x, w) = (x.clone().autodiff().require_grad(), w.clone().autodiff().require_grad());
    let y = f(x.clone(), w.clone());
    let weights = random(y.dims(), 9).autodiff();
    let gradients = (y.clone() * weights).sum().backward();
    (y, x.grad(&gradients).unwrap(), w.grad(&gradients).unwrap())
}

fn agree(ours: (Tensor<4>, Tensor<4>, Tensor<4>), theirs: (Tensor<4>, Tensor<4>, Tensor<4>), what: &str) {
    let pairs =
        [(ours.0, theirs.0, "value"), (ours.1, theirs.1, "data gradient"), (ours.2, theirs.2, "weight gradient")];
    for (a, b, part) in pairs {
        let error = difference(a, b);
        assert!(error < 2e-5, "{part} of {what} differs by {error}");
    }
}

#[test]
fn convolutions_agree_with_the_library() {
    for (size, stride) in [(1, 1), (3, 1), (3, 2), (4, 2), (5, 1), (5, 2)] {
        let kernel = Kernel { size, stride };
        let p = kernel.padding();
        // More channels for the kernel that has an algorithm of its own for them.
        let (few, more) = if size == 4 { (18, 20) } else { (4, 5) };
        let (x, w) = (random([3, few, 8, 8], 1), random([more, few, size, size], 2));
        let theirs = run(&x, &w, |x, w| module::conv2d(x, w, None, ConvOptions::new([stride; 2], [p; 2], [1, 1], 1)));
        agree(run(&x, &w, |x, w| conv(x, w, kernel)), theirs, &format!("{kernel:?}"));
        let w = random([few, more, size, size], 3);
        let options = ConvTransposeOptions::new([stride; 2], [p; 2], [kernel.output_padding(); 2], [1, 1], 1);
        let theirs = run(&x, &w, |x, w| module::conv_transpose2d(x, w, None, options.clone()));
        agree(run(&x, &w, |x, w| conv_transpose(x, w, kernel)), theirs, &format!("transposed {kernel:?}"));
    }
}

/// The algorithm for GPUs that is made of plain tensor operations can be compared here. Unequal sides, so that rows and
/// columns cannot be confused.
#[test]
fn all_algorithms_agree() {
    let kernel = Kernel { size: 4, stride: 2 };
    let (x, w) = (random([3, 4, 6, 10], 1), random([5, 4, 4, 4], 2));
    let back = random([4, 5, 4, 4], 3);
    let down = run(&x, &w, |x, w| module::conv2d(x, w, None, ConvOptions::new([2; 2], [1; 2], [1, 1], 1)));
    let options = ConvTransposeOptions::new([2; 2], [1; 2], [0; 2], [1, 1], 1);
    let up = run(&x, &back, |x, w| module::conv_transpose2d(x, w, None, options.clone()));
    assert_eq!((down.0.dims(), up.0.dims()), ([3, 5, 3, 5], [3, 5, 12, 20]));
    let slices = GpuConvAlgorithm::Slices;
    let layer = ConvLayer { kernel, up: false, half: false, leak: 1.0 };
    agree(run(&x, &w, |x, w| gpu::conv(slices, x, w, layer)), down.clone(), "slices");
    let layer = ConvLayer { up: true, ..layer };
    agree(run(&x, &back, |x, w| gpu::conv(slices, x, w, layer)), up.clone(), "slices, transposed");
    agree(run(&x, &w, |x, w| conv(x, w, kernel)), down, "ours");
    agree(run(&x, &back, |x, w| conv_transpose(x, w, kernel)), up, "ours");
}

/// A view in another order must not be read as if it were in order.
#[test]
fn views_are_put_in_order_first() {
    let kernel = Kernel { size: 4, stride: 2 };
    let (x, w) = (random([2, 8, 8, 3], 1), random([5, 3, 4, 4], 2));
    let theirs = run(&x, &w, |x, w| {
        module::conv2d(x.permute([0, 3, 1, 2]), w, None, ConvOptions::new([2; 2], [1; 2], [1, 1], 1))
    });
    agree(run(&x, &w, |x, w| conv(x.permute([0, 3, 1, 2]), w, kernel)), theirs, "a view");
}

#[test]
fn normalisation_agrees_with_the_library() {
    let running = || [0.0, 1.0].map(|value| Tensor::full([5], value, &Device::flex()));
    for leak in [0.0, 0.2, 1.0] {
        let rule = Normalisation { epsilon: 1e-5, leak, batches: 1, momentum: 1.0, half: false };
        let x = random([6, 5, 4, 4], 4);
        let affine = random([5, 2, 1, 1], 5);
        let split = |affine: Tensor<4>| {
            let column = |i: usize| affine.clone().slice([0..5, i..i + 1]).reshape([5]);
            (column(0), column(1))
        };
        let ours = run(&x, &affine, |x, affine| {
            let (gamma, beta) = split(affine);
            normalise(x, [gamma, beta], running(), rule).0
        });
        let theirs = run(&x, &affine, |x, affine| {
            let (gamma, beta) = split(affine);
            let y = module::batch_norm_train(x, gamma, beta, 1e-5).output;
            y.clone().clamp_min(0.0) - y.neg().clamp_min(0.0) * leak
        });
        agree(ours, theirs, &format!("normalisation with leak {leak}"));
        let (gamma, beta) = split(affine);
        let (_, [mean, variance]) = normalise(x.clone(), [gamma.clone(), beta.clone()], running(), rule);
        let library = module::batch_norm_train(x, gamma, beta, 1e-5);
        // Unbiased, of 96 numbers for each channel.
        let unbiased = library.variance * (96.0 / 95.0);
        assert!(difference(mean, library.mean) < 1e-5 && difference(variance, unbiased) < 1e-5);
    }
}

#[test]
fn leaky_agrees_with_the_library() {
    let (x, w) = (random([2, 3, 5, 5], 6), random([2, 3, 5, 5], 7));
    for leak in [0.0, 0.2] {
        let theirs = run(&x, &w, |x, w| leaky_relu(x * w, leak));
        agree(run(&x, &w, |x, w| leaky(x * w, leak)), theirs, &format!("leak {leak}"));
    }
}

#[test]
fn the_tangent_agrees_with_the_library() {
    let (x, w) = (random([2, 3, 5, 5], 6), random([2, 3, 5, 5], 7));
    agree(run(&x, &w, |x, w| tanh(x * w)), run(&x, &w, |x, w| (x * w).tanh()), "tanh");
}

#[test]
fn biases_agree_with_the_library() {
    let (x, bias) = (random([3, 7, 5, 6], 6), random([1, 7, 1, 1], 7));
    let ours = run(&x, &bias, |x, bias| add_bias(x, bias.reshape([7])));
    agree(ours, run(&x, &bias, |x, bias| x + bias), "a bias");
}

#[test]
fn means_agree_with_the_library() {
    for side in [2, 6, 32] {
        let (x, w) = (random([2, 3, side, side + 2], 6), random([2, 3, side, side + 2], 7));
        let theirs = run(&x, &w, |x, w| module::avg_pool2d(x * w, AvgPoolOptions::new([2, 2])));
        agree(run(&x, &w, |x, w| avg_pool2(x * w)), theirs, "means of 2 x 2");
    }
}

#[test]
fn joined_maps_agree_with_the_library() {
    let (x, w) = (random([2, 3, 33, 70], 6), random([2, 3, 33, 70], 7));
    // The second result is one of the summands, which must not be changed in place.
    let theirs = run(&x, &w, |x, w| (x.clone() * w.clone() + w.clone()) * 0.7 + w);
    agree(run(&x, &w, |x, w| join(x * w.clone(), w.clone(), 0.7) + w), theirs, "a sum");
}

#[test]
fn scaled_planes_agree_with_the_library() {
    for side in [1, 4, 100] {
        let (x, factors) = (random([3, 5, side, side + 1], 6), random([3, 5, 1, 1], 7));
        agree(run(&x, &factors, scale_planes), run(&x, &factors, |x, f| x * f), &format!("planes of {side}"));
    }
}

/// More squares than one thread takes at once, and not a multiple of them.
#[test]
fn sub_pixel_weights_agree_with_a_matrix_product() {
    let (stored, other) = (random([1031, 1, 3, 3], 6), random([1, 1, 1, 16], 7));
    let sums = SUB_PIXEL_SUMS.as_flattened().to_vec();
    let ours = run(&stored, &other, |w, other| {
        let used = sub_pixel_weights(w.reshape([1031 * 9]));
        used.reshape([1031, 1, 1, 16]) * other
    });
    let theirs = run(&stored, &other, |w, other| {
        let matrix = Tensor::<2>::from_data(TensorData::new(sums.clone(), [9, 16]), &Device::flex()).autodiff();
        w.reshape([1031, 9]).matmul(matrix).reshape([1031, 1, 1, 16]) * other
    });
    agree(ours, theirs, "squares of 4 x 4");
}

/// A tensor that somebody else still looks at must not be changed in place, nor its memory be used again.
#[test]
fn what_others_hold_stays() {
    let values = |t: &Tensor<4>| t.clone().without_autodiff().into_data().try_into_vec::<f32>().unwrap();
    let x = random([4, 8, 16, 16], 1);
    let before = values(&x);
    for f in [|x| leaky(x, 0.2), tanh, |x| add_bias(x, Tensor::ones([8], &Device::flex()))] {
        assert_ne!(values(&f(x.clone())), before);
        assert_eq!(values(&x), before);
    }
    let (x, w) = (x.autodiff().require_grad(), random([8, 8, 3, 3], 2).autodiff().require_grad());
    let y = conv(x.clone(), w.clone(), Kernel { size: 3, stride: 1 });
    let z = tanh(leaky(y.clone(), 0.2));
    let held = [values(&x), values(&w), values(&y), values(&z)];
    let again = tanh(leaky(conv(x.clone(), w.clone(), Kernel { size: 3, stride: 1 }), 0.2));
    let gradients = (again + z.clone()).sum().backward();
    assert!(x.grad(&gradients).is_some());
    for (tensor, before) in [&x, &w, &y, &z].into_iter().zip(&held) {
        assert_eq!(&values(tensor), before);
    }
}

/// Constants take no part in the backward pass: what depends only on them must not be computed.
#[test]
fn constants_get_no_gradient() {
    let kernel = Kernel { size: 4, stride: 2 };
    let x = random([2, 3, 8, 8], 1).autodiff().require_grad();
    let w = random([4, 3, 4, 4], 2).autodiff();
    let gradients = conv(x.clone(), w.clone(), kernel).sum().backward();
    assert!(x.grad(&gradients).is_some() && w.grad(&gradients).is_none());
}

/// More tensors than one kernel of a GPU takes, of lengths that fit nothing.
const LENGTHS: [usize; 8] = [3, 64, 1, 1000, 65, 130, 7, 300];

fn flat_tensors(seed: u64, device: &Device) -> Vec<Tensor<1>> {
    LENGTHS.iter().map(|count| random([*count], seed + *count as u64).to_device(device)).collect()
}

/// Three updates, each of which goes on with the results of the one before, and an average of them.
#[test]
fn a_gpu_updates_as_the_cpu_does() {
    let Some(gpu) = any_gpu() else { return };
    let run = |device: &Device| {
        let [params, first, second] = [1, 2, 3].map(|seed| flat_tensors(seed, device));
        let second = second.into_iter().map(|v| v.square());
        let mut all: Vec<_> = params.into_iter().zip(first).zip(second).map(|((p, m), v)| [p, m, v]).collect();
        for update in 0..3 {
            let gradients = flat_tensors(10 + update, device);
            let step = AdamStep { beta1: 0.5, beta2: 0.9, rate: 0.1, epsilon: 1e-3 };
            let work = all.into_iter().zip(gradients).map(|([p, m, v], g)| [p, m, v, g]).collect();
            all = adam(work, step, 0.5);
        }
        let params: Vec<_> = all.iter().map(|[p, ..]| p.clone()).collect();
        let mixed = blend(flat_tensors(20, device), &params, 0.3);
        all.into_iter().flatten().chain(mixed).collect::<Vec<_>>()
    };
    let (expected, found) = (run(&Device::flex()), run(gpu.device()));
    assert_eq!(found.len(), 4 * LENGTHS.len());
    for (number, (expected, found)) in expected.into_iter().zip(found).enumerate() {
        let apart = difference(found, expected);
        assert!(apart < 1e-5, "tensor {number} differs by {apart}");
    }
}

#[test]
fn what_is_not_finite_is_found() {
    let devices = [Some(Device::flex()), any_gpu().map(|gpu| gpu.device().clone())];
    for device in devices.iter().flatten() {
        let faulty = |tensors: &[Tensor<1>]| {
            let found = faults(tensors).into_iter().flat_map(|t| t.into_data().try_into_vec::<f32>().unwrap());
            found.filter(|faults| *faults != 0.0).count() > 0
        };
        let tensors = flat_tensors(1, device);
        assert!(!faulty(&tensors));
        for (number, value) in [(3, f32::NAN), (0, f32::INFINITY), (7, f32::NEG_INFINITY)] {
            let mut tensors = tensors.clone();
            let mut values = tensors[number].clone().into_data().try_into_vec::<f32>().unwrap();
            *values.last_mut().unwrap() = value;
            tensors[number] = Tensor::from_floats(values.as_slice(), device);
            assert!(faulty(&tensors), "{value}");
        }
    }
}
