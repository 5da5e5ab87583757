//! Films of a trained generator, and of how a training went.

mod path;
mod request;
mod timelapse;
mod write;

pub use path::interpolate;
pub(crate) use path::{film_path, film_walk, walk_path};
pub use request::{Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TimelapseRequest};
pub(crate) use request::{FPS, TIMELAPSE_SECONDS, WALK_STRIDE, WalkRequest};
pub(crate) use timelapse::film_training;
pub use timelapse::timelapse;
