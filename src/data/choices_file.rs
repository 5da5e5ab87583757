//! The file of people's decisions about their photos. Several windows and commands share it: each change is read,
//! made and written under a lock, so none is lost.

use super::choices::{PictureChoices, PictureEdit};
use crate::files::{self, Links, SharedFile, SharedFileError, read_text};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::{fs, io};

/// Largest file that is read: decisions about some 200,000 pictures.
const MOST_BYTES: u64 = 32 << 20;
/// The format of the file. Raise it when older programs would misread what is written.
const VERSION: u32 = 1;

/// Where the decisions are kept.
#[derive(Debug, Clone)]
pub struct ChoicesFile {
    file: SharedFile,
}

/// Decisions as the file has them now.
#[derive(Debug, Default)]
pub struct LoadedChoices {
    /// All of them.
    pub choices: PictureChoices,
    /// What to tell a person: the file was damaged and has been renamed.
    pub notice: Option<String>,
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
        Self { file: SharedFile { path, what: "the corrections and exclusions" } }
    }

    /// All decisions; without a file there are none. A damaged file is renamed, and the notice says so.
    ///
    /// # Errors
    /// The file cannot be read, or is of a newer version.
    pub fn load(&self) -> Result<LoadedChoices, SharedFileError> {
        match self.read()? {
            Found::Choices(choices) => Ok(LoadedChoices { choices, notice: None }),
            Found::Damaged(_) => {
                // Perhaps another program has just renamed it.
                let _lock = self.file.lock()?;
                self.load_locked()
            }
        }
    }

    /// Makes these changes, in their order, and returns all decisions.
    ///
    /// # Errors
    /// The file cannot be read or written, or is of a newer version; then none of them is kept.
    pub fn update(&self, edits: &[PictureEdit]) -> Result<LoadedChoices, SharedFileError> {
        let _lock = self.file.lock()?;
        let mut loaded = self.load_locked()?;
        for edit in edits {
            loaded.choices.apply(edit.clone());
        }
        let stored = Stored { version: VERSION, photos: &loaded.choices };
        let bytes = serde_json::to_vec(&stored).map_err(|e| self.file.writing(e.into()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.file.writing(io::Error::other("there are too many of them")));
        }
        files::replace(&self.file.path, &bytes).map_err(|e| self.file.writing(e))?;
        Ok(loaded)
    }

    fn load_locked(&self) -> Result<LoadedChoices, SharedFileError> {
        let damage = match self.read()? {
            Found::Choices(choices) => return Ok(LoadedChoices { choices, notice: None }),
            Found::Damaged(damage) => damage,
        };
        let kept = self.file.name_aside();
        fs::rename(&self.file.path, &kept).map_err(|e| self.file.writing(e))?;
        let notice = format!(
            "The corrections and exclusions in {} cannot be read ({damage}). The file is now {}; Purrtrait starts \
             without any.",
            self.file.path.display(),
            kept.display()
        );
        Ok(LoadedChoices { choices: PictureChoices::default(), notice: Some(notice) })
    }

    fn read(&self) -> Result<Found, SharedFileError> {
        let text = match read_text(&self.file.path, Links::Follow, MOST_BYTES) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Found::Choices(PictureChoices::default())),
            Err(e) => return Err(self.file.reading(e)),
        };
        let head = match serde_json::from_str::<Head>(&text) {
            Ok(head) => head,
            Err(e) => return Ok(Found::Damaged(e.to_string())),
        };
        if head.version > VERSION {
            return Err(self.file.newer(head.version));
        }
        Ok(match serde_json::from_str::<Stored<PictureChoices>>(&text) {
            Ok(stored) => Found::Choices(stored.photos.sound()),
            Err(e) => Found::Damaged(e.to_string()),
        })
    }
}
