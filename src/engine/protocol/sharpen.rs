//! What is asked of, and said about, the network that sharpens a run's pictures.

use crate::config::{DeviceChoice, DeviceInfo};
use crate::data::SkippedFile;
use serde::Serialize;
use std::path::PathBuf;

pub use crate::sharpen::{SharpenLimit, SharpenMeasures};

/// Which run to train the network for, and how long.
#[derive(Debug, Clone)]
pub struct SharpenRequest {
    /// Folder of the run; its own training may go on meanwhile.
    pub run: PathBuf,
    /// When the training ends.
    pub limit: SharpenLimit,
    /// Seed of the first weights and of the batches.
    pub seed: u64,
    /// Where the network is trained.
    pub device: DeviceChoice,
}

/// What was trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharpenReport {
    /// The file in the run folder.
    pub file: PathBuf,
    /// Side of the run's pictures in pixels.
    pub from: u32,
    /// Side of the pictures that the network makes of them; beyond, up to 512 px, details are not added.
    pub to: u32,
    /// Pictures that it was trained on.
    pub pictures: u32,
    /// How many of them have all the pixels of the result in their photos; the others have at least half a side.
    pub full: u32,
    /// Photos that could no longer be used, with the reason.
    pub skipped: Vec<SkippedFile>,
    /// Steps of the training.
    pub steps: u64,
    /// Parameters of the network.
    pub parameters: usize,
    /// What it reaches on held-out pictures.
    pub measures: Option<SharpenMeasures>,
    /// Whether it is better than enlarging without it, so that the window uses it unless it is turned off.
    pub better: bool,
    /// Tells networks apart.
    pub network: String,
    /// Where it was trained.
    pub device: DeviceInfo,
    /// Time of the training alone.
    pub training_seconds: f64,
    /// Time for everything.
    pub seconds: f64,
}

/// The sharpening network of a run, as the explorer has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SharpenInfo {
    /// Side of the pictures that it makes, in pixels; beyond, details are not added.
    pub to: u32,
    /// What it reaches on held-out pictures.
    pub measures: Option<SharpenMeasures>,
    /// Whether it is better than enlarging without it.
    pub better: bool,
    /// Pictures are sharpened now.
    pub on: bool,
}
