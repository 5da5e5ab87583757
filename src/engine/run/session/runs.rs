//! Which runs there are, and the folder of a new one.

use crate::config::RunConfig;
use crate::engine::protocol::event::RunSummary;
use crate::printable;
use crate::train::{Holder, RunDir};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// The most runs worth listing; newest first.
const LISTED: usize = 24;

/// Runs below `folder` and those in `recent`, the one saved last first. Folders that hold no readable run are left out.
pub(crate) fn list_runs(folder: &Path, recent: &[PathBuf]) -> Vec<RunSummary> {
    let below = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut paths: Vec<PathBuf> = below.chain(recent.iter().cloned()).collect();
    paths.sort();
    paths.dedup();
    let mut runs: Vec<RunSummary> = paths.iter().filter_map(|path| summary(path)).collect();
    runs.sort_by_key(|run| std::cmp::Reverse(run.saved_at));
    runs.truncate(LISTED);
    for run in &mut runs {
        run.thumbnail = thumbnail(&run.path);
    }
    runs
}

fn summary(path: &Path) -> Option<RunSummary> {
    let (dir, config) = RunDir::inspect(path).ok()?;
    let newest = dir.checkpoint_steps().pop();
    let (step, saved) = newest.unwrap_or((0, path.to_path_buf()));
    let modified = fs::metadata(saved).and_then(|m| m.modified()).ok()?;
    Some(RunSummary {
        path: path.to_path_buf(),
        preset: printable::line(&config.preset).into_owned(),
        source: config.data.source.name(),
        step,
        saved_at: modified.duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs()),
        training: matches!(dir.holder(), Holder::Here | Holder::Unseen),
        about: dir.about(),
        thumbnail: None,
    })
}

fn thumbnail(path: &Path) -> Option<Arc<crate::pixels::Frame>> {
    let (dir, _) = RunDir::inspect(path).ok()?;
    let step = dir.sample_steps().pop()?;
    dir.load_sample(step).ok().map(Arc::new)
}

/// The first free numbered folder for a run with these settings, such as `runs/demo-cats-quick-32-001`.
pub(crate) fn new_run_folder(runs: &Path, config: &RunConfig) -> PathBuf {
    let plain = |text: String| -> String {
        let safe = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        text.chars().take(40).map(safe).collect::<String>().trim_matches('-').to_owned()
    };
    let name = format!("{}-{}", plain(config.data.source.name()), plain(config.preset.clone()));
    let numbered = (1..).map(|n: u32| runs.join(format!("{name}-{n:03}")));
    // An endless sequence of names has a free one.
    numbered.into_iter().find(|path| !path.exists()).unwrap_or_else(|| runs.join(name))
}
