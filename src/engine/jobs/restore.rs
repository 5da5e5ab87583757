//! From a picture back to the point of latent space that it shows.

use crate::config::{DeviceChoice, DeviceInfo};
use crate::engine::app_dirs::AppDirs;
use crate::engine::bundled;
use crate::engine::load::load_generator;
use crate::engine::loaded_generator::{LoadedGenerator, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::sharpening::network_of;
use crate::files::{FileUse, Links};
use crate::formats::{Recipe, read_recipe, write_new};
use crate::model::SavedGenerator;
use crate::pixels::{Frame, GridLayout, SHEET_BACKGROUND, tile};
use crate::sharpen::SavedSharpener;
use crate::train::{Checkpoint, RunDir};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Which picture to make again.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The picture.
    pub picture: PathBuf,
    /// The generator; none searches the user's runs and beside the picture.
    pub model: Option<PathBuf>,
    /// File for the new picture; none only compares.
    pub out: Option<PathBuf>,
    /// One tile of a sheet, counted from 0, row by row.
    pub tile: Option<u32>,
    /// Use the generator of `model` even if another one made the picture.
    pub any_model: bool,
    /// Where the picture is generated.
    pub device: DeviceChoice,
}

impl RestoreRequest {
    /// A picture with the generator that made it, wherever that is.
    pub fn of(picture: PathBuf) -> Self {
        Self { picture, model: None, out: None, tile: None, any_model: false, device: DeviceChoice::Cpu }
    }
}

/// What came of it.
#[derive(Debug, Clone, Serialize)]
pub struct RestoreReport {
    /// The file's pixels and the new ones are the same to the bit.
    pub same: bool,
    /// Largest difference of a channel, of 255; none where the sizes differ.
    pub largest_difference: Option<u8>,
    /// The recipe of the picture, or of the one tile.
    pub recipe: Recipe,
    /// Where the generator was found.
    pub model: PathBuf,
    /// The new picture, if one was asked for.
    pub out: Option<PathBuf>,
    /// Where it was generated.
    pub device: DeviceInfo,
    /// Seconds that it took.
    pub seconds: f64,
}

/// Generates a picture again from its recipe and compares the two.
///
/// # Errors
/// No recipe in the file, its generator is nowhere to be found or another one, or a file that cannot be written.
pub fn restore(request: &RestoreRequest) -> Result<RestoreReport, EngineError> {
    let started = Instant::now();
    let path = &request.picture;
    let mut recipe = recipe_of(path)?;
    // Before anything is generated: a few kilobytes can ask for gigabytes.
    compare_size(path, &recipe)?;
    let (model, found) = find_model(&recipe, request)?;
    let mut generator = LoadedGenerator::with(&model, stamp(&model, &found, recipe.model.raw), request.device)?;
    if let Some(hash) = &mut recipe.sharpened {
        let network = find_network(hash, &found, request)?;
        *hash = network.hash();
        generator = generator.sharpened(&network);
    }
    let mut original = Frame::open_png(path).map_err(|e| EngineError::Other(e.to_string()))?;
    if let Some(index) = request.tile {
        let side = recipe.model.config.size * recipe.upscale;
        original = one_tile(&mut recipe, &original, index, side).map_err(|text| about(path, &text))?;
    }
    let frames = generator.generate(recipe.points.iter().map(|p| p.latent.as_slice()))?;
    let frames: Vec<Frame> =
        frames.iter().map(|frame| generator.enlarge(frame, recipe.upscale)).collect::<Result<_, _>>()?;
    let again = match &frames[..] {
        [one] if !recipe.grid => one.clone(),
        many => tile(many, SHEET_BACKGROUND),
    };
    // The new picture is made by this generator.
    recipe.model.hash.clone_from(&generator.stamp.hash);
    if let Some(out) = &request.out {
        let stored = Recipe { model: generator.stamp.clone(), ..recipe.clone() };
        write_new(out, &crate::formats::encode_png(&again, Some(&stored))?)?;
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
        device: generator.device.info,
        seconds: started.elapsed().as_secs_f64(),
    })
}

/// The recipe inside a picture.
///
/// # Errors
/// A file that is not a PNG, has no recipe, or a damaged one.
pub fn recipe_of(picture: &Path) -> Result<Recipe, EngineError> {
    read_recipe(picture)?.ok_or_else(|| about(picture, "has no recipe; only pictures saved by Purrtrait have one"))
}

fn about(path: &Path, text: &str) -> EngineError {
    EngineError::Other(format!("{}: {text}", path.display()))
}

/// Compares the sheet that a recipe describes with the size of the picture. (A single picture may have been scaled
/// down; its recipe never asks for a large one.)
fn compare_size(path: &Path, recipe: &Recipe) -> Result<(), EngineError> {
    if !recipe.grid {
        return Ok(());
    }
    let size = Frame::png_size(path, Links::Follow).map_err(|e| EngineError::Other(e.to_string()))?;
    let (count, side) = (recipe.points.len() as u32, recipe.model.config.size * recipe.upscale);
    let expected = GridLayout::new(count, side).size();
    if size != expected {
        let text = format!(
            "is {} x {} pixels, but its recipe describes a grid of {count} pictures, {} x {} pixels; one of the two \
             was changed, so the grid cannot be restored",
            size.0, size.1, expected.0, expected.1
        );
        return Err(about(path, &text));
    }
    Ok(())
}

