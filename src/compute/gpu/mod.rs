//! What a GAN spends its time on, for GPUs, in kernels of our own: convolutions (and equal ones made of the library's
//! operations, and which of them a device uses), normalisation, pictures, their augmentation, and the optimiser.

mod algorithms;
mod augment;
mod bias;
mod build;
mod choice;
mod conv;
mod head;
mod layer;
mod layout;
mod loss;
mod normalise;
mod optimiser;
mod pictures;
mod remembered;
mod residual;
mod rows;
mod submissions;
mod tiles;

pub use algorithms::{GpuConvAlgorithm, GpuConvAlgorithms};
pub(crate) use algorithms::{LAYERS, MeasuredLayer, chosen, chosen_in, half_gain};
pub(crate) use augment::{PictureChanges, augment};
pub(super) use bias::BiasOps;
pub use choice::choose;
pub(crate) use choice::{ConvTimes, LayerTimes, measure, pictures as measured_pictures};
pub use conv::conv;
pub(super) use head::head;
pub(super) use layer::layer;
pub(crate) use loss::{discriminator_loss, generator_loss, scaled_loss};
pub(super) use normalise::NormaliseOps;
pub(super) use optimiser::{adam, blend, faults};
pub(crate) use pictures::pictures;
pub(crate) use remembered::{FoundOn, remembered};
pub(crate) use residual::Affine;
pub(super) use residual::residual;
#[cfg(test)]
pub(crate) use submissions::FLOP_AT_ONCE;
pub(crate) use tiles::matrix_units;
