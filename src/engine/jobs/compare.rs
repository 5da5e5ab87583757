//! Several runs side by side: what differs, how they went, what they draw from the same latents.

use super::course::{kids, losses, settings};
use crate::config::{DeviceChoice, RunConfig};
use crate::engine::load::load_generator;
use crate::engine::loaded_generator::{LoadedGenerator, stamp};
use crate::engine::protocol::comparison::{ComparedRun, Difference, RunComparison};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{QualityPoint, StepMetrics, TunablesChange};
use crate::formats::{check_free, upscale, write_new};
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream};
use crate::metrics::NETWORK;
use crate::pixels::{Frame, GridLayout, SHEET_BACKGROUND, tile, tile_in};
use crate::printable;
use crate::train::{RunDir, RunDirError, RunHistory};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The most runs of one comparison: more have no room beside each other.
pub(crate) const MOST_COMPARED: usize = 6;

/// Reads the runs, which may be training, and tells what differs. Where their own samples are of different latents,
/// their newest averaged generators draw from the same ones, if they take the same kind.
///
/// # Errors
/// Fewer than two runs or more than six, or one that cannot be read.
pub fn compare(folders: &[PathBuf], control: JobControl) -> Result<RunComparison, EngineError> {
    if !(2..=MOST_COMPARED).contains(&folders.len()) {
        let text = format!("{} runs: from 2 to {MOST_COMPARED} can be compared", folders.len());
        return Err(EngineError::Run(text));
    }
    let mut all = Vec::new();
    for (done, folder) in folders.iter().enumerate() {
        control.check()?;
        control.report("runs read", done, folders.len());
        all.push(read(folder)?);
    }
    let configs: Vec<&RunConfig> = all.iter().map(|(_, config, _)| config).collect();
    let mut other_latents = other_latents(&configs);
    if !other_latents.is_empty() && configs.windows(2).all(|pair| same_kind(pair[0], pair[1])) {
        let RunConfig { model, seed, .. } = configs[0];
        let source = LatentSource { kind: model.latent, size: model.latent_size as usize, seed: *seed };
        let latents = source.draw(Stream::Samples, 0, COMMON);
        // A run without a checkpoint cannot draw anything: then all show their own samples.
        if let Some(drawn) = from_the_same(folders, &latents, source.size, control)? {
            for ((run, ..), (step, sheet)) in all.iter_mut().zip(drawn) {
                (run.sheet_step, run.count, run.sheet) = (step, COMMON as u32, Some(Arc::new(sheet)));
            }
            other_latents.clear();
        }
    }
    let rows: Vec<Vec<(&str, String)>> = all.iter().map(|(run, config, seconds)| row(run, config, *seconds)).collect();
    let differences = differences(&rows);
    Ok(RunComparison { runs: all.into_iter().map(|(run, ..)| run).collect(), differences, other_latents })
}

/// Whether one latent means something to both.
fn same_kind(a: &RunConfig, b: &RunConfig) -> bool {
    (a.model.latent, a.model.latent_size) == (b.model.latent, b.model.latent_size)
}

/// What the newest averaged generator of each run draws from these latents, with its step; none where a run has no
/// checkpoint yet.
///
/// # Errors
/// A checkpoint that cannot be used, or the job was cancelled.
fn from_the_same(
    folders: &[PathBuf],
    latents: &[f32],
    size: usize,
    control: JobControl,
) -> Result<Option<Vec<(u64, Frame)>>, EngineError> {
    let mut all = Vec::new();
    for folder in folders {
        if RunDir::inspect(folder)?.0.checkpoint_steps().is_empty() {
            return Ok(None);
        }
        let saved = load_generator(folder, false)?;
        let stamp = stamp(&saved, folder, false);
        let generator = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
        let mut tiles = Vec::new();
        for batch in latents.chunks(AT_ONCE * size) {
            control.check()?;
            control.report("pictures generated", all.len() * COMMON + tiles.len(), folders.len() * COMMON);
            tiles.extend(generator.generate(batch.chunks(size))?);
        }
        all.push((saved.step, tile(&tiles, SHEET_BACKGROUND)));
    }
    Ok(Some(all))
}

/// Pictures that runs of different seeds draw from the same latents, and how many of them at once.
const COMMON: usize = 16;
const AT_ONCE: usize = 4;
/// Pictures in a row of the grid.
const IN_A_ROW: u32 = 8;

/// Writes the first samples of each run, a row for each, as a PNG, all as large as the largest. Never overwrites a
/// file.
///
/// # Errors
/// A run without samples, or a file that exists or cannot be written.
pub(crate) fn write_comparison_grid(comparison: &RunComparison, out: &Path) -> Result<(), EngineError> {
    check_free(out)?;
    let columns = comparison.runs.iter().map(|run| run.count).min().unwrap_or(1).clamp(1, IN_A_ROW);
    let side = comparison.runs.iter().map(|run| run.side).max().unwrap_or(1);
    let mut tiles = Vec::new();
    for run in &comparison.runs {
        let refuse = |what: &str| EngineError::Run(format!("{}: {what}", run.path.display()));
        let sheet = run.sheet.as_ref().ok_or_else(|| refuse("there is no sample grid"))?;
        let layout = GridLayout::new(run.count, run.side);
        if layout.size() != (sheet.width, sheet.height) {
            return Err(refuse("the number of its samples was changed after the newest grid; resume it for a new one"));
        }
        // Sizes are powers of two.
        tiles.extend((0..columns).map(|i| upscale(&cut(sheet, layout.origin(i), run.side), side / run.side)));
    }
    Ok(write_new(out, &tile_in(&tiles, columns, SHEET_BACKGROUND).to_marked_png().map_err(RunDirError::from)?)?)
}

