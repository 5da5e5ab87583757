//! The file that keeps the queue. Several windows and commands share it: each change is read, made and written under
//! a lock, so none is lost. Who runs the queue holds another lock for as long as that takes; it ends with its process.

use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::queue::{EntryState, QueuedTraining};
use crate::files::{self, Links, SharedFile, SharedFileError, exact_path, open_in_place, read_text};
use crate::printable;
use crate::train::LONGEST_RUN_NAME;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{File, TryLockError};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};
use std::{fs, io};

/// The most trainings in the queue.
pub(super) const MOST_ENTRIES: usize = 200;
/// Largest file that is read: two hundred recipes, each with uses of thousands of pictures.
const MOST_BYTES: u64 = 32 << 20;
/// The format of the file. Raise it when older programs would misread what is written.
const VERSION: u32 = 1;
/// Letters of the reason why a training failed; what is longer is cut off.
const LONGEST_REASON: usize = 2000;
/// Whoever only looks whether the queue is run holds the lock for less.
const PATIENCE: Duration = Duration::from_millis(300);

/// A training in the file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::engine) struct QueueEntry {
    /// Tells it from the others.
    pub id: u64,
    /// What the person calls it; empty: by its pictures and its preset.
    #[serde(default)]
    pub name: String,
    pub training: QueuedTraining,
    #[serde(default)]
    pub state: EntryState,
    /// The folder of its run, once there is one.
    #[serde(default, with = "exact_path::maybe")]
    pub run: Option<PathBuf>,
}

impl QueueEntry {
    /// A training that waits.
    pub(in crate::engine) fn new(id: u64, name: String, training: QueuedTraining) -> Self {
        Self { id, name, training, state: EntryState::Waiting, run: None }.sound()
    }

    /// Another name, as any screen shows it, and of a bearable length.
    pub(in crate::engine) fn rename(&mut self, name: &str) {
        self.name = short(name.trim(), LONGEST_RUN_NAME);
    }

    /// With texts that any screen shows as they are, and of a bearable length.
    fn sound(mut self) -> Self {
        self.name = short(self.name.trim(), LONGEST_RUN_NAME);
        if let EntryState::Failed { text } = &mut self.state {
            *text = short(text, LONGEST_REASON);
        }
        self
    }
}

fn short(text: &str, most: usize) -> String {
    printable::line(text).chars().take(most).collect()
}

/// What the file has now.
#[derive(Debug, Default)]
pub(in crate::engine) struct LoadedQueue {
    pub entries: Vec<QueueEntry>,
    /// What to tell a person: it was damaged and is kept under another name.
    pub notice: Option<String>,
}

/// The head of the file.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct Stored<E> {
    version: u32,
    trainings: Vec<E>,
}

/// Where the queue is kept.
#[derive(Debug, Clone)]
pub(in crate::engine) struct QueueFile {
    file: SharedFile,
}

impl QueueFile {
    /// The queue in this file, which need not exist.
    pub(in crate::engine) fn new(path: PathBuf) -> Self {
        Self { file: SharedFile { path, what: "the queue" } }
    }

    /// All entries. A file of which something cannot be read is kept under another name, and the notice says so.
    ///
    /// # Errors
    /// The file cannot be read, or is of a newer version.
    pub(in crate::engine) fn load(&self) -> Result<LoadedQueue, SharedFileError> {
        let (entries, damage) = self.read()?;
        if damage.is_none() {
            return Ok(LoadedQueue { entries, notice: None });
        }
        // Perhaps another program has just put it right.
        let _lock = self.file.lock()?;
        self.load_locked()
    }

    /// Makes a change, and gives all entries as they are then. It lasts through a power cut.
    ///
    /// # Errors
    /// The change is refused, or the file cannot be read or written, or is of a newer version; then it is what it was.
    pub(in crate::engine) fn update<T>(
        &self,
        change: impl FnOnce(&mut Vec<QueueEntry>) -> Result<T, EngineError>,
    ) -> Result<(Vec<QueueEntry>, T), EngineError> {
        let _lock = self.file.lock()?;
        let mut entries = self.load_locked()?.entries;
        let before = entries.clone();
        let result = change(&mut entries)?;
        if entries != before {
            self.write(&entries)?;
        }
        Ok((entries, result))
    }

