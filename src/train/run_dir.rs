//! The run folder. The only file that knows the paths inside it.
//!
//! ```text
//! RUN/
//!   run.toml            settings, written before step 1
//!   held-back.json      digests of the pictures that are not trained on, written before step 1
//!   pictures.json       short digests of all pictures, written before step 1 and when others are taken
//!   run.lock            held while a program trains here; names its process
//!   metrics.jsonl       one line per step
//!   marks.jsonl         one line per change of the tunables
//!   quality.jsonl       one line per measurement of the pictures
//!   samples/            step-000000120.png, always the same latents
//!   checkpoints/        step-000000120/ {weights.safetensors, state.json, manifest.json};
//!                       step-000000130.set-aside/ is newer than where the run went back to
//! ```

mod files;
mod held_back;
mod pictures;

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::config::RunConfig;
use crate::pixels::{Frame, FrameError};
use files::{append, entries, lock, remove_folder, replace_file, rewind, sync_folder};
pub use pictures::RunPictures;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: already holds a run; choose another folder, or resume it")]
    Occupied { path: PathBuf },
    #[error("{path}: is not a run folder (it has no run.toml)")]
    NotARun { path: PathBuf },
    #[error("{path}: in use by another Purrtrait ({holder})")]
    InUse { path: PathBuf, holder: String },
    #[error("{path}: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path}: no usable checkpoint; {reason}")]
    NoCheckpoint { path: PathBuf, reason: String },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Frame(#[from] FrameError),
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> RunDirError + '_ {
    move |source| RunDirError::File { path: path.to_path_buf(), source }
}

/// An opened run folder. While it is open for training no other program can train in it.
#[derive(Debug)]
pub struct RunDir {
    root: PathBuf,
    /// Dropping the file frees the lock, also when the process is killed.
    _lock: Option<File>,
}

impl RunDir {
    /// Whether a new run may be made here.
    ///
    /// # Errors
    /// The folder holds a run already.
    pub fn check_free(root: &Path) -> Result<(), RunDirError> {
        if root.join("run.toml").exists() {
            return Err(RunDirError::Occupied { path: root.to_path_buf() });
        }
        Ok(())
    }

