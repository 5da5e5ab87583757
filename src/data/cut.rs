//! Cuts a turned square out of a picture.

use super::prepare;
use super::square::Square;
use super::upright::Upright;
use crate::finder::PixelPoint;
use fast_image_resize::Resizer;
use image::{Rgb, RgbImage};

/// Room around what is shrunk first, in pixels of the result: what the interpolation reaches.
const MARGIN: f64 = 4.0;

/// The square of an upright photo, cut from its `stored` pixels: at the photo's own scale, but at most `largest` pixels
/// a side. What lies outside the photo is its mirror image.
///
/// # Errors
/// A reason in words, when resizing fails.
pub(super) fn cut(
    stored: &RgbImage,
    upright: &Upright,
    square: &Square,
    largest: u32,
    resizer: &mut Resizer,
) -> Result<RgbImage, String> {
    let side = (square.side.round().max(1.0)).min(f64::from(largest));
    let back = upright.back();
    let scale = square.side / side;
    // Shrinking comes first: interpolation alone would skip pixels.
    let region = (scale > 1.2).then(|| region(&back, square, stored, scale * MARGIN)).flatten();
    let small = match region {
        Some([x, y, w, h]) => {
            let shrunk = |length: f64| ((length / scale).round() as u32).max(1);
            Some(prepare::shrunk_region(stored, [x, y, w, h], (shrunk(w), shrunk(h)), resizer)?)
        }
        None => None,
    };
    let (image, origin, factor) = match (&small, region) {
        (Some(small), Some([x, y, w, h])) => {
            (small, (x, y), (f64::from(small.width()) / w, f64::from(small.height()) / h))
        }
        _ => (stored, (0.0, 0.0), (1.0, 1.0)),
    };
    let (width, height) = (image.width() as i32, image.height() as i32);
    let pixel = |x: i32, y: i32| image.get_pixel(mirrored(x, width), mirrored(y, height)).0;
    Ok(RgbImage::from_fn(side as u32, side as u32, |i, j| {
        let place = square.point((f64::from(i) + 0.5) / side, (f64::from(j) + 0.5) / side);
        let PixelPoint { x, y } = back.point(place);
        let (x, y) = ((x - origin.0) * factor.0 - 0.5, (y - origin.1) * factor.1 - 0.5);
        Rgb(bicubic(x as f32, y as f32, pixel))
    }))
}

/// The upright rectangle around the square as far as it is inside the stored picture: left, top, width, height in whole
/// pixels. None where it is outside.
fn region(back: &Upright, square: &Square, stored: &RgbImage, margin: f64) -> Option<[f64; 4]> {
    let corners = square.corners().map(|corner| back.point(corner));
    let span = |of: fn(&PixelPoint) -> f64, end: u32| {
        let low = corners.iter().map(of).fold(f64::INFINITY, f64::min) - margin;
        let high = corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max) + margin;
        let (low, high) = (low.floor().max(0.0), high.ceil().min(f64::from(end)));
        (high - low >= 1.0).then_some((low, high - low))
    };
    let (x, w) = span(|p| p.x, stored.width())?;
    let (y, h) = span(|p| p.y, stored.height())?;
    Some([x, y, w, h])
}

/// The pixel that stands for one outside, as if mirrors stood at the edges.
fn mirrored(at: i32, length: i32) -> u32 {
    if (0..length).contains(&at) {
        return at as u32;
    }
    let folded = at.rem_euclid(2 * length);
    folded.min(2 * length - 1 - folded) as u32
}

/// The colour at a fractional position; pixel `(0, 0)` has its middle at `(0, 0)`.
pub(super) fn bicubic(x: f32, y: f32, pixel: impl Fn(i32, i32) -> [u8; 3]) -> [u8; 3] {
    let (left, top) = (x.floor(), y.floor());
    let (weights_x, weights_y) = (catmull_rom(x - left), catmull_rom(y - top));
    let (left, top) = (left as i32 - 1, top as i32 - 1);
    let mut sum = [0.0f32; 3];
    for (dy, wy) in weights_y.into_iter().enumerate() {
        for (dx, wx) in weights_x.into_iter().enumerate() {
            let color = pixel(left + dx as i32, top + dy as i32);
            for channel in 0..3 {
                sum[channel] += wx * wy * f32::from(color[channel]);
            }
        }
    }
    sum.map(|s| (s + 0.5).clamp(0.0, 255.0) as u8)
}

