//! Finished pictures as bytes: what leaves the tensors and what the window shows.

mod frame;
mod grid;

pub use frame::{Frame, FrameError};
pub use grid::{GRID_GAP, GridLayout, tile, tile_in};
