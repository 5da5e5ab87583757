//! The run folder. The only file that knows the paths inside it.
//!
//! ```text
//! RUN/
//!   run.toml            settings, written before step 1
//!   held-out.json       digests of the held-out pictures, written before step 1 (`held-back.json` in older runs)
//!   pictures.json       short digests of all pictures, written before step 1 and when others are taken
//!   run.lock            held while a program trains here; names its process
//!   metrics.jsonl       one line per step, of long runs fewer from the middle
//!   marks.jsonl         one line per change of the tunables
//!   quality.jsonl       one line per measurement of the pictures
//!   samples/            step-000000120.png, always the same latents; of long runs fewer from the middle
//!   checkpoints/        step-000000120/ {weights.safetensors, state.json, manifest.json};
//!                       step-000000130.set-aside/ is newer than where the run went back to
//! ```
//!
//! A run may come from a stranger. The folder itself is where the user says, also through a link; below it no link is
//! followed, nothing is read that is not a file, and nothing without a limit ([`crate::files`]).

mod files;
mod held_out;
mod pictures;
mod thin;

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::config::RunConfig;
use crate::files::{
    Links, clear_leftovers, entries, make_folder, make_inner_folder, nothing_else, read_text, real_folder,
    remove_folder, replace, sync_file, sync_folder, temporary_folder,
};
use crate::pixels::{Frame, FrameError};
use files::{append, lock, rewind};
pub use pictures::RunPictures;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Of `run.toml`, which is a few KiB.
const MOST_SETTINGS: u64 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum RunDirError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: already holds a run; choose another folder, or resume it")]
    Occupied { path: PathBuf },
    #[error("{path}: is not a run folder (it has no run.toml)")]
    NotARun { path: PathBuf },
    #[error("{path}: in use by another Purrtrait ({holder}); end that one first")]
    InUse { path: PathBuf, holder: String },
    #[error(
        "{path}: cannot be written ({source}), and a training writes into its run folder; give yourself the right to \
         write there, or copy the folder and resume the copy. Looking at it and drawing from it work as it is"
    )]
    ReadOnly { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Damaged { path: PathBuf, reason: String },
    #[error("{path}: no usable checkpoint; {reason}")]
    NoCheckpoint { path: PathBuf, reason: String },
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("{0}; delete this sheet to go on without it")]
    Sheet(FrameError),
}

impl RunDirError {
    /// Whether a file has become as large as the system, or `ulimit -f`, lets it.
    pub(crate) fn is_limit(&self) -> bool {
        let source = match self {
            Self::File { source, .. } | Self::Checkpoint(CheckpointError::File { source, .. }) => source,
            _ => return false,
        };
        source.kind() == std::io::ErrorKind::FileTooLarge
    }
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> RunDirError + '_ {
    move |source| RunDirError::File { path: path.to_path_buf(), source }
}

