//! What can go wrong while measuring.

use crate::compute::DeviceError;
use crate::interrupt::Cancelled;

/// Why there are no numbers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricError {
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// Fewer pictures, vectors or patches than the measure needs.
    #[error("{found} {what} are too few to measure; {needed} are needed")]
    TooFew {
        /// Of what there are too few, in the plural.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Two sets of different side.
    #[error("pictures of {found} px cannot be compared with pictures of {expected} px")]
    Sides {
        /// Side of one set, in pixels.
        found: usize,
        /// Side of the other set.
        expected: usize,
    },
    /// A side that cannot be halved down to 16.
    #[error("pictures of {side} px cannot be compared: the side must be 16, 32, 64 or another power of two")]
    Side {
        /// In pixels.
        side: usize,
    },
    /// NaN or infinite numbers.
    #[error("{what} are NaN or infinite, so nothing can be measured with them")]
    NotFinite {
        /// Which numbers, in the plural.
        what: &'static str,
    },
    /// The device failed.
    #[error("{0}")]
    Device(#[from] DeviceError),
    /// The feature network cannot be read. Never in a sound build.
    #[error("the feature network is damaged: {0}")]
    Network(String),
}

impl From<Cancelled> for MetricError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
