//! Directions of a generator, and a sheet that shows them.

mod look;
mod names;

pub(crate) use names::names;

use crate::config::DeviceChoice;
use crate::engine::load::load_generator;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::DirectionMethod;
use crate::formats;
use crate::interrupt::JobControl;
use crate::latent::{Direction, DirectionSet, LatentSource, Stream, principal_components, render, sefa, shift};
use crate::model::SavedGenerator;
use crate::pixels::{Frame, SHEET_BACKGROUND, tile_in};
use burn::tensor::Device;
use serde::Serialize;
use std::path::PathBuf;

/// Which directions of which generator.
#[derive(Debug, Clone)]
pub struct DirectionsRequest {
    /// As for [`load_generator`].
    pub model: PathBuf,
    /// How they are found.
    pub method: DirectionMethod,
    /// How many, strongest first.
    pub count: usize,
    /// The sheet starts from the first picture of this seed.
    pub seed: u64,
    /// PNG sheet with a row for each direction, from -3 to 3 standard deviations.
    pub grid: Option<PathBuf>,
    /// TOML file of the directions.
    pub out: Option<PathBuf>,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct DirectionsReport {
    /// Hash of the generator.
    pub model: String,
    /// How they were found.
    pub method: DirectionMethod,
    /// Strongest first.
    pub directions: Vec<Direction>,
    /// The sheet, if one was asked for.
    pub grid: Option<PathBuf>,
    /// The file of the directions, if one was asked for.
    pub out: Option<PathBuf>,
}

/// Pictures in a row of the sheet: -3, -2, .. 3.
const AMOUNTS: [f64; 7] = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0];

/// The strongest directions of a generator.
///
/// # Errors
/// When the device fails.
pub(crate) fn find_directions(
    saved: &SavedGenerator,
    method: DirectionMethod,
    count: usize,
    device: &Device,
) -> Result<Vec<Direction>, EngineError> {
    Ok(match method {
        DirectionMethod::Sefa => sefa(saved, count),
        DirectionMethod::Pca => principal_components(saved, count, 1, device)?,
    })
}

/// Finds directions, names them by what they change in the pictures, and writes what was asked for. Never overwrites a
/// file.
///
/// # Errors
/// No usable generator, a device that cannot be opened or fails, a file that exists or cannot be written, or cancelled.
pub fn directions(request: &DirectionsRequest, control: JobControl) -> Result<DirectionsReport, EngineError> {
    for path in [&request.grid, &request.out].into_iter().flatten() {
        formats::check_free(path)?;
    }
    let saved = load_generator(&request.model, false)?;
    let device = crate::engine::device::open(request.device)?;
    let mut found = find_directions(&saved, request.method, request.count, device.device())?;
    let proposed = names(&saved, &found, request.seed, device.device(), control)?;
    for (direction, name) in found.iter_mut().zip(proposed) {
        direction.name = name.unwrap_or_else(|| std::mem::take(&mut direction.name));
    }
    if let Some(path) = &request.grid {
        let (generator, weights) = saved.open(device.device());
        let (kind, size) = (saved.config.latent, generator.latent_size());
        let start = LatentSource { kind, size, seed: request.seed }.draw(Stream::Generate, 0, 1);
        let row = |d: &Direction| AMOUNTS.iter().flat_map(|a| shift(kind, &start, &[(d, *a)])).collect::<Vec<f32>>();
        let z: Vec<f32> = found.iter().flat_map(row).collect();
        let frames: Vec<Frame> = render(&generator, &weights, &z, device.device())?;
        formats::write_new(
            path,
            &formats::encode_png(&tile_in(&frames, AMOUNTS.len() as u32, SHEET_BACKGROUND), None)?,
        )?;
    }
    let set = DirectionSet { model: saved.hash(), directions: found };
    if let Some(path) = &request.out {
        let fail = |e: &dyn std::fmt::Display| EngineError::Other(format!("{}: {e}", path.display()));
        let text = set.to_toml().map_err(|e| fail(&e))?;
        formats::write_new(path, text.as_bytes())?;
    }
    let DirectionSet { model, directions } = set;
    let (grid, out) = (request.grid.clone(), request.out.clone());
    Ok(DirectionsReport { model, method: request.method, directions, grid, out })
}
