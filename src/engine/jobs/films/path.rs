//! Films of paths through latent space.

use super::request::{Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, WalkRequest};
use super::write::write;
use crate::config::{LatentKind, SettingError};
use crate::engine::jobs::restore::recipe_of;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::interrupt::JobControl;
use crate::latent::{KeyPath, walk};
use std::time::Instant;

/// Frames generated at once.
const CHUNK: usize = 16;

/// Films the path between points in latent space.
///
/// # Errors
/// No generator, fewer than two points, a point that does not fit the generator, or a file that cannot be written;
/// cancelled. No part of a film is left behind.
pub fn interpolate(request: &InterpolateRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    if request.points.len() < 2 {
        return Err(SettingError::new("points", "a path needs at least two").into());
    }
    let generator = LoadedGenerator::open(&request.model, request.raw, request.device)?;
    let (generator, times) = generator.enlarging(&request.model, request.film.upscale, request.film.sharpen)?;
    let keys = request.points.iter().map(|point| latent(&generator, point)).collect::<Result<_, _>>()?;
    let kind = generator.stamp.config.latent;
    let path = KeyPath { kind, keys, closed: request.closed, easing: request.easing };
    film_path(&generator, &path, request.frames, times, &request.film, control)
}

/// Films a random walk: a new direction each second, always within the distribution of latents.
///
/// # Errors
/// As [`interpolate`].
pub(crate) fn film_walk(request: &WalkRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    let generator = LoadedGenerator::open(&request.model, request.raw, request.device)?;
    let (generator, times) = generator.enlarging(&request.model, request.film.upscale, request.film.sharpen)?;
    let start = latent(&generator, &request.start)?;
    let WalkRequest { stride, seed, frames, film, .. } = request;
    let path = walk_path(generator.stamp.config.latent, &start, *stride, *seed, *frames, film.fps);
    film_path(&generator, &path, *frames, times, film, control)
}

/// A random walk from `start` that lasts so many frames. Each second it takes a new direction and moves by `stride`: 0
/// stays, 1 reaches an unrelated latent.
pub(crate) fn walk_path(kind: LatentKind, start: &[f32], stride: f64, seed: u64, frames: u32, fps: u32) -> KeyPath {
    let keys = walk(kind, start, stride, seed, frames.div_ceil(fps.max(1)) as usize + 1);
    KeyPath { kind, keys, closed: false, easing: Easing::Linear }
}

/// The latent that a person has named.
fn latent(generator: &LoadedGenerator, point: &KeyPoint) -> Result<Vec<f32>, EngineError> {
    let path = match point {
        KeyPoint::Seed { seed, number } => return Ok(generator.point(*seed, *number, None).latent),
        KeyPoint::Picture(path) => path,
    };
    let mut recipe = recipe_of(path)?;
    let fail = |text: String| EngineError::Other(format!("{}: {text}", path.display()));
    if recipe.points.len() != 1 {
        let count = recipe.points.len();
        return Err(fail(format!("is a grid of {count} pictures; extract one with `purrtrait restore --tile N`")));
    }
    let (has, needs) = (recipe.points[0].latent.len(), generator.stamp.config.latent_size as usize);
    if has != needs {
        return Err(fail(format!("its latent has {has} components, the generator takes {needs}")));
    }
    if recipe.model.hash != generator.stamp.hash {
        log::warn!(
            "{}: another generator made this picture; the film's generator shows its latent differently",
            path.display()
        );
    }
    Ok(recipe.points.swap_remove(0).latent)
}

/// Films a path through latent space, its pictures so many times larger.
///
/// # Errors
/// As [`interpolate`].
pub(crate) fn film_path(
    generator: &LoadedGenerator,
    path: &KeyPath,
    frames: u32,
    times: u32,
    options: &FilmOptions,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (count, side) = (frames as usize, generator.side() * times);
    let chunks = (0..count).step_by(CHUNK).flat_map(|first| {
        let latents: Vec<_> = (first..(first + CHUNK).min(count)).map(|i| path.frame(i, count)).collect();
        match generator.generate(latents.iter().map(Vec::as_slice)) {
            Ok(frames) => frames.iter().map(|frame| generator.enlarge(frame, times)).collect(),
            Err(e) => vec![Err(e)],
        }
    });
    let hash = Some(generator.stamp.hash.clone());
    write(chunks, count, (side, side), options, hash, started, control)
}
