//! Layers that a GPU computes in one kernel: values and gradients are those of the steps they stand for, on the CPU.

use super::{furthest, gpu, map_in, noise};
use burn::tensor::{Device, Gradients, Tensor};
use purrtrait::compute::{ComputeDevice, ConvLayer, Kernel, Normalisation, ops};

/// Relative to the largest value. The devices add in different orders.
const TOLERANCE: f32 = 1e-4;
/// The same in 16 bits, which keep 11 binary digits of each factor, relative to all values together: a sum that nearly
/// cancels may get another sign, and with it another slope.
const HALF_TOLERANCE: f32 = 5e-2;
/// Without an activation.
const HALF_TOLERANCE_OF_SUMS: f32 = 2e-2;
const LEAK: f64 = 0.2;
const SCALE: f64 = std::f64::consts::FRAC_1_SQRT_2;

fn tracked<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    noise(shape, seed, device).autodiff().require_grad()
}

fn host<const D: usize>(x: Tensor<D>) -> Vec<f32> {
    x.without_autodiff().into_data().try_into_vec_as::<f32>().unwrap()
}

/// The gradients of an uneven sum of `y`.
fn uneven(y: &Tensor<4>, device: &Device) -> Gradients {
    (map_in(false, y) * noise(y.dims(), 9, device).autodiff()).sum().backward()
}

/// `run` on the CPU, and on the GPU in 32 bits and, where it has them, in 16.
fn agree(what: &str, gpu: &ComputeDevice, run: impl Fn(&Device, bool) -> Vec<Vec<f32>>) {
    agree_within(HALF_TOLERANCE, what, gpu, run);
}

/// The same with another tolerance in 16 bits.
fn agree_within(tolerance: f32, what: &str, gpu: &ComputeDevice, run: impl Fn(&Device, bool) -> Vec<Vec<f32>>) {
    let expected = run(&Device::flex(), false);
    for (part, (expected, found)) in expected.iter().zip(&run(gpu.device(), false)).enumerate() {
        let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
        let worst = furthest(expected, found);
        assert!(worst < TOLERANCE * scale, "part {part} of {what}: {worst} of {scale}");
    }
    if !gpu.has_half() {
        return;
    }
    for (part, (expected, found)) in expected.iter().zip(&run(gpu.device(), true)).enumerate() {
        let length = |values: &mut dyn Iterator<Item = f32>| values.map(|v| v * v).sum::<f32>().sqrt();
        let distance = length(&mut expected.iter().zip(found).map(|(e, f)| e - f));
        let share = distance / length(&mut expected.iter().copied());
        assert!(share < tolerance, "part {part} of {what}, in 16 bits: {share}");
    }
}

/// Value and gradients by the map, the weights and the biases.
#[test]
fn a_convolution_with_bias_and_activation_is_its_steps() {
    let Some(gpu) = gpu() else { return };
    for (size, stride) in [(4, 2), (5, 1)] {
        for (batch, [few, many], side) in [(1, [1, 1], 2), (33, [3, 70], 6)] {
            for (up, biased, leak) in
                [(false, true, LEAK), (true, true, 0.0), (false, false, LEAK), (false, true, 1.0), (true, true, 1.0)]
            {
                let kernel = Kernel { size, stride };
                let channels = if up { many } else { few };
                let what = format!("{kernel:?}, up {up}, leak {leak}, {batch} of {few} to {many}");
                let tolerance = if leak == 1.0 { HALF_TOLERANCE_OF_SUMS } else { HALF_TOLERANCE };
                agree_within(tolerance, &what, &gpu, |device, half| {
                    let layer = ConvLayer { kernel, up, half, leak };
                    let x = tracked([batch, channels, side, side], 1, device);
                    let w = tracked([many, few, size, size], 2, device);
                    let b = tracked([if up { few } else { many }], 3, device);
                    let y = ops::layer(x.clone(), w.clone(), biased.then(|| b.clone()), layer);
                    let found = uneven(&y, device);
                    let by_bias = b.grad(&found).map(host);
                    assert_eq!(by_bias.is_some(), biased);
                    [host(y), host(x.grad(&found).unwrap()), host(w.grad(&found).unwrap())]
                        .into_iter()
                        .chain(by_bias)
                        .collect()
                });
            }
        }
    }
}

fn main(kernel: Kernel) -> ConvLayer {
    ConvLayer { kernel, up: false, half: false, leak: LEAK }
}

/// The stage in steps.
fn stage(x: Tensor<4>, [(w, b), (s, c)]: [(Tensor<4>, Option<Tensor<1>>); 2], kernel: Kernel) -> Tensor<4> {
    let layer = main(kernel);
    let means = x.clone().reshape([x.dims()[0], x.dims()[1], x.dims()[2] / 2, 2, x.dims()[3] / 2, 2]);
    let means: Tensor<4> =
        means.mean_dim(5).mean_dim(3).reshape([x.dims()[0], x.dims()[1], x.dims()[2] / 2, x.dims()[3] / 2]);
    let one = ConvLayer { kernel: Kernel { size: 1, stride: 1 }, leak: 1.0, ..layer };
    (ops::layer(x, w, b, layer) + ops::layer(means, s, c, one)) * SCALE
}

