//! What a measurement is asked for, and what it reports.

use crate::metrics::Quality;
use serde::Serialize;
use std::path::PathBuf;

/// What to measure, and with what.
#[derive(Debug, Clone)]
pub struct EvaluateRequest {
    /// As for [`load_generator`]; or a folder of pictures.
    pub source: PathBuf,
    /// Real pictures, at best some that the generator was not trained on; none takes those that the run held back.
    pub folder: Option<PathBuf>,
    /// How many on each side; none takes what there is, up to 2,000.
    pub count: Option<u32>,
    pub seed: u64,
    /// The newest weights of a run instead of the averaged ones.
    pub raw: bool,
    /// The pictures of the training, to find copies, also where the run's own folder is gone; none takes those of the run,
    /// where they are still there. What the run held back does not count.
    pub training: Option<PathBuf>,
    /// Side at which a folder of pictures is measured; a generator has its own.
    pub size: Option<u32>,
    /// Inception weights, to measure FID and KID as the literature does.
    pub inception: Option<PathBuf>,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluateReport {
    pub source: String,
    pub folder: String,
    /// Tells generators apart; none for a folder of pictures.
    pub model: Option<String>,
    /// Training steps behind the generator.
    pub step: Option<u64>,
    #[serde(flatten)]
    pub quality: Quality,
    /// What to know about the numbers from features.
    pub features: &'static str,
    /// FID and KID, if weights were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inception: Option<InceptionReport>,
    /// All of it, and what the measuring itself took.
    pub seconds: f64,
    pub measuring_seconds: f64,
}

/// What Inception thinks of two sets of pictures.
#[derive(Debug, Clone, Serialize)]
pub struct InceptionReport {
    /// The weights.
    pub file: String,
    /// Whether that is the published file, to the bit.
    pub published: bool,
    /// Generated and real pictures, as many of each.
    pub pictures: usize,
    /// Fréchet Inception distance; 0 is best.
    pub fid: f64,
    /// Kernel Inception distance times 1,000: mean of 100 subsets of 1,000 pictures, or one of all where there are no
    /// more than that; 0 is best.
    pub kid: f64,
    /// Standard deviation of the subsets, or standard error of the one number.
    pub kid_error: f64,
    /// Whether there were subsets.
    pub kid_subsets: bool,
    /// The same for real pictures against real pictures: nothing can be better. They are those of the other measures'
    /// floor; where these are halves, FID comes out larger.
    pub floor_fid: f64,
    pub floor_kid: f64,
    /// What to know about the numbers.
    pub advice: Vec<&'static str>,
    pub seconds: f64,
}
