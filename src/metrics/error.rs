//! What can go wrong while measuring.

use crate::compute::DeviceError;
use crate::interrupt::Cancelled;

/// Why there are no numbers.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MetricError {
    #[error("cancelled")]
    Cancelled,
    #[error("{found} {what} are too few to be measured; {needed} are needed")]
    TooFew { what: &'static str, found: usize, needed: usize },
    #[error("pictures of {found} px cannot be compared with pictures of {expected} px")]
    Sides { found: usize, expected: usize },
    #[error("pictures of {side} px cannot be compared: the side must be 16, 32, 64 or a further double")]
    Side { side: usize },
    #[error("{what} that are not finite: nothing can be measured with them")]
    NotFinite { what: &'static str },
    #[error("{0}")]
    Device(#[from] DeviceError),
    /// Never in a sound build.
    #[error("the network for the features is damaged: {0}")]
    Network(String),
}

impl From<Cancelled> for MetricError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
