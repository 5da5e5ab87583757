//! Favourites without a window: listed, and exported as pictures with their latents.

use crate::config::{DeviceChoice, LatentKind};
use crate::engine::app_dirs::AppDirs;
use crate::engine::favourites::favourites_of;
use crate::engine::load::model_path;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::files::plain_name;
use crate::formats::{Keepsake, Point, encode_png, write_free};
use crate::interrupt::JobControl;
use crate::latent::truncate;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whose favourites, and where they are exported.
#[derive(Debug, Clone)]
pub struct FavouritesRequest {
    /// As for [`crate::engine::load_generator`].
    pub model: PathBuf,
    /// Folder for pictures and latents; without one the favourites are only listed.
    pub out: Option<PathBuf>,
    /// How many times larger the pictures are, 1 to 8.
    pub upscale: u32,
    /// Largest side in pixels to sharpen them to instead, with the network of the run.
    pub sharpen: Option<u32>,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
}

/// What was found, and what was written.
#[derive(Debug, Clone, Serialize)]
pub struct FavouritesReport {
    /// Hash of the generator.
    pub model: String,
    /// Where its favourites are kept.
    pub file: PathBuf,
    /// In the order in which they were kept.
    pub favourites: Vec<Listed>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
}

/// A favourite, as it is listed and exported.
#[derive(Debug, Clone, Serialize)]
pub struct Listed {
    /// Its picture, once it is exported: a file name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What the person calls it; may be empty.
    pub name: String,
    /// What the person wrote about it; may be empty.
    pub notes: String,
    /// Truncation (psi); 1 is none.
    pub psi: f64,
    /// Seed that the latent was drawn from, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Index of the latent among those of the seed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Training steps behind the generator when it was kept; 0 if not known.
    pub step: u64,
    /// When it was kept, in seconds since 1970; 0 if not known.
    pub kept_at: u64,
}

impl Listed {
    fn new(kept: &Keepsake, picture: Option<String>) -> Self {
        let Keepsake { psi, seed, number, step, kept_at, .. } = *kept;
        Self { picture, name: kept.name.clone(), notes: kept.notes.clone(), psi, seed, number, step, kept_at }
    }
}

/// Pictures generated between two looks at whether the export is cancelled.
const CHUNK: usize = 16;

/// Lists the favourites of a generator and, if a folder is given, exports them.
///
/// # Errors
/// No usable generator, favourites that cannot be read, a device that fails, a file that cannot be written; cancelled.
pub fn favourites(request: &FavouritesRequest, control: JobControl) -> Result<FavouritesReport, EngineError> {
    let source = model_path(request.model.clone());
    let generator = LoadedGenerator::open(&source, false, request.device)?;
    let (generator, times) = generator.enlarging(&source, request.upscale, request.sharpen)?;
    let model = generator.stamp.hash.clone();
    let file = favourites_of(&AppDirs::find(), Some(&source), &model);
    let loaded = file.load().map_err(|e| EngineError::Other(e.to_string()))?;
    if let Some(notice) = loaded.notice {
        log::warn!("{notice}");
    }
    let size = generator.stamp.config.latent_size as usize;
    let list: Vec<_> = loaded.list.into_iter().filter(|kept| kept.latent.len() == size).collect();
    let files = match &request.out {
        Some(out) => export_pictures(&generator, times, &list, out, control)?,
        None => Vec::new(),
    };
    let favourites = list.iter().map(|kept| Listed::new(kept, None)).collect();
    Ok(FavouritesReport { model, file: file.path().to_path_buf(), favourites, files })
}

/// Writes a PNG with its recipe for each point, `favourites.json` (names and notes) and `latents.json` (for
/// `generate --latents`) into a folder. Names that are taken get a number. Gives the files, pictures first.
///
/// # Errors
/// A device that fails, a file that cannot be written; cancelled, which leaves the pictures that are there by then.
pub(crate) fn export_pictures(
    generator: &LoadedGenerator,
    times: u32,
    kept: &[Arc<Keepsake>],
    folder: &Path,
    control: JobControl,
) -> Result<Vec<PathBuf>, EngineError> {
    let kind = generator.stamp.config.latent;
    let (mut files, mut listed, mut latents) = (Vec::new(), Vec::new(), Vec::new());
    for chunk in kept.chunks(CHUNK) {
        control.check()?;
        let given: Vec<Vec<f32>> = chunk.iter().map(|kept| truncated(kind, kept)).collect();
        let frames = generator.generate(given.iter().map(Vec::as_slice))?;
        for ((kept, latent), frame) in chunk.iter().zip(given).zip(frames) {
            let psi = (kept.psi != 1.0).then_some(kept.psi as f32);
            latents.push(latent.clone());
            let point = Point { seed: kept.seed, number: kept.number, psi, ..Point::new(latent) };
            let recipe = generator.recipe(vec![point], times);
            let bytes = encode_png(&generator.enlarge(&frame, times)?, Some(&recipe))?;
            let path = write_free(folder, &file_name(files.len() + 1, &kept.name), &bytes)?;
            listed.push(Listed::new(kept, path.file_name().map(|name| name.to_string_lossy().into_owned())));
            files.push(path);
        }
        control.report("pictures written", files.len(), kept.len());
    }
    let failed = |e: serde_json::Error| EngineError::Other(e.to_string());
    let lists = [
        ("favourites.json", serde_json::to_vec_pretty(&listed).map_err(failed)?),
        ("latents.json", serde_json::to_vec(&latents).map_err(failed)?),
    ];
    for (name, bytes) in lists {
        files.push(write_free(folder, name, &bytes)?);
    }
    Ok(files)
}

fn truncated(kind: LatentKind, kept: &Keepsake) -> Vec<f32> {
    if kept.psi == 1.0 { kept.latent.to_vec() } else { truncate(kind, &kept.latent, kept.psi) }
}

/// Such as `0007-Minka.png`.
fn file_name(number: usize, name: &str) -> String {
    /// Letters of the name: with its number and its end it stays within what file systems take.
    const LONGEST: usize = 40;
    let name: String = name.trim().chars().take(LONGEST).collect();
    let dash = if name.is_empty() { "" } else { "-" };
    plain_name(&format!("{number:04}{dash}{name}.png"))
}
