//! From a picture file to the latent of a generator.

use crate::config::{DeviceChoice, DeviceInfo};
use crate::data::open_square;
use crate::engine::load::{checkpoint_of, load_generator};
use crate::engine::protocol::error::EngineError;
use crate::formats;
use crate::interrupt::{JobControl, JobProgress};
use crate::train::{FoundLatent, Projection};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

pub use crate::train::ProjectSettings;

/// Which picture, by which generator.
#[derive(Debug, Clone)]
pub struct ProjectRequest {
    /// The picture to find.
    pub picture: PathBuf,
    /// As for [`load_generator`].
    pub model: PathBuf,
    /// How long to search.
    pub settings: ProjectSettings,
    /// Also compare by the discriminator's features, where the model has a discriminator.
    pub features: bool,
    /// PNG of the picture found.
    pub out: Option<PathBuf>,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct ProjectReport {
    /// Hash of the generator.
    pub model: String,
    /// The latent found.
    pub latent: Vec<f32>,
    /// Mean difference of a channel, from 0 to 255.
    pub error: f64,
    /// Steps of the search.
    pub steps: usize,
    /// The PNG, if one was asked for.
    pub out: Option<PathBuf>,
    /// Seconds that it took.
    pub seconds: f64,
    /// Where the pictures were generated.
    pub device: DeviceInfo,
}

/// Steps between two reports of progress.
const EVERY: usize = 5;

/// Finds the latent whose picture is closest to a file's. `each` gets the progress and the best latent so far every few
/// steps. Never overwrites a file.
///
/// # Errors
/// No usable generator or picture, a device that cannot be opened or fails, cancelled, or a file that exists or cannot
/// be written.
pub fn project(
    request: &ProjectRequest,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, &FoundLatent),
) -> Result<ProjectReport, EngineError> {
    let started = Instant::now();
    if let Some(path) = &request.out {
        formats::check_free(path)?;
    }
    let saved = load_generator(&request.model, false)?;
    let picture = open_square(&request.picture, saved.config.size)?;
    let device = crate::engine::device::open(request.device)?;
    // A model file and the bundled generator have no discriminator: then the pixels alone decide.
    let critic = match checkpoint_of(&request.model) {
        Ok(Some(checkpoint)) if request.features => Some(checkpoint.discriminator(device.device())?),
        _ => None,
    };
    let search = Projection::new(&saved, critic, &picture, request.settings, device.device())?;
    let found = crate::train::project(search, EVERY, control, each)?;
    if let Some(path) = &request.out {
        formats::write_new(path, &formats::encode_png(&found.frame, None)?)?;
    }
    Ok(ProjectReport {
        model: saved.hash(),
        latent: found.z,
        error: found.error,
        steps: found.steps,
        out: request.out.clone(),
        seconds: started.elapsed().as_secs_f64(),
        device: device.info,
    })
}
