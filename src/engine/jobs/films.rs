//! Films of a trained generator, and of how a training went.

use crate::config::{DeviceChoice, SettingError, typed_path};
use crate::engine::jobs::restore::recipe_of;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::formats::{FilmSpec, FilmWriter, upscale};
use crate::interrupt::JobControl;
use crate::latent::{KeyPath, walk};
use crate::pixels::Frame;
use crate::train::{Checkpoint, RunDir};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) use crate::formats::FPS;
pub use crate::latent::Easing;

/// What every film has.
#[derive(Debug, Clone)]
pub struct FilmOptions {
    /// File to write; the extension selects the format, see [`FileUse::Film`](crate::files::FileUse).
    pub out: PathBuf,
    pub fps: u32,
    /// How many times larger than the generator draws, 1 to 8.
    pub upscale: u32,
}

/// A point on the way of a film.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPoint {
    /// Picture `number` of a seed.
    Seed { seed: u64, number: u64 },
    /// A picture with a recipe.
    Picture(PathBuf),
}

impl std::str::FromStr for KeyPoint {
    type Err = std::convert::Infallible;

    /// `7` is the first picture of seed 7, `7:12` its picture 12, anything else a file (so is `./7`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seed, number) = text.split_once(':').unwrap_or((text, "0"));
        Ok(match (seed.parse(), number.parse()) {
            (Ok(seed), Ok(number)) => Self::Seed { seed, number },
            _ => Self::Picture(typed_path(text)),
        })
    }
}

/// A film from point to point.
#[derive(Debug, Clone)]
pub struct InterpolateRequest {
    pub model: PathBuf,
    pub points: Vec<KeyPoint>,
    /// Back to the first point at the end.
    pub closed: bool,
    pub easing: Easing,
    pub frames: u32,
    pub film: FilmOptions,
    pub device: DeviceChoice,
    /// The newest weights instead of the averaged ones.
    pub raw: bool,
}

/// A film of a random walk.
#[derive(Debug, Clone)]
pub(crate) struct WalkRequest {
    pub model: PathBuf,
    pub start: KeyPoint,
    /// Draws the way.
    pub seed: u64,
    /// How far each second leads: 0 stays, 1 goes to somewhere unrelated.
    pub stride: f64,
    pub frames: u32,
    pub film: FilmOptions,
    pub device: DeviceChoice,
    pub raw: bool,
}

/// A film of a training.
#[derive(Debug, Clone)]
pub struct TimelapseRequest {
    pub run: PathBuf,
    /// Instead of the saved sample grids, the first picture of this seed at each checkpoint that is left.
    pub latent_seed: Option<u64>,
    /// The longest that a film of the sample grids may be; of more grids every so many are left out. None takes all.
    pub seconds: Option<u32>,
    pub film: FilmOptions,
    pub device: DeviceChoice,
}

/// What was filmed.
#[derive(Debug, Clone, Serialize)]
pub struct FilmReport {
    pub out: PathBuf,
    pub frames: u32,
    pub fps: u32,
    pub width: u32,
    pub height: u32,
    /// Tells generators apart; none in a film of many.
    pub model: Option<String>,
    pub seconds: f64,
}

/// How far a walk leads in a second unless told otherwise: 0 stays, 1 goes to somewhere unrelated.
pub(crate) const WALK_STRIDE: f64 = 0.6;

/// Seconds of a film of a training unless told otherwise: nobody watches longer, and it is made in less than a minute.
pub(crate) const TIMELAPSE_SECONDS: u32 = 30;

/// Frames drawn at once.
const CHUNK: usize = 16;

/// Films the way along points of latent space.
///
/// # Errors
/// No generator, fewer than two points, a point that does not fit the generator, or a file that cannot be written.
/// Cancelled or failed, nothing is left behind.
pub fn interpolate(request: &InterpolateRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    if request.points.len() < 2 {
        return Err(SettingError::new("points", "a way has at least two").into());
    }
    let studio = LoadedGenerator::open(&request.model, request.raw, request.device)?;
    let keys = request.points.iter().map(|point| latent(&studio, point)).collect::<Result<_, _>>()?;
    let kind = studio.stamp.config.latent;
    let path = KeyPath { kind, keys, closed: request.closed, easing: request.easing };
    film_path(&studio, &path, request.frames, &request.film, control)
}

