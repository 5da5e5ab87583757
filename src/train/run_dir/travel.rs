//! The files of a run that travel between two machines, in parts: what makes a complete run folder, and no more.
//!
//! Whoever sends may be a stranger: a part names a file by its role, never by a path, its length is bounded, a whole
//! file gets its name once all of it is there, and a checkpoint once it agrees with its manifest.

use super::folder::{RunDir, step_name};
use crate::config::ModelConfig;
use crate::files::{self, Links, append, real_file, remove_folder, temporary_folder};
use crate::train::checkpoint::{Checkpoint, MANIFEST, STATE, WEIGHTS, most_bytes};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

/// Of a history: the same as is read of one.
const MOST_HISTORY: u64 = super::files::MOST_HISTORY;
/// Of the lists of pictures.
const MOST_LIST: u64 = 64 << 20;
/// Of a sample grid, and of the other small files.
const MOST_SMALL: u64 = 64 << 20;
/// Bytes of one part: so few that a slow line still carries one within seconds.
const PART: usize = 64 << 10;

/// A file of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum RunFile {
    Settings,
    /// What the session that trains says of itself.
    Session,
    HeldOut,
    Pictures,
    Metrics,
    Marks,
    Quality,
    /// The sample grid of a step.
    Sample(u64),
    /// The map of a step.
    Map(u64),
    /// Of the checkpoint of a step, as the other two; the manifest comes last.
    Weights(u64),
    State(u64),
    Manifest(u64),
}

/// The files that grow line by line, in the order in which they are sent: a mark explains what changes in the others.
pub(crate) const HISTORIES: [RunFile; 3] = [RunFile::Marks, RunFile::Metrics, RunFile::Quality];
/// The files of a checkpoint in the order in which they are sent.
pub(crate) const CHECKPOINT: [fn(u64) -> RunFile; 3] = [RunFile::Weights, RunFile::State, RunFile::Manifest];

/// A piece of a file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct FilePart {
    pub file: RunFile,
    /// Where it lies in the file. What begins beyond 0 adds to a history that has just this length.
    pub at: u64,
    /// How long the file will be.
    pub total: u64,
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
}

/// How much of a history somebody has: the length, and the hash of these bytes in hexadecimal.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Extent {
    pub length: u64,
    pub hash: String,
}

impl RunDir {
    /// A run folder that another program, or another part of this one, has opened.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self { root, _lock: None }
    }

    /// Where a file of the run lies.
    pub(crate) fn place_of(&self, file: RunFile) -> PathBuf {
        let of_checkpoint = |step: u64, name: &str| self.checkpoints().join(step_name(step)).join(name);
        match file {
            RunFile::Settings => self.settings(),
            RunFile::Session => self.session(),
            RunFile::HeldOut => self.held_out(),
            RunFile::Pictures => self.pictures(),
            RunFile::Metrics => self.metrics(),
            RunFile::Marks => self.marks(),
            RunFile::Quality => self.quality(),
            RunFile::Sample(step) => self.sample(step),
            RunFile::Map(step) => self.map(step),
            RunFile::Weights(step) => of_checkpoint(step, WEIGHTS),
            RunFile::State(step) => of_checkpoint(step, STATE),
            RunFile::Manifest(step) => of_checkpoint(step, MANIFEST),
        }
    }

    /// How much of a history is here, as far as its first `most` bytes go; nothing where it cannot be read.
    pub(crate) fn extent(&self, file: RunFile, most: u64) -> Extent {
        let mut hash = Sha256::new();
        let hashed = files::open(&self.place_of(file), Links::Refuse, MOST_HISTORY)
            .and_then(|file| io::copy(&mut file.take(most), &mut hash));
        let length = hashed.unwrap_or(0);
        if length == 0 { Extent::default() } else { Extent { length, hash: crate::printable::hex(&hash.finalize()) } }
    }
}

/// A file on its way out. It stays readable when its name is taken away meanwhile.
pub(crate) struct Outgoing {
    role: RunFile,
    file: File,
    at: u64,
    total: u64,
    begun: bool,
}

impl Outgoing {
    /// The file from `at` on.
    ///
    /// # Errors
    /// It is not there, or cannot be read.
    pub(crate) fn open(dir: &RunDir, role: RunFile, at: u64) -> io::Result<Self> {
        let mut file = files::open(&dir.place_of(role), Links::Refuse, u64::MAX)?;
        let total = file.metadata()?.len();
        file.seek(SeekFrom::Start(at))?;
        Ok(Self { role, file, at, total, begun: false })
    }

    /// A history from `at` to `total`; what is added to it meanwhile comes later.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(crate) fn open_until(dir: &RunDir, role: RunFile, at: u64, total: u64) -> io::Result<Self> {
        Ok(Self { total, ..Self::open(dir, role, at)? })
    }

    /// How long the file was when it was opened.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// All that comes after `from`, at most `most` bytes, also what was added since it was opened.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn rest(&mut self, from: u64, most: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(from))?;
        Read::by_ref(&mut self.file).take(most).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What tells it from another file under the same name later; the same for all where the system does not tell.
    pub(crate) fn identity(&self) -> u64 {
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            self.file.metadata().map_or(0, |about| about.ino())
        }
        #[cfg(not(unix))]
        0
    }

    /// The next part; none at the end. An empty file is one empty part.
    ///
    /// # Errors
    /// It cannot be read, or became shorter.
    pub(crate) fn next(&mut self) -> io::Result<Option<FilePart>> {
        let length = self.total.saturating_sub(self.at).min(PART as u64) as usize;
        if std::mem::replace(&mut self.begun, true) && length == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; length];
        self.file.read_exact(&mut bytes)?;
        let part = FilePart { file: self.role, at: self.at, total: self.total, bytes };
        self.at += length as u64;
        Ok(Some(part))
    }
}

