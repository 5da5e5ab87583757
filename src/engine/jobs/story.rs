//! The story of a training as one page to give away.

use super::course::{kids, losses, settings};
use crate::config::{DeviceChoice, RunConfig, SettingError};
use crate::engine::load::load_generator;
use crate::engine::loaded_generator::{LoadedGenerator, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{QualityPoint, StepMetrics, TunablesChange};
use crate::files::FileUse;
use crate::formats::{Moment, Sheets, Story, StoryLayout, StoryMark, check_free, write_new, write_story};
use crate::interrupt::JobControl;
use crate::latent::{LatentPlane, LatentSource};
use crate::metrics::NETWORK;
use crate::pixels::{GridLayout, SHEET_BACKGROUND, program, tile_in};
use crate::printable;
use crate::train::{RunDir, RunDirError, RunHistory};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Sheets on a page, at most: enough for a film of ten seconds.
const MOST_MOMENTS: usize = 60;
/// Bytes of samples on a page, so that it can be sent by mail: in base64 they are 12 MiB.
const MOST_BYTES: usize = 9 << 20;
/// Pictures along a side of the map, odd so that one is in the middle, and their distance on the plane, where all whole
/// numbers are pictures that have nothing to do with each other.
const MAP: u32 = 13;
const MAP_STEP: f64 = 1.0 / 3.0;
/// Maps of pictures of 64 px, at most. Of larger ones there are fewer: they take longer, and more room.
const MOST_MAPS: u32 = 4;
/// Pictures generated at once: a press of Cancel waits no longer.
const AT_ONCE: usize = 8;
/// Of the sheets' JPEGs.
const QUALITY: u8 = 85;

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct StoryReport {
    /// The page.
    pub file: PathBuf,
    /// Its size.
    pub bytes: usize,
    /// Sheets of samples on it.
    pub moments: usize,
    /// Maps of latents on it, each by a checkpoint.
    pub maps: usize,
    /// The step of the last one.
    pub step: u64,
}

impl StoryReport {
    /// The report in a sentence.
    pub(crate) fn text(&self) -> String {
        let megabytes = self.bytes as f64 / 1e6;
        format!("The story of the run, {megabytes:.1} MB, is in {}.", printable::path(&self.file))
    }
}

/// Writes the story of the run in `folder` as an HTML page of about 17 MiB at most: its samples at many
/// moments, and a map of latents by the generators that it has kept. The run is only read, and may be
/// training. Nothing is overwritten.
///
/// # Errors
/// Another ending than `.html`, no run, one without a sample grid, or a file that exists or cannot be written.
pub fn story(folder: &Path, out: &Path, control: JobControl) -> Result<StoryReport, EngineError> {
    if !FileUse::Page.accepts(out) {
        let reason = format!("{}: the name of a page ends in {}", printable::path(out), FileUse::Page.listed());
        return Err(SettingError::new("out", reason).into());
    }
    check_free(out)?;
    let (run, config) = RunDir::inspect(folder)?;
    let RunHistory { metrics, marks, quality } = run.read_history::<StepMetrics, TunablesChange, QualityPoint>()?;
    let samples = samples(&run, &config, &metrics, control)?;
    let map = map(&run, &config, &metrics, control)?;
    let about = run.about();
    let name = if about.name.is_empty() { config.data.source.name() } else { about.name };
    let step = samples.moments.last().map_or(0, |moment| moment.step);
    let maps = map.as_ref().map_or(0, |map| map.moments.len());
    let mut report = StoryReport { file: out.to_path_buf(), bytes: 0, moments: samples.moments.len(), maps, step };
    let page = write_story(&Story {
        name: printable::line(&name).into_owned(),
        summary: summary(&config, &metrics, step),
        notes: printable::lines(&about.notes).into_owned(),
        notice: config.start.as_ref().map_or_else(String::new, |start| printable::lines(&start.notice).into_owned()),
        program: program(),
        samples,
        map,
        losses: losses(&metrics),
        kids: kids(&quality, quality.last().map_or(NETWORK, |point| point.quality.network)),
        marks: marks.iter().map(|c| StoryMark { step: c.step, text: printable::line(&c.text).into_owned() }).collect(),
        recipe: settings(&config),
    });
    let page = page.map_err(|e| EngineError::Other(format!("{}: {e}", folder.display())))?;
    control.check()?;
    write_new(out, page.as_bytes())?;
    report.bytes = page.len();
    Ok(report)
}

/// The sheets, early ones closer together: most happens then.
fn samples(
    run: &RunDir,
    config: &RunConfig,
    metrics: &[StepMetrics],
    control: JobControl,
) -> Result<Sheets, EngineError> {
    let steps = run.sample_steps();
    let none = || EngineError::Run(format!("{}: there is no sample grid to tell a story with", run.root().display()));
    let grid = GridLayout::new(config.sample_count, config.model.size);
    // Their number may have been changed during the run.
    let steps: Vec<u64> = steps.into_iter().filter(|step| run.sample_size(*step) == Some(grid.size())).collect();
    let sheet = |step| -> Result<Vec<u8>, RunDirError> { Ok(run.load_sample(step)?.to_jpeg(QUALITY)?) };
    let last = *steps.last().ok_or_else(none)?;
    // Noise and details make large files: one of these three is about the largest.
    let largest = [steps[0], steps[steps.len() / 2], last].into_iter().map(|step| Ok(sheet(step)?.len()));
    let largest = largest.collect::<Result<Vec<usize>, RunDirError>>()?.into_iter().max().unwrap_or(1).max(1);
    let wanted = chosen(&steps, (MOST_BYTES / largest).clamp(2, MOST_MOMENTS));
    let mut moments = Vec::with_capacity(wanted.len());
    for (done, &step) in wanted.iter().enumerate() {
        control.check()?;
        control.report("sheets read", done, wanted.len());
        moments.push(Moment { step, seconds: seconds_by(metrics, step), jpeg: sheet(step)? });
    }
    Ok(Sheets { layout: layout(grid), moments })
}

fn layout(grid: GridLayout) -> StoryLayout {
    let GridLayout { columns, rows, side, count } = grid;
    StoryLayout { columns, rows, count, side, gap: grid.origin(0).0 }
}

/// Seconds of training until this step; 0 where that is not known.
fn seconds_by(metrics: &[StepMetrics], step: u64) -> f64 {
    metrics.get(metrics.partition_point(|m| m.step < step)).map_or(0.0, |m| m.seconds)
}

/// What the kept generators, of which the newest are taken, draw from the same part of a plane of latents; none where
/// there is no checkpoint.
fn map(
    run: &RunDir,
    config: &RunConfig,
    metrics: &[StepMetrics],
    control: JobControl,
) -> Result<Option<Sheets>, EngineError> {
    let model = &config.model;
    let mut kept = run.checkpoint_steps();
    let most = (MOST_MAPS * 64 / model.size.max(1)).clamp(1, MOST_MAPS) as usize;
    kept.drain(..kept.len().saturating_sub(most));
    let source = LatentSource { kind: model.latent, size: model.latent_size as usize, seed: config.seed };
    let latents = map_latents(source);
    let mut moments = Vec::new();
    for (done, (step, folder)) in kept.iter().enumerate() {
        let saved = load_generator(folder, false)?;
        let generator = LoadedGenerator::with(&saved, stamp(&saved, folder, false), DeviceChoice::Cpu)?;
        let mut tiles = Vec::with_capacity(latents.len());
        for batch in latents.chunks(AT_ONCE) {
            control.check()?;
            control.report("pictures generated", done * latents.len() + tiles.len(), kept.len() * latents.len());
            tiles.extend(generator.generate(batch.iter().map(Vec::as_slice))?);
        }
        let jpeg = tile_in(&tiles, MAP, SHEET_BACKGROUND).to_jpeg(QUALITY).map_err(RunDirError::from)?;
        moments.push(Moment { step: *step, seconds: seconds_by(metrics, *step), jpeg });
    }
    let grid = GridLayout { columns: MAP, rows: MAP, side: model.size, count: MAP * MAP };
    Ok((!moments.is_empty()).then_some(Sheets { layout: layout(grid), moments }))
}

/// The latents of the map, row by row.
fn map_latents(source: LatentSource) -> Vec<Vec<f32>> {
    let plane = LatentPlane { source };
    let along = |i: u32| (f64::from(i) - f64::from(MAP / 2)) * MAP_STEP;
    (0..MAP * MAP).map(|i| plane.at(along(i % MAP), along(i / MAP))).collect()
}

/// At most `most` of the steps, the first and the last among them, at squares of equal distances.
fn chosen(steps: &[u64], most: usize) -> Vec<u64> {
    let Some(last) = steps.last() else { return Vec::new() };
    let gaps = (most - 1) as f64;
    let mut wanted: Vec<u64> = (0..most)
        .map(|i| {
            let target = (*last as f64 * (i as f64 / gaps).powi(2)) as u64;
            let after = steps.partition_point(|step| *step < target).min(steps.len() - 1);
            let before = after.saturating_sub(1);
            if target.abs_diff(steps[before]) < target.abs_diff(steps[after]) { steps[before] } else { steps[after] }
        })
        .collect();
    wanted.dedup();
    wanted
}

fn summary(config: &RunConfig, metrics: &[StepMetrics], step: u64) -> String {
    let seen = printable::thousands(step.saturating_mul(u64::from(config.batch)));
    let size = config.model.size;
    let hours = metrics.last().map_or(0.0, |m| m.seconds) / 3600.0;
    let time = if hours < 1.5 { format!("{:.0} minutes", 60.0 * hours) } else { format!("{hours:.1} hours") };
    let (step, preset) = (printable::thousands(step), printable::line(&config.preset));
    format!(
        "Pictures of {size} x {size} pixels, recipe {preset}: {step} steps, {seen} looks at a picture, {time} of \
         training."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_on_the_map_are_alike_and_its_ends_are_not() {
        let source = LatentSource { kind: crate::config::LatentKind::Normal, size: 100, seed: 5 };
        let latents = map_latents(source);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let alike = |a: usize, b: usize| {
            let (a, b) = (&latents[a], &latents[b]);
            dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
        };
        let side = MAP as usize;
        for i in 0..side - 1 {
            assert!(alike(i, i + 1) > 0.7 && alike(i * side, (i + 1) * side) > 0.7, "{i}");
        }
        assert!(alike(0, side * side - 1).abs() < 0.4);
    }

    #[test]
    fn early_sheets_are_closer_together_and_both_ends_are_there() {
        let steps: Vec<u64> = (0..=1000).map(|i| 10 * i).collect();
        let some = chosen(&steps, 11);
        assert_eq!(some, [0, 100, 400, 900, 1600, 2500, 3600, 4900, 6400, 8100, 10_000]);
        assert_eq!(chosen(&[1, 500, 1000], 60), [1, 500, 1000], "all, each once");
        assert_eq!(chosen(&[7], 2), [7]);
    }
}
