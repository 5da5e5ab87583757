//! A training on disk: numbers, position and settings, complete or not there at all.
//!
//! A checkpoint is a folder `step-000000123` of three files: `weights.safetensors` (both networks, the EMA weights,
//! both optimisers), `state.json` (position and settings) and `manifest.json` (length and SHA-256 of the other two). It
//! is written under another name, flushed to the disk and renamed, so a folder under its final name is complete; the
//! manifest finds what went wrong later.

use crate::config::{ModelConfig, StartModel, Tunables};
use crate::files::{self, Links, create_new, read_text, sync_file};
use crate::model::{Discriminator, Generator, Layout, NamedTensor, check_values};
use crate::printable::hex;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub(super) const WEIGHTS: &str = "weights.safetensors";
pub(super) const STATE: &str = "state.json";
pub(super) const MANIFEST: &str = "manifest.json";
/// Of the two small files.
const MOST_TEXT: u64 = 1 << 20;

/// Why a checkpoint cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The system cannot read or write a file.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The content of a file is wrong.
    #[error("{path}: {reason}")]
    Damaged {
        /// The file, or the checkpoint's folder.
        path: PathBuf,
        /// What is wrong, for people.
        reason: String,
    },
}

impl CheckpointError {
    pub(super) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self + '_ {
        move |source| Self::File { path: path.to_path_buf(), source }
    }
    fn damaged(path: &Path, reason: impl ToString) -> Self {
        Self::Damaged { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

/// Position and settings of a training; `state.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckpointMeta {
    /// Steps done: generator updates.
    pub step: u64,
    /// Passes over the training pictures, in fractions.
    pub epoch: f64,
    /// Batches of real pictures used: with the seed, this is the position in the data order and of the random numbers.
    pub batches: u64,
    /// Updates that the generator's optimiser has seen.
    pub updates_g: u64,
    /// Updates that the discriminator's optimiser has seen.
    pub updates_d: u64,
    /// How often the live settings had been changed.
    pub revision: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    /// The live settings in force.
    pub tunables: Tunables,
    /// Those of `run.toml` when it was saved: tells later what was changed there by hand. Old checkpoints have none.
    #[serde(default)]
    pub written_tunables: Option<Tunables>,
    /// Fingerprint of the pictures; a run whose pictures changed says so.
    pub dataset: String,
    /// Settings of both networks.
    pub model: ModelConfig,
    /// The model that the run started from, if it did: its licence goes with the weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartModel>,
}

/// A checkpoint in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Position and settings.
    pub meta: CheckpointMeta,
    tensors: BTreeMap<String, NamedTensor>,
    /// Where it was read from, for messages.
    path: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    files: BTreeMap<String, ManifestEntry>,
}

#[derive(Serialize, Deserialize, PartialEq)]
struct ManifestEntry {
    bytes: u64,
    sha256: String,
}

/// Newest format that this program reads and the one that it writes.
const FORMAT: u32 = 1;

impl Checkpoint {
    pub(super) fn new(meta: CheckpointMeta, tensors: Vec<NamedTensor>) -> Self {
        let tensors = tensors.into_iter().map(|t| (t.name.clone(), t)).collect();
        Self { meta, tensors, path: PathBuf::new() }
    }

