//! What is found in a photo.
//!
//! All coordinates count pixels of the upright picture: x to the right, y down, 0 is the left or top edge of the first
//! pixel, so that the middle of that pixel is 0.5.

use serde::{Deserialize, Serialize};

/// A position in a picture, in pixels. A file has it as `[x, y]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct PixelPoint {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

impl From<[f64; 2]> for PixelPoint {
    fn from([x, y]: [f64; 2]) -> Self {
        Self { x, y }
    }
}

impl From<PixelPoint> for [f64; 2] {
    fn from(point: PixelPoint) -> Self {
        [point.x, point.y]
    }
}

/// The box around a head: ears, cheeks and chin, not the neck.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeadBox {
    /// Left edge.
    pub x0: f64,
    /// Top edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Bottom edge.
    pub y1: f64,
}

/// A cat's face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// The whole head.
    pub head: HeadBox,
    /// How sure the finder is, from 0 to 1.
    pub score: f32,
    /// The left and the right eye as seen in the picture; none where they are not sure.
    pub eyes: Option<[PixelPoint; 2]>,
}
