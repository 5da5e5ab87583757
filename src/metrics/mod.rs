//! How good are generated pictures? Distances between two sets of pictures, each with what real pictures reach.
//!
//! Everything works on the host, on sets of equal number and size ([`PictureSet`]), on all cores, and gives the same
//! numbers for the same seed. `quality` joins the parts: [`QualityReference`] prepares the real pictures once,
//! [`QualityReference::evaluate`] compares generated ones with them.
//!
//! What each number sees: `swd` looks at texture and shape at several scales but not at colours, `colour` at nothing
//! but colours, `kernel` (KID) and `neighbours` at what a small network sees in photos, `diversity` at whether all
//! pictures are the same, and the memorisation ratio at whether they are copies. With weights that the user provides,
//! `inception` and `frechet` give the numbers of the literature.

mod colour;
mod diversity;
mod error;
mod features;
mod frechet;
mod inception;
mod kernel;
mod measures;
mod neighbours;
mod originality;
mod overfitting;
mod pictures;
mod products;
mod pyramid;
mod quality;
mod small;
mod swd;
mod training;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod tests;

pub use error::MetricError;
pub(crate) use features::FeatureNetwork;
pub use features::{NETWORK, RELATIVE_ONLY};
pub(crate) use frechet::{Moments, frechet};
pub(crate) use inception::Inception;
pub(crate) use kernel::{KID_SUBSET, kid_of_subsets};
pub use kernel::{Kid, kid};
pub(crate) use measures::first_network;
pub use measures::{Floor, Measures, MetricSettings, Quality};
pub use originality::Originality;
pub(crate) use originality::{judge, usual_distance};
pub(crate) use overfitting::{SignMean, sign_mean};
pub use pictures::PictureSet;
pub use products::Vectors;
pub use quality::evaluate;
pub(crate) use quality::{FEWEST, QualityReference};
pub(crate) use small::{SMALL, mirrored, shrink};
pub use swd::{Swd, swd};
pub(crate) use training::{MOST_TRAINING, TrainingSet};
