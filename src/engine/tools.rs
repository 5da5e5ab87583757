//! Single jobs without a worker thread, for the command line.

use super::app_dirs::AppDirs;
use super::error::EngineError;
use super::models::{load_generator, read_latents, write_new_bytes};
use crate::compute::ComputeDevice;
use crate::config::{DataConfig, DeviceChoice, DeviceInfo};
use crate::data::{DataError, DataProgress, Dataset, DatasetReport, draw_demo_cat};
use crate::latent::{LatentSource, Stream, render};
use crate::pixels::{Frame, tile};
use rayon::prelude::*;
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

pub use crate::compute::list_devices;

/// Looks at all pictures and prepares them, as a training would.
///
/// # Errors
/// A folder that cannot be opened, or cancelled. A folder without a usable picture is no error here: the report says so.
pub fn check_dataset(
    data: &DataConfig,
    size: u32,
    cancel: &AtomicBool,
    progress: &(dyn Fn(DataProgress) + Sync),
) -> Result<Arc<DatasetReport>, EngineError> {
    match Dataset::prepare(data, size, &AppDirs::find().cache, cancel, progress) {
        Ok(dataset) => Ok(dataset.report().clone()),
        Err(DataError::NoPictures { report }) => Ok(report),
        Err(e) => Err(e.into()),
    }
}

/// Writes demo cats as `cat-00000.png`, ... into a folder. Files of these names that exist already are not touched.
///
/// # Errors
/// A file that cannot be written, or that exists.
pub fn write_demo(
    out: &Path,
    count: u32,
    size: u32,
    seed: u64,
    progress: &(dyn Fn(DataProgress) + Sync),
) -> Result<(), EngineError> {
    fs::create_dir_all(out).map_err(|e| EngineError::Other(format!("{}: {e}", out.display())))?;
    let done = AtomicUsize::new(0);
    (0..count).into_par_iter().try_for_each(|i| {
        let path = out.join(format!("cat-{i:05}.png"));
        write_new(&path, &draw_demo_cat(seed, i.into(), size))?;
        progress(DataProgress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total: count as usize });
        Ok(())
    })
}

/// What pictures to make, and from what.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// As for [`load_generator`].
    pub source: PathBuf,
    pub count: u32,
    /// Picture `i` of a seed is always the same, whatever `count` is.
    pub seed: u64,
    /// A file with the latents of the pictures; then `count` and `seed` say nothing.
    pub latents: Option<PathBuf>,
    /// Folder for single pictures; none makes none.
    pub out: Option<PathBuf>,
    /// File for one sheet of all pictures.
    pub grid: Option<PathBuf>,
    pub device: DeviceChoice,
    /// The newest weights instead of the averaged ones.
    pub raw: bool,
}

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct GenerateReport {
    pub files: Vec<PathBuf>,
    pub grid: Option<PathBuf>,
    /// Pictures made.
    pub count: usize,
    pub seconds: f64,
    pub device: DeviceInfo,
    /// The step of the generator that was used; 0 if not known.
    pub step: u64,
}

/// Pictures drawn before `progress` is called again.
const CHUNK: u32 = 16;

/// Makes pictures with a trained generator. Never overwrites a file.
///
/// # Errors
/// No usable checkpoint, a device that cannot be opened, or a file that cannot be written or exists.
pub fn generate(request: &GenerateRequest, progress: &dyn Fn(usize, usize)) -> Result<GenerateReport, EngineError> {
    let started = Instant::now();
    let saved = load_generator(&request.source, request.raw)?;
    let device = ComputeDevice::open(request.device)?;
    let (generator, weights) = saved.open(device.device());
    let latents = LatentSource { kind: saved.config.latent, size: generator.latent_size(), seed: request.seed };
    let given = request.latents.as_deref().map(|path| read_latents(path, latents.size)).transpose()?;
    let count = given.as_ref().map_or(request.count, |z| (z.len() / latents.size) as u32);
    if let Some(out) = &request.out {
        fs::create_dir_all(out).map_err(|e| EngineError::Other(format!("{}: {e}", out.display())))?;
    }
    let (mut files, mut tiles) = (Vec::new(), Vec::new());
    for first in (0..count).step_by(CHUNK as usize) {
        let numbers = first..(first + CHUNK).min(count);
        let z: Vec<f32> = match &given {
            Some(z) => z[numbers.start as usize * latents.size..numbers.end as usize * latents.size].to_vec(),
            None => numbers.clone().flat_map(|i| latents.draw(Stream::Generate, i.into(), 1)).collect(),
        };
        for (i, frame) in numbers.zip(render(&generator, &weights, &z, device.device())?) {
            if let Some(out) = &request.out {
                let path = out.join(match given {
                    Some(_) => format!("cat-{i:05}.png"),
                    None => format!("cat-{}-{i:05}.png", request.seed),
                });
                write_new(&path, &frame)?;
                files.push(path);
            }
            if request.grid.is_some() {
                tiles.push(frame);
            }
        }
        progress((first + CHUNK).min(count) as usize, count as usize);
    }
    if let Some(path) = &request.grid {
        write_new(path, &tile(&tiles, [24; 3]))?;
    }
    Ok(GenerateReport {
        files,
        grid: request.grid.clone(),
        count: count as usize,
        seconds: started.elapsed().as_secs_f64(),
        device: device.info,
        step: saved.step,
    })
}

/// Writes a PNG under a name that is still free.
fn write_new(path: &Path, frame: &Frame) -> Result<(), EngineError> {
    let fail = |e: &dyn std::fmt::Display| EngineError::Other(format!("{}: {e}", path.display()));
    let bytes = frame.to_png().map_err(|e| fail(&e))?;
    write_new_bytes(path, &bytes)
}
