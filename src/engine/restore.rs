//! From a picture back to the point of latent space that it shows.

use super::app_dirs::AppDirs;
use super::error::EngineError;
use super::models::load_generator;
use super::studio::{SHEET, Studio, private_path, stamp};
use crate::config::{DeviceChoice, DeviceInfo};
use crate::export::{Recipe, read_recipe, upscale, write_new};
use crate::model::SavedGenerator;
use crate::pixels::{Frame, GridLayout, tile};
use crate::train::{Checkpoint, RunDir};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Which picture to make again.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    pub picture: PathBuf,
    /// The generator; none looks where it was when the picture was made.
    pub model: Option<PathBuf>,
    /// File for the new picture; none only compares.
    pub out: Option<PathBuf>,
    /// One tile of a sheet, counted from 0, row by row.
    pub tile: Option<u32>,
    /// Draw with the generator of `model` even if another one made the picture.
    pub any_model: bool,
    pub device: DeviceChoice,
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreReport {
    /// The file's pixels and the new ones are the same to the bit.
    pub same: bool,
    /// Largest difference of a channel, of 255; none where the sizes differ.
    pub largest_difference: Option<u8>,
    pub recipe: Recipe,
    /// Where the generator was found.
    pub model: PathBuf,
    pub out: Option<PathBuf>,
    pub device: DeviceInfo,
    pub seconds: f64,
}

/// Draws a picture again from its recipe and compares.
///
/// # Errors
/// No recipe in the file, its generator is nowhere to be found or another one, or a file that cannot be written.
pub fn restore(request: &RestoreRequest) -> Result<RestoreReport, EngineError> {
    let started = Instant::now();
    let path = &request.picture;
    let mut recipe = recipe_of(path)?;
    let (model, found) = find_model(&recipe, request)?;
    let studio = Studio::with(&model, stamp(&model, &found, recipe.model.raw), request.device)?;
    let mut original = Frame::open_png(path).map_err(|e| EngineError::Other(format!("{}: {e}", path.display())))?;
    if let Some(index) = request.tile {
        let side = recipe.model.config.size * recipe.upscale;
        original = one_tile(&mut recipe, &original, index, side).map_err(|text| about(path, &text))?;
    }
    let frames = studio.draw(recipe.points.iter().map(|p| p.latent.as_slice()))?;
    let frames: Vec<Frame> = frames.iter().map(|frame| upscale(frame, recipe.upscale)).collect();
    let again = match &frames[..] {
        [one] if !recipe.grid => one.clone(),
        many => tile(many, SHEET),
    };
    // What is drawn now is drawn by this generator.
    recipe.model.hash.clone_from(&studio.stamp.hash);
    if let Some(out) = &request.out {
        let stored = Recipe { model: studio.stamp.clone(), ..recipe.clone() };
        write_new(out, &crate::export::encode_png(&again, Some(&stored))?)?;
    }
    let alike = (again.width, again.height) == (original.width, original.height);
    let differences = again.data.iter().zip(&original.data).map(|(a, b)| a.abs_diff(*b));
    let largest_difference = alike.then(|| differences.max().unwrap_or(0));
    Ok(RestoreReport {
        same: largest_difference == Some(0),
        largest_difference,
        recipe,
        model: found,
        out: request.out.clone(),
        device: studio.device.info,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The recipe inside a picture.
///
/// # Errors
/// A file that is no PNG, carries no recipe, or a damaged one.
pub fn recipe_of(picture: &Path) -> Result<Recipe, EngineError> {
    read_recipe(picture)?.ok_or_else(|| about(picture, "carries no recipe; only pictures that Purrtrait saved do"))
}

fn about(path: &Path, text: &str) -> EngineError {
    EngineError::Other(format!("{}: {text}", path.display()))
}

/// Cuts the recipe down to one tile, and gives that tile of the picture.
fn one_tile(recipe: &mut Recipe, sheet: &Frame, index: u32, side: u32) -> Result<Frame, String> {
    let count = recipe.points.len() as u32;
    if !recipe.grid || index >= count {
        return Err(format!("has no tile {index}; it has {count}, counted from 0"));
    }
    let layout = GridLayout::new(count, side);
    if layout.size() != (sheet.width, sheet.height) {
        return Err("is not as large as its recipe says; tiles cannot be found in it".to_owned());
    }
    let (x, y) = layout.origin(index);
    let rows = (y..y + side).flat_map(|row| {
        let start = ((row * sheet.width + x) * 3) as usize;
        &sheet.data[start..start + side as usize * 3]
    });
    let data = rows.copied().collect();
    recipe.points = vec![recipe.points.swap_remove(index as usize)];
    recipe.grid = false;
    Ok(Frame { width: side, height: side, data })
}

/// The generator that made the picture, and where it is.
fn find_model(recipe: &Recipe, request: &RestoreRequest) -> Result<(SavedGenerator, PathBuf), EngineError> {
    let wanted = &recipe.model;
    let maker = format!("the generator {} ({}) of step {}", wanted.label, wanted.hash, wanted.step);
    if let Some(path) = &request.model {
        if let Some(found) = look_at(path, recipe)? {
            return Ok(found);
        }
        let model = load_generator(path, wanted.raw)?;
        if !request.any_model {
            let text = format!(
                "this is another generator ({}) than the one that made the picture: {maker}; `--any-model` draws with \
                 it all the same",
                model.hash()
            );
            return Err(EngineError::Run(format!("{}: {text}", path.display())));
        }
        let (has, needs) = (model.config.latent_size, wanted.config.latent_size);
        if has != needs || model.config.size != wanted.config.size {
            let text = format!(
                "draws {} px from latents of {has} components; the picture is of {} px and {needs} components",
                model.config.size, wanted.config.size
            );
            return Err(EngineError::Run(format!("{}: {text}", path.display())));
        }
        return Ok((model, path.clone()));
    }
    let beside = request.picture.parent().map(|folder| folder.join(&wanted.label));
    let recorded = wanted.path.as_deref().map(private_path);
    let places = recorded.clone().into_iter().chain(Some(AppDirs::find().runs.join(&wanted.label))).chain(beside);
    for place in places {
        // A place that is gone or damaged is no reason to give up: the next may have it.
        if let Ok(Some(found)) = look_at(&place, recipe) {
            return Ok(found);
        }
    }
    let looked = recorded.map_or_else(String::new, |path| format!(" (it was {})", path.display()));
    let text = format!(
        "{}: {maker} made this picture, and it is not here any more{looked}; name its place with --model",
        request.picture.display()
    );
    Err(EngineError::Run(text))
}

/// The recipe's generator, if this place has it: in a run, first the checkpoint of its step.
fn look_at(place: &Path, recipe: &Recipe) -> Result<Option<(SavedGenerator, PathBuf)>, EngineError> {
    let wanted = &recipe.model;
    if place.join("run.toml").is_file()
        && let Ok((run, _)) = RunDir::look(place)
    {
        let steps = run.checkpoint_steps();
        if let Some((_, folder)) = steps.into_iter().find(|(step, _)| *step == wanted.step)
            && let Ok(checkpoint) = Checkpoint::read(&folder)
        {
            let model = checkpoint.generator(wanted.raw)?;
            if model.hash() == wanted.hash {
                return Ok(Some((model, folder)));
            }
        }
    }
    let model = load_generator(place, wanted.raw)?;
    Ok((model.hash() == wanted.hash).then(|| (model, place.to_path_buf())))
}
