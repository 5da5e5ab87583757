//! What is measured, and how.

use serde::{Deserialize, Serialize};

/// How to measure. The published settings are the default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MetricSettings {
    /// Of the choice of pictures, patches and directions.
    pub seed: u64,
    /// Patches of each picture and level for the sliced Wasserstein distance.
    pub patches: usize,
    /// Directions for the same.
    pub directions: usize,
    /// k: the neighbourhood of a picture reaches to its k-th nearest other one.
    pub neighbours: usize,
}

impl Default for MetricSettings {
    fn default() -> Self {
        Self { seed: 1, patches: 128, directions: 512, neighbours: 5 }
    }
}

/// One set of pictures compared with another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// Sliced Wasserstein distance times 1,000, mean over the levels; 0 is best.
    pub swd: f64,
    /// Side and distance of each level, the finest first.
    pub swd_levels: Vec<(usize, f64)>,
    /// Wasserstein distance of the colour histograms in grey levels; 0 is best.
    pub colour: f64,
    /// Kernel Inception distance times 1,000 in the program's own features; 0 is best. Relative only.
    pub kid: f64,
    /// Its standard error.
    pub kid_error: f64,
    /// In how many real neighbourhoods a generated picture lies, divided by k, in the same features; relative only.
    /// About 1 between two sets of cats.
    pub density: f64,
    /// Share of real pictures whose neighbourhood holds a generated one; about 0.97 between two sets of cats.
    pub coverage: f64,
    /// Share of generated pictures within the neighbourhood of a real one; about 0.97 between two sets of cats.
    pub precision: f64,
    /// Share of real pictures within the neighbourhood of a generated one; about 0.97 between two sets of cats.
    pub recall: f64,
    /// How different the pictures are from each other, as a share of what the others have; 1 is right, 0 all the same.
    pub diversity: f64,
}

/// What the floor was measured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Floor {
    /// One half of the real pictures against the other. With half of the pictures, distances come out larger.
    Halves,
    /// As many training pictures against all real pictures.
    Training,
}

/// How good generated pictures are. What could not be measured is missing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Generated and real pictures, as many of each.
    pub pictures: usize,
    /// Side of the pictures in pixels.
    pub side: usize,
    /// Which of the program's own feature networks measured: KID, density, coverage, precision and recall of different
    /// ones must not be compared. See [`NETWORK`](super::NETWORK); older files do not say, and used the first.
    #[serde(default = "first_network")]
    pub network: u32,
    /// Generated pictures compared with real ones.
    #[serde(flatten)]
    pub measures: Measures,
    /// The same for real pictures against real pictures: no generator can be better than that.
    pub floor: Measures,
    /// What the floor was measured with.
    pub floor_from: Floor,
    /// Pictures on each side that the floor was measured with.
    pub floor_pictures: usize,
    /// Median distance of a generated picture to the nearest training picture (also in the mirror), divided by that of
    /// another real picture: of those that are not among the training pictures or, where too few of them are known, of
    /// each training picture to the others. Far below 1: the training pictures are copied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memorisation: Option<f64>,
    /// The mean sign of the discriminator's logits for training pictures, from -1 to 1. During a training it is
    /// measured with the newest weights and the statistics of a batch; by `evaluate`, with the running statistics and
    /// beside the generator that is evaluated. Compare each with its own kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_train: Option<f64>,
    /// The same for the real pictures that the generated ones are compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_held: Option<f64>,
    /// What else to know about the numbers.
    pub notes: Vec<String>,
}

/// What a measurement was made with that does not name its feature network.
pub(crate) fn first_network() -> u32 {
    1
}