    /// Writes the three files into `folder`, which must be empty, and flushes them to the disk.
    pub(super) fn write(&self, folder: &Path) -> Result<(), CheckpointError> {
        let views = self.tensors.values().map(|t| {
            let view = TensorView::new(Dtype::F32, t.shape.clone(), bytemuck::cast_slice(&t.values));
            view.map(|view| (t.name.as_str(), view))
        });
        let path = folder.join(WEIGHTS);
        let views = views.collect::<Result<Vec<_>, _>>().map_err(|e| CheckpointError::damaged(&path, e))?;
        safetensors::serialize_to_file(views, None, &path).map_err(|e| match e {
            safetensors::SafeTensorError::IoError(source) => CheckpointError::File { path: path.clone(), source },
            other => CheckpointError::damaged(&path, other),
        })?;
        let state = serde_json::to_vec_pretty(&self.meta).map_err(|e| CheckpointError::damaged(folder, e))?;
        let state_path = folder.join(STATE);
        write_synced(&state_path, &state)?;
        // The library makes files that nobody else may read; this one is to be as its neighbours.
        let mode = fs::metadata(&state_path).map_err(CheckpointError::file(&state_path))?.permissions();
        fs::set_permissions(&path, mode).and_then(|()| sync_file(&path)).map_err(CheckpointError::file(&path))?;
        let written = digest_of(&path).map_err(CheckpointError::file(&path))?;
        let files = BTreeMap::from([(WEIGHTS.to_owned(), written), (STATE.to_owned(), ManifestEntry::of(&state))]);
        let manifest = serde_json::to_vec_pretty(&Manifest { format: FORMAT, files })
            .map_err(|e| CheckpointError::damaged(folder, e))?;
        write_synced(&folder.join(MANIFEST), &manifest)
    }

    /// Reads a checkpoint folder after comparing every file with the manifest.
    ///
    /// # Errors
    /// Names the file that is missing, damaged or from a newer version.
    pub fn read(folder: &Path) -> Result<Self, CheckpointError> {
        let path = folder.join(MANIFEST);
        let manifest = read_text(&path, Links::Refuse, MOST_TEXT).map_err(CheckpointError::file(&path))?;
        let manifest: Manifest = from_json(&path, manifest.as_bytes())?;
        if manifest.format > FORMAT {
            let reason = format!("written by a newer version of Purrtrait (format {})", manifest.format);
            return Err(CheckpointError::damaged(folder, reason));
        }
        let meta: CheckpointMeta = from_json(&folder.join(STATE), &listed(folder, &manifest, STATE, MOST_TEXT)?)?;
        meta.check().map_err(|reason| CheckpointError::damaged(&folder.join(STATE), reason))?;
        let path = folder.join(WEIGHTS);
        let bytes = listed(folder, &manifest, WEIGHTS, most_bytes(&meta.model))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| CheckpointError::damaged(&path, e))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(CheckpointError::damaged(&path, format!("{name} is not stored as f32")));
            }
            // The bytes may stand at any address, so they are copied value by value.
            let values: Vec<f32> =
                view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            check_numbers(name, &values).map_err(|reason| CheckpointError::damaged(&path, reason))?;
            let tensor = NamedTensor { name: name.to_owned(), shape: view.shape().to_vec(), values };
            tensors.insert(name.to_owned(), tensor);
        }
        Ok(Self { meta, tensors, path })
    }

    /// Whether a path is that of a file inside a checkpoint folder.
    pub(crate) fn is_file_of(path: &Path) -> bool {
        let name = path.file_name().and_then(|n| n.to_str());
        name.is_some_and(|n| [WEIGHTS, STATE, MANIFEST].contains(&n)) && path.with_file_name(MANIFEST).is_file()
    }

    /// `(name, values)` of every tensor, sorted by name.
    pub fn tensors(&self) -> impl Iterator<Item = (&str, &[f32])> {
        self.tensors.values().map(|t| (t.name.as_str(), t.values.as_slice()))
    }

    pub(super) fn find(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.get(name)
    }

    pub(super) fn damaged_by(&self, reason: impl ToString) -> CheckpointError {
        CheckpointError::damaged(&self.path, reason)
    }

    /// A tensor by name, flat, on `device`.
    ///
    /// # Errors
    /// When it is missing or has another shape than the settings ask for.
    pub fn tensor(&self, name: &str, shape: &[usize], device: &Device) -> Result<Tensor<1>, CheckpointError> {
        let tensor =
            self.tensors.get(name).ok_or_else(|| CheckpointError::damaged(&self.path, format!("{name} is missing")))?;
        if tensor.shape != shape {
            let reason = format!("{name} has the shape {:?}, the settings ask for {shape:?}", tensor.shape);
            return Err(CheckpointError::damaged(&self.path, reason));
        }
        let count = tensor.values.len();
        Ok(Tensor::from_data(TensorData::new(tensor.values.clone(), [count]), device))
    }
}

