//! Points of latent space and the pictures they stand for.

mod render;
mod sample;

pub use render::render;
pub use sample::{LatentSource, Stream};
