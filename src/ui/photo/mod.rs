//! A photo in the editor: where its faces are, by hand.

mod editor;
mod geometry;
mod held;
mod preview;

pub(crate) use editor::{Grip, PhotoEditor, Turn};
pub(crate) use held::{Handle, Held, Part};
pub(crate) use preview::preview;
