//! Making a run, opening it for training, and inspecting it; its settings.

use super::error::{RunDirError, at, writing};
use super::files::take_lock;
use super::folder::{self, RunDir};
use crate::config::RunConfig;
use crate::files::{
    Links, clear_leftovers, make_folder, make_inner_folder, nothing_else, read_text, real_folder, replace,
};
use std::path::Path;

/// Of `run.toml`, which is a few KiB.
const MOST_SETTINGS: u64 = 1 << 20;

impl RunDir {
    /// Whether a new run may be made here.
    ///
    /// # Errors
    /// The folder holds a run already.
    pub(crate) fn check_free(root: &Path) -> Result<(), RunDirError> {
        if folder::settings(root).symlink_metadata().is_ok() {
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
            let reason = format!("cannot be created ({e}); choose another folder for the run");
            RunDirError::Damaged { path: root.to_path_buf(), reason }
        })?;
        let dir = Self { root: root.to_path_buf(), _lock: Some(take_lock(root)?) };
        dir.make_folders()?;
        dir.write_config(config)?;
        Ok(dir)
    }

    /// Opens a run to resume it: takes the lock and clears away what a crash left.
    ///
    /// # Errors
    /// No run, in use, or unreadable.
    pub fn open(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let (mut dir, config) = Self::inspect(root)?;
        // What is written to or read later must not fail, or worse, in the middle of the training.
        let lists = [dir.held_out(), dir.former_held_out(), dir.pictures(), folder::lock(root)];
        for path in [dir.metrics(), dir.marks(), dir.quality()].into_iter().chain(lists) {
            nothing_else(&path).map_err(at(&path))?;
        }
        dir._lock = Some(take_lock(root)?);
        dir.make_folders()?;
        // Half-written files of a killed program.
        clear_leftovers(root);
        clear_leftovers(&dir.samples());
        clear_leftovers(&dir.maps());
        dir.clear_checkpoints();
        Ok((dir, config))
    }

    /// An archive may have left out the empty ones.
    fn make_folders(&self) -> Result<(), RunDirError> {
        for folder in [self.samples(), self.maps(), self.checkpoints()] {
            make_inner_folder(&folder).map_err(writing(&folder))?;
        }
        Ok(())
    }

    /// Reads a run without taking the lock: for lists and for generating pictures.
    ///
    /// # Errors
    /// No run, unreadable settings, or a folder of the run that is a link or no folder.
    pub fn inspect(root: &Path) -> Result<(Self, RunConfig), RunDirError> {
        let config = Self::read_config(root)?;
        let dir = Self { root: root.to_path_buf(), _lock: None };
        for folder in [dir.samples(), dir.maps()] {
            real_folder(&folder).map_err(at(&folder))?;
        }
        if real_folder(&dir.checkpoints()).map_err(at(&dir.checkpoints()))? {
            for (_, path) in dir.checkpoint_steps() {
                real_folder(&path).map_err(at(&path))?;
            }
        }
        Ok((dir, config))
    }

    fn read_config(root: &Path) -> Result<RunConfig, RunDirError> {
        let path = folder::settings(root);
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
        let path = self.settings();
        let text = toml::to_string_pretty(config)
            .map_err(|e| RunDirError::Damaged { path: path.clone(), reason: e.to_string() })?;
        replace(&path, text.as_bytes()).map_err(writing(&path))
    }
}
