//! The folder of a copy of a run of another machine, kept for whoever watches it here.

use super::error::{RunDirError, at};
use super::files::take_lock;
use super::folder::{self, RunDir};
use super::travel::{HISTORIES, RunFile};
use crate::files::{entries, is_temporary, make_folder, make_inner_folder, real_folder, remove_folder};
use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// The files of a copy that are no histories.
const LISTS: [RunFile; 4] = [RunFile::Settings, RunFile::Session, RunFile::HeldOut, RunFile::Pictures];

impl RunDir {
    /// Takes the folder of a copy of a run, which may be empty, and locks it against other programs of this machine.
    ///
    /// # Errors
    /// It cannot be made, or another program has it.
    pub(crate) fn keep_copy(root: &Path) -> Result<Self, RunDirError> {
        make_folder(root).map_err(at(root))?;
        Ok(Self { root: root.to_path_buf(), _lock: Some(take_lock(root)?) })
    }

    /// Empties the folder of a copy, but for its lock, and makes it ready for what arrives.
    ///
    /// # Errors
    /// Something in it cannot be removed.
    pub(crate) fn empty_copy(&self) -> io::Result<()> {
        for folder in [self.samples(), self.maps(), self.checkpoints()] {
            remove_folder(&folder)?;
        }
        for path in LISTS.into_iter().chain(HISTORIES).map(|file| self.place_of(file)) {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
                _ => {}
            }
        }
        self.make_room()
    }

    /// The folders of a run, for one that arrives.
    ///
    /// # Errors
    /// They cannot be made.
    pub(crate) fn make_room(&self) -> io::Result<()> {
        make_folder(&self.root)?;
        make_inner_folder(&self.samples())?;
        make_inner_folder(&self.maps())?;
        make_inner_folder(&self.checkpoints())
    }

    /// When the copy in this folder was watched last; none where there is none.
    pub(crate) fn copy_used(root: &Path) -> Option<SystemTime> {
        folder::lock(root).symlink_metadata().ok()?.modified().ok()
    }

    /// What the copy holds on the disk.
    pub(crate) fn copy_bytes(root: &Path) -> u64 {
        let files = walkdir::WalkDir::new(root).into_iter().flatten();
        files.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|about| about.len()).sum()
    }

    /// Removes a copy that nobody watches and that holds nothing else.
    ///
    /// # Errors
    /// Somebody watches it, something else lies in it, or it cannot be removed.
    pub(crate) fn remove_copy(root: &Path) -> Result<(), RunDirError> {
        let dir = Self { root: root.to_path_buf(), _lock: None };
        let folders = [dir.samples(), dir.maps(), dir.checkpoints()];
        let files: Vec<_> = LISTS.into_iter().chain(HISTORIES).map(|file| dir.place_of(file)).collect();
        let lock = folder::lock(root);
        for path in entries(root) {
            let ours = files.contains(&path) || path == lock || is_temporary(&path);
            let known = ours || (folders.contains(&path) && real_folder(&path).map_err(at(&path))?);
            if !known {
                let reason = "it is no part of a copy, so the copy is kept".to_owned();
                return Err(RunDirError::Damaged { path, reason });
            }
        }
        // Nobody begins to watch it meanwhile.
        let _lock = take_lock(root)?;
        remove_folder(root).map_err(at(root))
    }
}
