//! How many shaders a training needs before its first step is done.

use crate::compute::{ComputeDevice, ShaderCount, any_gpu};
use crate::config::{DataConfig, PRESETS, Preset};
use crate::data::{DataHome, Dataset};
use crate::interrupt::JobControl;
use crate::train::Trainer;
use cubecl::dry_run::DryRun;
use std::sync::Arc;
use std::time::Instant;

/// Different kernels, and seconds, of the first step of the preset as it is, and of so many further ones. In a dry run
/// what is read is no number.
fn steps(preset: &Preset, gpu: &ComputeDevice, more: u32, dry: bool) -> [(usize, f64); 2] {
    let mut config = preset.config();
    config.data = DataConfig { demo_count: 64, ..DataConfig::default() };
    let cache = tempfile::tempdir().unwrap();
    let home = DataHome::at(cache.path());
    let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
    let (first, all) = (ShaderCount::begin(), ShaderCount::begin());
    let started = Instant::now();
    let mut trainer = Trainer::new(config, gpu.clone(), Arc::new(dataset)).unwrap();
    trainer.step().unwrap();
    assert!(trainer.read_losses().is_ok() || dry);
    let first = (first.end(), started.elapsed().as_secs_f64());
    for _ in 0..more {
        trainer.step().unwrap();
    }
    assert!(trainer.read_losses().is_ok() || dry);
    [first, (all.end(), started.elapsed().as_secs_f64())]
}

/// The smallest preset as it is. The seconds are printed and not compared: other tests run beside it.
#[test]
fn the_first_step_needs_few_shaders() {
    let Some(gpu) = any_gpu() else { return };
    let preset = Preset::find("quick-32").unwrap();
    let [(shaders, seconds), (all, _)] = steps(preset, &gpu, 1, false);
    println!("{}: {shaders} shaders, {seconds:.1} s for the first step, {all} shaders in two", preset.name);
    assert!(shaders > 10, "{shaders}");
    assert!(shaders <= 70 && all <= shaders + 10, "{shaders}, and {all} in two steps");
}

/// Every preset as it is, without computing anything: kernels are written and handed to the driver, and not started. On
/// its own, as it concerns the whole process:
///
/// `cargo test --release --lib every_presets_shaders -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn every_presets_shaders() {
    let Some(gpu) = any_gpu() else { return };
    let _dry = DryRun::new();
    println!("| preset | shaders of the first step | seconds | of 17 steps |");
    for preset in PRESETS {
        let [(shaders, seconds), (all, _)] = steps(preset, &gpu, 16, true);
        println!("| `{}` | {shaders} | {seconds:.1} | {all} |", preset.name);
    }
}
