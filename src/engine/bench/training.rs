//! Measurements of this machine: what a training step costs, and what it asks of the device.

use super::report::{BenchReport, BenchRequest, IntakeBench, TrainingBench};
use crate::compute::{ComputeDevice, ShaderCount, read, readback_counts, upload_counts, work_along};
use crate::config::{DataConfig, DataSource, Preset, RunConfig, SettingError, TrainingPlace};
use crate::data::{DataHome, Dataset};
use crate::engine::device;
use crate::engine::protocol::error::EngineError;
use crate::engine::scratch::scratch_folder;
use crate::engine::team::gather::TeamDevices;
use crate::files::{self, Links};
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::model::SavedGenerator;
use crate::train::{Trainer, check_device, device_memory, step_bytes};
use burn::tensor::{Distribution, Tensor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Demo cats that the training measurements use.
const CATS: u32 = 256;
/// Generator latencies are medians of this many repetitions.
const REPEATS: usize = 9;

/// Measures what was asked for, one after the other. The phases reported name them.
///
/// # Errors
/// An unknown preset, a setting outside its range, or a device that cannot be opened; cancelled.
pub fn bench(request: &BenchRequest, control: JobControl) -> Result<BenchReport, EngineError> {
    // As a training does.
    work_along();
    let total =
        request.presets.len() * (request.devices.len() + request.teams.len()) + usize::from(request.folder.is_some());
    let mut training = Vec::with_capacity(total);
    for name in &request.presets {
        let preset =
            Preset::find(name).ok_or_else(|| SettingError::new("preset", format!("there is no preset {name:?}")))?;
        let alone = request.devices.iter().map(|device| TrainingPlace::Here(*device));
        let together = request.teams.iter().map(|team| TrainingPlace::Together(team.clone()));
        for place in alone.chain(together) {
            control.report(&format!("{name} on {place}"), training.len(), total);
            training.push(bench_training(preset, place, request, control)?);
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
    place: TrainingPlace,
    request: &BenchRequest,
    control: JobControl,
) -> Result<TrainingBench, EngineError> {
    let mut config = preset.config();
    config.set_place(place);
    config.batch = request.batch.unwrap_or(config.batch);
    config.precision = request.precision;
    config.model.g_width = request.width.unwrap_or(config.model.g_width);
    config.model.d_width = request.width.unwrap_or(config.model.d_width);
    config.data = DataConfig { demo_count: CATS, ..DataConfig::default() };
    config.validate()?;
    let scratch = scratch_folder()?;
    let dataset = Dataset::prepare(&config.data, config.model.size, &DataHome::at(scratch.path()), control.quietly())?;
    let device = device::open(config.own_device())?;
    check_device(&config, &device)?;
    let team = TeamDevices::open(&config, &device)?;
    (config.precision, _) = device::precision(&config, &device, team.as_ref().map_or(&[], TeamDevices::others));

    let matmul_gflops = matmul_gflops(&device)?;
    // What the product and the preset before have left must not count.
    device.release_unused_memory();
    let (shaders, first_shaders) = (ShaderCount::begin(), ShaderCount::begin());
    let started = Instant::now();
    let dataset = Arc::new(dataset);
    let mut trainer = Trainer::new(config.clone(), device.clone(), dataset.clone())?;
    if let Some(team) = &team {
        trainer.join(team.gather(&config, &dataset, &trainer.split().training)?);
    }
    let mut training = TimedTraining { trainer, device, control, peak_memory: None };
    training.steps(1)?;
    let (first_step_seconds, first_step_shaders) = (started.elapsed().as_secs_f64(), first_shaders.end());
    // Buffers and thread pools are warm after two more.
    for _ in 0..2 {
        training.steps(1)?;
    }
    let group = steps_between_readings(&config);
    let step_seconds = training.step_seconds(request.steps.max(1).div_ceil(group), group)?;
    let traffic = training.traffic(config.tunables.metrics_every)?;
    let shaders = shaders.end();
    let TimedTraining { mut trainer, mut device, peak_memory, .. } = training;
    let members = 1 + trainer.other_members().count();
    for other in trainer.other_members() {
        device.info.name = format!("{} + {other}", device.info.name);
    }
    let generator = trainer.checkpoint(0, 0.0)?.generator(false)?;
    Ok(TrainingBench {
        preset: preset.name.to_owned(),
        batch: config.batch,
        precision: config.precision,
        g_width: config.model.g_width,
        d_width: config.model.d_width,
        first_step_seconds,
        first_step_shaders,
        shaders,
        step_seconds,
        images_per_second: f64::from(config.batch) / step_seconds,
        step_flop: trainer.step_flop(),
        step_bytes: step_bytes(&config),
        step_gflops: trainer.step_flop() / step_seconds / 1e9,
        matmul_gflops,
        generate_1_seconds: latency(&generator, 1, &device)?,
        generate_64_seconds: latency(&generator, 64, &device)?,
        reads_per_100_steps: traffic.reads,
        bytes_read_per_100_steps: traffic.bytes_read,
        uploads_per_100_steps: traffic.uploads,
        bytes_uploaded_per_100_steps: traffic.bytes_uploaded,
        peak_device_memory_bytes: peak_memory,
        estimated_device_memory_bytes: (!device.is_cpu()).then(|| device_memory(&config, CATS as usize)),
        members,
        bytes_per_step: (members > 1).then(|| trainer.team_bytes()),
        device: device.info,
    })
}

/// A training whose steps are measured.
struct TimedTraining<'a> {
    trainer: Trainer,
    device: ComputeDevice,
    control: JobControl<'a>,
    /// Most bytes that the device's allocator held after a step, where it tells.
    peak_memory: Option<u64>,
}

/// Between host and device, per 100 steps.
struct Traffic {
    reads: f64,
    bytes_read: f64,
    uploads: f64,
    bytes_uploaded: f64,
}

impl TimedTraining<'_> {
    /// So many steps. Reading the losses after them makes the device finish.
    fn steps(&mut self, count: u32) -> Result<(), EngineError> {
        for _ in 0..count {
            self.control.check()?;
            self.trainer.step()?;
        }
        self.trainer.read_losses()?;
        Ok(())
    }

    /// Median seconds of a step, over `groups` of `group` steps each.
    fn step_seconds(&mut self, groups: u32, group: u32) -> Result<f64, EngineError> {
        let mut seconds = Vec::new();
        for _ in 0..groups {
            let started = Instant::now();
            self.steps(group)?;
            seconds.push(started.elapsed().as_secs_f64() / f64::from(group));
            self.peak_memory = self.peak_memory.max(self.device.memory_reserved());
        }
        Ok(median(&mut seconds))
    }

    /// With losses read every `every` steps, as a training does.
    fn traffic(&mut self, every: u32) -> Result<Traffic, EngineError> {
        const READINGS: u32 = 2;
        let ((reads, bytes), (uploads, uploaded)) = (readback_counts(), upload_counts());
        for _ in 0..READINGS {
            self.steps(every)?;
            self.peak_memory = self.peak_memory.max(self.device.memory_reserved());
        }
        let ((reads_after, bytes_after), (uploads_after, uploaded_after)) = (readback_counts(), upload_counts());
        let per_100 = |count: u64| count as f64 * 100.0 / f64::from(every * READINGS);
        Ok(Traffic {
            reads: per_100(reads_after - reads),
            bytes_read: per_100(bytes_after - bytes),
            uploads: per_100(uploads_after - uploads),
            bytes_uploaded: per_100(uploaded_after - uploaded),
        })
    }
}

/// Median seconds from `count` latents to their pictures on the host.
fn latency(saved: &SavedGenerator, count: usize, device: &ComputeDevice) -> Result<f64, EngineError> {
    let (generator, weights) = saved.open(device.device());
    let latents = LatentSource { kind: saved.config.latent, size: generator.latent_size(), seed: 1 };
    let z = latents.draw(Stream::Generate, 0, count);
    let mut seconds = Vec::new();
    // One more than counted: the first compiles.
    for _ in 0..=REPEATS {
        let started = Instant::now();
        render(&generator, &weights, &z, device.device())?;
        seconds.push(started.elapsed().as_secs_f64());
    }
    Ok(median(&mut seconds[1..]))
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
        let dataset = Dataset::prepare(&data, SIZE, &DataHome::at(scratch.path()), control.quietly())?;
        Ok((dataset.len(), started.elapsed().as_secs_f64()))
    };
    let (pictures, seconds) = prepare()?;
    let (_, cached_seconds) = prepare()?;
    let images_per_second = pictures as f64 / seconds;
    Ok(IntakeBench { folder, size: SIZE, pictures, seconds, images_per_second, cached_seconds })
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
