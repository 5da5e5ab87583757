//! What a GAN spends its time on, for GPUs: convolutions of our own and equal ones of the library's operations, which of
//! them a device uses, normalisation, and kernels for pictures and their augmentation.

mod augment;
mod bias;
mod choice;
mod conv;
mod layout;
mod normalise;
mod pictures;
mod rows;
mod tiles;

pub(crate) use augment::{PictureChanges, augment};
pub(super) use bias::BiasOps;
pub use choice::choose;
pub(crate) use choice::{ConvTimes, chosen, measure};
pub(crate) use conv::KERNEL;
pub(super) use conv::in_parts;
pub use conv::{GpuConvAlgorithm, GpuConvAlgorithms, conv, conv_transpose};
pub(super) use normalise::NormaliseOps;
pub(crate) use pictures::pictures;
