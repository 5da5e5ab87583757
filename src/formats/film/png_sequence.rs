//! A folder of numbered PNG files.

use super::super::error::ExportError;
use super::super::new_file::temporary_name;
use super::super::picture::encode_png;
use super::spec::Sink;
use crate::files::create_new;
use crate::interrupt::Unfinished;
use crate::pixels::Frame;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

pub(crate) struct PngSequence {
    path: PathBuf,
    /// Renamed to `path` at the end, removed if there is none.
    temporary: Unfinished,
    next: u32,
}

impl PngSequence {
    pub(super) fn create(path: &Path) -> Result<Self, ExportError> {
        if path.symlink_metadata().is_ok() {
            return Err(ExportError::Exists { path: path.to_path_buf() });
        }
        let temporary = temporary_name(path)?;
        fs::create_dir(temporary.path()).map_err(|source| ExportError::File { path: path.into(), source })?;
        Ok(Self { path: path.to_path_buf(), temporary, next: 0 })
    }
}

impl Sink for PngSequence {
    fn add(&mut self, frame: &Frame) -> Result<(), ExportError> {
        let name = format!("frame-{:06}.png", self.next);
        self.next += 1;
        let bytes = encode_png(frame, None)?;
        let write = || create_new(&self.temporary.path().join(&name))?.write_all(&bytes);
        write().map_err(ExportError::file(&self.path.join(&name)))
    }

    fn finish(self: Box<Self>) -> Result<(), ExportError> {
        if self.path.symlink_metadata().is_ok() {
            return Err(ExportError::Exists { path: self.path.clone() });
        }
        fs::rename(self.temporary.path(), &self.path).map_err(ExportError::file(&self.path))
    }
}

impl Drop for PngSequence {
    fn drop(&mut self) {
        // After `finish` there is nothing left to remove.
        let _ = fs::remove_dir_all(self.temporary.path());
    }
}
