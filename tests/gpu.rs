//! The GPU path gives the CPU's results. Runs on any adapter; a software one is enough.
//!
//! Without an adapter these tests say that they were skipped, unless `PURRTRAIT_REQUIRE_GPU=1` makes that a failure.

#[path = "gpu/conv_algorithms.rs"]
mod conv_algorithms;
#[path = "gpu/launches.rs"]
mod launches;
#[path = "gpu/layers.rs"]
mod layers;
#[path = "gpu/precision.rs"]
mod precision;
#[path = "gpu/replay.rs"]
mod replay;
#[path = "gpu/tiles.rs"]
mod tiles;
#[path = "gpu/upscale.rs"]
mod upscale;

use burn::tensor::{Device, FloatDType, Tensor, TensorData};
use purrtrait::compute::ComputeDevice;
use purrtrait::config::{DataConfig, DeviceChoice, PRESETS, RunConfig};
use purrtrait::data::{DataHome, Dataset};
use purrtrait::interrupt::JobControl;
use purrtrait::train::{Checkpoint, Trainer};
use std::sync::Arc;

/// Largest distance of a gradient tensor from the CPU's, as a share of its length. The devices add in different orders,
/// which alone leaves about 1e-6 (`quick-32`); where a unit's input is almost zero it may fall on the other side of a
/// ReLU's kink, and one such unit among the 32,768 of a 4x512x4x4 map moves a gradient by about 1/sqrt(32,768) = 5e-3.
const GRADIENT_TOLERANCE: f64 = 1e-2;
/// Of the losses.
const LOSS_TOLERANCE: f32 = 1e-4;

/// Numbers from -1 to 1 without a pattern, the same on every device.
fn noise<const D: usize>(shape: [usize; D], seed: u32, device: &Device) -> Tensor<D> {
    let number = |i: u32| {
        let hash = (i ^ seed.wrapping_mul(0x9e37_79b9)).wrapping_mul(0x85eb_ca6b);
        let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
        (hash >> 8) as f32 / (1 << 23) as f32 - 1.0
    };
    let count: usize = shape.iter().product();
    Tensor::from_data(TensorData::new((0..count as u32).map(number).collect::<Vec<_>>(), shape), device)
}

/// A map as networks have it: of 16 bits where `half`.
fn map_in(half: bool, x: &Tensor<4>) -> Tensor<4> {
    x.clone().cast(if half { FloatDType::F16 } else { FloatDType::F32 })
}

fn gpu() -> Option<ComputeDevice> {
    match ComputeDevice::open(DeviceChoice::Gpu) {
        Ok(device) => Some(device),
        Err(e) if std::env::var_os("PURRTRAIT_REQUIRE_GPU").is_some_and(|v| v == "1") => {
            panic!("a GPU is required here: {e}")
        }
        Err(e) => {
            eprintln!("SKIPPED: no GPU adapter ({e})");
            None
        }
    }
}

/// The largest difference of two numbers; no number where one of them is none, which `f32::max` would pass over.
#[track_caller]
fn furthest(expected: &[f32], found: &[f32]) -> f32 {
    assert_eq!(expected.len(), found.len());
    let differences = expected.iter().zip(found).map(|(e, f)| (e - f).abs());
    differences.fold(0.0, |worst, d| if d > worst || d.is_nan() { d } else { worst })
}

/// One step from the same start: the losses, and everything that a checkpoint holds.
fn step(config: &RunConfig, dataset: &Arc<Dataset>, device: ComputeDevice) -> ([f32; 4], Checkpoint) {
    let mut trainer = Trainer::new(config.clone(), device, dataset.clone()).unwrap();
    trainer.step().unwrap();
    let read = trainer.read_losses().unwrap();
    (*read[0].values.first_chunk().unwrap(), trainer.checkpoint(0, 0.0).unwrap())
}

