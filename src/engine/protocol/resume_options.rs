//! How a run is resumed.

use crate::config::{TrainingPlace, Usage};
use crate::files::exact_path;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a resumed run changes of its settings; none keeps them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ResumeOptions {
    /// The step at which the run ends; 0 means no limit.
    pub max_steps: Option<u64>,
    /// The epoch at which the run ends; 0 means no limit.
    pub max_epochs: Option<u32>,
    /// Train elsewhere.
    pub device: Option<TrainingPlace>,
    /// The folder where the run's pictures are now.
    #[serde(with = "exact_path::maybe")]
    pub pictures: Option<PathBuf>,
    /// The list of excluded pictures from now on.
    #[serde(with = "exact_path::maybe")]
    pub exclude: Option<PathBuf>,
    /// Resume even with pictures that the run was not trained on.
    pub other_pictures: bool,
    /// How training pictures are used from now on, by their digests or at least the first 16 digits of them.
    pub usage: Vec<(String, Usage)>,
}