/// The same for the first writing into a folder.
fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> RunDirError + '_ {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem};
    move |source| match source.kind() {
        PermissionDenied | ReadOnlyFilesystem => RunDirError::ReadOnly { path: path.to_path_buf(), source },
        _ => at(path)(source),
    }
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
    pub(crate) fn check_free(root: &Path) -> Result<(), RunDirError> {
        if root.join("run.toml").symlink_metadata().is_ok() {
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
        make_folder(root).map_err(|e| {
            let reason = format!("cannot be made ({e}); choose another place for the run");
            RunDirError::Damaged { path: root.to_path_buf(), reason }
        })?;
        let dir = Self { root: root.to_path_buf(), _lock: Some(lock(root)?) };
        dir.make_folders()?;
        dir.write_config(config)?;
        Ok(dir)
    }

    /// Opens a run to go on with it: takes the lock and clears away what a crash left.
    ///
    /// # Errors
    /// No run, in use, or unreadable.
    pub fn open(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let (mut dir, config) = Self::look(root)?;
        // What is written to or read later must not fail, or worse, in the middle of the training.
        let lists = [held_out::FILE, held_out::FORMER_FILE, pictures::FILE, "run.lock"].map(|name| root.join(name));
        for path in [dir.metrics(), dir.marks(), dir.quality()].into_iter().chain(lists) {
            nothing_else(&path).map_err(at(&path))?;
        }
        dir._lock = Some(lock(root)?);
        dir.make_folders()?;
        // Half-written files of a killed program.
        clear_leftovers(root);
        clear_leftovers(&dir.samples());
        dir.clear_checkpoints();
        Ok((dir, config))
    }

    /// An archive may have left out the empty ones.
    fn make_folders(&self) -> Result<(), RunDirError> {
        for folder in [self.samples(), self.checkpoints()] {
            make_inner_folder(&folder).map_err(writing(&folder))?;
        }
        Ok(())
    }

    /// Looks at a run without taking the lock: for lists and for generating pictures.
    ///
    /// # Errors
    /// No run, unreadable settings, or a folder of the run that is a link or no folder.
    pub fn look(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let config = Self::read_config(root)?;
        let dir = Self { root: root.to_path_buf(), _lock: None };
        real_folder(&dir.samples()).map_err(at(&dir.samples()))?;
        if real_folder(&dir.checkpoints()).map_err(at(&dir.checkpoints()))? {
            for (_, path) in dir.checkpoint_steps() {
                real_folder(&path).map_err(at(&path))?;
            }
        }
        Ok((dir, config))
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether somebody took the folder away, or a part of it, while it was open.
    pub(crate) fn is_gone(&self) -> bool {
        !self.root.join("run.toml").is_file() || !self.checkpoints().is_dir()
    }

    fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }
    fn sample(&self, step: u64) -> PathBuf {
        self.samples().join(format!("{}.png", step_name(step)))
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
        let text = read_text(&path, Links::Refuse, MOST_SETTINGS).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                RunDirError::NotARun { path: root.to_path_buf() }
            }
            _ => RunDirError::File { path: path.clone(), source: e },
        })?;
        // Without this the settings of a lost file would be those of another recipe.
        let known = if text.trim().is_empty() { Err("is empty".to_owned()) } else { RunConfig::from_toml(&text) };
        known.map_err(|reason| {
            let reason = format!("{reason}; correct it with an editor, or take it from a copy of the run");
            RunDirError::Damaged { path, reason }
        })
    }

    /// Replaces the settings, all or nothing.
    pub(crate) fn write_config(&self, config: &RunConfig) -> Result<(), RunDirError> {
        let path = self.root.join("run.toml");
        let text = toml::to_string_pretty(config)
            .map_err(|e| RunDirError::Damaged { path: path.clone(), reason: e.to_string() })?;
        replace(&path, text.as_bytes()).map_err(writing(&path))
    }

    /// Saves a checkpoint and deletes all but the newest `keep` and the newest one up to the step `healthy`, to which the
    /// run may have to go back. The file system holds either all of it or nothing.
    pub fn save(&self, checkpoint: &Checkpoint, keep: u32, healthy: u64) -> Result<PathBuf, RunDirError> {
        // The history on disk must reach as far as the checkpoint, under its name.
        for path in [self.metrics(), self.marks(), self.quality()] {
            if path.symlink_metadata().is_ok() {
                sync_file(&path).map_err(at(&path))?;
            }
        }
        sync_folder(&self.root);
        let folder = self.checkpoints();
        let target = folder.join(step_name(checkpoint.meta.step));
        // It may have been deleted under the training. The folder above is not made: a run that was deleted must not come
        // back as a half of one.
        make_inner_folder(&folder).map_err(writing(&folder))?;
        let temporary = temporary_folder(&folder).map_err(at(&folder))?;
        if let Err(e) = checkpoint.write(&temporary) {
            // On a full disk the half of a checkpoint would keep the rest of the disk full.
            let _ = remove_folder(&temporary);
            return Err(e.into());
        }
        sync_folder(&temporary);
        // Saving a step again (stop right after a save): the old one goes first, under a name that is not looked at.
        if target.symlink_metadata().is_ok() {
            let old = folder.join(format!(".{}.old", step_name(checkpoint.meta.step)));
            remove_folder(&old).map_err(at(&old))?;
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
        for (step, path) in self.checkpoint_steps().into_iter().rev() {
            match Checkpoint::read(&path) {
                // Of two that disagree the number in the name decides what is pruned.
                Ok(checkpoint) if checkpoint.meta.step != step => {
                    let found = checkpoint.meta.step;
                    damaged.push(format!("{}: holds step {found}, not the one of its name", path.display()));
                }
                Ok(checkpoint) => return Ok((checkpoint, damaged)),
                Err(e) => damaged.push(e.to_string()),
            }
        }
        let reason = if damaged.is_empty() { "none has been saved yet".to_owned() } else { damaged.join("; ") };
        Err(RunDirError::NoCheckpoint { path: self.root.clone(), reason })
    }

    /// `(step, folder)` of all checkpoints under their final names, oldest first. An `.old` folder, left by a crash
    /// between two renames, counts where its successor is missing.
    pub(crate) fn checkpoint_steps(&self) -> Vec<(u64, PathBuf)> {
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
    pub(crate) fn set_aside_after(&self, step: u64) -> Result<(), RunDirError> {
        for (_, path) in self.checkpoint_steps().into_iter().filter(|(newer, _)| *newer > step) {
            let aside = path.with_extension("set-aside");
            remove_folder(&aside).map_err(at(&aside))?;
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
                log::warn!("{}: old checkpoint stays: {e}", path.display());
            }
        }
        self.clear_checkpoints();
    }

    /// Removes half-written checkpoints of a killed program, and replaced ones whose successor is there.
    fn clear_checkpoints(&self) {
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
                log::warn!("{}: leftover stays: {e}", path.display());
            }
        }
    }

    /// Saves a sample grid; gives its path.
    pub(crate) fn save_sample(&self, step: u64, sheet: &Frame) -> Result<PathBuf, RunDirError> {
        let path = self.sample(step);
        replace(&path, &sheet.to_marked_png()?).map_err(at(&path))?;
        Ok(path)
    }

    /// The sample grid of a step.
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

    /// Whether steps were done here, saved or not.
    pub(crate) fn was_trained(&self) -> bool {
        self.metrics().symlink_metadata().is_ok_and(|about| about.len() > 0)
    }

    /// Steps for which there is a sample grid, oldest first.
    pub(crate) fn sample_steps(&self) -> Vec<u64> {
        let mut steps: Vec<u64> = entries(&self.samples())
            .filter(|path| path.extension().is_some_and(|e| e == "png"))
            .filter_map(|path| {
                let name = path.file_stem()?.to_str()?;
                // Only names that are given here: whatever else lies there is not looked at.
                parse_step(name).filter(|step| step_name(*step) == name)
            })
            .collect();
        steps.sort_unstable();
        steps
    }

    /// Appends lines to the metrics.
    pub(crate) fn append_metrics<T: Serialize>(&self, lines: &[T]) -> Result<(), RunDirError> {
        append(&self.metrics(), lines)
    }

    /// Appends a line to the marks.
    pub(crate) fn append_mark<T: Serialize>(&self, mark: &T) -> Result<(), RunDirError> {
        append(&self.marks(), std::slice::from_ref(mark))
    }

    /// Appends a line to the measurements of the pictures.
    pub(crate) fn append_quality<T: Serialize>(&self, point: &T) -> Result<(), RunDirError> {
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
    let digits = name.strip_prefix("step-")?;
    // A number may be written with a plus.
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests;
