//! A picture of any shape becomes a square of the training size.

use crate::config::CropMode;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};

/// What is done to every picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    pub side: u32,
    pub crop: CropMode,
    pub background: [u8; 3],
    /// Use landmark files.
    pub align: bool,
    /// Look for faces.
    pub faces: bool,
}

/// The whole picture, squared by the crop mode and turned upright: RGB, `side * side * 3` bytes.
///
/// # Errors
/// A reason in words; only for shapes that no camera makes.
pub(super) fn square(
    image: &RgbImage,
    orientation: Orientation,
    settings: &Settings,
    resizer: &mut Resizer,
) -> Result<Vec<u8>, String> {
    let (width, height) = image.dimensions();
    let side = settings.side;
    match settings.crop {
        CropMode::Center => {
            let edge = f64::from(width.min(height));
            let (left, top) = ((f64::from(width) - edge) / 2.0, (f64::from(height) - edge) / 2.0);
            let options = lanczos().crop(left, top, edge, edge);
            Ok(turn(resize(image, side, side, options, resizer)?, orientation).into_raw())
        }
        CropMode::Stretch => Ok(turn(resize(image, side, side, lanczos(), resizer)?, orientation).into_raw()),
        CropMode::Pad => {
            let longest = f64::from(width.max(height));
            let fit = |x: u32| ((f64::from(x) * f64::from(side) / longest).round() as u32).clamp(1, side);
            let small = turn(resize(image, fit(width), fit(height), lanczos(), resizer)?, orientation);
            Ok(on_background(&small, side, settings.background))
        }
    }
}

/// A square picture at another size.
///
/// # Errors
/// A reason in words.
pub(super) fn resized(square: &RgbImage, side: u32, resizer: &mut Resizer) -> Result<RgbImage, String> {
    resize(square, side, side, lanczos(), resizer)
}

/// A rectangle of a picture (left, top, width, height) at another size.
///
/// # Errors
/// A reason in words.
pub(super) fn shrunk_region(
    image: &RgbImage,
    [left, top, width, height]: [f64; 4],
    (to_width, to_height): (u32, u32),
    resizer: &mut Resizer,
) -> Result<RgbImage, String> {
    resize(image, to_width, to_height, lanczos().crop(left, top, width, height), resizer)
}

/// The whole picture, upright and at most `longest` pixels a side.
///
/// # Errors
/// A reason in words; only for shapes that no camera makes.
pub(super) fn shrunk(image: &RgbImage, longest: u32, orientation: Orientation) -> Result<RgbImage, String> {
    let (width, height) = image.dimensions();
    let scale = (f64::from(longest.max(1)) / f64::from(width.max(height))).min(1.0);
    let fit = |x: u32| ((f64::from(x) * scale).round() as u32).max(1);
    Ok(turn(resize(image, fit(width), fit(height), lanczos(), &mut Resizer::new())?, orientation))
}

/// Whether all pixels (RGB) have about one colour: nothing can be learned from it. Tolerates what JPEG and scanners
/// leave; a photo spans more, of fog too.
pub(super) fn is_blank(rgb: &[u8]) -> bool {
    const RANGE: u8 = 8;
    let Some(first) = rgb.first_chunk::<3>() else { return true };
    let (mut low, mut high) = (*first, *first);
    rgb.chunks_exact(3).all(|pixel| {
        (0..3).all(|i| {
            (low[i], high[i]) = (low[i].min(pixel[i]), high[i].max(pixel[i]));
            high[i] - low[i] <= RANGE
        })
    })
}

fn lanczos() -> ResizeOptions {
    ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3))
}

