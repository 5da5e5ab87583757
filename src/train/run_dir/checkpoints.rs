//! The checkpoints of a run: saving, finding and giving them up.

use super::error::{RunDirError, at, writing};
use super::folder::{RunDir, parse_step, step_name};
use crate::files::{entries, make_inner_folder, remove_folder, sync_file, sync_folder, temporary_folder};
use crate::train::checkpoint::Checkpoint;
use std::fs;
use std::path::PathBuf;

/// Which checkpoints stay when a new one is saved.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kept<'a> {
    /// So many of the newest.
    pub newest: u32,
    /// The newest one up to this step, to which the run may have to roll back.
    pub healthy: u64,
    /// Those of these steps: the best one, and what may turn out to be better.
    pub measured: &'a [u64],
}

impl RunDir {
    /// Saves a checkpoint and deletes the others, except those that are to be kept. The file system holds either all
    /// of it or nothing.
    ///
    /// # Errors
    /// The folder cannot be written, or the disk is full.
    pub(crate) fn save(&self, checkpoint: &Checkpoint, kept: Kept<'_>) -> Result<PathBuf, RunDirError> {
        // The history on disk must reach as far as the checkpoint, under its name.
        for path in [self.metrics(), self.marks(), self.quality()] {
            if path.symlink_metadata().is_ok() {
                sync_file(&path).map_err(at(&path))?;
            }
        }
        sync_folder(&self.root);
        let folder = self.checkpoints();
        let target = folder.join(step_name(checkpoint.meta.step));
        // It may have been deleted under the training. The folder above is not made: a run that was deleted must not
        // come back as a half of one.
        make_inner_folder(&folder).map_err(writing(&folder))?;
        let temporary = temporary_folder(&folder).map_err(at(&folder))?;
        if let Err(e) = checkpoint.write(&temporary) {
            // On a full disk the half of a checkpoint would keep the rest of the disk full.
            let _ = remove_folder(&temporary);
            return Err(e.into());
        }
        sync_folder(&temporary);
        // Saving a step again (stop right after a save): the old one goes first, under a name that is ignored.
        if target.symlink_metadata().is_ok() {
            let old = folder.join(format!(".{}.old", step_name(checkpoint.meta.step)));
            remove_folder(&old).map_err(at(&old))?;
            fs::rename(&target, &old).map_err(at(&target))?;
        }
        fs::rename(&temporary, &target).map_err(at(&target))?;
        sync_folder(&folder);
        self.prune(kept);
        Ok(target)
    }

    /// The newest checkpoint that is whole, and what was wrong with newer ones.
    ///
    /// # Errors
    /// No checkpoint is whole.
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

    /// Takes checkpoints after `step` out of the way: the run resumes from there, and what is newer by number would be
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

    fn prune(&self, kept: Kept<'_>) {
        let steps = self.checkpoint_steps();
        let surplus = steps.len().saturating_sub(kept.newest.max(1) as usize);
        let rollback = steps.iter().map(|(step, _)| *step).filter(|step| *step <= kept.healthy).max();
        let stays = |step: u64| Some(step) == rollback || kept.measured.contains(&step);
        let old = steps[..surplus].iter().filter(|(step, _)| !stays(*step));
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
                log::warn!("{}: old checkpoint could not be deleted: {e}", path.display());
            }
        }
        self.clear_checkpoints();
    }

    /// Removes half-written checkpoints of a killed program, and replaced ones whose successor is there.
    pub(super) fn clear_checkpoints(&self) {
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
                log::warn!("{}: temporary file could not be deleted: {e}", path.display());
            }
        }
    }
}
