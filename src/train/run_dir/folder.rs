//! The opened folder, and the paths in it.

use super::holder::Lock;
use std::path::{Path, PathBuf};

/// An opened run folder. While it is open for training no other program can train in it.
#[derive(Debug)]
pub struct RunDir {
    pub(super) root: PathBuf,
    /// Dropping it frees the lock; so does the end of the process, however that comes about.
    pub(super) _lock: Option<Lock>,
}

impl RunDir {
    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether somebody took the folder away, or a part of it, while it was open.
    pub(crate) fn is_gone(&self) -> bool {
        !self.settings().is_file() || !self.checkpoints().is_dir()
    }

    pub(super) fn samples(&self) -> PathBuf {
        self.root.join("samples")
    }
    pub(super) fn sample(&self, step: u64) -> PathBuf {
        self.samples().join(format!("{}.png", step_name(step)))
    }
    pub(super) fn maps(&self) -> PathBuf {
        self.root.join("maps")
    }
    pub(super) fn map(&self, step: u64) -> PathBuf {
        self.maps().join(format!("{}.jpg", step_name(step)))
    }
    pub(super) fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }
    pub(super) fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }
    pub(super) fn marks(&self) -> PathBuf {
        self.root.join("marks.jsonl")
    }
    pub(super) fn quality(&self) -> PathBuf {
        self.root.join("quality.jsonl")
    }

    pub(super) fn settings(&self) -> PathBuf {
        settings(&self.root)
    }
    pub(super) fn held_out(&self) -> PathBuf {
        self.root.join("held-out.json")
    }
    /// The name of the same list in runs of older versions. It is read where the new one is missing, and replaced when
    /// the list is rewritten.
    pub(super) fn former_held_out(&self) -> PathBuf {
        self.root.join("held-back.json")
    }
    pub(super) fn pictures(&self) -> PathBuf {
        self.root.join("pictures.json")
    }
    pub(super) fn session(&self) -> PathBuf {
        self.root.join("session.json")
    }
    pub(super) fn elsewhere_file(&self) -> PathBuf {
        self.root.join("elsewhere.json")
    }
    /// Written when a graphics card's memory runs out.
    pub(crate) fn out_of_memory(&self) -> PathBuf {
        self.root.join("out-of-memory.json")
    }
    /// The favourites of its generator.
    pub(crate) fn favourites(&self) -> PathBuf {
        self.root.join("favourites.jsonl")
    }
    /// The network that sharpens its pictures.
    pub(crate) fn sharpener(&self) -> PathBuf {
        self.root.join("sharpen.safetensors")
    }
}

/// The settings of the run in `root`.
pub(super) fn settings(root: &Path) -> PathBuf {
    root.join("run.toml")
}

pub(super) fn lock(root: &Path) -> PathBuf {
    root.join("run.lock")
}

pub(super) fn step_name(step: u64) -> String {
    format!("step-{step:09}")
}

pub(super) fn parse_step(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("step-")?;
    // A number may be written with a plus.
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}
