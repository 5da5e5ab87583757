//! Why there is no sharpening network.

use crate::compute::DeviceError;
use crate::interrupt::Cancelled;

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SharpenError {
    /// The device failed.
    #[error("{0}")]
    Device(#[from] DeviceError),
    /// NaN or infinity.
    #[error("training the sharpening network diverged at step {0}; try again with another --seed")]
    Diverged(u64),
    /// Somebody cancelled it.
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for SharpenError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}
