//! How many shaders a driver compiles when a card is used for the first time, and later.

use super::trial::computes_rightly;
use crate::compute::{ShaderCount, any_gpu, gpu};
use crate::config::{DataConfig, Precision, Preset};
use crate::data::{DataHome, Dataset};
use crate::interrupt::JobControl;
use crate::train::{Trainer, half_errors};
use cubecl::dry_run::DryRun;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// What is done one after the other until the first step of a preset as it is, each with the different shaders that it
/// needs and those that were not needed before. From the choice of algorithms on nothing is computed: kernels are
/// written and handed to the driver, and not started. On its own, as it concerns the whole process:
///
/// `cargo test --release --lib shaders_of_a_first_start -- --ignored --nocapture`
#[test]
#[ignore = "a measurement"]
fn shaders_of_a_first_start() {
    let mut known = HashSet::new();
    let mut told = |what: &str, count: ShaderCount| {
        let [all, new] = count.end_among(&mut known);
        println!("| {what} | {all} | {new} |");
    };
    println!("| | shaders | new ones |\n|---|---|---|");
    let count = ShaderCount::begin();
    let Some(gpu) = any_gpu() else { return };
    told("opening, with the self-test", count);
    let count = ShaderCount::begin();
    assert!(computes_rightly(gpu.clone()).unwrap());
    told("trial of the driver, in a process of its own", count);
    let _dry = DryRun::new();
    for half in [false, true] {
        let count = ShaderCount::begin();
        gpu::measure(&gpu, half, Duration::from_secs(600));
        told(if half { "algorithms in 16 bits" } else { "algorithms in 32 bits" }, count);
    }
    for name in ["quick-32", "classic-64", "modern-64"] {
        let mut config = Preset::find(name).unwrap().config();
        let count = ShaderCount::begin();
        half_errors(&config, &gpu);
        told(&format!("`{name}`: choice of the precision"), count);
        config.precision = Precision::Mixed;
        config.data = DataConfig { demo_count: 64, ..DataConfig::default() };
        let cache = tempfile::tempdir().unwrap();
        let home = DataHome::at(cache.path());
        let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
        let count = ShaderCount::begin();
        let mut trainer = Trainer::new(config, gpu.clone(), Arc::new(dataset)).unwrap();
        trainer.step().unwrap();
        _ = trainer.read_losses();
        told(&format!("`{name}`: first step in mixed precision"), count);
    }
}
