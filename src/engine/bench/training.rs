//! Measurements of this machine: what a step costs, and what it asks of the device.

use crate::compute::{ComputeDevice, read, readback_counts, upload_counts};
use crate::config::{DataConfig, DataSource, DeviceChoice, DeviceInfo, Preset, RunConfig, SettingError};
use crate::data::Dataset;
use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links};
use crate::interrupt::{JobControl, Unfinished};
use crate::latent::{LatentSource, Stream, render};
use crate::printable;
use crate::train::Trainer;
use burn::tensor::{Distribution, Tensor};
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Demo cats that the training measurements use.
const CATS: u32 = 256;
const MIB: f64 = 1024.0 * 1024.0;
/// Generator latencies are medians of this many repetitions.
const REPEATS: usize = 9;

/// What to measure.
#[derive(Debug, Clone)]
pub struct BenchRequest {
    pub presets: Vec<String>,
    pub devices: Vec<DeviceChoice>,
    /// Steps timed after the first three, rounded up to whole groups; see [`TrainingBench::step_seconds`].
    pub steps: u32,
    /// Instead of the preset's.
    pub batch: Option<u32>,
    /// Width of both networks instead of the preset's.
    pub width: Option<u32>,
    /// Also measure how fast the pictures of this folder are prepared (without the cache).
    pub folder: Option<PathBuf>,
}

/// All measurements.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    pub version: &'static str,
    pub threads: usize,
    pub training: Vec<TrainingBench>,
    pub intake: Option<IntakeBench>,
    /// Largest memory of the whole process so far, in bytes; none where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
}

/// One preset on one device.
#[derive(Debug, Clone, Serialize)]
pub struct TrainingBench {
    pub preset: String,
    pub device: DeviceInfo,
    pub batch: u32,
    pub g_width: u32,
    pub d_width: u32,
    /// Seconds from building the networks to the end of the first step, shader compiling included.
    pub first_step_seconds: f64,
    /// Median seconds of a step (one update of each network), over groups of steps at whose ends losses are read.
    pub step_seconds: f64,
    pub images_per_second: f64,
    /// Floating-point operations of a step in its convolutions and dense layers, as their direct forms need them, and
    /// 1e9 of them per second. With forms that need fewer this can be more than a matrix product reaches.
    pub step_flop: f64,
    pub step_gflops: f64,
    /// 1e9 floating-point operations per second of a large matrix product on the same device just before.
    pub matmul_gflops: f64,
    /// Seconds for one picture and for 64 at once, from latents to bytes on the host.
    pub generate_1_seconds: f64,
    pub generate_64_seconds: f64,
    /// Reads and bytes per 100 steps at the preset's cadence of losses, samples and checkpoints left out.
    pub reads_per_100_steps: f64,
    pub bytes_read_per_100_steps: f64,
    /// Uploads and bytes per 100 steps: batches, latents, augmentation.
    pub uploads_per_100_steps: f64,
    pub bytes_uploaded_per_100_steps: f64,
    /// Most bytes that the device's allocator held after a step, where it tells.
    pub peak_device_memory_bytes: Option<u64>,
}

/// Preparing pictures.
#[derive(Debug, Clone, Serialize)]
pub struct IntakeBench {
    pub folder: PathBuf,
    pub size: u32,
    pub pictures: usize,
    pub seconds: f64,
    pub images_per_second: f64,
    /// A second start, from the cache.
    pub cached_seconds: f64,
}

/// Measures what was asked for, one after the other. The phases reported name them.
///
/// # Errors
/// An unknown preset, a setting outside its range, or a device that cannot be opened; cancelled.
pub fn bench(request: &BenchRequest, control: JobControl) -> Result<BenchReport, EngineError> {
    let total = request.presets.len() * request.devices.len() + usize::from(request.folder.is_some());
    let mut training = Vec::with_capacity(total);
    for name in &request.presets {
        let preset =
            Preset::find(name).ok_or_else(|| SettingError::new("preset", format!("there is no preset {name:?}")))?;
        for device in &request.devices {
            control.report(&format!("{name} on {device}"), training.len(), total);
            training.push(bench_training(preset, *device, request, control)?);
        }
    }
    let intake = request.folder.as_ref().map(|folder| {
        control.report(&format!("preparing {}", folder.display()), training.len(), total);
        bench_intake(folder.clone(), control)
    });
    Ok(BenchReport {
        version: env!("CARGO_PKG_VERSION"),
        threads: std::thread::available_parallelism().map_or(1, usize::from),
        training,
        intake: intake.transpose()?,
        peak_memory_bytes: peak_memory(),
    })
}

