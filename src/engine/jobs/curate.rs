//! Choosing among many pictures: the discriminator as curator.

use crate::compute::{ComputeDevice, read};
use crate::config::DeviceChoice;
use crate::engine::load::load_networks;
use crate::engine::loaded_generator::stamp;
use crate::engine::protocol::error::EngineError;
use crate::formats::{Point, Recipe, check_free, encode_png, write_new};
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::model::{Discriminator, Generator, SavedGenerator, Weights};
use crate::pixels::{Frame, SHEET_BACKGROUND, tile};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Pictures judged at once.
const CHUNK: usize = 50;

/// A picture and the discriminator's output for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    /// Its number among those of the seed, as `generate` counts them.
    pub number: u64,
    /// The discriminator's logit: the higher, the more real. Comparable within one checkpoint only.
    pub score: f32,
    /// What the picture was generated from.
    pub latent: Vec<f32>,
    /// The picture itself.
    pub frame: Frame,
}

/// The `keep` pictures with the highest logits among `count` of a seed, best first.
///
/// # Errors
/// A device that fails; cancelled.
pub(crate) fn best_of(
    saved: &SavedGenerator,
    (discriminator, judge): &(Discriminator, Weights),
    seed: u64,
    count: usize,
    keep: usize,
    device: &Device,
    control: JobControl,
) -> Result<Vec<Ranked>, EngineError> {
    let (generator, weights): (Generator, Weights) = saved.open(device);
    let size = generator.latent_size();
    let source = LatentSource { kind: saved.config.latent, size, seed };
    let mut scores = Vec::with_capacity(count);
    for first in (0..count).step_by(CHUNK) {
        control.check()?;
        let numbers = first..(first + CHUNK).min(count);
        let z: Vec<f32> = numbers.clone().flat_map(|i| source.draw(Stream::Generate, i as u64, 1)).collect();
        let z = Tensor::<2>::from_data(TensorData::new(z, [numbers.len(), size]), device);
        let logits = discriminator.evaluate(generator.evaluate(z, &weights), judge);
        // One read for each 50 pictures.
        scores.extend(read(vec![logits])?.swap_remove(0));
        control.report("pictures ranked", numbers.end, count);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
    order.truncate(keep);
    let latents: Vec<Vec<f32>> = order.iter().map(|i| source.draw(Stream::Generate, *i as u64, 1)).collect();
    let frames = render(&generator, &weights, &latents.concat(), device)?;
    let ranked = order.into_iter().zip(latents).zip(frames);
    Ok(ranked.map(|((i, latent), frame)| Ranked { number: i as u64, score: scores[i], latent, frame }).collect())
}

/// What to choose from.
#[derive(Debug, Clone)]
pub struct CurateRequest {
    /// A run, a checkpoint, or a model file with its discriminator.
    pub model: PathBuf,
    /// How many pictures to generate.
    pub count: u32,
    /// How many of them to choose.
    pub keep: u32,
    /// Seed of the pictures.
    pub seed: u64,
    /// PNG sheet of the chosen ones, best first.
    pub grid: PathBuf,
    /// Where the pictures are generated and judged.
    pub device: DeviceChoice,
}

/// What was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct CurateReport {
    /// The sheet.
    pub grid: PathBuf,
    /// Numbers of the pictures, best first, and their scores: the discriminator's logits.
    pub chosen: Vec<(u64, f32)>,
}

/// Generates many pictures, has the discriminator rank them, and writes a sheet of the best. Never overwrites a file.
///
/// # Errors
/// No discriminator there, a device that cannot be opened or fails, cancelled, or a file that exists.
pub fn curate(request: &CurateRequest, control: JobControl) -> Result<CurateReport, EngineError> {
    check_free(&request.grid)?;
    let (saved, critic, device) = judged(&request.model, request.device)?;
    let (count, keep) = (request.count as usize, request.keep.min(request.count) as usize);
    let best = best_of(&saved, &critic, request.seed, count, keep, device.device(), control)?;
    let points = best.iter().map(|r| Point::drawn(r.latent.clone(), request.seed, r.number)).collect();
    let mut recipe = Recipe::new(stamp(&saved, &request.model, false), points, 1);
    recipe.grid = true;
    let frames: Vec<Frame> = best.iter().map(|r| r.frame.clone()).collect();
    write_new(&request.grid, &encode_png(&tile(&frames, SHEET_BACKGROUND), Some(&recipe))?)?;
    let chosen = best.iter().map(|r| (r.number, r.score)).collect();
    Ok(CurateReport { grid: request.grid.clone(), chosen })
}

/// A generator with its discriminator, on a device.
///
/// # Errors
/// A model without a discriminator; a checkpoint, file or device that cannot be opened.
pub(crate) fn judged(
    model: &Path,
    device: DeviceChoice,
) -> Result<(SavedGenerator, (Discriminator, Weights), ComputeDevice), EngineError> {
    let (saved, networks) = load_networks(model)?;
    let critic = networks.discriminator.ok_or_else(|| {
        let text = "has no discriminator; name a run, a checkpoint, or a model file that was exported with it";
        EngineError::Run(format!("{}: {text}", model.display()))
    })?;
    let device = crate::engine::device::open(device)?;
    let discriminator = Discriminator::new(&networks.config);
    let weights = critic.weights(discriminator.layout(), device.device());
    Ok((saved, (discriminator, weights), device))
}
