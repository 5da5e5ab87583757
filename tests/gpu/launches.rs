//! How many kernels a step starts: no more than docs/measurements.md says.

use super::gpu;
use purrtrait::config::{DataConfig, Preset};
use purrtrait::data::{DataHome, Dataset};
use purrtrait::interrupt::JobControl;
use purrtrait::train::Trainer;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// Kernels of a step on average, with the recipe's augmentation: measured ones, rounded up.
const MOST: [(&str, usize); 3] = [("quick-32", 85), ("classic-64", 109), ("modern-64", 163)];
/// Steps that are counted: in every sixteenth, penalties are due.
const STEPS: usize = 16;
/// Tells the process that counts which recipe to take.
const VARIABLE: &str = "PURRTRAIT_COUNT_KERNELS";
const LOG: &str = "launches.log";

/// The library writes a line for each kernel, if a file in the working folder asks for it when the process starts; so
/// each recipe is counted by a process of its own.
#[test]
fn a_step_starts_no_more_kernels_than_documented() {
    if gpu().is_none() {
        return;
    }
    let program = std::env::current_exe().unwrap();
    let counting: Vec<_> = MOST
        .into_iter()
        .map(|(preset, most)| {
            let folder = tempfile::tempdir().unwrap();
            let log = format!("[profiling.logger]\nlevel = \"minimal\"\nfile = \"{LOG}\"\n");
            std::fs::write(folder.path().join("cubecl.toml"), log).unwrap();
            let mut command = Command::new(&program);
            command.args(["launches::takes_steps_for_another_test", "--exact", "--ignored"]);
            (preset, most, command.env(VARIABLE, preset).current_dir(&folder).output().unwrap(), folder)
        })
        .collect();
    for (preset, most, output, folder) in counting {
        assert!(output.status.success(), "{preset}: {output:?}");
        let count = std::fs::read_to_string(folder.path().join(preset)).unwrap().parse::<usize>().unwrap();
        println!("{preset}: {:.1} kernels a step", count as f64 / STEPS as f64);
        assert!(count > 50 * STEPS, "{preset}: {count} kernels, so not all were counted");
        assert!(count <= most * STEPS, "{preset}: {count} kernels in {STEPS} steps, more than {most} each");
    }
}

/// Counts kernels into a file named like the preset.
#[test]
#[ignore = "run by a_step_starts_no_more_kernels_than_documented"]
fn takes_steps_for_another_test() {
    let Ok(preset) = std::env::var(VARIABLE) else { return };
    let Some(gpu) = gpu() else { return };
    let mut config = Preset::find(&preset).unwrap().config();
    (config.batch, config.model.g_width, config.model.d_width) = (2, 4, 4);
    config.data = DataConfig { demo_count: 8, ..DataConfig::default() };
    let cache = tempfile::tempdir().unwrap();
    let home = DataHome::at(cache.path());
    let dataset = Dataset::prepare(&config.data, config.model.size, &home, JobControl::unattended()).unwrap();
    let mut trainer = Trainer::new(config, gpu, Arc::new(dataset)).unwrap();
    // Queued work is done, and has been written down, once something is read.
    let mut after = |steps: usize| {
        (0..steps).for_each(|_| trainer.step().unwrap());
        trainer.read_losses().unwrap();
        let log = std::fs::read_to_string(Path::new(LOG)).unwrap();
        log.lines().filter(|line| line.contains("Executing ")).count()
    };
    let before = after(1);
    std::fs::write(&preset, (after(STEPS) - before).to_string()).unwrap();
}
