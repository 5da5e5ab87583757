//! Finds cats' faces in photos: their heads, and the eyes in them.

mod face;

pub use face::{Face, HeadBox, Point};
