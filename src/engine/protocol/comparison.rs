//! Several runs side by side.

use super::in_messages::picture;
use crate::files::exact_path;
use crate::pixels::Frame;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// What runs have in common and what not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunComparison {
    /// In the order in which they were named.
    pub runs: Vec<ComparedRun>,
    /// Settings and facts in which they differ.
    pub differences: Vec<Difference>,
    /// Why the sheets do not show the same latents; empty where they do.
    pub other_latents: String,
}

/// One of the runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedRun {
    /// Its folder.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// What the person calls it, or the name of its folder.
    pub name: String,
    /// Steps by the newest reading.
    pub step: u64,
    /// Step, loss of the generator, loss of the discriminator; means over equally many steps.
    pub losses: Vec<(u64, f32, f32)>,
    /// Step, KID times 1,000, by the newest feature network alone.
    pub kids: Vec<(u64, f64)>,
    /// The step of the pictures; 0 where there are none.
    pub sheet_step: u64,
    /// How many pictures it holds.
    pub count: u32,
    /// Their side in pixels.
    pub side: u32,
    /// The newest sample grid, or what the newest generator draws from the latents that all runs share here.
    #[serde(with = "picture")]
    pub sheet: Option<Arc<Frame>>,
}

/// A setting or a fact with a value for each run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// As the window calls it.
    pub label: String,
    /// In the order of the runs.
    pub values: Vec<String>,
}
