//! Finished pictures as bytes: what leaves the tensors and what the window shows.

mod frame;
mod grid;
mod origin;

pub use frame::{Frame, FrameError};
pub(crate) use grid::tile_in;
pub use grid::{GridLayout, tile};
pub use origin::program;
pub(crate) use origin::{RECIPE_CHUNK, is_ours};
