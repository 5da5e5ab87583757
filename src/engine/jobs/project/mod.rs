//! From a photo to the latent of a generator, and from there to a generator that has the photo.

pub(crate) mod crop;
pub(crate) mod put_in;

use crate::config::{DeviceChoice, DeviceInfo, SettingError};
use crate::data::{Placement, Square, open_upright};
use crate::engine::app_dirs::AppDirs;
use crate::engine::load::load_generator;
use crate::engine::loaded_generator::{LoadedGenerator, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::latent::{CroppedPhoto, OpenedPhoto, PutInReport};
use crate::formats::{self, Point};
use crate::interrupt::{JobControl, JobProgress};
use crate::model::SavedGenerator;
use crate::pixels::{SHEET_BACKGROUND, tile};
use crate::train::{FoundLatent, Likeness, Projection};
use crop::{LONGEST, propose, scaled, shares_face, target};
pub(crate) use put_in::LOOK_EVERY;
use put_in::{PutIn, put_in};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

pub use crate::train::{ProjectSettings, TuneSettings};

/// The part of the photo that is searched for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CropWish {
    /// The surest face, framed as the generator frames faces; without one the whole photo.
    Face,
    /// The largest square in the middle.
    Whole,
    /// This square, in pixels of the upright photo.
    Square(Square),
}

/// Which picture, by which generator.
#[derive(Debug, Clone)]
pub struct ProjectRequest {
    /// The picture to find.
    pub picture: PathBuf,
    /// As for [`load_generator`].
    pub model: PathBuf,
    /// The part of it that counts.
    pub crop: CropWish,
    /// How long to search, and what to compare.
    pub settings: ProjectSettings,
    /// PNG of the picture found.
    pub out: Option<PathBuf>,
    /// PNG of the photo as it was cut, the picture found and the one of the tuned generator, on one sheet.
    pub sheet: Option<PathBuf>,
    /// Model file for a copy of the generator that is tuned until it has the photo, and how it is tuned.
    pub tune: Option<(PathBuf, TuneSettings)>,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectReport {
    /// Hash of the generator.
    pub model: String,
    /// The square of the upright photo that was searched for.
    pub crop: Square,
    /// What it was placed by.
    pub placed_by: Placement,
    /// The latent found.
    pub latent: Vec<f32>,
    /// How like the photo its picture is.
    #[serde(flatten)]
    pub likeness: Likeness,
    /// The same in words.
    pub verdict: &'static str,
    /// Steps of the search.
    pub steps: usize,
    /// Seconds that the search took.
    pub seconds: f64,
    /// The PNG, if one was asked for.
    pub out: Option<PathBuf>,
    /// The sheet, if one was asked for.
    pub sheet: Option<PathBuf>,
    /// The generator with the photo, if one was asked for.
    pub tuned: Option<PutInReport>,
    /// Where the pictures were generated.
    pub device: DeviceInfo,
}

/// Finds the latent whose picture is closest to a file's, and puts the photo into a copy of the generator if that is
/// asked for. `each` gets the progress, in words what is being done, and how good it is by now, where that is known.
/// Never overwrites a file.
///
/// # Errors
/// No usable generator or picture, a device that cannot be opened or fails, cancelled, or a file that exists or cannot
/// be written.
pub fn project(
    request: &ProjectRequest,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, Option<f64>),
) -> Result<ProjectReport, EngineError> {
    let started = Instant::now();
    for path in [&request.out, &request.sheet].into_iter().flatten() {
        formats::check_free(path)?;
    }
    if let Some((file, _)) = &request.tune {
        put_in::check(file)?;
    }
    let saved = load_generator(&request.model, false)?;
    let (photo, placed_by, crop) = cropped(request, &saved, control)?;
    let goal = target(&photo, &saved)?;
    let device = crate::engine::device::open(request.device)?;
    let search = Projection::new(&saved, &goal, request.settings, device.device())?;
    let mut searched = |p: JobProgress, best: Option<&FoundLatent>| each(p, best.map(|best| best.likeness.error));
    let mut found = crate::train::project(search, LOOK_EVERY, control, &mut searched)?;
    found.likeness.face = shares_face(&goal, &found.frame)?;
    let seconds = started.elapsed().as_secs_f64();
    let mut frames = vec![goal.clone(), found.frame.clone()];
    let tuned = match &request.tune {
        Some((file, settings)) => {
            let name = format!("My cat ({})", file_stem(&request.picture));
            let wish =
                PutIn { model: &request.model, saved: &saved, latent: &found.z, goal: &goal, file, name, settings };
            let mut tuned = |p: JobProgress, picture: Option<(_, f64)>| each(p, picture.map(|(_, error)| error));
            let (frame, report) = put_in(&wish, &AppDirs::find(), &device, control, &mut tuned)?;
            frames.push(frame);
            Some(report)
        }
        None => None,
    };
    let generator = LoadedGenerator::with(&saved, stamp(&saved, &request.model, false), request.device)?;
    if let Some(path) = &request.out {
        let recipe = generator.recipe(vec![Point::new(found.z.clone())], 1);
        formats::write_new(path, &formats::encode_png(&found.frame, Some(&recipe))?)?;
    }
    if let Some(path) = &request.sheet {
        formats::write_new(path, &formats::encode_png(&tile(&frames, SHEET_BACKGROUND), None)?)?;
    }
    Ok(ProjectReport {
        model: generator.stamp.hash,
        crop,
        placed_by,
        latent: found.z,
        likeness: found.likeness,
        verdict: found.likeness.verdict(),
        steps: found.steps,
        seconds,
        out: request.out.clone(),
        sheet: request.sheet.clone(),
        tuned,
        device: device.info,
    })
}

/// The photo with its square, what that was placed by, and where it is in the photo itself.
fn cropped(
    request: &ProjectRequest,
    saved: &SavedGenerator,
    control: JobControl,
) -> Result<(CroppedPhoto, Placement, Square), EngineError> {
    let (frame, (width, height)) = open_upright(&request.picture, LONGEST)?;
    let factor = f64::from(width) / f64::from(frame.width);
    let frame = Arc::new(frame);
    let (square, placed) = match request.crop {
        CropWish::Face => {
            let OpenedPhoto { photo, placement } = propose(frame.clone(), saved, control)?;
            (photo.square, placement)
        }
        CropWish::Whole => (Square::middle_of((frame.width, frame.height)), Placement::Crop),
        CropWish::Square(square) if square.is_near((width, height)) => (scaled(&square, 1.0 / factor), Placement::Hand),
        CropWish::Square(_) => {
            let text = format!("the square is not inside the picture, which has {width} x {height} pixels");
            return Err(SettingError::new("crop", text).into());
        }
    };
    Ok((CroppedPhoto { frame, square }, placed, scaled(&square, factor)))
}

/// The name of a file without its extension, for people.
pub(crate) fn file_stem(path: &Path) -> String {
    path.file_stem().map_or_else(|| "photo".to_owned(), |stem| stem.to_string_lossy().into_owned())
}
