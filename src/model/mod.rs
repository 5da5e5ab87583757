//! The generator and the discriminator.
//!
//! A network is a description ([`Generator`], [`Discriminator`]) without numbers; its numbers are [`Weights`], plain
//! flat tensors in the order of the [`Layout`]. The same description runs with the newest weights, the EMA weights or
//! tracked copies for gradients, and a checkpoint is a list of named tensors.
//!
//! Both networks do three things: they train, they judge or generate with frozen weights while something else trains,
//! and they are evaluated. (Before the EMA generator is evaluated, its normalisation is calibrated.) `layer` says what
//! a layer is, `builder` how a network is built, `stack` how it runs; `grow` makes a larger pair of a
//! smaller one, `blend` one model of two.

mod blend;
mod builder;
mod describe;
mod discriminator;
mod ema;
mod generator;
mod grow;
mod init;
mod layer;
mod layout;
mod networks;
mod plausible;
mod saved;
mod spectral;
mod stack;
mod style;
mod sub_pixel;
mod tangent;

pub(crate) use blend::{BlendError, blend_discriminators, blend_generators, correlation, related};
pub(crate) use describe::{ConvTransposeInfo, GateInfo, LayerInfo};
pub use discriminator::Discriminator;
pub(crate) use ema::{ema_beta, update_ema};
pub(crate) use generator::Generator;
pub(crate) use grow::grown;
pub(crate) use init::Init;
pub(crate) use layer::{BATCH_NORM_EPSILON, Moved};
pub use layout::Weights;
pub(crate) use layout::{Layout, StatShape};
pub use networks::{SavedDiscriminator, SavedNetworks};
pub use plausible::ImplausibleError;
pub(crate) use plausible::check_values;
pub use saved::{NamedTensor, SavedGenerator, SavedGeneratorError};
