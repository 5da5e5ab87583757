//! The generator and the discriminator.
//!
//! A network is a description ([`Generator`], [`Discriminator`]) without numbers; its numbers are [`Weights`], plain
//! flat tensors in the order of the [`Layout`]. The same description so runs with the newest weights, the averaged
//! ones, or tracked copies for gradients, and a checkpoint is a list of named tensors.

mod describe;
mod discriminator;
mod ema;
mod generator;
mod init;
mod layout;
mod plausible;
mod saved;
mod spectral;
mod stack;
mod style;
mod sub_pixel;
mod tangent;

pub use describe::{ConvTransposeInfo, GateInfo, LayerInfo};
pub use discriminator::Discriminator;
pub(crate) use ema::{ema_beta, update_ema};
pub use generator::Generator;
pub use layout::{Init, Layout, ParamShape, StatShape, Weights};
pub use plausible::ImplausibleError;
pub(crate) use plausible::check_values;
pub use saved::{NamedTensor, SavedGenerator, SavedGeneratorError};
pub(crate) use stack::BATCH_NORM_EPSILON;
pub use stack::Mode;
