//! What a GAN spends its time on, for GPUs: equal algorithms for convolutions, which of them a device uses, and
//! normalisation.

mod choice;
mod conv;
mod normalise;

pub use choice::choose;
pub(crate) use choice::{ConvTimes, chosen, measure};
pub(super) use conv::in_parts;
pub use conv::{GpuConvAlgorithm, GpuConvAlgorithms, conv, conv_transpose};
pub(super) use normalise::GpuOps;