fn cut(sheet: &Frame, (x, y): (u32, u32), side: u32) -> Frame {
    let rows = (y..y + side).flat_map(|row| {
        let start = (row as usize * sheet.width as usize + x as usize) * 3;
        &sheet.data[start..start + side as usize * 3]
    });
    Frame { width: side, height: side, data: rows.copied().collect() }
}

/// The run, its settings, and the seconds that it trained.
fn read(folder: &Path) -> Result<(ComparedRun, RunConfig, f64), EngineError> {
    let (dir, config) = RunDir::inspect(folder)?;
    let RunHistory { metrics, quality, .. } = dir.read_history::<StepMetrics, TunablesChange, QualityPoint>()?;
    let about = dir.about();
    let name = if about.name.is_empty() {
        folder.file_name().unwrap_or(folder.as_os_str()).to_string_lossy().into_owned()
    } else {
        about.name
    };
    let sheet_step = dir.sample_steps().pop();
    let newest = metrics.last();
    let run = ComparedRun {
        path: folder.to_path_buf(),
        name: printable::line(&name).into_owned(),
        step: newest.map_or(0, |m| m.step),
        losses: losses(&metrics),
        kids: kids(&quality, NETWORK),
        sheet_step: sheet_step.unwrap_or(0),
        count: config.sample_count,
        side: config.model.size,
        sheet: sheet_step.map(|step| dir.load_sample(step)).transpose()?.map(Arc::new),
    };
    Ok((run, config, newest.map_or(0.0, |m| m.seconds)))
}

/// What differs between two recipes.
pub(crate) fn recipe_differences(recipes: [&RunConfig; 2]) -> Vec<Difference> {
    let row = |config: &RunConfig| {
        [vec![("Preset", printable::line(&config.preset).into_owned())], settings(config)].concat()
    };
    differences(&recipes.map(row))
}

/// All that is worth a line.
fn row(run: &ComparedRun, config: &RunConfig, seconds: f64) -> Vec<(&'static str, String)> {
    let best = run.kids.iter().map(|(_, kid)| *kid).fold(f64::INFINITY, f64::min);
    // Below 0 it is as good as can be measured.
    let kid = if best.is_finite() { format!("{:.0}", best.max(0.0)) } else { "not measured".to_owned() };
    let facts = [
        ("Lowest KID x 1,000", kid),
        ("Steps", printable::thousands(run.step)),
        ("Minutes of training", format!("{:.0}", seconds / 60.0)),
        ("Pictures", config.data.source.name()),
        ("Preset", printable::line(&config.preset).into_owned()),
        ("Starts from", config.start.as_ref().map_or("scratch".to_owned(), |s| printable::line(&s.name).into_owned())),
    ];
    facts.into_iter().chain(settings(config)).collect()
}

fn differences(rows: &[Vec<(&'static str, String)>]) -> Vec<Difference> {
    let Some(first) = rows.first() else { return Vec::new() };
    let line = |i: usize| rows.iter().map(|row| row[i].1.clone()).collect::<Vec<String>>();
    let all =
        first.iter().enumerate().map(|(i, (label, _))| Difference { label: (*label).to_owned(), values: line(i) });
    all.filter(|difference| difference.values.iter().any(|value| *value != difference.values[0])).collect()
}

fn other_latents(configs: &[&RunConfig]) -> String {
    let differ = |of: fn(&RunConfig) -> String| configs.windows(2).any(|pair| of(pair[0]) != of(pair[1]));
    let mut reasons = Vec::new();
    if differ(|c| c.seed.to_string()) {
        reasons.push("seeds");
    }
    if differ(|c| c.model.latent_size.to_string()) {
        reasons.push("latent sizes");
    }
    if differ(|c| format!("{:?}", c.model.latent)) {
        reasons.push("kinds of latents");
    }
    if reasons.is_empty() {
        return String::new();
    }
    format!("The runs have different {}, so their pictures are of different latents.", reasons.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::PRESETS;

    #[test]
    fn only_what_differs_is_listed() {
        let row = |seed: &str| vec![("Batch size", "8".to_owned()), ("Seed", seed.to_owned())];
        let found = differences(&[row("1"), row("1"), row("2")]);
        let values = ["1", "1", "2"].map(str::to_owned).to_vec();
        assert_eq!(found, [Difference { label: "Seed".to_owned(), values }]);
        assert!(differences(&[row("1"), row("1")]).is_empty());
    }

    #[test]
    fn different_latents_are_said() {
        let config = PRESETS[0].config();
        let mut other = config.clone();
        assert_eq!(other_latents(&[&config, &other]), "");
        other.batch += 1;
        assert_eq!(other_latents(&[&config, &other]), "", "the batch does not decide about the samples");
        other.seed += 1;
        assert!(other_latents(&[&config, &config, &other]).contains("different seeds,"));
        other.model.latent_size += 1;
        assert!(other_latents(&[&other, &config]).contains("different seeds and latent sizes,"));
    }
}
