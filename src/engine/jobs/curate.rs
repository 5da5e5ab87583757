//! Choosing among many pictures: the discriminator as curator, and the training pictures that are nearest to a new one.

use crate::compute::{ComputeDevice, read};
use crate::config::{DataConfig, DeviceChoice, RunConfig};
use crate::data::Dataset;
use crate::engine::jobs::models::checkpoint;
use crate::engine::loaded_generator::{SHEET, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore::Neighbour;
use crate::engine::run_pictures;
use crate::formats::{Point, Recipe, encode_png, write_new};
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::metrics::{SMALL, mirrored, shrink};
use crate::model::{Discriminator, Generator, SavedGenerator, Weights};
use crate::pixels::{Frame, tile};
use crate::train::RunDir;
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Pictures judged at once.
const CHUNK: usize = 50;

/// A picture and how real the discriminator finds it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranked {
    /// Its number among those of the seed, as `generate` counts them.
    pub number: u64,
    /// The discriminator's logit: the higher, the more real. Comparable within one checkpoint only.
    pub score: f32,
    pub latent: Vec<f32>,
    pub frame: Frame,
}

/// The best `keep` of `count` pictures of a seed in the discriminator's eyes, best first.
#[expect(clippy::too_many_arguments, reason = "the two networks, what to draw, and how to tell about it")]
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
    /// A run or a checkpoint: a model file has no discriminator.
    pub model: PathBuf,
    pub count: u32,
    pub keep: u32,
    pub seed: u64,
    /// PNG sheet of the chosen ones.
    pub grid: PathBuf,
    pub device: DeviceChoice,
}

/// What was chosen.
#[derive(Debug, Clone, Serialize)]
pub struct CurateReport {
    pub grid: PathBuf,
    /// Numbers of the pictures, best first, and their scores.
    pub chosen: Vec<(u64, f32)>,
}

/// Draws many pictures, lets the discriminator rank them, and writes a sheet of the best. Never overwrites a file.
///
/// # Errors
/// No discriminator there, a device that cannot be opened or fails, cancelled, or a file that exists.
pub fn curate(request: &CurateRequest, control: JobControl) -> Result<CurateReport, EngineError> {
    crate::engine::jobs::directions::refuse_existing(&request.grid)?;
    let (saved, critic, device) = judged(&request.model, request.device)?;
    let (count, keep) = (request.count as usize, request.keep.min(request.count) as usize);
    let best = best_of(&saved, &critic, request.seed, count, keep, device.device(), control)?;
    let points = best.iter().map(|r| Point::drawn(r.latent.clone(), request.seed, r.number)).collect();
    let mut recipe = Recipe::new(stamp(&saved, &request.model, false), points, 1);
    recipe.grid = true;
    let frames: Vec<Frame> = best.iter().map(|r| r.frame.clone()).collect();
    write_new(&request.grid, &encode_png(&tile(&frames, SHEET), Some(&recipe))?)?;
    let chosen = best.iter().map(|r| (r.number, r.score)).collect();
    Ok(CurateReport { grid: request.grid.clone(), chosen })
}

/// A generator with its discriminator, on a device.
pub(crate) fn judged(
    model: &Path,
    device: DeviceChoice,
) -> Result<(SavedGenerator, (Discriminator, Weights), ComputeDevice), EngineError> {
    let checkpoint = checkpoint(model)?.ok_or_else(|| {
        let text = "a model file has no discriminator to judge with; choose a run or a checkpoint";
        EngineError::Run(format!("{}: {text}", model.display()))
    })?;
    let device = crate::engine::device::open(device)?;
    let critic = checkpoint.discriminator(device.device())?;
    Ok((checkpoint.generator(false)?, critic, device))
}

/// The pictures that a run is trained on, ready to be compared with.
pub(crate) struct Album {
    dataset: Dataset,
    /// Their places in the dataset, where those that are held back stand, too.
    places: Vec<u32>,
    small: Vec<Vec<f32>>,
}

