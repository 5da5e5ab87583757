//! Mixed precision: a step that is close to the one in 32 bits, and refused where the device has no 16-bit floats.

use super::{gpu, map_in, step};
use burn::tensor::{Tensor, TensorData};
use purrtrait::compute::{ComputeDevice, ConvLayer, Kernel, ops};
use purrtrait::config::{DataConfig, PRESETS, Precision, RunConfig};
use purrtrait::data::{DataHome, Dataset};
use purrtrait::interrupt::JobControl;
use purrtrait::train::Trainer;
use std::sync::Arc;

fn config(preset: &str) -> RunConfig {
    let mut config = PRESETS.iter().find(|p| p.name == preset).unwrap().config();
    config.batch = 4;
    config.model.g_width = 8;
    config.model.d_width = 8;
    config.data = DataConfig { demo_count: 8, ..DataConfig::default() };
    // As in the comparison of devices: the first update of Adam is the sign of the gradient.
    (config.tunables.lr_d, config.tunables.lr_g) = (1e-7, 1e-7);
    config
}

fn dataset(config: &RunConfig) -> (Arc<Dataset>, tempfile::TempDir) {
    let cache = tempfile::tempdir().unwrap();
    let found =
        Dataset::prepare(&config.data, config.model.size, &DataHome::at(cache.path()), JobControl::unattended())
            .unwrap();
    (Arc::new(found), cache)
}

#[test]
fn the_cpu_refuses_mixed_precision() {
    let config = RunConfig { precision: Precision::Mixed, ..config("quick-32") };
    let (dataset, _cache) = dataset(&config);
    let Err(error) = Trainer::new(config, ComputeDevice::cpu(), dataset) else { panic!("accepted") };
    assert!(error.to_string().starts_with("precision: mixed needs a GPU"), "{error}");
}

/// 16 bits keep 11 binary digits, so single products are off by up to 5e-4. A whole step may differ by more: a unit
/// whose input is almost zero falls on the other side of a ReLU's kink, and batch normalisation spreads it.
#[test]
fn a_mixed_step_is_close_to_one_in_32_bits() {
    let Some(gpu) = gpu() else { return };
    // Larger ones have the same layers, of more pixels.
    for preset in PRESETS.iter().filter(|preset| preset.config().model.size <= 64) {
        let full = config(preset.name);
        let mixed = RunConfig { precision: Precision::Mixed, ..full.clone() };
        let (dataset, _cache) = dataset(&full);
        if !gpu.has_half() {
            println!("{} has no 16-bit floats: only the refusal is tested", gpu.info.name);
            assert!(Trainer::new(mixed, gpu, dataset).is_err());
            return;
        }
        let (losses, expected) = step(&full, &dataset, gpu.clone());
        let (mixed_losses, found) = step(&mixed, &dataset, gpu.clone());
        let tensors = expected.tensors().zip(found.tensors()).filter(|((name, _), _)| name.contains("/m/"));
        let (mut distance, mut length) = (0.0f64, 0.0f64);
        for ((_, e), (_, a)) in tensors {
            distance += e.iter().zip(a).map(|(e, a)| f64::from(e - a).powi(2)).sum::<f64>();
            length += e.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>();
        }
        let error = (distance / length).sqrt();
        println!("{}: mixed gradients differ by {error:.1e}", preset.name);
        for (e, a) in losses.iter().zip(mixed_losses) {
            assert!((e - a).abs() < 5e-3, "{}: {losses:?} and {mixed_losses:?}", preset.name);
        }
        assert!(error > 1e-6, "{}: nothing was computed in 16 bits", preset.name);
        assert!(error < 0.15, "{}: {error}", preset.name);
    }
}

/// One convolution of each kind without anything that could hide or spread an error: value and both gradients.
#[test]
fn products_of_16_bits_are_close() {
    let Some(gpu) = gpu().filter(ComputeDevice::has_half) else { return };
    let kernel = Kernel { size: 4, stride: 2 };
    let wave = |shape: [usize; 4]| {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| (i as f32 * 0.7391).sin()).collect();
        Tensor::<4>::from_data(TensorData::new(values, shape), gpu.device()).autodiff()
    };
    let run = |half: bool, up: bool| {
        let (x, w) = (wave([2, 16, 8, 8]).require_grad(), wave([16, 16, 4, 4]).require_grad());
        let y = map_in(false, &ops::layer(x.clone(), w.clone(), None, ConvLayer { kernel, up, half, leak: 1.0 }));
        let gradients = (y.clone() * wave(y.dims())).sum().backward();
        [y.without_autodiff(), x.grad(&gradients).unwrap(), w.grad(&gradients).unwrap()]
            .map(|t| t.into_data().try_into_vec::<f32>().unwrap())
    };
    for up in [false, true] {
        for (part, (e, a)) in run(false, up).iter().zip(&run(true, up)).enumerate() {
            let distance = e.iter().zip(a).map(|(e, a)| f64::from(e - a).powi(2)).sum::<f64>();
            let error = (distance / e.iter().map(|e| f64::from(*e).powi(2)).sum::<f64>()).sqrt();
            println!("transposed {up}, part {part}: {error:.1e}");
            assert!(error > 1e-6 && error < 1e-2, "transposed {up}, part {part}: {error}");
        }
    }
}
