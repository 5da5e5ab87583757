//! What is remembered of a photo and of its squares, besides the pixels.

use super::flags::PictureFlags;
use super::health::{Capture, Health};
use super::square::{Placement, Square};
use crate::finder::{HeadBox, PixelPoint};
use serde::{Deserialize, Serialize};

/// What is known about a photo as a whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PhotoFacts {
    /// See [`super::PhotoFile::content`].
    pub content: String,
    /// Width and height, upright.
    pub size: (u32, u32),
    /// The EXIF number of its orientation.
    pub orientation: u8,
    pub capture: Option<Capture>,
    /// Names the faces that a person marked, see [`super::photo::marks_id`].
    pub marks: Option<String>,
}

/// What is known about a square.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SquareFacts {
    /// In pixels of the upright photo.
    pub square: Square,
    pub eyes: Option<[PixelPoint; 2]>,
    pub head: Option<HeadBox>,
    pub score: Option<f32>,
    pub placement: Placement,
    pub flags: PictureFlags,
    pub health: Health,
}