/// Takes files of a run in.
pub(crate) struct Incoming {
    /// Weights are not larger than a training with these settings has them.
    model: ModelConfig,
    files: HashMap<RunFile, Arriving>,
    /// A checkpoint that is not whole yet: its step, and the folder that becomes it.
    checkpoint: Option<(u64, PathBuf)>,
}

struct Arriving {
    file: tempfile::NamedTempFile,
    at: u64,
    total: u64,
}

impl Incoming {
    pub(crate) fn new(model: ModelConfig) -> Self {
        Self { model, files: HashMap::new(), checkpoint: None }
    }

    /// Takes a part in. True once its file is whole and in its place; of a checkpoint the manifest brings all of it.
    ///
    /// # Errors
    /// The part does not follow the one before, is too much, or cannot be written; a checkpoint that is damaged.
    pub(crate) fn take(&mut self, dir: &RunDir, part: &FilePart) -> io::Result<bool> {
        let FilePart { file: role, at, total, ref bytes } = *part;
        let wrong = |what: &str| io::Error::new(io::ErrorKind::InvalidData, format!("{role:?}: {what}"));
        if total > self.most(role) || at.saturating_add(bytes.len() as u64) > total {
            return Err(wrong("more than there can be"));
        }
        let whole = at + bytes.len() as u64 == total;
        let step = match role {
            RunFile::Weights(step) | RunFile::State(step) | RunFile::Manifest(step) => Some(step),
            _ => None,
        };
        if let Some(step) = step.filter(|step| self.checkpoint.as_ref().is_none_or(|(begun, _)| begun != step)) {
            self.forget_checkpoint();
            self.checkpoint = Some((step, temporary_folder(&dir.checkpoints())?));
        }
        if HISTORIES.contains(&role) && at > 0 && !self.files.contains_key(&role) {
            let place = dir.place_of(role);
            if real_file(&place, Links::Refuse)?.len() != at {
                return Err(wrong("it adds to another file"));
            }
            append(&place, bytes)?;
            return Ok(whole);
        }
        if at == 0 {
            let folder = match (&self.checkpoint, step) {
                (Some((_, folder)), Some(_)) => folder.clone(),
                _ => dir.root.clone(),
            };
            self.files.insert(role, Arriving { file: files::named_temporary(&folder)?, at: 0, total });
        }
        let arriving = self.files.get_mut(&role).filter(|file| (file.at, file.total) == (at, total));
        let arriving = arriving.ok_or_else(|| wrong("a part is missing"))?;
        arriving.file.write_all(bytes)?;
        arriving.at += bytes.len() as u64;
        if whole && let Some(arriving) = self.files.remove(&role) {
            self.settle(dir, role, arriving)?;
        }
        Ok(whole)
    }

    /// Gives a whole file its name.
    fn settle(&mut self, dir: &RunDir, role: RunFile, arriving: Arriving) -> io::Result<()> {
        arriving.file.as_file().sync_all()?;
        let name = dir.place_of(role);
        let (Some((step, folder)), RunFile::Weights(_) | RunFile::State(_) | RunFile::Manifest(_)) =
            (&self.checkpoint, role)
        else {
            arriving.file.persist(&name).map_err(|e| e.error)?;
            files::sync_folder(&dir.root);
            return Ok(());
        };
        let inside = folder.join(name.file_name().unwrap_or_default());
        arriving.file.persist(inside).map_err(|e| e.error)?;
        if !matches!(role, RunFile::Manifest(_)) {
            return Ok(());
        }
        files::sync_folder(folder);
        let checkpoint = Checkpoint::read(folder).map_err(io::Error::other)?;
        if checkpoint.meta.step != *step {
            return Err(io::Error::other("the checkpoint is of another step"));
        }
        let target = dir.checkpoints().join(step_name(*step));
        remove_folder(&target)?;
        fs::rename(folder, &target)?;
        files::sync_folder(&dir.checkpoints());
        self.checkpoint = None;
        Ok(())
    }

    fn most(&self, role: RunFile) -> u64 {
        match role {
            RunFile::HeldOut | RunFile::Pictures => MOST_LIST,
            RunFile::Metrics | RunFile::Marks | RunFile::Quality => MOST_HISTORY,
            RunFile::Weights(_) => most_bytes(&self.model),
            RunFile::Settings
            | RunFile::Session
            | RunFile::Sample(_)
            | RunFile::Map(_)
            | RunFile::State(_)
            | RunFile::Manifest(_) => MOST_SMALL,
        }
    }

    /// What had begun to arrive will not be continued.
    pub(crate) fn start_over(&mut self) {
        self.files.clear();
        self.forget_checkpoint();
    }

    fn forget_checkpoint(&mut self) {
        self.files.retain(|role, _| !matches!(role, RunFile::Weights(_) | RunFile::State(_) | RunFile::Manifest(_)));
        if let Some((_, folder)) = self.checkpoint.take()
            && let Err(e) = remove_folder(&folder)
        {
            log::warn!("{}: half of a checkpoint could not be deleted: {e}", folder.display());
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        self.forget_checkpoint();
    }
}
