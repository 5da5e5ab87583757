//! How many kernels a step starts, and in how many submissions: no more than docs/measurements.md says.

use super::gpu;
use purrtrait::compute::upload_counts;
use purrtrait::config::{DataConfig, PRESETS, Precision, Preset, RunConfig};
use purrtrait::data::{DataHome, Dataset};
use purrtrait::interrupt::JobControl;
use purrtrait::train::{Trainer, step_bytes};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Kernels and submissions of a step on average, with the recipe's augmentation: measured ones, rounded up.
const MOST: [(&str, [usize; 2]); 5] = [
    ("quick-32", [85, 4]),
    ("classic-64", [109, 5]),
    ("article-128", [146, 6]),
    ("modern-64", [163, 7]),
    ("modern-128", [205, 8]),
];
/// The same in mixed precision, where a gate computes in 32 bits.
const MOST_MIXED: [(&str, [usize; 2]); 2] = [("quick-32", [84, 4]), ("modern-64", [166, 7])];
/// Steps that are counted: in every sixteenth, penalties are due.
const STEPS: usize = 16;
/// Tells the process that counts which recipe to take, and with this behind its name that in mixed precision.
const VARIABLE: &str = "PURRTRAIT_COUNT_KERNELS";
const MIXED: &str = " mixed";
const LOG: &str = "launches.log";
const COUNTED: &str = "counted";

fn named(preset: &str, mixed: bool) -> String {
    format!("{preset}{}", if mixed { MIXED } else { "" })
}

/// What was counted in [`STEPS`] steps.
struct Counts {
    kernels: usize,
    /// Of those, the ones that only change how numbers lie in memory.
    copies: usize,
    submissions: usize,
    /// Buffers that the host wrote into.
    writes: usize,
    /// What the program sent to the device of its own, and its bytes.
    uploads: usize,
    uploaded: usize,
}

impl Counts {
    /// By a process of its own: the library writes a line for each kernel, if a file in the working folder asks for it
    /// when the process starts.
    fn of(preset: &str, mixed: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = format!("[profiling.logger]\nlevel = \"minimal\"\nfile = \"{LOG}\"\n");
        std::fs::write(folder.path().join("cubecl.toml"), log).unwrap();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["launches::takes_steps_for_another_test", "--exact", "--ignored"]);
        let what = named(preset, mixed);
        let output = command.env(VARIABLE, &what).current_dir(&folder).output().unwrap();
        assert!(output.status.success(), "{what}: {output:?}");
        let written = std::fs::read_to_string(folder.path().join(COUNTED)).unwrap();
        let numbers: Vec<usize> = written.split(' ').map(|number| number.parse().unwrap()).collect();
        let [kernels, copies, submissions, writes, uploads, uploaded] = numbers.try_into().unwrap();
        Self { kernels, copies, submissions, writes, uploads, uploaded }
    }

    fn line(&self, preset: &str, mixed: bool) -> String {
        let each = |count: usize| format!("{:.1}", count as f64 / STEPS as f64);
        let numbers = [self.kernels, self.copies, self.submissions, self.writes, self.uploads, self.uploaded].map(each);
        let precision = if mixed { Precision::Mixed } else { Precision::F32 };
        let moved = step_bytes(&RunConfig { precision, ..Preset::find(preset).unwrap().config() }) / 1e9;
        format!("| {} | {} | {moved:.2} GB |", named(preset, mixed), numbers.join(" | "))
    }
}

#[test]
fn a_step_starts_no_more_kernels_than_documented() {
    let Some(gpu) = gpu() else { return };
    let full = MOST.map(|(preset, most)| (preset, false, most));
    let mixed = MOST_MIXED.into_iter().filter(|_| gpu.has_half()).map(|(preset, most)| (preset, true, most));
    for (preset, mixed, [kernels, submissions]) in full.into_iter().chain(mixed) {
        let counts = Counts::of(preset, mixed);
        println!("{}", counts.line(preset, mixed));
        assert!(counts.kernels > 50 * STEPS, "{preset}: {} kernels, so not all were counted", counts.kernels);
        assert!(counts.kernels <= kernels * STEPS, "{preset}: more than {kernels} kernels a step");
        // The test's pictures stay on the device, so a step sends what it draws at random, all at once.
        assert_eq!(counts.uploads, STEPS, "{preset}: uploads of {STEPS} steps");
        assert!(counts.submissions >= STEPS, "{preset}: not all submissions were counted");
        assert!(counts.submissions <= submissions * STEPS, "{preset}: more than {submissions} submissions a step");
    }
}

/// The table in docs/measurements.md.
#[test]
#[ignore = "counts for documentation; minutes on a software adapter"]
fn what_a_step_of_each_recipe_starts() {
    let Some(gpu) = gpu() else { return };
    println!(
        "| preset | kernels | of those copies | submissions | writes | uploads | bytes uploaded | moved as it is |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for mixed in [false, true] {
        for preset in PRESETS.iter().filter(|_| !mixed || gpu.has_half()) {
            println!("{}", Counts::of(preset.name, mixed).line(preset.name, mixed));
        }
    }
}

/// Counts what the graphics library says that it is asked for.
struct Requests {
    submissions: AtomicUsize,
    writes: AtomicUsize,
}

static REQUESTS: Requests = Requests { submissions: AtomicUsize::new(0), writes: AtomicUsize::new(0) };

impl log::Log for Requests {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.target().starts_with("wgpu_core")
    }

    fn log(&self, record: &log::Record) {
        let counter = match record.args().as_str() {
            Some("Queue::submit") => &self.submissions,
            Some("Queue::write_buffer" | "Queue::write_buffer_with") => &self.writes,
            _ => return,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    fn flush(&self) {}
}

/// Counts into a file.
#[test]
#[ignore = "run by the tests above"]
fn takes_steps_for_another_test() {
    let Ok(what) = std::env::var(VARIABLE) else { return };
    let (preset, mixed) = what.strip_suffix(MIXED).map_or((what.as_str(), false), |preset| (preset, true));
    let Some(gpu) = gpu() else { return };
    log::set_logger(&REQUESTS).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let mut config = Preset::find(preset).unwrap().config();
    config.precision = if mixed { Precision::Mixed } else { Precision::F32 };
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
        let kernels: Vec<&str> = log.lines().filter(|line| line.contains("Executing ")).collect();
        let copies = kernels.iter().filter(|line| line.contains("CopyKernel")).count();
        let requests = [&REQUESTS.submissions, &REQUESTS.writes].map(|count| count.load(Ordering::Relaxed));
        let (uploads, uploaded) = upload_counts();
        [kernels.len(), copies, requests[0], requests[1], uploads as usize, uploaded as usize]
    };
    let (before, after) = (after(1), after(STEPS));
    let counted: Vec<String> = before.iter().zip(after).map(|(before, after)| (after - before).to_string()).collect();
    std::fs::write(COUNTED, counted.join(" ")).unwrap();
}
