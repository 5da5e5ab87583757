//! Pictures of a trained generator, with their recipes.

use crate::config::{DeviceChoice, DeviceInfo, SettingError};
use crate::engine::jobs::models::read_latents;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::files::make_folder;
use crate::formats::{ExportError, NameParts, Point, Recipe, encode_png, file_name, write_free, write_new};
use crate::interrupt::JobControl;
use crate::pixels::{Frame, SHEET_BACKGROUND, tile};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) use crate::formats::MAX_UPSCALE;

/// What pictures to make, and from what.
#[derive(Debug, Clone)]
pub struct GenerateRequest {
    /// A run folder, a checkpoint folder, or the weights file inside one.
    pub source: PathBuf,
    /// How many pictures.
    pub count: u32,
    /// Picture `i` of a seed is always the same, whatever `count` is.
    pub seed: u64,
    /// A JSON file with the latents of the pictures, instead of `count` and `seed`.
    pub latents: Option<PathBuf>,
    /// Folder for single pictures, if they are wanted.
    pub out: Option<PathBuf>,
    /// Names of the single pictures, a template of [`file_name`].
    pub name: String,
    /// File for one sheet of all pictures.
    pub grid: Option<PathBuf>,
    /// How many times larger, 1 to [`MAX_UPSCALE`].
    pub upscale: u32,
    /// Largest side in pixels to sharpen them to instead, with the network of the run.
    pub sharpen: Option<u32>,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
    /// The newest weights instead of the EMA weights.
    pub raw: bool,
}

/// What was made.
#[derive(Debug, Clone, Serialize)]
pub struct GenerateReport {
    /// The single pictures.
    pub files: Vec<PathBuf>,
    /// The sheet, if one was asked for.
    pub grid: Option<PathBuf>,
    /// How many pictures were generated.
    pub count: usize,
    /// Seconds that it took.
    pub seconds: f64,
    /// Where the pictures were generated.
    pub device: DeviceInfo,
    /// The step of the checkpoint that was used.
    pub step: u64,
    /// Hash of the generator.
    pub model: String,
}

/// Pictures generated between two reports of progress.
const CHUNK: u32 = 16;

/// Generates pictures with a trained generator. Never overwrites a file.
///
/// # Errors
/// No usable checkpoint, a device that cannot be opened, or a file that cannot be written or exists; cancelled, which
/// leaves the single pictures that are there by then.
pub fn generate(request: &GenerateRequest, control: JobControl) -> Result<GenerateReport, EngineError> {
    let started = Instant::now();
    let generator = LoadedGenerator::open(&request.source, request.raw, request.device)?;
    let (generator, times) = generator.enlarging(&request.source, request.upscale, request.sharpen)?;
    let size = generator.stamp.config.latent_size as usize;
    let given = request.latents.as_deref().map(|path| read_latents(path, size)).transpose()?;
    let count = given.as_ref().map_or(request.count, |z| (z.len() / size) as u32);
    if request.grid.is_some() && !Recipe::fits(count as usize, size) {
        let text = "too many for one grid, whose recipe holds all latents; `--out` has no limit";
        return Err(SettingError::new("count", text).into());
    }
    if request.out.is_some() && count > 1 && !request.name.contains("{number}") {
        return Err(SettingError::new("name", "the names of several pictures must contain {number}").into());
    }
    if let Some(out) = &request.out {
        make_folder(out).map_err(|source| ExportError::File { path: out.to_path_buf(), source })?;
    }
    let (mut files, mut tiles, mut points) = (Vec::new(), Vec::new(), Vec::new());
    for first in (0..count).step_by(CHUNK as usize) {
        control.check()?;
        let numbers = first..(first + CHUNK).min(count);
        let point = |i: u32| match &given {
            Some(z) => Point { number: Some(i.into()), ..Point::new(z[i as usize * size..][..size].to_vec()) },
            None => generator.point(request.seed, i.into(), None),
        };
        let chunk: Vec<_> = numbers.map(point).collect();
        for (point, frame) in chunk.iter().zip(generator.generate(chunk.iter().map(|p| p.latent.as_slice()))?) {
            let frame = generator.enlarge(&frame, times)?;
            if let Some(out) = &request.out {
                let recipe = generator.recipe(vec![point.clone()], times);
                let path = out.join(file_name(&request.name, &NameParts::of(&recipe), "png")?);
                write_new(&path, &encode_png(&frame, Some(&recipe))?)?;
                files.push(path);
            }
            if request.grid.is_some() {
                tiles.push(frame);
            }
        }
        if request.grid.is_some() {
            points.extend(chunk);
        }
        control.report("pictures generated", (first + CHUNK).min(count) as usize, count as usize);
    }
    if let Some(path) = &request.grid {
        let recipe = Recipe { grid: true, ..generator.recipe(points, times) };
        write_new(path, &encode_png(&tile(&tiles, SHEET_BACKGROUND), Some(&recipe))?)?;
    }
    Ok(GenerateReport {
        files,
        grid: request.grid.clone(),
        count: count as usize,
        seconds: started.elapsed().as_secs_f64(),
        step: generator.stamp.step,
        model: generator.stamp.hash,
        device: generator.device.info,
    })
}

/// Saves a picture with its recipe into a folder under the first name of the template that is free. Gives its path.
///
/// # Errors
/// A template that gives no usable name, or a folder that cannot be written.
pub(crate) fn save_picture(
    folder: &Path,
    template: &str,
    frame: &Frame,
    recipe: &Recipe,
) -> Result<PathBuf, EngineError> {
    let bytes = encode_png(frame, Some(recipe))?;
    let name = file_name(template, &NameParts::of(recipe), "png")?;
    Ok(write_free(folder, &name, &bytes)?)
}
