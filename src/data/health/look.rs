//! What a picture looks like at 16 x 16 pixels: enough to tell two shots of one moment from two moments.

use super::measure::{luma, resized};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Side of the grey version.
pub(super) const GREY_SIDE: usize = 16;
/// Side of the colour version.
pub(super) const COLOUR_SIDE: usize = 4;
const GREYS: usize = GREY_SIDE * GREY_SIDE;
const COLOURS: usize = COLOUR_SIDE * COLOUR_SIDE * 3;

/// A small grey version and a smaller colour version of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    /// Brightness, row by row.
    pub grey: [u8; GREYS],
    /// RGB, interleaved, row by row.
    pub colour: [u8; COLOURS],
}

impl Look {
    pub(super) fn of(square: &RgbImage) -> Self {
        let grey = resized(square, GREY_SIDE as u32);
        let colour = resized(square, COLOUR_SIDE as u32);
        let mut look = Self { grey: [0; GREYS], colour: [0; COLOURS] };
        for (out, pixel) in look.grey.iter_mut().zip(grey.pixels()) {
            *out = luma(pixel.0.map(f32::from)).round() as u8;
        }
        look.colour.copy_from_slice(colour.as_raw());
        look
    }
}

/// As base64 text: an array of numbers would be three times as long in the cache.
impl Serialize for Look {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode([&self.grey[..], &self.colour].concat()))
    }
}

impl<'de> Deserialize<'de> for Look {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text).map_err(D::Error::custom)?;
        let (grey, colour) = bytes.split_first_chunk().ok_or_else(|| D::Error::custom("too short"))?;
        Ok(Self { grey: *grey, colour: colour.try_into().map_err(D::Error::custom)? })
    }
}