/// Films a random walk: a new direction each second, never out of the distribution of latents.
///
/// # Errors
/// As [`interpolate`].
pub(crate) fn film_walk(request: &WalkRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    let studio = LoadedGenerator::open(&request.model, request.raw, request.device)?;
    let start = latent(&studio, &request.start)?;
    let kind = studio.stamp.config.latent;
    let keys = request.frames.div_ceil(request.film.fps.max(1)) as usize + 1;
    let keys = walk(kind, &start, request.stride, request.seed, keys);
    let path = KeyPath { kind, keys, closed: false, easing: Easing::Linear };
    film_path(&studio, &path, request.frames, &request.film, control)
}

/// Films a training: its sample grids, or one latent at each checkpoint. `run` is only read.
///
/// # Errors
/// No run, nothing to film in it, or a file that cannot be written.
pub fn timelapse(request: &TimelapseRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (run, config) = RunDir::look(&request.run)?;
    let nothing = |what: &str| EngineError::Run(format!("{}: {what}", request.run.display()));
    if let Some(seed) = request.latent_seed {
        let checkpoints = run.checkpoint_steps();
        if checkpoints.is_empty() {
            return Err(nothing("there is no checkpoint to film"));
        }
        let first = |studio: &LoadedGenerator| studio.point(seed, 0, None).latent;
        let frames = checkpoints.iter().map(|(_, folder)| checkpoint_picture(folder, first, request.device));
        let side = config.model.size;
        return film(frames, checkpoints.len(), (side, side), &request.film, None, started, control);
    }
    let steps = run.sample_steps();
    let last = steps.last().ok_or_else(|| nothing("there is no sample grid to film"))?;
    let last = run.load_sample(*last)?;
    let size = (last.width, last.height);
    // Before any is looked at: there may be tens of thousands.
    let most = request.seconds.map_or(u32::MAX, |seconds| seconds.saturating_mul(request.film.fps)).max(1);
    let mut steps = evenly(&steps, most as usize);
    // The number of samples may have been changed on the way.
    let before = steps.len();
    steps.retain(|step| run.sample_size(*step) == Some(size));
    if steps.len() < before {
        log::warn!("{} sample grids of another size are left out", before - steps.len());
    }
    let frames = steps.iter().map(|step| Ok(run.load_sample(*step)?));
    film(frames, steps.len(), size, &request.film, None, started, control)
}

/// At most `most` of the steps, evenly: the last always, and the first if there is room for two.
fn evenly(steps: &[u64], most: usize) -> Vec<u64> {
    let (Some(last), false) = (steps.last(), steps.len() <= most) else { return steps.to_vec() };
    let gaps = most - 1;
    (0..gaps).map(|i| steps[i * (steps.len() - 1) / gaps]).chain([*last]).collect()
}

/// Films one latent at each checkpoint of the run in `folder`, oldest first, on the CPU.
pub(crate) fn film_training(
    folder: &Path,
    latent: &[f32],
    options: &FilmOptions,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (run, config) = RunDir::look(folder)?;
    let checkpoints = run.checkpoint_steps();
    let draw = |folder: &Path| checkpoint_picture(folder, |_| latent.to_vec(), DeviceChoice::Cpu);
    let frames = checkpoints.iter().map(|(_, folder)| draw(folder));
    let side = config.model.size;
    film(frames, checkpoints.len(), (side, side), options, None, started, control)
}

/// A latent's picture by the generator of a checkpoint.
fn checkpoint_picture(
    folder: &Path,
    latent: impl FnOnce(&LoadedGenerator) -> Vec<f32>,
    device: DeviceChoice,
) -> Result<Frame, EngineError> {
    let model = Checkpoint::read(folder)?.generator(false)?;
    let studio = LoadedGenerator::with(&model, crate::engine::loaded_generator::stamp(&model, folder, false), device)?;
    let frames = studio.draw([latent(&studio).as_slice()])?;
    frames.into_iter().next().ok_or_else(|| EngineError::Other("the generator drew nothing".to_owned()))
}

