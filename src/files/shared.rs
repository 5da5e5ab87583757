//! Files of a person's own work that several windows and commands share: each change is made under a lock, so none is
//! lost.

use super::open::remedy;
use super::{make_folder, open_in_place};
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long to wait for another program; each holds the file for a moment only.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why such a file cannot be read or written. The file is what it was.
#[derive(Debug, thiserror::Error)]
pub enum SharedFileError {
    /// The system refuses, or it is no file that this program wrote.
    #[error("cannot read {what} in {}: {source}{}", path.display(), remedy(source))]
    Read {
        /// What is in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A newer version of this program wrote it.
    #[error(
        "{what} in {} are of a newer version of Purrtrait (format {version}), so they are neither used nor changed; \
         update Purrtrait, or move the file away to start afresh",
        path.display()
    )]
    Newer {
        /// What is in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// The format that it names.
        version: u32,
    },
    /// The disk is full, or the folder cannot be written.
    #[error("cannot save {what} in {}: {source}{}", path.display(), remedy(source))]
    Write {
        /// What is in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another program does not give it back.
    #[error(
        "cannot save {what} in {}: another Purrtrait has been using the file for seconds; close it, then try again",
        path.display()
    )]
    Busy {
        /// What is in it.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
}

/// Where such a file is, and what is in it, in words ("the favourites").
#[derive(Debug, Clone)]
pub(crate) struct SharedFile {
    pub path: PathBuf,
    pub what: &'static str,
}

impl SharedFile {
    /// Holds other programs off until the file is dropped. The lock is a file of its own, as the other one may be
    /// replaced.
    ///
    /// # Errors
    /// Another program holds it for longer than [`PATIENCE`], or the folder cannot be written.
    pub(crate) fn lock(&self) -> Result<File, SharedFileError> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        make_folder(folder).map_err(|e| self.writing(e))?;
        let file = open_in_place(&self.path.with_extension("lock")).map_err(|e| self.writing(e))?;
        let started = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                // Some network drives have no locks; a change is still whole or not there.
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => return Ok(file),
                Err(TryLockError::Error(e)) => return Err(self.writing(e)),
                Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => sleep(Duration::from_millis(10)),
                Err(TryLockError::WouldBlock) => {
                    return Err(SharedFileError::Busy { what: self.what, path: self.path.clone() });
                }
            }
        }
    }

    /// A name for a damaged file under which there is nothing yet: it may hold a person's work.
    pub(crate) fn name_aside(&self) -> PathBuf {
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, end) = (part(self.path.file_stem()), part(self.path.extension()));
        let first = self.path.with_file_name(format!("{stem}.bad.{end}"));
        let mut names = (2u32..).map(|i| self.path.with_file_name(format!("{stem}.bad-{i}.{end}")));
        if first.symlink_metadata().is_err() {
            return first;
        }
        // An endless sequence of names has a free one.
        names.find(|name| name.symlink_metadata().is_err()).unwrap_or(first)
    }

    pub(crate) fn reading(&self, source: io::Error) -> SharedFileError {
        SharedFileError::Read { what: self.what, path: self.path.clone(), source }
    }

    pub(crate) fn writing(&self, source: io::Error) -> SharedFileError {
        SharedFileError::Write { what: self.what, path: self.path.clone(), source }
    }

    pub(crate) fn newer(&self, version: u32) -> SharedFileError {
        SharedFileError::Newer { what: self.what, path: self.path.clone(), version }
    }
}
