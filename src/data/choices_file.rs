//! The file of people's decisions about their photos. Several windows and commands share it: each change is read,
//! made and written under a lock, so none is lost.

use super::choices::{PictureChoices, PictureEdit};
use crate::files::{self, Links, make_folder, open_in_place, read_text, remedy};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Largest file that is read: decisions about some 200,000 pictures.
const MOST_BYTES: u64 = 32 << 20;
/// The format of the file. Raise it when older programs would misread what is written.
const VERSION: u32 = 1;
/// How long to wait for another program; each holds the file for a moment only.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where the decisions are kept.
#[derive(Debug, Clone)]
pub struct ChoicesFile {
    path: PathBuf,
}

/// Decisions as the file has them now.
#[derive(Debug, Default)]
pub struct LoadedChoices {
    /// All of them.
    pub choices: PictureChoices,
    /// What to tell a person: the file was damaged and has been renamed.
    pub notice: Option<String>,
}

/// Why the decisions cannot be read or written. The file is what it was.
#[derive(Debug, thiserror::Error)]
pub enum ChoicesError {
    /// The system refuses, or it is no file that this program wrote.
    #[error("cannot read the corrections and exclusions in {}: {source}{}", path.display(), remedy(source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A newer version of this program wrote it.
    #[error(
        "the corrections and exclusions in {} are of a newer version of Purrtrait (format {version}), so they are \
         neither used nor changed; update Purrtrait, or move the file away to start afresh",
        path.display()
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format that it names.
        version: u32,
    },
    /// The disk is full, or the folder cannot be written.
    #[error("cannot save the corrections and exclusions in {}: {source}{}", path.display(), remedy(source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another program does not give it back.
    #[error(
        "cannot save the corrections and exclusions in {}: another Purrtrait has been using the file for seconds; \
         close it, then try again",
        path.display()
    )]
    Busy {
        /// The file.
        path: PathBuf,
    },
}

/// The head of the file.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored<C> {
    version: u32,
    photos: C,
}

/// What reading the file gave.
enum Found {
    Choices(PictureChoices),
    /// What is wrong with it.
    Damaged(String),
}

impl ChoicesFile {
    /// The decisions in this file, which need not exist.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// All decisions; without a file there are none. A damaged file is renamed, and the notice says so.
    ///
    /// # Errors
    /// The file cannot be read, or is of a newer version.
    pub fn load(&self) -> Result<LoadedChoices, ChoicesError> {
        match self.read()? {
            Found::Choices(choices) => Ok(LoadedChoices { choices, notice: None }),
            Found::Damaged(_) => {
                // Perhaps another program has just renamed it.
                let _lock = self.lock()?;
                self.load_locked()
            }
        }
    }

    /// Makes these changes, in their order, and returns all decisions.
    ///
    /// # Errors
    /// The file cannot be read or written, or is of a newer version; then none of them is kept.
    pub fn update(&self, edits: &[PictureEdit]) -> Result<LoadedChoices, ChoicesError> {
        let _lock = self.lock()?;
        let mut loaded = self.load_locked()?;
        for edit in edits {
            loaded.choices.apply(edit.clone());
        }
        let stored = Stored { version: VERSION, photos: &loaded.choices };
        let bytes = serde_json::to_vec(&stored).map_err(|e| self.writing(e.into()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.writing(io::Error::other("there are too many of them")));
        }
        files::replace(&self.path, &bytes).map_err(|e| self.writing(e))?;
        Ok(loaded)
    }

    fn load_locked(&self) -> Result<LoadedChoices, ChoicesError> {
        let damage = match self.read()? {
            Found::Choices(choices) => return Ok(LoadedChoices { choices, notice: None }),
            Found::Damaged(damage) => damage,
        };
        let kept = self.free_name();
        fs::rename(&self.path, &kept).map_err(|e| self.writing(e))?;
        let notice = format!(
            "The corrections and exclusions in {} cannot be read ({damage}). The file is now {}; Purrtrait starts \
             without any.",
            self.path.display(),
            kept.display()
        );
        Ok(LoadedChoices { choices: PictureChoices::default(), notice: Some(notice) })
    }

    fn read(&self) -> Result<Found, ChoicesError> {
        let text = match read_text(&self.path, Links::Follow, MOST_BYTES) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Choices(PictureChoices::default())),
            Err(source) => return Err(ChoicesError::Read { path: self.path.clone(), source }),
        };
        let head = match serde_json::from_str::<Head>(&text) {
            Ok(head) => head,
            Err(e) => return Ok(Found::Damaged(e.to_string())),
        };
        if head.version > VERSION {
            return Err(ChoicesError::Newer { path: self.path.clone(), version: head.version });
        }
        Ok(match serde_json::from_str::<Stored<PictureChoices>>(&text) {
            Ok(stored) => Found::Choices(stored.photos.sound()),
            Err(e) => Found::Damaged(e.to_string()),
        })
    }

    /// Holds other programs off until the file is dropped. The lock is a file of its own: the other one is replaced.
    fn lock(&self) -> Result<File, ChoicesError> {
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
                Err(TryLockError::WouldBlock) => return Err(ChoicesError::Busy { path: self.path.clone() }),
            }
        }
    }

    /// A name for a damaged file under which there is nothing yet: it may hold a person's work.
    fn free_name(&self) -> PathBuf {
        let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let first = self.path.with_file_name(format!("{stem}.bad.json"));
        let mut names = (2u32..).map(|i| self.path.with_file_name(format!("{stem}.bad-{i}.json")));
        if first.symlink_metadata().is_err() {
            return first;
        }
        // An endless sequence of names has a free one.
        names.find(|name| name.symlink_metadata().is_err()).unwrap_or(first)
    }

    fn writing(&self, source: io::Error) -> ChoicesError {
        ChoicesError::Write { path: self.path.clone(), source }
    }
}
