//! What a GAN spends its time on, for GPUs: equal algorithms for convolutions, which of them a device uses,
//! normalisation, and kernels of our own for pictures and their augmentation.

mod augment;
mod choice;
mod conv;
mod layout;
mod normalise;
mod pictures;

pub(crate) use augment::{PictureChanges, augment};
pub use choice::choose;
pub(crate) use choice::{ConvTimes, chosen, measure};
pub(super) use conv::in_parts;
pub use conv::{GpuConvAlgorithm, GpuConvAlgorithms, conv, conv_transpose};
pub(super) use normalise::GpuOps;
pub(crate) use pictures::pictures;