fn resize(
    image: &RgbImage,
    width: u32,
    height: u32,
    options: ResizeOptions,
    resizer: &mut Resizer,
) -> Result<RgbImage, String> {
    let failed = |e: &dyn std::fmt::Display| format!("it could not be resized: {e}");
    let source =
        ImageRef::new(image.width(), image.height(), image.as_raw(), PixelType::U8x3).map_err(|e| failed(&e))?;
    let mut target = Image::new(width, height, PixelType::U8x3);
    resizer.resize(&source, &mut target, &options).map_err(|e| failed(&e))?;
    RgbImage::from_raw(width, height, target.into_vec()).ok_or_else(|| failed(&"wrong buffer size"))
}

fn turn(image: RgbImage, orientation: Orientation) -> RgbImage {
    if orientation == Orientation::NoTransforms {
        return image;
    }
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

fn on_background(small: &RgbImage, side: u32, background: [u8; 3]) -> Vec<u8> {
    let mut out = background.repeat(side as usize * side as usize);
    let (left, top) = ((side - small.width()) / 2, (side - small.height()) / 2);
    let row_bytes = small.width() as usize * 3;
    for (y, row) in small.as_raw().chunks_exact(row_bytes).enumerate() {
        let start = ((top as usize + y) * side as usize + left as usize) * 3;
        out[start..start + row_bytes].copy_from_slice(row);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three bands side by side: red, green, blue; twice as wide as high.
    fn bands() -> RgbImage {
        RgbImage::from_fn(120, 60, |x, _| image::Rgb([[255, 0, 0], [0, 255, 0], [0, 0, 255]][(x / 40) as usize]))
    }

    fn squared(crop: CropMode, orientation: Orientation) -> RgbImage {
        let settings = Settings { side: 30, crop, background: [1, 2, 3], align: false, faces: false };
        let pixels = square(&bands(), orientation, &settings, &mut Resizer::new()).unwrap();
        RgbImage::from_raw(30, 30, pixels).unwrap()
    }

    #[test]
    fn each_mode_keeps_what_it_says() {
        let center = squared(CropMode::Center, Orientation::NoTransforms);
        // Columns 30..90 of 120: a little red, all green, a little blue.
        assert_eq!(center.get_pixel(0, 15).0, [255, 0, 0]);
        assert_eq!(center.get_pixel(15, 15).0, [0, 255, 0]);
        let pad = squared(CropMode::Pad, Orientation::NoTransforms);
        assert_eq!(pad.get_pixel(15, 0).0, [1, 2, 3]);
        assert_eq!(pad.get_pixel(2, 15).0, [255, 0, 0]);
        assert_eq!(pad.get_pixel(27, 15).0, [0, 0, 255]);
        let stretch = squared(CropMode::Stretch, Orientation::NoTransforms);
        assert_eq!(stretch.get_pixel(2, 0).0, [255, 0, 0]);
        assert_eq!(stretch.get_pixel(27, 29).0, [0, 0, 255]);
    }

    #[test]
    fn turning_after_squaring_is_turning_before() {
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            let mut before = DynamicImage::ImageRgb8(bands());
            before.apply_orientation(orientation);
            for crop in [CropMode::Center, CropMode::Pad, CropMode::Stretch] {
                let settings = Settings { side: 31, crop, background: [1, 2, 3], align: false, faces: false };
                let first =
                    square(before.as_rgb8().unwrap(), Orientation::NoTransforms, &settings, &mut Resizer::new())
                        .unwrap();
                let last = square(&bands(), orientation, &settings, &mut Resizer::new()).unwrap();
                let worst = first.iter().zip(&last).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(worst <= Some(1), "{orientation:?} {crop:?}: {worst:?}");
            }
        }
    }

    #[test]
    fn a_needle_still_fits() {
        for crop in [CropMode::Center, CropMode::Pad, CropMode::Stretch] {
            let settings = Settings { side: 16, crop, background: [0; 3], align: false, faces: false };
            let needle = RgbImage::from_pixel(1, 5000, image::Rgb([9, 9, 9]));
            assert_eq!(square(&needle, Orientation::NoTransforms, &settings, &mut Resizer::new()).unwrap().len(), 768);
        }
    }
}
