//! What a search is told, and what it answers.

use super::likeness::Likeness;
use crate::compute::DeviceError;
use crate::interrupt::Cancelled;
use crate::pixels::Frame;

/// How long to search, and what to compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Latents improved together by Adam.
    pub restarts: usize,
    /// Adam's steps.
    pub steps: usize,
    /// Rounds of refinement after them.
    pub rounds: usize,
    /// Of all random latents.
    pub seed: u64,
    /// Compare what a network for photos sees, not only pixels.
    pub features: bool,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self { restarts: 12, steps: 60, rounds: 6, seed: 1, features: true }
    }
}

/// Why there is no latent.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The picture has another size than the generator's pictures.
    #[error("the picture is {width} x {height} pixels, this generator needs {side} x {side}")]
    Size {
        /// Of the picture, in pixels.
        width: u32,
        /// Of the picture, in pixels.
        height: u32,
        /// Of the generator's pictures, in pixels.
        side: usize,
    },
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl From<Cancelled> for ProjectError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The best latent so far.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLatent {
    /// The latent: one number for each of the generator's components.
    pub z: Vec<f32>,
    /// Its picture.
    pub frame: Frame,
    /// How like the picture that was asked for it is.
    pub likeness: Likeness,
    /// Steps of Adam and rounds of refinement that it took.
    pub steps: usize,
}
