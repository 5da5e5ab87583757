//! The forms of the convolutions on a GPU: the same values and gradients as the CPU's.

use super::gpu;
use burn::tensor::{Device, Tensor, TensorData};
use purrtrait::compute::forms::{self, Form};
use purrtrait::compute::ops::{self, Kernel};

const KERNEL: Kernel = Kernel { size: 4, stride: 2 };

fn wave(shape: [usize; 4], phase: f32, device: &Device) -> Tensor<4> {
    let count: usize = shape.iter().product();
    let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7391 + phase).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Value, data gradient and weight gradient.
fn run(shapes: [[usize; 4]; 2], device: &Device, f: impl Fn(Tensor<4>, Tensor<4>) -> Tensor<4>) -> [Vec<f32>; 3] {
    let [x, w] = shapes.map(|shape| wave(shape, shape[0] as f32, device).autodiff().require_grad());
    let y = f(x.clone(), w.clone());
    let gradients = (y.clone() * wave(y.dims(), 0.5, device).autodiff()).sum().backward();
    let host = |t: Tensor<4>| t.into_data().try_into_vec::<f32>().unwrap();
    [host(y.without_autodiff()), host(x.grad(&gradients).unwrap()), host(w.grad(&gradients).unwrap())]
}

#[test]
fn all_forms_agree_with_the_cpu() {
    let Some(gpu) = gpu() else { return };
    let cpu = Device::flex();
    let (down, up) = ([[2, 3, 8, 12], [5, 3, 4, 4]], [[2, 5, 4, 6], [5, 3, 4, 4]]);
    let expected_down = run(down, &cpu, |x, w| ops::conv(x, w, KERNEL));
    let expected_up = run(up, &cpu, |x, w| ops::conv_transpose(x, w, KERNEL));
    for form in Form::ALL {
        let found_down = run(down, gpu.device(), |x, w| forms::conv(form, x, w, KERNEL));
        let found_up = run(up, gpu.device(), |x, w| forms::conv_transpose(form, x, w, KERNEL));
        for (expected, found) in expected_down.iter().zip(&found_down).chain(expected_up.iter().zip(&found_up)) {
            assert_eq!(expected.len(), found.len());
            let scale = expected.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let worst = expected.iter().zip(found).map(|(e, f)| (e - f).abs()).fold(0.0, f32::max) / scale;
            assert!(worst < 1e-5, "{} differs by {worst}", form.name());
        }
    }
}

/// A software adapter is never measured: its times say nothing.
#[test]
fn a_software_adapter_keeps_the_librarys_form() {
    let Some(gpu) = gpu() else { return };
    if gpu.info.software && std::env::var_os("PURRTRAIT_FORMS").is_none() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(forms::choose(&gpu, folder.path()), forms::Forms::DIRECT);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
