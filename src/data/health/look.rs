//! What a picture looks like at 16 x 16 pixels: enough to tell two shots of one moment from two moments.

use super::measure::{luma, resized};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Side of the grey version.
pub(super) const GREY_SIDE: usize = 16;
/// Side of the colour version.
const COLOUR_SIDE: usize = 4;
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

    /// Red, green and blue, 0 to 255.
    pub(super) fn mean_colour(&self) -> [f32; 3] {
        let places = (COLOUR_SIDE * COLOUR_SIDE) as f32;
        let sum = |channel: usize| self.colour.iter().skip(channel).step_by(3).map(|c| f32::from(*c)).sum::<f32>();
        [0, 1, 2].map(|channel| sum(channel) / places)
    }

    /// Root of the mean squared difference of colours, after the mean brightness of both is made equal.
    pub(super) fn colours_apart(&self, other: &Self) -> f32 {
        let mean = |look: &Self| look.colour.iter().map(|c| f32::from(*c)).sum::<f32>() / COLOURS as f32;
        let gain = mean(self).max(1.0) / mean(other).max(1.0);
        let pairs = self.colour.iter().zip(&other.colour);
        let squares = pairs.map(|(a, b)| (f32::from(*a) - gain * f32::from(*b)).powi(2));
        (squares.sum::<f32>() / COLOURS as f32).sqrt()
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
