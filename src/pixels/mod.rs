//! Finished pictures as bytes: what leaves the tensors and what the window shows.

mod frame;
mod grid;
mod message;
mod origin;

pub(crate) use frame::jpeg_size;
pub use frame::{Frame, FrameError};
pub use grid::{GridLayout, tile};
pub(crate) use grid::{SHEET_BACKGROUND, tile_in};
pub use origin::program;
pub(crate) use origin::{RECIPE_CHUNK, is_ours};
