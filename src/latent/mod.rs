//! Points of latent space, ways between them, and the pictures they stand for.

mod components;
mod copula;
mod directions;
mod interpolate;
mod path;
mod plane;
mod render;
mod sample;

pub use components::{principal_components, sefa};
pub use directions::{Direction, DirectionError, DirectionSet, by_example, shift};
pub use interpolate::{arithmetic, blend, distance_weights, interpolate, lerp, mutate, slerp, truncate};
pub use path::{Easing, KeyPath, circle, walk};
pub use plane::Plane;
pub use render::render;
pub use sample::{LatentSource, Stream};
