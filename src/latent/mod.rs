//! Points in latent space, paths between them, and the pictures they stand for.

mod components;
mod copula;
mod directions;
mod interpolate;
mod map;
mod path;
mod plane;
mod render;
mod sample;

pub(crate) use components::principal_components;
pub use components::sefa;
pub use directions::{Direction, DirectionError, DirectionSet};
pub(crate) use directions::{by_example, shift};
pub(crate) use interpolate::{arithmetic, blend, distance_weights};
pub use interpolate::{interpolate, mutate, truncate};
pub(crate) use map::{map_grid, map_latents, map_sheet};
pub(crate) use path::KeyPath;
pub use path::{Easing, walk};
pub use plane::LatentPlane;
pub(crate) use render::render;
pub use sample::{LatentSource, Stream};
