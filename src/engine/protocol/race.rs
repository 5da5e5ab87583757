//! Two recipes side by side, in turns.

use super::queue::QueuedTraining;
use serde::{Deserialize, Serialize};

/// One of the two runs of a race.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// The first.
    #[default]
    A,
    /// The second.
    B,
}

impl Lane {
    /// The other one.
    pub fn other(self) -> Self {
        if self == Self::A { Self::B } else { Self::A }
    }

    /// As people read it.
    pub fn name(self) -> &'static str {
        if self == Self::A { "A" } else { "B" }
    }
}

/// A race: two trainings on the same pictures, which take turns on one device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Race {
    /// New runs, or ones that are resumed.
    pub lanes: [QueuedTraining; 2],
    /// Seconds of training after which each ends; 0 leaves that to their own limits.
    pub seconds: f64,
}
