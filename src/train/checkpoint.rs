//! A training on disk: numbers, position and settings, complete or not there at all.
//!
//! A checkpoint is a folder `step-000000123` of three files: `weights.safetensors` (both networks, the average, both
//! optimisers), `state.json` (position and settings) and `manifest.json` (length and SHA-256 of the other two). It is
//! written under another name, flushed to the disk and renamed, so a folder under its final name is complete; the
//! manifest finds what went wrong later.

use crate::config::{ModelConfig, Tunables};
use crate::model::NamedTensor;
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

const WEIGHTS: &str = "weights.safetensors";
const STATE: &str = "state.json";
const MANIFEST: &str = "manifest.json";

#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    #[error("{path}: {source}")]
    File { path: PathBuf, source: std::io::Error },
    #[error("{path}: {reason}")]
    Damaged { path: PathBuf, reason: String },
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
    pub step: u64,
    pub epoch: f64,
    /// Batches of real pictures used: with the seed, this is the position in the data order and of the random numbers.
    pub batches: u64,
    /// Updates that the optimisers have seen.
    pub updates_g: u64,
    pub updates_d: u64,
    pub revision: u64,
    /// Seconds of training so far.
    pub seconds: f64,
    pub tunables: Tunables,
    /// Those of `run.toml` when it was saved: tells later what was changed there by hand. Old checkpoints have none.
    #[serde(default)]
    pub written_tunables: Option<Tunables>,
    /// Fingerprint of the pictures; a run whose pictures changed says so.
    pub dataset: String,
    pub model: ModelConfig,
}

/// A checkpoint in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
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
        write_synced(&folder.join(STATE), &state)?;
        let mut files = BTreeMap::new();
        for name in [WEIGHTS, STATE] {
            let path = folder.join(name);
            File::open(&path).and_then(|f| f.sync_all()).map_err(CheckpointError::file(&path))?;
            files.insert(name.to_owned(), digest(&path)?);
        }
        let manifest = serde_json::to_vec_pretty(&Manifest { format: FORMAT, files })
            .map_err(|e| CheckpointError::damaged(folder, e))?;
        write_synced(&folder.join(MANIFEST), &manifest)
    }

    /// Reads a checkpoint folder after comparing every file with the manifest.
    ///
    /// # Errors
    /// Names the file that is missing, damaged or from a newer version.
    pub fn read(folder: &Path) -> Result<Self, CheckpointError> {
        let manifest: Manifest = read_json(&folder.join(MANIFEST))?;
        if manifest.format > FORMAT {
            let reason = format!("written by a newer version of Purrtrait (format {})", manifest.format);
            return Err(CheckpointError::damaged(folder, reason));
        }
        for name in [WEIGHTS, STATE] {
            let path = folder.join(name);
            let expected = manifest
                .files
                .get(name)
                .ok_or_else(|| CheckpointError::damaged(&folder.join(MANIFEST), format!("does not list {name}")))?;
            if digest(&path)? != *expected {
                return Err(CheckpointError::damaged(&path, "is not what was saved (its checksum differs)"));
            }
        }
        let meta: CheckpointMeta = read_json(&folder.join(STATE))?;
        let path = folder.join(WEIGHTS);
        let bytes = fs::read(&path).map_err(CheckpointError::file(&path))?;
        let file = SafeTensors::deserialize(&bytes).map_err(|e| CheckpointError::damaged(&path, e))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.iter() {
            if view.dtype() != Dtype::F32 {
                return Err(CheckpointError::damaged(&path, format!("{name} is not stored as f32")));
            }
            // The bytes may stand at any address, so they are copied value by value.
            let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
            let tensor = NamedTensor { name: name.to_owned(), shape: view.shape().to_vec(), values };
            tensors.insert(name.to_owned(), tensor);
        }
        Ok(Self { meta, tensors, path })
    }

    /// Whether a path is that of a file inside a checkpoint folder.
    pub fn is_file_of(path: &Path) -> bool {
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

fn read_json<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, CheckpointError> {
    let bytes = fs::read(path).map_err(CheckpointError::file(path))?;
    serde_json::from_slice(&bytes).map_err(|e| CheckpointError::damaged(path, e))
}

fn write_synced(path: &Path, bytes: &[u8]) -> Result<(), CheckpointError> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(CheckpointError::file(path))
}

fn digest(path: &Path) -> Result<ManifestEntry, CheckpointError> {
    let hash = || {
        let mut file = File::open(path)?;
        let (mut hasher, mut buffer, mut bytes) = (Sha256::new(), vec![0u8; 1 << 16], 0u64);
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                break;
            }
            hasher.update(&buffer[..n]);
            bytes += n as u64;
        }
        let sha256 = hasher.finalize().iter().map(|b| format!("{b:02x}")).collect();
        Ok(ManifestEntry { bytes, sha256 })
    };
    hash().map_err(CheckpointError::file(path))
}