#[test]
fn every_preset_steps_alike_on_cpu_and_gpu() {
    let Some(gpu) = gpu() else { return };
    for preset in PRESETS {
        let mut config = preset.config();
        config.batch = if config.model.size > 64 { 2 } else { 4 };
        // In software a step of article-128 at its full width takes minutes; the kernels of a part of it are the same.
        let widest = if config.model.size > 64 { 16 } else { 32 };
        config.model.g_width = config.model.g_width.min(widest);
        config.model.d_width = config.model.d_width.min(widest);
        config.data = DataConfig { demo_count: 8, ..DataConfig::default() };
        // Adam's first update is the sign of the gradient, which flips where a gradient is nearly zero. A tiny rate
        // keeps the discriminator the same for the generator's half; gradients are compared through Adam's first
        // moment.
        config.tunables.lr_d = 1e-7;
        config.tunables.lr_g = 1e-7;
        // The statistics of an average are those of 256 latents: five times as much to compute as the step.
        config.tunables.ema_images = 0.0;
        let cache = tempfile::tempdir().unwrap();
        let dataset =
            Dataset::prepare(&config.data, config.model.size, &DataHome::at(cache.path()), JobControl::unattended())
                .unwrap();
        let dataset = Arc::new(dataset);
        let started = std::time::Instant::now();
        let (expected, cpu) = step(&config, &dataset, ComputeDevice::cpu());
        let (actual, other) = step(&config, &dataset, gpu.clone());
        for (e, a) in expected.iter().zip(actual) {
            assert!((e - a).abs() <= LOSS_TOLERANCE * e.abs().max(1.0), "{}: {expected:?} and {actual:?}", preset.name);
        }
        let length = |x: &mut dyn Iterator<Item = f32>| x.map(|x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        let gradients = || cpu.tensors().zip(other.tensors()).filter(|((name, _), _)| name.contains("/m/"));
        // A bias before batch normalisation has no gradient but rounding errors, and where real and generated pictures
        // are only compared, what they do to a bias nearly cancels: it counts by the size of its layer's or of all
        // others.
        let lengths: Vec<(&str, f64)> =
            gradients().map(|((name, e), _)| (name, length(&mut e.iter().copied()))).collect();
        let largest = lengths.iter().map(|(_, length)| *length).fold(0.0, f64::max);
        let of_layer = |name: &str| {
            let layer = name.rsplit_once('.').map_or(name, |(layer, _)| layer);
            let same = lengths.iter().filter(|(other, _)| other.rsplit_once('.').is_some_and(|(l, _)| l == layer));
            same.map(|(_, length)| *length).fold(0.0, f64::max)
        };
        let mut worst = (0.0f64, String::new());
        for ((name, e), (_, a)) in gradients() {
            let distance = length(&mut e.iter().zip(a).map(|(e, a)| e - a));
            let error = distance / of_layer(name).max(1e-3 * largest);
            // What is no number must not pass.
            if error.is_nan() || error > worst.0 {
                worst = (error, name.to_owned());
            }
        }
        println!(
            "{}: largest gradient difference {:.1e} ({}), {:.1?}",
            preset.name,
            worst.0,
            worst.1,
            started.elapsed()
        );
        assert!(worst.0 <= GRADIENT_TOLERANCE, "{}: {} differs by {:.1e}", preset.name, worst.1, worst.0);
    }
}

/// A checkpoint made on one device goes on on another.
#[test]
fn a_checkpoint_moves_between_devices() {
    let Some(gpu) = gpu() else { return };
    let mut config = PRESETS[0].config();
    config.batch = 4;
    config.model.g_width = 4;
    config.model.d_width = 4;
    config.data = DataConfig { demo_count: 8, ..DataConfig::default() };
    let cache = tempfile::tempdir().unwrap();
    let dataset = Dataset::prepare(&config.data, 32, &DataHome::at(cache.path()), JobControl::unattended()).unwrap();
    let dataset = Arc::new(dataset);
    let mut trainer = Trainer::new(config.clone(), ComputeDevice::cpu(), dataset.clone()).unwrap();
    trainer.step().unwrap();
    let saved = trainer.checkpoint(0, 0.0).unwrap();
    let mut moved = Trainer::resume(config, gpu, dataset, &saved).unwrap();
    trainer.step().unwrap();
    moved.step().unwrap();
    let (expected, actual) = (trainer.read_losses().unwrap(), moved.read_losses().unwrap());
    let (e, a) = (expected.last().unwrap(), actual.last().unwrap());
    assert_eq!((e.step, a.step), (2, 2));
    assert!((e.values[0] - a.values[0]).abs() < 1e-2, "{e:?} and {a:?}");
}