fn bench_training(
    preset: &Preset,
    choice: DeviceChoice,
    request: &BenchRequest,
    control: JobControl,
) -> Result<TrainingBench, EngineError> {
    let mut config = preset.config();
    config.batch = request.batch.unwrap_or(config.batch);
    config.model.g_width = request.width.unwrap_or(config.model.g_width);
    config.model.d_width = request.width.unwrap_or(config.model.d_width);
    config.data = DataConfig { demo_count: CATS, ..DataConfig::default() };
    let scratch = scratch_folder()?;
    let dataset = Dataset::prepare(&config.data, config.model.size, scratch.path(), control.quietly())?;
    let device = crate::engine::device::open(choice)?;

    let matmul_gflops = matmul_gflops(&device)?;
    // What the product and the preset before have left must not count.
    device.release_unused_memory();
    let started = Instant::now();
    let mut trainer = Trainer::new(config.clone(), device.clone(), Arc::new(dataset))?;
    let step = |trainer: &mut Trainer| {
        control.check()?;
        trainer.step();
        Ok::<(), EngineError>(())
    };
    step(&mut trainer)?;
    trainer.read_losses()?;
    let first_step_seconds = started.elapsed().as_secs_f64();
    // Buffers and thread pools are warm after two more.
    for _ in 0..2 {
        step(&mut trainer)?;
        trainer.read_losses()?;
    }
    let mut seconds: Vec<f64> = Vec::new();
    let mut peak_device_memory_bytes = None;
    let group = steps_between_readings(&config);
    for _ in 0..request.steps.max(1).div_ceil(group) {
        let started = Instant::now();
        for _ in 0..group {
            step(&mut trainer)?;
        }
        // Reading makes the device finish, so that the time is the whole steps'.
        trainer.read_losses()?;
        seconds.push(started.elapsed().as_secs_f64() / f64::from(group));
        peak_device_memory_bytes = peak_device_memory_bytes.max(device.memory_reserved());
    }
    let step_seconds = median(&mut seconds);

    // Reads at the cadence of a real training.
    let ((reads, bytes), (uploads, uploaded)) = (readback_counts(), upload_counts());
    let every = config.tunables.metrics_every;
    let steps = every * 2;
    for i in 1..=steps {
        step(&mut trainer)?;
        if i % every == 0 {
            trainer.read_losses()?;
            peak_device_memory_bytes = peak_device_memory_bytes.max(device.memory_reserved());
        }
    }
    let ((reads_after, bytes_after), (uploads_after, uploaded_after)) = (readback_counts(), upload_counts());
    let per_100 = 100.0 / f64::from(steps);

    let checkpoint = trainer.checkpoint(0, 0.0)?;
    let (generator, weights) = checkpoint.generator(false)?.open(device.device());
    let latents = LatentSource { kind: config.model.latent, size: generator.latent_size(), seed: 1 };
    let latency = |count: usize| -> Result<f64, EngineError> {
        let z = latents.draw(Stream::Generate, 0, count);
        let mut seconds = Vec::new();
        // One more than counted: the first compiles.
        for _ in 0..=REPEATS {
            let started = Instant::now();
            render(&generator, &weights, &z, device.device())?;
            seconds.push(started.elapsed().as_secs_f64());
        }
        Ok(median(&mut seconds[1..]))
    };
    Ok(TrainingBench {
        preset: preset.name.to_owned(),
        batch: config.batch,
        g_width: config.model.g_width,
        d_width: config.model.d_width,
        first_step_seconds,
        step_seconds,
        images_per_second: f64::from(config.batch) / step_seconds,
        step_flop: trainer.step_flop(),
        step_gflops: trainer.step_flop() / step_seconds / 1e9,
        matmul_gflops,
        generate_1_seconds: latency(1)?,
        generate_64_seconds: latency(64)?,
        reads_per_100_steps: (reads_after - reads) as f64 * per_100,
        bytes_read_per_100_steps: (bytes_after - bytes) as f64 * per_100,
        uploads_per_100_steps: (uploads_after - uploads) as f64 * per_100,
        bytes_uploaded_per_100_steps: (uploaded_after - uploaded) as f64 * per_100,
        peak_device_memory_bytes,
        device: device.info,
    })
}