impl Album {
    /// Prepares the pictures of a run, from its cache where that is still there. What it holds back is left out: it was
    /// never seen.
    ///
    /// # Errors
    /// No pictures there any more, or a list of what is held back that cannot be read; cancelled.
    pub fn open(dir: &RunDir, config: &RunConfig, cache: &Path, control: JobControl) -> Result<Self, EngineError> {
        let held = dir.read_held_out()?;
        let data =
            DataConfig { source: run_pictures::source_of(dir.root(), &config.data.source), ..config.data.clone() };
        let dataset = Dataset::prepare(&data, config.model.size, cache, control)?;
        let places = run_pictures::split(held.as_deref(), &dataset, config.held_out).training;
        let side = dataset.side() as usize;
        let small = places.iter().map(|place| shrink(dataset.picture(*place as usize), side)).collect();
        Ok(Self { dataset, places, small })
    }

    /// The `count` nearest pictures, nearest first.
    pub fn nearest(&self, picture: &Frame, count: usize) -> Vec<Neighbour> {
        let wanted = shrink(&picture.data, picture.width as usize);
        let mirror = mirrored(&wanted, SMALL, 3);
        let distance = |a: &[f32], b: &[f32]| {
            let sum: f32 = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum();
            (sum / a.len() as f32).sqrt()
        };
        let mut all: Vec<(f32, bool, usize)> = self
            .small
            .iter()
            .enumerate()
            .map(|(i, small)| {
                let (plain, turned) = (distance(small, &wanted), distance(small, &mirror));
                if turned < plain { (turned, true, i) } else { (plain, false, i) }
            })
            .collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let side = self.dataset.side();
        let frame = |i: usize, turned: bool| {
            let data = self.dataset.picture(self.places[i] as usize).to_vec();
            let data = if turned { mirrored(&data, side as usize, 3) } else { data };
            Frame { width: side, height: side, data }
        };
        let nearest = all.into_iter().take(count);
        nearest.map(|(distance, mirrored, i)| Neighbour { frame: frame(i, mirrored), mirrored, distance }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataSource;

    /// A run on 60 demo cats, half of which are held back, and the pictures of which are prepared.
    fn run(folder: &Path) -> (RunDir, RunConfig) {
        let data = DataConfig { source: DataSource::Demo, demo_count: 60, ..DataConfig::default() };
        let mut config = RunConfig { data, held_out: 50.0, ..RunConfig::default() };
        config.model.size = 32;
        (RunDir::create(&folder.join("run"), &config).unwrap(), config)
    }

    fn album(folder: &Path, (dir, config): &(RunDir, RunConfig)) -> Album {
        Album::open(dir, config, &folder.join("cache"), JobControl::unattended()).unwrap()
    }

    fn picture(album: &Album, place: u32) -> Frame {
        Frame { width: 32, height: 32, data: album.dataset.picture(place as usize).to_vec() }
    }

    #[test]
    fn the_nearest_picture_is_the_picture_itself_also_in_the_mirror() {
        let folder = tempfile::tempdir().unwrap();
        let album = album(folder.path(), &run(folder.path()));
        let own = picture(&album, album.places[7]);
        let found = album.nearest(&own, 3);
        assert_eq!(found.len(), 3);
        assert_eq!((found[0].distance, found[0].mirrored), (0.0, false));
        assert_eq!(found[0].frame, own);
        assert!(found[1].distance > 0.0 && found[2].distance >= found[1].distance);
        let mirror = Frame { data: mirrored(&own.data, 32, 3), ..own };
        let found = album.nearest(&mirror, 1);
        assert_eq!((found[0].distance, found[0].mirrored), (0.0, true));
        assert_eq!(found[0].frame, mirror);
    }

    #[test]
    fn pictures_that_were_held_back_are_not_among_those_trained_on() {
        let folder = tempfile::tempdir().unwrap();
        let run = run(folder.path());
        let by_place = album(folder.path(), &run);
        assert_eq!(by_place.nearest(&picture(&by_place, 0), 60).len(), 30);
        // What the run wrote down counts more.
        run.0.write_held_out(&[&by_place.dataset.digests()[7]]).unwrap();
        let written = album(folder.path(), &run);
        assert_eq!(written.places, [(0..7).collect::<Vec<u32>>(), (8..60).collect()].concat());
        let found = written.nearest(&picture(&written, 7), 60);
        assert_eq!(found.len(), 59);
        assert!(found[0].distance > 0.0);
        assert_eq!(written.nearest(&picture(&written, 8), 1)[0].distance, 0.0);
    }
}
