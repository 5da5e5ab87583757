//! The sample sheets of a run.

use super::error::{RunDirError, at};
use super::folder::{RunDir, parse_step, step_name};
use crate::files::{Links, entries, real_file, real_folder, replace};
use crate::pixels::{Frame, FrameError};
use std::path::{Path, PathBuf};

impl RunDir {
    /// Saves a sample grid; gives its path.
    pub(crate) fn save_sample(&self, step: u64, sheet: &Frame) -> Result<PathBuf, RunDirError> {
        let path = self.sample(step);
        replace(&path, &sheet.to_marked_png()?).map_err(at(&path))?;
        Ok(path)
    }

    /// The sample grid of a step.
    ///
    /// # Errors
    /// No such file, or it is damaged.
    pub fn load_sample(&self, step: u64) -> Result<Frame, RunDirError> {
        Frame::read_png(&self.sample(step), Links::Refuse).map_err(|e| match e {
            FrameError::Decode(_) => RunDirError::Sheet(e),
            other => other.into(),
        })
    }

    /// Whether there still is a sample grid of a step: old ones are given up.
    pub(crate) fn has_sample(&self, step: u64) -> bool {
        self.sample(step).exists()
    }

    /// Width and height of the sample grid of a step, without reading its pixels.
    pub(crate) fn sample_size(&self, step: u64) -> Option<(u32, u32)> {
        Frame::png_size(&self.sample(step), Links::Refuse).ok()
    }

    /// Steps for which there is a sample grid, oldest first.
    pub(crate) fn sample_steps(&self) -> Vec<u64> {
        steps_of(&self.samples(), "png")
    }

    /// Deletes the sample sheets of these steps: our own files, by their names, no links and nothing behind them. One
    /// that cannot be deleted costs space, nothing else.
    pub(crate) fn remove_samples(&self, steps: &[u64]) {
        remove(&self.samples(), steps.iter().map(|step| self.sample(*step)), "sample grids");
    }
}

/// The steps that files of this extension are named after, oldest first.
pub(super) fn steps_of(folder: &Path, extension: &str) -> Vec<u64> {
    let mut steps: Vec<u64> = entries(folder)
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .filter_map(|path| {
            let name = path.file_stem()?.to_str()?;
            // Only names that are given here: whatever else lies there is ignored.
            parse_step(name).filter(|step| step_name(*step) == name)
        })
        .collect();
    steps.sort_unstable();
    steps
}

/// Deletes these files of a folder, whose plural is `what`; no links.
pub(super) fn remove(folder: &Path, files: impl Iterator<Item = PathBuf>, what: &str) {
    if !real_folder(folder).unwrap_or(false) {
        return;
    }
    let remove =
        |path: PathBuf| if real_file(&path, Links::Refuse).is_ok() { std::fs::remove_file(&path) } else { Ok(()) };
    let failed: Vec<_> = files.filter_map(|path| remove(path).err()).collect();
    if let Some(e) = failed.first() {
        log::warn!("{}: {} old {what} could not be deleted: {e}", folder.display(), failed.len());
    }
}