    /// Makes a new run folder and writes its settings. An empty or missing folder is fine.
    ///
    /// # Errors
    /// The folder holds a run already, or cannot be written.
    pub fn create(root: &Path, config: &RunConfig) -> Result<Self, RunDirError> {
        Self::check_free(root)?;
        fs::create_dir_all(root).map_err(at(root))?;
        let dir = Self { root: root.to_path_buf(), _lock: Some(lock(root)?) };
        for folder in [dir.samples(), dir.checkpoints()] {
            fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        dir.write_config(config)?;
        Ok(dir)
    }

    /// Opens a run to go on with it: takes the lock and clears away what a crash left.
    ///
    /// # Errors
    /// No run, in use, or unreadable.
    pub fn open(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let config = Self::read_config(root)?;
        let dir = Self { root: root.to_path_buf(), _lock: Some(lock(root)?) };
        for folder in [dir.samples(), dir.checkpoints()] {
            fs::create_dir_all(&folder).map_err(at(&folder))?;
        }
        dir.clear_leftovers();
        Ok((dir, config))
    }

    /// Looks at a run without taking the lock: for lists and for generating pictures.
    pub fn look(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let config = Self::read_config(root)?;
        Ok((Self { root: root.to_path_buf(), _lock: None }, config))
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }
    fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }
    fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }
    fn marks(&self) -> PathBuf {
        self.root.join("marks.jsonl")
    }
    fn quality(&self) -> PathBuf {
        self.root.join("quality.jsonl")
    }

    fn read_config(root: &Path) -> Result<RunConfig, RunDirError> {
        let path = root.join("run.toml");
        let text = fs::read_to_string(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => RunDirError::NotARun { path: root.to_path_buf() },
            _ => RunDirError::File { path: path.clone(), source: e },
        })?;
        toml::from_str(&text).map_err(|e| RunDirError::Damaged { path, reason: e.to_string() })
    }

    /// Replaces the settings, all or nothing.
    pub fn write_config(&self, config: &RunConfig) -> Result<(), RunDirError> {
        let path = self.root.join("run.toml");
        let text = toml::to_string_pretty(config)
            .map_err(|e| RunDirError::Damaged { path: path.clone(), reason: e.to_string() })?;
        replace_file(&path, text.as_bytes())
    }

    /// Saves a checkpoint and deletes all but the newest `keep` and the newest one up to the step `healthy`, to which the
    /// run may have to go back. The file system holds either all of it or nothing.
    pub fn save(&self, checkpoint: &Checkpoint, keep: u32, healthy: u64) -> Result<PathBuf, RunDirError> {
        // The history on disk must reach as far as the checkpoint.
        for path in [self.metrics(), self.marks(), self.quality()] {
            if let Ok(file) = File::open(&path) {
                file.sync_all().map_err(at(&path))?;
            }
        }
        let folder = self.checkpoints();
        let target = folder.join(step_name(checkpoint.meta.step));
        let temporary = folder.join(format!(".{}.tmp", step_name(checkpoint.meta.step)));
        remove_folder(&temporary)?;
        fs::create_dir_all(&temporary).map_err(at(&temporary))?;
        if let Err(e) = checkpoint.write(&temporary) {
            // On a full disk the half of a checkpoint would keep the rest of the disk full.
            let _ = remove_folder(&temporary);
            return Err(e.into());
        }
        sync_folder(&temporary);
        // Saving a step again (stop right after a save): the old one goes first, under a name that is not looked at.
        if target.exists() {
            let old = folder.join(format!(".{}.old", step_name(checkpoint.meta.step)));
            remove_folder(&old)?;
            fs::rename(&target, &old).map_err(at(&target))?;
        }
        fs::rename(&temporary, &target).map_err(at(&target))?;
        sync_folder(&folder);
        self.prune(keep, healthy);
        Ok(target)
    }

    /// The newest checkpoint that is whole, and what was wrong with newer ones.
    pub fn newest(&self) -> Result<(Checkpoint, Vec<String>), RunDirError> {
        let mut damaged = Vec::new();
        for (_, path) in self.checkpoint_steps().into_iter().rev() {
            match Checkpoint::read(&path) {
                Ok(checkpoint) => return Ok((checkpoint, damaged)),
                Err(e) => damaged.push(e.to_string()),
            }
        }
        let reason = if damaged.is_empty() { "none has been saved yet".to_owned() } else { damaged.join("; ") };
        Err(RunDirError::NoCheckpoint { path: self.root.clone(), reason })
    }

    /// `(step, folder)` of all checkpoints under their final names, oldest first. An `.old` folder, left by a crash
    /// between two renames, counts where its successor is missing.
    pub fn checkpoint_steps(&self) -> Vec<(u64, PathBuf)> {
        let mut found: Vec<(u64, PathBuf)> = entries(&self.checkpoints())
            .filter_map(|path| {
                let name = path.file_name()?.to_str()?.to_owned();
                let bare = name.strip_prefix('.').and_then(|n| n.strip_suffix(".old")).unwrap_or(&name);
                Some((parse_step(bare)?, path))
            })
            .collect();
        // The final name sorts before the dotted one and wins.
        found.sort_by_key(|(step, path)| (*step, path.extension().is_some()));
        found.dedup_by_key(|(step, _)| *step);
        found
    }

    /// Takes checkpoints after `step` out of the way: the run goes on from there, and what is newer by number would be
    /// taken for newer. They stay as `step-N.set-aside` until the run has come as far again.
    pub fn set_aside_after(&self, step: u64) -> Result<(), RunDirError> {
        for (_, path) in self.checkpoint_steps().into_iter().filter(|(newer, _)| *newer > step) {
            let aside = path.with_extension("set-aside");
            remove_folder(&aside)?;
            fs::rename(&path, &aside).map_err(at(&path))?;
        }
        sync_folder(&self.checkpoints());
        Ok(())
    }

    fn prune(&self, keep: u32, healthy: u64) {
        let steps = self.checkpoint_steps();
        let surplus = steps.len().saturating_sub(keep.max(1) as usize);
        let way_back = steps.iter().map(|(step, _)| *step).filter(|step| *step <= healthy).max();
        let old = steps[..surplus].iter().filter(|(step, _)| Some(*step) != way_back);
        let reached = steps.last().map_or(0, |(step, _)| *step);
        let folder = self.checkpoints();
        let replaced = entries(&folder).filter_map(|path| {
            let name = path.file_name()?.to_str()?.strip_suffix(".set-aside")?;
            let step = parse_step(name)?;
            (step <= reached).then_some((step, path))
        });
        let replaced: Vec<(u64, PathBuf)> = replaced.collect();
        for (_, path) in old.chain(&replaced) {
            // A checkpoint that cannot be deleted costs space, nothing else.
            if let Err(e) = remove_folder(path) {
                log::warn!("old checkpoint stays: {e}");
            }
        }
        self.clear_leftovers();
    }

    /// Removes half-written checkpoints of a killed program, and replaced ones whose successor is there.
    fn clear_leftovers(&self) {
        for path in entries(&self.checkpoints()) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            let replaced = name
                .strip_prefix('.')
                .and_then(|n| n.strip_suffix(".old"))
                .is_some_and(|n| self.checkpoints().join(n).exists());
            let half_written = name.starts_with('.') && name.ends_with(".tmp");
            if (half_written || replaced)
                && let Err(e) = remove_folder(&path)
            {
                log::warn!("leftover stays: {e}");
            }
        }
    }

    /// Saves a sample grid; gives its path.
    pub fn save_sample(&self, step: u64, sheet: &Frame) -> Result<PathBuf, RunDirError> {
        let path = self.samples().join(format!("{}.png", step_name(step)));
        replace_file(&path, &sheet.to_marked_png()?)?;
        Ok(path)
    }

    /// The sample grid of a step.
    pub fn load_sample(&self, step: u64) -> Result<Frame, RunDirError> {
        Ok(Frame::open_png(&self.samples().join(format!("{}.png", step_name(step))))?)
    }

    /// Width and height of the sample grid of a step, without reading its pixels.
    pub fn sample_size(&self, step: u64) -> Option<(u32, u32)> {
        image::image_dimensions(self.samples().join(format!("{}.png", step_name(step)))).ok()
    }

    /// Steps for which there is a sample grid, oldest first.
    pub fn sample_steps(&self) -> Vec<u64> {
        let mut steps: Vec<u64> = entries(&self.samples())
            .filter(|path| path.extension().is_some_and(|e| e == "png"))
            .filter_map(|path| parse_step(path.file_stem()?.to_str()?))
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Appends lines to the metrics.
    pub fn append_metrics<T: Serialize>(&self, lines: &[T]) -> Result<(), RunDirError> {
        append(&self.metrics(), lines)
    }

    /// Appends a line to the marks.
    pub fn append_mark<T: Serialize>(&self, mark: &T) -> Result<(), RunDirError> {
        append(&self.marks(), std::slice::from_ref(mark))
    }

    /// Appends a line to the measurements of the pictures.
    pub fn append_quality<T: Serialize>(&self, point: &T) -> Result<(), RunDirError> {
        append(&self.quality(), std::slice::from_ref(point))
    }

    /// The measurements for which `keep` holds; the others are cut off, as with [`Self::rewind`].
    pub fn rewind_quality<T: DeserializeOwned>(&self, keep: impl Fn(&T) -> bool) -> Result<Vec<T>, RunDirError> {
        rewind(&self.quality(), keep)
    }

    /// The history up to a checkpoint: metrics and marks for which `keep` holds. What comes after it is cut off, since
    /// those steps are about to be done again.
    pub fn rewind<M, K>(
        &self,
        keep_metric: impl Fn(&M) -> bool,
        keep_mark: impl Fn(&K) -> bool,
    ) -> Result<(Vec<M>, Vec<K>), RunDirError>
    where
        M: DeserializeOwned,
        K: DeserializeOwned,
    {
        Ok((rewind(&self.metrics(), keep_metric)?, rewind(&self.marks(), keep_mark)?))
    }
}

fn step_name(step: u64) -> String {
    format!("step-{step:09}")
}

fn parse_step(name: &str) -> Option<u64> {
    name.strip_prefix("step-")?.parse().ok()
}

#[cfg(test)]
mod tests;