/// The latent that a point stands for.
fn latent(studio: &LoadedGenerator, point: &KeyPoint) -> Result<Vec<f32>, EngineError> {
    let path = match point {
        KeyPoint::Seed { seed, number } => return Ok(studio.point(*seed, *number, None).latent),
        KeyPoint::Picture(path) => path,
    };
    let mut recipe = recipe_of(path)?;
    let fail = |text: String| EngineError::Other(format!("{}: {text}", path.display()));
    if recipe.points.len() != 1 {
        let count = recipe.points.len();
        return Err(fail(format!("is a sheet of {count} pictures; `purrtrait restore --tile N` takes one out")));
    }
    let (has, needs) = (recipe.points[0].latent.len(), studio.stamp.config.latent_size as usize);
    if has != needs {
        return Err(fail(format!("its latent has {has} components, the generator takes {needs}")));
    }
    if recipe.model.hash != studio.stamp.hash {
        log::warn!("{}: another generator made this picture; this one shows its latent differently", path.display());
    }
    Ok(recipe.points.swap_remove(0).latent)
}

pub(crate) fn film_path(
    studio: &LoadedGenerator,
    path: &KeyPath,
    frames: u32,
    options: &FilmOptions,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (count, side) = (frames as usize, studio.side());
    let chunks = (0..count).step_by(CHUNK).flat_map(|first| {
        let latents: Vec<_> = (first..(first + CHUNK).min(count)).map(|i| path.frame(i, count)).collect();
        match studio.draw(latents.iter().map(Vec::as_slice)) {
            Ok(frames) => frames.into_iter().map(Ok).collect(),
            Err(e) => vec![Err(e)],
        }
    });
    let hash = Some(studio.stamp.hash.clone());
    film(chunks, count, (side, side), options, hash, started, control)
}

/// Writes `count` frames of one size, enlarged, as they come.
#[expect(clippy::too_many_arguments, reason = "four callers, each with its own frames; a struct would say no more")]
fn film(
    frames: impl Iterator<Item = Result<Frame, EngineError>>,
    count: usize,
    (width, height): (u32, u32),
    options: &FilmOptions,
    model: Option<String>,
    started: Instant,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let FilmOptions { out, fps, upscale: factor, .. } = options;
    let (width, height) = (width * factor, height * factor);
    let spec = FilmSpec { width, height, frames: count as u32, fps: *fps, repeat: true };
    let mut writer = FilmWriter::create(out, spec)?;
    for (i, frame) in frames.enumerate() {
        control.check()?;
        writer.add(&upscale(&frame?, *factor))?;
        control.report("frames filmed", i + 1, count);
    }
    let out = writer.finish()?;
    Ok(FilmReport {
        out,
        frames: count as u32,
        fps: *fps,
        width,
        height,
        model,
        seconds: started.elapsed().as_secs_f64(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_training_is_filmed_evenly_from_its_first_sheet_to_its_last() {
        let steps: Vec<u64> = (0..20_000).map(|i| i * 10).collect();
        let some = evenly(&steps, 750);
        assert_eq!((some.len(), some[0], some[749]), (750, 0, 199_990));
        assert!(some.windows(2).all(|pair| (260..=270).contains(&(pair[1] - pair[0]))), "{some:?}");
        assert_eq!(evenly(&steps, 20_000), steps);
        assert_eq!(evenly(&steps, 1), [199_990]);
        assert_eq!(evenly(&steps[..3], 2), [0, 20]);
        assert!(evenly(&[], 5).is_empty());
    }

    #[test]
    fn points_are_seeds_or_files() {
        let parse = |text: &str| text.parse::<KeyPoint>().unwrap();
        assert_eq!(parse("7"), KeyPoint::Seed { seed: 7, number: 0 });
        assert_eq!(parse("7:12"), KeyPoint::Seed { seed: 7, number: 12 });
        for file in ["cat.png", "./7", "C:7", "7:", "-1", "1.5"] {
            assert_eq!(parse(file), KeyPoint::Picture(file.into()));
        }
    }
}
