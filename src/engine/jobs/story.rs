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
use crate::latent::{LatentSource, map_grid, map_latents, map_sheet};
use crate::metrics::NETWORK;
use crate::pixels::{GridLayout, program};
use crate::printable;
use crate::train::{RunDir, RunDirError, RunHistory};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Sheets on a page, at most: enough for a film of ten seconds.
const MOST_MOMENTS: usize = 60;
/// Bytes of samples on a page, so that it can be sent by mail: in base64 they are 12 MiB.
const MOST_BYTES: usize = 9 << 20;
/// Bytes of maps on it.
const MOST_MAP_BYTES: usize = 6 << 20;
/// Maps that are drawn for a page, at most, where a run of an older version has none.
const MOST_DRAWN: usize = 4;
/// Pictures generated at once: a press of Cancel waits no longer.
const AT_ONCE: usize = 8;

/// What was written.
#[derive(Debug, Clone, Serialize)]
pub struct StoryReport {
    /// The page.
    pub file: PathBuf,
    /// Its size.
    pub bytes: usize,
    /// Sheets of samples on it.
    pub moments: usize,
    /// Maps of latents on it, each of another moment.
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

/// Writes the story of the run in `folder` as an HTML page of about 20 MiB at most: its samples and a
/// map of latents, both at many moments. The run is only read, and may be
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
    let sheet = |step| -> Result<Vec<u8>, RunDirError> { Ok(run.load_sample(step)?.to_jpeg()?) };
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

/// What the generator drew from the same square of latents at several moments: the maps that were drawn meanwhile, and
/// what newer checkpoints draw. None where there is neither.
fn map(
    run: &RunDir,
    config: &RunConfig,
    metrics: &[StepMetrics],
    control: JobControl,
) -> Result<Option<Sheets>, EngineError> {
    let grid = map_grid(config.model.size);
    let moment = |step, jpeg| Moment { step, seconds: seconds_by(metrics, step), jpeg };
    let mut kept = run.checkpoint_steps();
    // A copy of a run may still have maps from before a rollback.
    let reached = kept.last().map(|(step, _)| *step).max(metrics.last().map(|m| m.step)).unwrap_or(0);
    let known: Vec<u64> = run.map_steps().into_iter().filter(|step| *step <= reached).collect();
    let newest = known.last().copied().unwrap_or(0);
    let load = |step: u64| Some(moment(step, run.load_map(step, grid.size())?));
    let mut moments: Vec<Moment> = known.iter().filter_map(|step| load(*step)).collect();
    kept.retain(|(step, _)| *step > newest);
    kept.drain(..kept.len().saturating_sub(MOST_DRAWN));
    let latents = map_latents(LatentSource {
        kind: config.model.latent,
        size: config.model.latent_size as usize,
        seed: config.seed,
    });
    for (done, (step, folder)) in kept.iter().enumerate() {
        let saved = load_generator(folder, false)?;
        let generator = LoadedGenerator::with(&saved, stamp(&saved, folder, false), DeviceChoice::Cpu)?;
        let mut tiles = Vec::with_capacity(latents.len());
        for batch in latents.chunks(AT_ONCE) {
            control.check()?;
            control.report("pictures generated", done * latents.len() + tiles.len(), kept.len() * latents.len());
            tiles.extend(generator.generate(batch.iter().map(Vec::as_slice))?);
        }
        moments.push(moment(*step, map_sheet(&tiles).to_jpeg().map_err(RunDirError::from)?));
    }
    let largest = moments.iter().map(|moment| moment.jpeg.len()).max().unwrap_or(1).max(1);
    let steps: Vec<u64> = moments.iter().map(|moment| moment.step).collect();
    let wanted = chosen(&steps, (MOST_MAP_BYTES / largest).clamp(2, MOST_MOMENTS));
    moments.retain(|moment| wanted.contains(&moment.step));
    Ok((!moments.is_empty()).then_some(Sheets { layout: layout(grid), moments }))
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
    fn early_sheets_are_closer_together_and_both_ends_are_there() {
        let steps: Vec<u64> = (0..=1000).map(|i| 10 * i).collect();
        let some = chosen(&steps, 11);
        assert_eq!(some, [0, 100, 400, 900, 1600, 2500, 3600, 4900, 6400, 8100, 10_000]);
        assert_eq!(chosen(&[1, 500, 1000], 60), [1, 500, 1000], "all, each once");
        assert_eq!(chosen(&[7], 2), [7]);
    }
}
