//! Model files: what can go wrong with them, and tensors that are read only once it is known which ones fit.

use crate::files::remedy;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Why a model file was not read or written. The text names the file.
#[derive(Debug, thiserror::Error)]
pub enum ModelFileError {
    /// The system refused.
    #[error("cannot read {path}: {source}{}", remedy(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The file is not a model that this program can use.
    #[error("cannot read {path}: {reason}")]
    Refused {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, and what to do.
        reason: String,
    },
    /// The generator does not suit the file format.
    #[error("cannot write the generator: {0}")]
    Unfit(String),
}

impl ModelFileError {
    pub(crate) fn unfit(reason: impl ToString) -> Self {
        Self::Unfit(reason.to_string())
    }

    pub(super) fn refused(path: &Path, reason: impl ToString) -> Self {
        Self::Refused { path: path.to_path_buf(), reason: reason.to_string() }
    }
}

/// A name from a file as messages show it: without control characters, and not too long.
pub(super) fn shown(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut text: String = name.escape_debug().take(LONGEST).collect();
    if name.chars().nth(LONGEST).is_some() {
        text.push_str("...");
    }
    text
}

/// Names and shapes of the tensors in a file.
pub(super) type Shapes = BTreeMap<String, Vec<usize>>;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    F64,
    F32,
    F16,
    Bf16,
    /// Whole numbers and others that no weight is made of; known so that their size is.
    Other {
        bytes: usize,
    },
}

impl Number {
    pub(super) fn bytes(self) -> usize {
        match self {
            Self::F64 => 8,
            Self::F32 => 4,
            Self::F16 | Self::Bf16 => 2,
            Self::Other { bytes } => bytes,
        }
    }

    /// Little-endian bytes as numbers.
    ///
    /// # Errors
    /// In words, where these are no floating-point numbers.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Vec<f32>, String> {
        fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
            bytes.as_chunks().0.iter().map(|chunk| value(*chunk)).collect()
        }
        Ok(match self {
            Self::F64 => each(bytes, |b| f64::from_le_bytes(b) as f32),
            Self::F32 => each(bytes, f32::from_le_bytes),
            Self::F16 => each(bytes, |b| half::f16::from_le_bytes(b).to_f32()),
            Self::Bf16 => each(bytes, |b| half::bf16::from_le_bytes(b).to_f32()),
            Self::Other { .. } => return Err("is not made of floating-point numbers".to_owned()),
        })
    }
}