/// Steps that are timed together: as many as a training does between two readings of its losses, and where the slope is
/// penalised in some of the steps only, as many as have one of those among them.
fn steps_between_readings(config: &RunConfig) -> u32 {
    let penalised = config.tunables.r1 > 0.0 || config.tunables.r2 > 0.0;
    if penalised { config.penalty_every } else { config.tunables.metrics_every }
}

/// What the device reaches in a product of two large square matrices, the best of some.
fn matmul_gflops(device: &ComputeDevice) -> Result<f64, EngineError> {
    const SIDE: usize = 1024;
    let a = Tensor::<2>::random([SIDE, SIDE], Distribution::Normal(0.0, 1.0), device.device());
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let started = Instant::now();
        let product = a.clone().matmul(a.clone());
        // One number is enough to make the device finish.
        read(vec![product.slice([0..1, 0..1]).reshape([1])])?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(2.0 * (SIDE as f64).powi(3) / best / 1e9)
}

fn bench_intake(folder: PathBuf, control: JobControl) -> Result<IntakeBench, EngineError> {
    const SIZE: u32 = 64;
    let data = DataConfig { source: DataSource::Folder(folder.clone()), ..DataConfig::default() };
    let scratch = scratch_folder()?;
    let prepare = || -> Result<(usize, f64), EngineError> {
        let started = Instant::now();
        let dataset = Dataset::prepare(&data, SIZE, scratch.path(), control.quietly())?;
        Ok((dataset.len(), started.elapsed().as_secs_f64()))
    };
    let (pictures, seconds) = prepare()?;
    let (_, cached_seconds) = prepare()?;
    let images_per_second = pictures as f64 / seconds;
    Ok(IntakeBench { folder, size: SIZE, pictures, seconds, images_per_second, cached_seconds })
}

/// A folder that is gone afterwards, so that nothing comes from an earlier cache.
pub(crate) struct Scratch(Unfinished);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.path());
    }
}

pub(crate) fn scratch_folder() -> Result<Scratch, EngineError> {
    let place = std::env::temp_dir();
    let path = files::temporary_folder(&place).map_err(|e| EngineError::Other(format!("{}: {e}", place.display())))?;
    Ok(Scratch(Unfinished::new(path)))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Largest resident memory of this process, where the system tells (Linux).
fn peak_memory() -> Option<u64> {
    let status = files::read_text(Path::new("/proc/self/status"), Links::Follow, 1 << 20).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "purrtrait {} on {} threads", self.version, self.threads)?;
        if !self.training.is_empty() {
            writeln!(
                f,
                "\n{:<12} {:<24} {:>5} {:>5} {:>10} {:>9} {:>9} {:>8} {:>7} {:>8} {:>8} {:>9} {:>10} {:>13} {:>10}",
                "preset",
                "device",
                "width",
                "batch",
                "first step",
                "step",
                "images/s",
                "GFLOP/s",
                "of peak",
                "1 pic",
                "64 pics",
                "reads/100",
                "read B/100",
                "upload B/step",
                "device MiB"
            )?;
        }
        for t in &self.training {
            let name: String = printable::line(&t.device.name).chars().take(24).collect();
            writeln!(
                f,
                "{:<12} {:<24} {:>5} {:>5} {:>8.2} s {:>6.0} ms {:>9.1} {:>8.0} {:>5.0} % {:>5.1} ms {:>5.0} ms {:>9.0} {:>10.0} {:>13.0} {:>10}",
                t.preset,
                name,
                t.g_width,
                t.batch,
                t.first_step_seconds,
                t.step_seconds * 1e3,
                t.images_per_second,
                t.step_gflops,
                100.0 * t.step_gflops / t.matmul_gflops,
                t.generate_1_seconds * 1e3,
                t.generate_64_seconds * 1e3,
                t.reads_per_100_steps,
                t.bytes_read_per_100_steps,
                t.bytes_uploaded_per_100_steps / 100.0,
                t.peak_device_memory_bytes.map_or("-".to_owned(), |bytes| format!("{:.0}", bytes as f64 / MIB))
            )?;
        }
        if let Some(i) = &self.intake {
            writeln!(
                f,
                "\n{}: {} pictures to {} px in {:.2} s ({:.0} per second); again from the cache in {:.3} s",
                printable::path(&i.folder),
                i.pictures,
                i.size,
                i.seconds,
                i.images_per_second,
                i.cached_seconds
            )?;
        }
        if let Some(bytes) = self.peak_memory_bytes {
            writeln!(f, "\npeak memory {:.0} MiB", bytes as f64 / MIB)?;
        }
        Ok(())
    }
}
