//! A photo in the editor: where its faces are, by hand.

mod editor;
mod geometry;
mod preview;

pub(crate) use editor::{Grip, PhotoEditor, Turn};
pub(crate) use geometry::Geometry;
pub(crate) use preview::preview;
