//! How fast a recipe trains on a device.

use serde::{Deserialize, Serialize};

/// What a few steps of a recipe took.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepSpeed {
    /// Seconds of a step (one update of the generator, with its share of what is done every few steps).
    pub step: f64,
    /// Seconds from building the networks to the end of the first step: on a GPU its shaders are compiled meanwhile.
    pub first_step: f64,
}
