//! What a GAN spends its time on, for GPUs, in kernels of our own: convolutions (and equal ones made of the library's
//! operations, and which of the two a device uses), normalisation, pictures, their augmentation, and the optimiser.

mod augment;
mod bias;
mod build;
mod choice;
mod conv;
mod layout;
mod normalise;
mod optimiser;
mod pictures;
mod rows;
mod submissions;
mod tiles;

pub(crate) use augment::{PictureChanges, augment};
pub(super) use bias::BiasOps;
pub use choice::choose;
pub(crate) use choice::{ConvTimes, chosen, chosen_in, measure};
pub use conv::{GpuConvAlgorithm, GpuConvAlgorithms, conv, conv_transpose};
pub(super) use normalise::NormaliseOps;
pub(super) use optimiser::{adam, blend, faults};
pub(crate) use pictures::pictures;
#[cfg(test)]
pub(crate) use submissions::FLOP_AT_ONCE;
