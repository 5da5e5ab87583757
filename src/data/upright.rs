//! From pixels as they are stored to pixels of the upright picture, and back.

use super::square::Square;
use crate::finder::PixelPoint;
use image::metadata::Orientation;

/// A picture's size as stored, and how it is turned upright.
#[derive(Debug, Clone, Copy)]
pub(super) struct Upright {
    pub stored: (u32, u32),
    pub orientation: Orientation,
}

impl Upright {
    /// Width and height of the upright picture.
    pub(super) fn size(&self) -> (u32, u32) {
        let (width, height) = self.stored;
        // Orientations 5 to 8 swap the sides.
        if self.orientation.to_exif() >= 5 { (height, width) } else { (width, height) }
    }

    /// Where a point of the stored picture is in the upright one.
    pub(super) fn point(&self, p: PixelPoint) -> PixelPoint {
        let (w, h) = (f64::from(self.stored.0), f64::from(self.stored.1));
        let (x, y) = match self.orientation {
            Orientation::NoTransforms => (p.x, p.y),
            Orientation::FlipHorizontal => (w - p.x, p.y),
            Orientation::Rotate180 => (w - p.x, h - p.y),
            Orientation::FlipVertical => (p.x, h - p.y),
            Orientation::Rotate90FlipH => (p.y, p.x),
            Orientation::Rotate90 => (h - p.y, p.x),
            Orientation::Rotate270FlipH => (h - p.y, w - p.x),
            Orientation::Rotate270 => (p.y, w - p.x),
        };
        PixelPoint { x, y }
    }

    /// The way back: from the upright picture to the stored one.
    pub(super) fn back(&self) -> Self {
        let orientation = match self.orientation {
            Orientation::Rotate90 => Orientation::Rotate270,
            Orientation::Rotate270 => Orientation::Rotate90,
            other => other,
        };
        Self { stored: self.size(), orientation }
    }

    pub(super) fn is_mirrored(&self) -> bool {
        matches!(self.orientation.to_exif(), 2 | 4 | 5 | 7)
    }

    /// Both eyes in the upright picture: a mirror exchanges left and right.
    pub(super) fn eyes(&self, [left, right]: [PixelPoint; 2]) -> [PixelPoint; 2] {
        let (left, right) = (self.point(left), self.point(right));
        if self.is_mirrored() { [right, left] } else { [left, right] }
    }

    /// A square of the stored picture in the upright one.
    pub(super) fn square(&self, square: &Square) -> Square {
        let [left, right] = self.eyes([square.point(0.0, 0.5), square.point(1.0, 0.5)]);
        let angle = (right.y - left.y).atan2(right.x - left.x);
        Square { middle: self.point(square.middle), side: square.side, angle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{DynamicImage, GenericImageView, Rgb, RgbImage};

    #[test]
    fn points_go_where_the_pixels_go_and_back() {
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            let upright = Upright { stored: (5, 3), orientation };
            let mut turned =
                DynamicImage::ImageRgb8(RgbImage::from_fn(5, 3, |x, y| Rgb([x as u8 + 1, y as u8 + 1, 0])));
            turned.apply_orientation(orientation);
            assert_eq!(turned.dimensions(), upright.size());
            for (x, y, pixel) in turned.to_rgb8().enumerate_pixels() {
                let [sx, sy, _] = pixel.0.map(f64::from);
                let stored = PixelPoint { x: sx - 0.5, y: sy - 0.5 };
                let expected = PixelPoint { x: f64::from(x) + 0.5, y: f64::from(y) + 0.5 };
                assert_eq!(upright.point(stored), expected, "{orientation:?}");
                assert_eq!(upright.back().point(expected), stored, "{orientation:?}");
            }
        }
    }

    #[test]
    fn a_square_stays_around_the_same_pixels() {
        let square = Square { middle: PixelPoint { x: 40.0, y: 30.0 }, side: 20.0, angle: 0.3 };
        for orientation in (1..=8).filter_map(Orientation::from_exif) {
            let upright = Upright { stored: (100, 60), orientation };
            let moved = upright.square(&square);
            for (x, y) in [(40.0, 30.0), (48.0, 33.0), (52.0, 36.0), (35.0, 21.0), (40.0, 42.0)] {
                let p = PixelPoint { x, y };
                assert_eq!(square.contains(p), moved.contains(upright.point(p)), "{orientation:?} {p:?}");
            }
            let back = upright.back().square(&moved);
            assert!((back.angle - square.angle).abs() < 1e-9, "{orientation:?}: {back:?}");
        }
    }
}
