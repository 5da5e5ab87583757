//! Finished pictures as bytes: what leaves the tensors and what the window shows.

mod frame;
mod grid;
mod origin;

pub use frame::{Frame, FrameError};
pub use grid::{GRID_GAP, GridLayout, tile, tile_in};
pub use origin::{RECIPE_CHUNK, is_ours, program};
