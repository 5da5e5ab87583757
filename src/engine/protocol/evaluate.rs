//! What a measurement is asked for, and what it reports.

use crate::config::Value;
use crate::metrics::Quality;
use serde::Serialize;
use std::path::PathBuf;

/// What to measure, and with what.
#[derive(Debug, Clone)]
pub struct EvaluateRequest {
    /// A run, checkpoint or model file, as for [`crate::engine::load_generator`]; or a folder of pictures.
    pub source: PathBuf,
    /// Real pictures, at best some that the generator was not trained on; none takes the run's held-out pictures.
    pub folder: Option<PathBuf>,
    /// Pictures on each side; none takes what there is, up to 2,000.
    pub count: Option<u32>,
    /// Seed of the generated pictures and of the choice of real ones.
    pub seed: u64,
    /// The newest weights of a run instead of the EMA weights.
    pub raw: bool,
    /// The training pictures, to find copies, also where the run's own folder is gone; none takes those of the run,
    /// where they are still there. Held-out pictures do not count.
    pub training: Option<PathBuf>,
    /// Side in pixels at which a folder of pictures is measured; a generator has its own.
    pub size: Option<u32>,
    /// Settings of the pictures by their keys in [`DATA`](crate::config::DATA), for `folder` alone; the others are the
    /// run's, or the usual ones.
    pub data: Vec<(&'static str, Value)>,
    /// List of pictures in `folder` to leave out.
    pub exclude: Option<PathBuf>,
    /// File of Inception weights, to measure FID and KID as the literature does.
    pub inception: Option<PathBuf>,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluateReport {
    /// The generator or folder that was measured, as it was named in the request.
    pub source: String,
    /// The real pictures in words.
    pub folder: String,
    /// Hash of the generator's weights; none for a folder of pictures.
    pub model: Option<String>,
    /// Training steps behind the generator.
    pub step: Option<u64>,
    /// The measures.
    #[serde(flatten)]
    pub quality: Quality,
    /// What to know about the numbers from features.
    pub features: &'static str,
    /// FID and KID, if weights were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inception: Option<InceptionReport>,
    /// Time for everything, preparing and generating pictures included.
    pub seconds: f64,
    /// Time for the measures alone.
    pub measuring_seconds: f64,
}

/// FID and KID of two sets of pictures.
#[derive(Debug, Clone, Serialize)]
pub struct InceptionReport {
    /// The file of weights.
    pub file: String,
    /// Whether that is the published file, to the bit.
    pub published: bool,
    /// Number of generated and of real pictures.
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
    /// FID of real pictures against real pictures: nothing can be better. They are those of the other measures' floor;
    /// where these are halves, FID comes out larger.
    pub floor_fid: f64,
    /// KID of the same pictures, times 1,000.
    pub floor_kid: f64,
    /// What to know about the numbers.
    pub advice: Vec<&'static str>,
    /// Time for both.
    pub seconds: f64,
}
