//! The folder of a run that trains here for another machine.

use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::engine::run::remote::talk::is_job;
use crate::engine::squares::{SquaresFolder, is_old, tidy_squares};
use crate::files::{self, entries, remove_folder};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The socket, seen from the folder of its job, so that no path is too long for it.
pub(super) const SOCKET: &str = "socket";

/// Where everything of a job lies.
pub(super) struct Job {
    folder: PathBuf,
    /// Squares that were sent, by name; several jobs may train on the same.
    squares: PathBuf,
}

impl Job {
    /// The job of this name; its folder is made if it is missing, and only its user gets into it.
    ///
    /// # Errors
    /// The name is none, or the folder cannot be made.
    pub(super) fn open(name: &str) -> Result<Self, EngineError> {
        if !is_job(name) {
            return Err(EngineError::Other(format!("{name:?} is no name of a job: sixteen hexadecimal digits")));
        }
        let whole = std::path::absolute(AppDirs::find().jobs).map_err(|e| EngineError::Other(e.to_string()))?;
        let job = Self { folder: whole.join(name), squares: whole.join("squares") };
        for folder in [&whole, &job.squares, &job.folder] {
            let failed = |e: io::Error| EngineError::Run(format!("{}: {e}{}", folder.display(), files::remedy(&e)));
            private(folder).map_err(failed)?;
        }
        Ok(job)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn run(&self) -> PathBuf {
        self.folder.join("run")
    }

    /// What the engine logs.
    pub(super) fn log(&self) -> PathBuf {
        self.folder.join("log.txt")
    }

    /// Where squares are kept.
    pub(super) fn squares(&self) -> SquaresFolder {
        SquaresFolder { kept: self.squares.clone(), arriving: self.folder.join("arriving") }
    }

    /// The lock of the engine, if no other one has it.
    ///
    /// # Errors
    /// The file cannot be made.
    pub(super) fn lock(&self) -> io::Result<Option<File>> {
        let file = files::open_in_place(&self.folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(e)) => Err(e),
        }
    }

    /// Removes jobs and squares that nobody has used for two weeks. Jobs are used while their engine has its lock.
    pub(super) fn tidy(&self) {
        tidy_squares(&self.squares);
        let name_of = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
        for path in entries(self.folder.parent().unwrap_or(&self.folder)).filter(|path| *path != self.folder) {
            let Some(name) = name_of(&path).filter(|name| is_job(name)) else { continue };
            let (squares, run) = (self.squares.clone(), path.join("run/checkpoints"));
            let other = Self { folder: path.clone(), squares };
            let unused = is_old(&path) && (!run.exists() || is_old(&run)) && matches!(other.lock(), Ok(Some(_)));
            if unused && let Err(e) = remove_folder(&path) {
                log::warn!("{name}: an old job could not be deleted: {e}");
            }
        }
    }
}

/// Makes a folder that is for its user alone.
fn private(folder: &Path) -> io::Result<()> {
    if let Some(above) = folder.parent() {
        files::make_folder(above)?;
    }
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
        made => made?,
    }
    let about = fs::symlink_metadata(folder)?;
    // SAFETY: it only returns a number.
    if !about.is_dir() || about.uid() != unsafe { libc::geteuid() } {
        return Err(io::Error::other("it is no folder of your own; delete it"));
    }
    if about.mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