/// Cuts the recipe down to one tile, and returns that tile of the picture, which has passed [`compare_size`].
fn one_tile(recipe: &mut Recipe, sheet: &Frame, index: u32, side: u32) -> Result<Frame, String> {
    let count = recipe.points.len() as u32;
    if !recipe.grid || index >= count {
        return Err(format!("has no tile {index}: it has {count}, counted from 0"));
    }
    let (x, y) = GridLayout::new(count, side).origin(index);
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
///
/// # Errors
/// It is not found, or `request` names another one and does not allow that.
pub(crate) fn find_model(recipe: &Recipe, request: &RestoreRequest) -> Result<(SavedGenerator, PathBuf), EngineError> {
    let wanted = &recipe.model;
    let maker = format!("the generator {} ({}) of step {}", wanted.label, wanted.hash, wanted.step);
    if let Some(path) = &request.model {
        if let Some(found) = open_maker(path, recipe)? {
            return Ok(found);
        }
        let model = load_generator(path, wanted.raw)?;
        if !request.any_model {
            let text = format!(
                "this generator ({}) is not the one that made the picture ({maker}); use it anyway with `--any-model`",
                model.hash()
            );
            return Err(EngineError::Run(format!("{}: {text}", path.display())));
        }
        let (has, needs) = (model.config.latent_size, wanted.config.latent_size);
        if has != needs || model.config.size != wanted.config.size {
            let text = format!(
                "generates {} px from latents of {has} components; the picture has {} px and {needs} components",
                model.config.size, wanted.config.size
            );
            return Err(EngineError::Run(format!("{}: {text}", path.display())));
        }
        return Ok((model, path.clone()));
    }
    if let Some(model) = bundled::model(&wanted.label) {
        let model = model?.generator;
        if model.hash() == wanted.hash {
            return Ok((model, PathBuf::from(&wanted.label)));
        }
    }
    for path in paths_by_name(&wanted.label, &request.picture) {
        // A path that is gone or damaged is no reason to give up: the next may have the generator.
        if let Ok(Some(found)) = open_maker(&path, recipe) {
            return Ok(found);
        }
    }
    if let Some(found) = AppDirs::find().own_runs().iter().find_map(|run| at_its_step(run, recipe)) {
        return Ok(found);
    }
    let was = wanted.path.as_ref().map_or_else(String::new, |path| format!(" (it was {path})"));
    let text = format!(
        "{}: {maker} made this picture, and it is neither among your runs nor beside the picture{was}; name it with \
         --model",
        request.picture.display()
    );
    Err(EngineError::Run(text))
}

/// The network that sharpened the picture: that of the run in which the generator was found.
///
/// # Errors
/// There is none, or it is another one and `request` does not allow that.
fn find_network(hash: &str, found: &Path, request: &RestoreRequest) -> Result<SavedSharpener, EngineError> {
    let network = network_of(found)?;
    let has = network.hash();
    if has == hash || request.any_model {
        return Ok(network);
    }
    let text = format!(
        "its sharpening network ({has}) is not the one that sharpened the picture ({hash}): it was trained again; \
         put the older sharpen.safetensors back, or use this one with --model and `--any-model`"
    );
    Err(EngineError::Run(format!("{}: {text}", found.display())))
}

/// Where a model of this name may be: beside the picture or its folder, in the current folder, or in a folder `runs`
/// there. The path that a recipe may name is none of them: a stranger's picture could lead the program anywhere, on
/// Windows to another computer.
fn paths_by_name<'a>(label: &'a str, picture: &Path) -> impl Iterator<Item = PathBuf> + use<'a> {
    let folder = picture.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    // Not of the name alone, which has no folder above it.
    let whole = folder.and_then(|folder| std::path::absolute(folder).ok());
    let above = whole.as_deref().and_then(Path::parent).map(Path::to_path_buf);
    let folders = folder.map(Path::to_path_buf).into_iter().chain(above).chain(Some(PathBuf::from(".")));
    let folders = folders.flat_map(|folder| [folder.join("runs"), folder]);
    let files = FileUse::ModelInput.extensions().into_iter().map(|extension| format!("{label}.{extension}"));
    let names: Vec<String> = std::iter::once(label.to_owned()).chain(files).collect();
    folders.flat_map(move |folder| names.iter().map(|name| folder.join(name)).collect::<Vec<_>>()).filter(|path| {
        // A link may have come with the picture.
        path.symlink_metadata().is_ok_and(|about| !about.is_symlink())
    })
}

/// The recipe's generator, if this run still has the checkpoint of its step.
fn at_its_step(run: &Path, recipe: &Recipe) -> Option<(SavedGenerator, PathBuf)> {
    let wanted = &recipe.model;
    let (run, _) = RunDir::inspect(run).ok()?;
    let (_, folder) = run.checkpoint_steps().into_iter().find(|(step, _)| *step == wanted.step)?;
    let model = Checkpoint::read(&folder).ok()?.generator(wanted.raw).ok()?;
    (model.hash() == wanted.hash).then_some((model, folder))
}

/// The recipe's generator, if it is at this path: of a run, the checkpoint of its step comes first.
fn open_maker(path: &Path, recipe: &Recipe) -> Result<Option<(SavedGenerator, PathBuf)>, EngineError> {
    let wanted = &recipe.model;
    if let Some(found) = at_its_step(path, recipe) {
        return Ok(Some(found));
    }
    let model = load_generator(path, wanted.raw)?;
    Ok((model.hash() == wanted.hash).then(|| (model, path.to_path_buf())))
}