impl CheckpointMeta {
    /// Numbers that no training reaches would overflow in this one.
    fn check(&self) -> Result<(), String> {
        // A billion steps a second for a hundred days.
        const MOST: u64 = 1 << 53;
        let Self { step, batches, updates_g, updates_d, revision, epoch, seconds, .. } = self;
        if [step, batches, updates_g, updates_d, revision].into_iter().any(|n| *n > MOST) {
            return Err("holds a number of steps that no training reaches".to_owned());
        }
        if ![epoch, seconds].into_iter().all(|x| (0.0..1e15).contains(x)) {
            return Err("holds a time that no training reaches".to_owned());
        }
        self.model.validate().map_err(|e| e.to_string())
    }
}

impl ManifestEntry {
    fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}

/// More than the weights of a training with these settings take: both networks, the EMA weights, two moments for each
/// parameter, and names.
pub(super) fn most_bytes(model: &ModelConfig) -> u64 {
    let (g, d) = (Generator::new(model), Discriminator::new(model));
    let numbers =
        |layout: &Layout| layout.names().map(|(_, shape)| shape.iter().product::<usize>() as u64).sum::<u64>();
    4 * (4 * numbers(g.layout()) + 3 * numbers(d.layout())) + (1 << 20)
}

/// Whether a training can have left these numbers behind. The moments of its optimiser, averages of gradients and of
/// their squares, may be far larger than a weight.
fn check_numbers(name: &str, values: &[f32]) -> Result<(), String> {
    /// The product of two of them is still finite.
    const LARGEST: f32 = 1e18;
    let range = match name.strip_prefix("adam-").and_then(|rest| rest.split('/').nth(1)) {
        None => return check_values(name, values).map_err(|e| e.to_string()),
        Some("v") => 0.0..=f32::MAX,
        Some(_) => -LARGEST..=LARGEST,
    };
    match values.iter().find(|v| !range.contains(v)) {
        Some(value) => Err(format!("{name} holds {value:e}, which no training reaches")),
        None => Ok(()),
    }
}

/// The bytes of a file that the manifest lists, at most `limit`, compared with what it says.
fn listed(folder: &Path, manifest: &Manifest, name: &str, limit: u64) -> Result<Vec<u8>, CheckpointError> {
    let path = folder.join(name);
    let expected = manifest.files.get(name);
    let expected =
        expected.ok_or_else(|| CheckpointError::damaged(&folder.join(MANIFEST), format!("does not list {name}")))?;
    let bytes = files::read(&path, Links::Refuse, limit).map_err(CheckpointError::file(&path))?;
    if ManifestEntry::of(&bytes) != *expected {
        return Err(CheckpointError::damaged(&path, "is damaged (its checksum differs)"));
    }
    Ok(bytes)
}

fn from_json<T: for<'a> Deserialize<'a>>(path: &Path, bytes: &[u8]) -> Result<T, CheckpointError> {
    serde_json::from_slice(bytes).map_err(|e| CheckpointError::damaged(path, e))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let write = || {
        let mut file = create_new(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(CheckpointError::file(path))
}

/// What stands in a file that was just written, read back.
fn digest_of(path: &Path) -> io::Result<ManifestEntry> {
    let mut hasher = Sha256::new();
    let bytes = io::copy(&mut files::open(path, Links::Refuse, u64::MAX)?, &mut hasher)?;
    Ok(ManifestEntry { bytes, sha256: hex(&hasher.finalize()) })
}
