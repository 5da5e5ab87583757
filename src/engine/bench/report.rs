//! What is measured of this machine, and the report as text.

use crate::config::{DeviceChoice, DeviceInfo, Precision, TeamPlace};
use crate::printable;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;

const MIB: f64 = 1024.0 * 1024.0;

/// What to measure.
#[derive(Debug, Clone)]
pub struct BenchRequest {
    /// Names of the presets to train.
    pub presets: Vec<String>,
    /// Devices to train each of them on.
    pub devices: Vec<DeviceChoice>,
    /// Devices and workers to train each of them on together.
    pub teams: Vec<TeamPlace>,
    /// Steps timed after the first three, rounded up to whole groups; see [`TrainingBench::step_seconds`].
    pub steps: u32,
    /// Instead of the preset's.
    pub batch: Option<u32>,
    /// Width of both networks instead of the preset's.
    pub width: Option<u32>,
    /// Of the convolutions.
    pub precision: Precision,
    /// Also measure how fast the pictures of this folder are prepared (without the cache).
    pub folder: Option<PathBuf>,
}

/// All measurements.
#[derive(Debug, Clone, Serialize)]
pub struct BenchReport {
    /// Version of the program.
    pub version: &'static str,
    /// Threads that the system runs at once.
    pub threads: usize,
    /// Each preset on each device.
    pub training: Vec<TrainingBench>,
    /// The folder, if one was named.
    pub intake: Option<IntakeBench>,
    /// Largest memory of the whole process so far, in bytes; none where the system does not tell.
    pub peak_memory_bytes: Option<u64>,
}

/// One preset on one device.
#[derive(Debug, Clone, Serialize)]
pub struct TrainingBench {
    /// Name of the preset.
    pub preset: String,
    /// Where it trained; of several devices the first one, with the names of all.
    pub device: DeviceInfo,
    /// How many devices shared each batch.
    pub members: usize,
    /// Bytes of a step to each device but the first, and as many back; none with one device.
    pub bytes_per_step: Option<u64>,
    /// Batch size.
    pub batch: u32,
    /// Of the convolutions.
    pub precision: Precision,
    /// Width of the generator.
    pub g_width: u32,
    /// Width of the discriminator.
    pub d_width: u32,
    /// Seconds from building the networks to the end of the first step, shader compiling included.
    pub first_step_seconds: f64,
    /// Different kernels that the first step starts on a GPU, each a shader to be compiled; 0 on the CPU.
    pub first_step_shaders: usize,
    /// The same of all steps that were measured, readings of losses included.
    pub shaders: usize,
    /// Median seconds of a step (one update of each network), over groups of steps at whose ends losses are read.
    pub step_seconds: f64,
    /// Training pictures per second.
    pub images_per_second: f64,
    /// Floating-point operations of a step in its convolutions and dense layers, as direct convolution needs them.
    pub step_flop: f64,
    /// Bytes that a GPU's kernels read and write in its memory in a step, counted from shapes.
    pub step_bytes: f64,
    /// 1e9 of those operations per second; algorithms that need fewer can exceed what a matrix product reaches.
    pub step_gflops: f64,
    /// 1e9 floating-point operations per second of a large matrix product on the same device just before.
    pub matmul_gflops: f64,
    /// Seconds for one picture, from its latent to bytes on the host.
    pub generate_1_seconds: f64,
    /// The same for 64 pictures at once.
    pub generate_64_seconds: f64,
    /// Reads from the device per 100 steps: losses as often as the preset reads them, without samples and checkpoints.
    pub reads_per_100_steps: f64,
    /// Bytes of those reads.
    pub bytes_read_per_100_steps: f64,
    /// Uploads to the device per 100 steps: batches, latents, augmentation.
    pub uploads_per_100_steps: f64,
    /// Bytes of those uploads.
    pub bytes_uploaded_per_100_steps: f64,
    /// Most bytes that the device's allocator held after a step, where it tells.
    pub peak_device_memory_bytes: Option<u64>,
    /// What it was estimated at before; none for the CPU.
    pub estimated_device_memory_bytes: Option<u64>,
}

/// Preparing the pictures of a folder.
#[derive(Debug, Clone, Serialize)]
pub struct IntakeBench {
    /// The folder.
    pub folder: PathBuf,
    /// Side in pixels to which its pictures were prepared.
    pub size: u32,
    /// How many could be used.
    pub pictures: usize,
    /// Seconds of the first preparation, which decodes all.
    pub seconds: f64,
    /// Pictures per second of the first preparation.
    pub images_per_second: f64,
    /// A second start, from the cache.
    pub cached_seconds: f64,
}

impl fmt::Display for BenchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "purrtrait {} on {} threads", self.version, self.threads)?;
        if !self.training.is_empty() {
            write_header(f)?;
        }
        for training in &self.training {
            training.write_row(f)?;
        }
        for training in &self.training {
            training.write_traffic(f)?;
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

/// The heads of the columns of [`TrainingBench::write_row`].
fn write_header(f: &mut fmt::Formatter<'_>) -> fmt::Result {
    writeln!(
        f,
        "\n{:<12} {:<24} {:>5} {:>5} {:>4} {:>10} {:>7} {:>9} {:>9} {:>8} {:>7} {:>8} {:>8} {:>9} {:>10} {:>13} {:>10} \
         {:>9}",
        "preset",
        "device",
        "width",
        "batch",
        "bits",
        "first step",
        "shaders",
        "step",
        "images/s",
        "GFLOP/s",
        "of peak",
        "1 pic",
        "64 pics",
        "reads/100",
        "read B/100",
        "upload B/step",
        "device MiB",
        "estimated"
    )
}

fn mebibytes(bytes: Option<u64>) -> String {
    bytes.map_or_else(|| "-".to_owned(), |bytes| format!("{:.0}", bytes as f64 / MIB))
}

impl TrainingBench {
    /// What several devices send to each other.
    fn write_traffic(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(bytes) = self.bytes_per_step else { return Ok(()) };
        writeln!(
            f,
            "\n{} on {}: {:.2} MB a step to each of the others and as much back, {:.1} images/s",
            self.preset,
            printable::line(&self.device.name),
            bytes as f64 / 1e6,
            self.images_per_second
        )
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: String = printable::line(&self.device.name).chars().take(24).collect();
        writeln!(
            f,
            "{:<12} {:<24} {:>5} {:>5} {:>4} {:>8.2} s {:>7} {:>6.0} ms {:>9.1} {:>8.0} {:>5.0} % {:>5.1} ms \
             {:>5.0} ms {:>9.0} {:>10.0} {:>13.0} {:>10} {:>9}",
            self.preset,
            name,
            self.g_width,
            self.batch,
            if self.precision == Precision::Mixed { 16 } else { 32 },
            self.first_step_seconds,
            self.first_step_shaders,
            self.step_seconds * 1e3,
            self.images_per_second,
            self.step_gflops,
            100.0 * self.step_gflops / self.matmul_gflops,
            self.generate_1_seconds * 1e3,
            self.generate_64_seconds * 1e3,
            self.reads_per_100_steps,
            self.bytes_read_per_100_steps,
            self.bytes_uploaded_per_100_steps / 100.0,
            mebibytes(self.peak_device_memory_bytes),
            mebibytes(self.estimated_device_memory_bytes)
        )
    }
}
