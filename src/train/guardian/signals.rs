//! What the guardian is told of a run besides its losses.

use crate::config::Tunables;
use crate::metrics::SignMean;

/// Measures of pictures, as far as they are known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Signals {
    /// Median distance between two samples, divided by the same between two training pictures. Near 1 where samples
    /// are as different from each other as the pictures that they learn from, 0 where all are the same.
    pub diversity: Option<f64>,
    /// Mean sign of the discriminator's margin on training pictures (`loss::margin`; r_t of Karras 2020, ADA): 1 where
    /// it takes each for real.
    pub r_train: Option<SignMean>,
    /// The same over held-out pictures.
    pub r_held: Option<SignMean>,
    /// Median distance from a sample to the nearest training picture, divided by the same from other real pictures.
    /// Near 1 where nothing is copied.
    pub memorisation: Option<f64>,
}

/// What the suggestions have to know of the run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Situation<'a> {
    pub tunables: &'a Tunables,
    /// Steps of the checkpoints on disk, oldest first.
    pub checkpoints: &'a [u64],
    /// What the learning rates are multiplied with after a rollback.
    pub lower: f64,
    /// Of the pictures, in pixels.
    pub side: u32,
}
