//! How good are generated pictures? Distances between two sets of pictures, each with what real pictures reach.
//!
//! Everything works on the host, on sets of equal number and size ([`PictureSet`]), on all cores, and gives the same
//! numbers for the same seed. `quality` joins the parts: [`Reference`] prepares the real pictures once,
//! [`Reference::evaluate`] compares generated ones with them.
//!
//! What each number sees: `swd` looks at texture and shape at several scales but not at colours, `colour` at nothing but
//! colours, `kernel` (KID) and `neighbours` at what a small network knows about cats, `diversity` at whether all pictures
//! are the same, and the memorisation ratio at whether they are copies. With weights that a user has, `inception` and
//! `frechet` give the numbers of the literature.

mod colour;
mod diversity;
mod features;
mod frechet;
mod inception;
mod kernel;
mod neighbours;
mod overfitting;
mod pictures;
mod products;
mod quality;
mod small;
mod swd;
mod training;
mod watch;

pub use colour::{Histogram, colour_distance};
pub use diversity::median_distance;
pub use features::{FEATURES, FeatureNetwork, RELATIVE_ONLY};
pub use frechet::{Moments, frechet};
pub use inception::{INCEPTION_FEATURES, Inception};
pub use kernel::{KID_SUBSET, Kid, kid, kid_of_subsets};
pub use neighbours::{Manifold, nearest, neighbours, radii};
pub use overfitting::{SignMean, sign_mean};
pub use pictures::PictureSet;
pub use products::Vectors;
pub use quality::{FEWEST, Floor, Measures, MetricSettings, Quality, Reference, evaluate};
pub use small::{SMALL, mirrored, shrink};
pub use swd::{Swd, sliced, swd};
pub use training::{MOST_TRAINING, TrainingSet};
pub use watch::{MetricError, Watch};