/// Weights of the pixels at -1, 0, 1, 2 for a position `t` between 0 and 1; they add up to 1.
fn catmull_rom(t: f32) -> [f32; 4] {
    [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::DynamicImage;
    use image::metadata::Orientation;

    /// Smooth in all directions, so that small differences of position are small differences of colour.
    fn hills(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let wave = |a: f64, b: f64| 127.5 + 100.0 * (a / 17.0).sin() * (b / 23.0).cos();
            let (x, y) = (f64::from(x), f64::from(y));
            Rgb([wave(x, y) as u8, wave(y, x) as u8, (255.0 * x / f64::from(width)) as u8])
        })
    }

    fn plain(width: u32, height: u32) -> Upright {
        Upright { stored: (width, height), orientation: Orientation::NoTransforms }
    }

    #[track_caller]
    fn assert_alike(a: &RgbImage, b: &RgbImage, tolerance: u8) {
        assert_eq!(a.dimensions(), b.dimensions());
        let worst = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(worst <= Some(tolerance), "{worst:?}");
    }

    fn cut_of(image: &RgbImage, upright: &Upright, square: &Square, largest: u32) -> RgbImage {
        cut(image, upright, square, largest, &mut Resizer::new()).unwrap()
    }

    #[test]
    fn a_straight_cut_takes_the_pixels_as_they_are() {
        let image = hills(90, 70);
        let square = Square { middle: PixelPoint { x: 40.0, y: 35.0 }, side: 40.0, angle: 0.0 };
        let expected = image::imageops::crop_imm(&image, 20, 15, 40, 40).to_image();
        assert_alike(&cut_of(&image, &plain(90, 70), &square, 400), &expected, 0);
    }

    #[test]
    fn all_orientations_give_the_same_cut() {
        let turned = hills(90, 70);
        let square = Square { middle: PixelPoint { x: 42.0, y: 30.0 }, side: 36.0, angle: 0.35 };
        let large = Square { side: 66.0, ..square };
        let expected = [(&square, 200), (&large, 30)].map(|(s, most)| cut_of(&turned, &plain(90, 70), s, most));
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            // What a camera stores so that it becomes `turned`.
            let mut stored = DynamicImage::ImageRgb8(turned.clone());
            let back = Upright { stored: (90, 70), orientation }.back().orientation;
            stored.apply_orientation(back);
            let stored = stored.into_rgb8();
            let upright = Upright { stored: stored.dimensions(), orientation };
            assert_alike(&cut_of(&stored, &upright, &square, 200), &expected[0], 2);
            assert_alike(&cut_of(&stored, &upright, &large, 30), &expected[1], 4);
        }
    }

    #[test]
    fn shrinking_mixes_pixels_instead_of_skipping_them() {
        // Black and white columns: skipping would give stripes, mixing gives grey.
        let image = RgbImage::from_fn(400, 400, |x, _| Rgb([if x % 2 == 0 { 0 } else { 255 }; 3]));
        for angle in [0.0, 0.2] {
            let square = Square { middle: PixelPoint { x: 200.0, y: 200.0 }, side: 240.0, angle };
            let small = cut_of(&image, &plain(400, 400), &square, 24);
            assert_eq!(small.dimensions(), (24, 24));
            assert!(small.as_raw().iter().all(|v| v.abs_diff(127) < 12), "{angle}");
        }
    }

    #[test]
    fn outside_is_the_mirror_image() {
        let image = hills(60, 60);
        let square = Square { middle: PixelPoint { x: 0.0, y: 30.0 }, side: 40.0, angle: 0.0 };
        let cut = cut_of(&image, &plain(60, 60), &square, 400);
        for (x, y) in [(3, 5), (19, 20), (0, 39)] {
            assert_eq!(cut.get_pixel(x, y), cut.get_pixel(39 - x, y));
            assert_eq!(cut.get_pixel(39 - x, y), image.get_pixel(19 - x, y + 10));
        }
        // Even all of it.
        let far = Square { middle: PixelPoint { x: -500.0, y: 900.0 }, side: 33.0, angle: 1.0 };
        assert_eq!(cut_of(&image, &plain(60, 60), &far, 16).dimensions(), (16, 16));
        assert_eq!([-1, -2, 0, 4, 5, 9, 10].map(|at| mirrored(at, 5)), [0, 1, 0, 4, 4, 0, 0]);
    }
}
