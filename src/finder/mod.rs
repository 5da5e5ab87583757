//! Finds cats' heads in photos, and the eyes in each head.

mod face;

pub use face::{Face, HeadBox, PixelPoint};