/// Value and gradients by the map, both weights and both biases; and the change along a direction, as the tangent
/// network has it, which is that of the piecewise linear stage.
#[test]
fn a_stage_with_a_shortcut_is_its_steps() {
    let Some(gpu) = gpu() else { return };
    let kernel = Kernel { size: 4, stride: 2 };
    for (batch, [c_in, c_out], [height, width]) in [(1, [1, 2], [2, 2]), (33, [3, 70], [10, 6]), (8, [3, 16], [64, 64])]
    {
        let what = format!("{batch} maps of {c_in} x {height} x {width}");
        agree(&what, &gpu, |device, half| {
            let x = tracked([batch, c_in, height, width], 1, device);
            let (w, s) = (tracked([c_out, c_in, 4, 4], 2, device), tracked([c_out, c_in, 1, 1], 3, device));
            let (b, c) = (tracked([c_out], 4, device), tracked([c_out], 5, device));
            let both = [(w.clone(), Some(b.clone())), (s.clone(), Some(c.clone()))];
            let y = if *device == Device::flex() {
                stage(x.clone(), both, kernel)
            } else {
                ops::residual(map_in(half, &x), both, None, ConvLayer { half, ..main(kernel) }, SCALE).0
            };
            let found = uneven(&y, device);
            let maps = [&x, &w, &s].map(|t| host(t.grad(&found).unwrap()));
            let rows = [&b, &c].map(|t| host(t.grad(&found).unwrap()));
            [vec![host(y)], maps.to_vec(), rows.to_vec()].concat()
        });
        agree(&format!("the change of {what}"), &gpu, |device, _| {
            let x = noise([batch, c_in, height, width], 1, device);
            let t = tracked([batch, c_in, height, width], 6, device);
            let (w, s) = (tracked([c_out, c_in, 4, 4], 2, device), tracked([c_out, c_in, 1, 1], 3, device));
            let (b, c) = (noise([c_out], 4, device).autodiff(), noise([c_out], 5, device).autodiff());
            let y = if *device == Device::flex() {
                let layer = ConvLayer { kernel, up: false, half: false, leak: 1.0 };
                let inner = ops::layer(x.autodiff(), w.clone(), Some(b), layer).detach();
                let slopes = inner.greater_elem(0.0).float() * (1.0 - LEAK) + LEAK;
                let all = stage(t.clone(), [(w.clone(), None), (s.clone(), None)], kernel);
                let plain = ops::layer(t.clone(), w.clone(), None, ConvLayer { leak: LEAK, ..layer });
                // In place of its own activation the slopes of the other map.
                all + (ops::layer(t.clone(), w.clone(), None, layer) * slopes - plain) * SCALE
            } else {
                let both = [(w.clone(), Some(b)), (s.clone(), Some(c))];
                let (_, inner) = ops::residual(x.autodiff(), both, None, main(kernel), SCALE);
                ops::residual(t.clone(), [(w.clone(), None), (s.clone(), None)], Some(inner), main(kernel), SCALE).0
            };
            let found = uneven(&y, device);
            let maps = [&t, &w, &s].map(|t| host(t.grad(&found).unwrap()));
            [vec![host(y)], maps.to_vec()].concat()
        });
    }
}

/// Batches that lie behind each other are normalised apart, and the running statistics follow one after the other.
#[test]
fn batches_behind_each_other_are_normalised_apart() {
    let Some(gpu) = gpu() else { return };
    let [first, second] = [1, 2].map(|seed| noise([3, 5, 4, 6], seed, gpu.device()));
    let rule = |batches| Normalisation { epsilon: 1e-5, leak: LEAK, batches, momentum: 0.1, half: false };
    let affine = || [3, 4].map(|seed| noise([5], seed, gpu.device()));
    let running = [5, 6].map(|seed| noise([5], seed, gpu.device()));
    let (a, between) = ops::normalise(first.clone(), affine(), running.clone(), rule(1));
    let (b, after) = ops::normalise(second.clone(), affine(), between, rule(1));
    let (both, followed) = ops::normalise(Tensor::cat(vec![first, second], 0), affine(), running, rule(2));
    let near = |a: Vec<f32>, b: Vec<f32>| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(near(host(both), host(Tensor::cat(vec![a, b], 0))));
    for (found, expected) in followed.into_iter().zip(after) {
        assert!(near(host(found), host(expected)));
    }
}

/// The last layer of a discriminator, of a map that lies channels last and of one that does not.
#[test]
fn the_last_layer_is_a_matrix_product() {
    let Some(gpu) = gpu() else { return };
    for (batch, [channels, height, width], biased, last) in
        [(1, [1, 1, 1], true, false), (33, [5, 3, 4], true, true), (2, [70, 4, 4], false, false)]
    {
        agree(&format!("{batch} maps of {channels} x {height} x {width}"), &gpu, |device, half| {
            let x = if last {
                noise([batch, height, width, channels], 1, device).permute([0, 3, 1, 2])
            } else {
                noise([batch, channels, height, width], 1, device)
            };
            let x = x.autodiff().require_grad();
            let (w, b) = (tracked([channels * height * width], 2, device), tracked([1], 3, device));
            let y = ops::head(map_in(half, &x), w.clone(), biased.then(|| b.clone()));
            let found = (y.clone() * noise([batch], 9, device).autodiff()).sum().backward();
            let by_bias = b.grad(&found).map(host);
            assert_eq!(by_bias.is_some(), biased);
            [host(y), host(x.grad(&found).unwrap()), host(w.grad(&found).unwrap())].into_iter().chain(by_bias).collect()
        });
    }
}
