//! A decoded picture, and what all decoders share: limits, and transparency.

use crate::data::budget::Share;
use crate::data::flags::PictureFlags;
use crate::data::upright::Upright;
use image::metadata::Orientation;
use image::{RgbImage, RgbaImage};

/// Larger pictures are refused by their header, before anything is allocated. The largest that phones take have 200
/// megapixels.
pub(super) const MAX_PIXELS: u64 = 210_000_000;
/// Longest side, the same as JPEG's own. Resampling keeps weights for every pixel along a side.
const MAX_SIDE: u32 = 65_535;
/// Why a file that was cut off is refused.
pub(super) const ENDS_EARLY: &str = "damaged: the file ends too early, as after a broken download or copy";

/// A picture as stored, before it is turned upright.
pub(in crate::data) struct Decoded<'a> {
    pub image: RgbImage,
    /// How to turn it. Left to the end, when the picture is small and turning is cheap.
    pub orientation: Orientation,
    pub flags: PictureFlags,
    /// Memory set aside, also for what is done with the picture next. Given back with it.
    pub _share: Share<'a>,
}

impl Decoded<'_> {
    /// Its size as stored, and how it is turned upright.
    pub(in crate::data) fn upright(&self) -> Upright {
        Upright { stored: self.image.dimensions(), orientation: self.orientation }
    }
}

/// Refuses a picture by the size that its header claims.
pub(super) fn check_size(width: u64, height: u64, most_pixels: u64) -> Result<(), String> {
    let too_large =
        |limit: String| Err(format!("too large to open safely: {width} x {height} pixels, the limit is {limit}"));
    match width.saturating_mul(height) {
        0 => Err("damaged: it has no pixels".into()),
        pixels if pixels > most_pixels => too_large(format!("{} megapixels", most_pixels / 1_000_000)),
        _ if width.max(height) > u64::from(MAX_SIDE) => too_large(format!("{MAX_SIDE} pixels a side")),
        _ => Ok(()),
    }
}

/// Lays the picture on `background`; also says whether anything was transparent.
///
/// Done before resampling: it is a weighted mean like resampling itself, so the order does not change the result,
/// while resampling first would let the hidden colour of transparent pixels bleed into visible ones.
pub(super) fn flatten(image: RgbaImage, premultiplied: bool, background: [u8; 3]) -> (RgbImage, bool) {
    let (width, height) = image.dimensions();
    let mut transparent = false;
    let mut rgb = Vec::with_capacity(width as usize * height as usize * 3);
    for pixel in image.as_raw().chunks_exact(4) {
        transparent |= pixel[3] != 255;
        rgb.extend_from_slice(&mixed([pixel[0], pixel[1], pixel[2]], pixel[3], premultiplied, background));
    }
    let image = RgbImage::from_raw(width, height, rgb).unwrap_or_else(|| RgbImage::new(width, height));
    (image, transparent)
}

/// A pixel on the background. A premultiplied one is as dark already as its opacity makes it.
pub(super) fn mixed(pixel: [u8; 3], alpha: u8, premultiplied: bool, background: [u8; 3]) -> [u8; 3] {
    if alpha == 255 {
        return pixel;
    }
    let own = u32::from(if premultiplied { 255 } else { alpha });
    std::array::from_fn(|i| {
        let sum = u32::from(pixel[i]) * own + u32::from(background[i]) * (255 - u32::from(alpha));
        ((sum + 127) / 255).min(255) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transparency_shows_the_background_in_proportion() {
        let image = RgbaImage::from_raw(3, 1, vec![255, 0, 10, 255, 255, 0, 10, 0, 200, 100, 0, 128]).unwrap();
        let (flat, transparent) = flatten(image, false, [0, 50, 100]);
        assert!(transparent);
        assert_eq!(flat.as_raw()[..6], [255, 0, 10, 0, 50, 100]);
        // 128/255 of the colour and 127/255 of the background.
        assert_eq!(flat.as_raw()[6..], [100, 75, 50]);
    }

    /// The rule for photos of 200 megapixels, whatever their format.
    #[test]
    fn sizes_of_phones_are_used_and_larger_ones_refused() {
        for (width, height) in [(16_320, 12_240), (12_000, 9_000), (8_064, 6_048)] {
            assert!(check_size(width, height, MAX_PIXELS).is_ok());
        }
        assert!(check_size(20_000, 15_000, MAX_PIXELS).unwrap_err().contains("210 megapixels"));
    }
}