    /// The right to run the queue, until the file is dropped; none where another program has it.
    ///
    /// # Errors
    /// The folder cannot be written.
    pub(in crate::engine) fn take(&self) -> Result<Option<File>, SharedFileError> {
        let folder = self.runner().parent().map(PathBuf::from).unwrap_or_default();
        files::make_folder(&folder).map_err(|e| self.file.writing(e))?;
        let file = open_in_place(&self.runner()).map_err(|e| self.file.writing(e))?;
        let since = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                // Some network drives have no locks: there nobody can tell.
                Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => return Ok(Some(file)),
                Err(TryLockError::Error(e)) => return Err(self.file.writing(e)),
                Err(TryLockError::WouldBlock) if since.elapsed() < PATIENCE => sleep(Duration::from_millis(10)),
                Err(TryLockError::WouldBlock) => return Ok(None),
            }
        }
    }

    /// Whether some program runs the queue.
    pub(in crate::engine) fn is_run(&self) -> bool {
        let runner = self.runner();
        // Who looks makes no file.
        let Some(file) = runner.is_file().then(|| open_in_place(&runner).ok()).flatten() else { return false };
        matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock))
    }

    fn runner(&self) -> PathBuf {
        self.file.path.with_extension("running")
    }

    fn load_locked(&self) -> Result<LoadedQueue, SharedFileError> {
        let (entries, damage) = self.read()?;
        let Some(damage) = damage else { return Ok(LoadedQueue { entries, notice: None }) };
        let kept = self.file.name_aside();
        fs::rename(&self.file.path, &kept).map_err(|e| self.file.writing(e))?;
        self.write(&entries)?;
        let left = match entries.len() {
            0 => "The queue is empty now.".to_owned(),
            1 => "1 training is left in it.".to_owned(),
            n => format!("{n} trainings are left in it."),
        };
        let notice = format!(
            "The queue in {} cannot be read as a whole ({damage}). The file as it was is now {}. {left}",
            self.file.path.display(),
            kept.display()
        );
        Ok(LoadedQueue { entries, notice: Some(notice) })
    }

    /// The entries that can be read, and what is wrong with the file otherwise.
    fn read(&self) -> Result<(Vec<QueueEntry>, Option<String>), SharedFileError> {
        let text = match read_text(&self.file.path, Links::Follow, MOST_BYTES) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Default::default()),
            Err(e) => return Err(self.file.reading(e)),
        };
        let damaged = |e: serde_json::Error| Ok((Vec::new(), Some(e.to_string())));
        let head = match serde_json::from_str::<Head>(&text) {
            Ok(head) => head,
            Err(e) => return damaged(e),
        };
        if head.version > VERSION {
            return Err(self.file.newer(head.version));
        }
        let stored = match serde_json::from_str::<Stored<serde_json::Value>>(&text) {
            Ok(stored) => stored,
            Err(e) => return damaged(e),
        };
        let mut damage = None;
        let (mut entries, mut ids) = (Vec::new(), HashSet::new());
        for value in stored.trainings {
            match serde_json::from_value::<QueueEntry>(value) {
                Ok(_) if entries.len() >= MOST_ENTRIES => damage = Some("it has too many entries".to_owned()),
                Ok(entry) if !ids.insert(entry.id) => damage = Some("two entries have the same number".to_owned()),
                Ok(entry) => entries.push(entry.sound()),
                Err(e) => damage = Some(format!("entry {}: {e}", entries.len() + 1)),
            }
        }
        Ok((entries, damage.map(|text| printable::line(&text).into_owned())))
    }

    fn write(&self, entries: &[QueueEntry]) -> Result<(), SharedFileError> {
        let stored = Stored { version: VERSION, trainings: entries.to_vec() };
        let bytes = serde_json::to_vec_pretty(&stored).map_err(|e| self.file.writing(e.into()))?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(self.file.writing(io::Error::other("it would be too large")));
        }
        files::replace(&self.file.path, &bytes).map_err(|e| self.file.writing(e))
    }
}

impl From<SharedFileError> for EngineError {
    fn from(e: SharedFileError) -> Self {
        Self::Other(e.to_string())
    }
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
