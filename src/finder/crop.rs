//! Cutting a turned square out of a picture.

use super::face::PixelPoint;
use super::shrink::shrink;
use image::RgbImage;
use std::borrow::Cow;

/// Side of what is cut out, in pixels.
pub(super) const SIDE: usize = 96;
/// Samples per pixel and axis at most: of a larger square the picture is made smaller first.
const SAMPLES: f64 = 4.0;

/// A square in a picture, in its pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Square {
    pub centre: PixelPoint,
    pub side: f64,
    /// By how much it is turned, in radians, positive clockwise as seen.
    pub angle: f64,
}

impl Square {
    /// The point of the picture at `(x, y)` in the square, where (0, 0) is its middle and its sides are 1 long.
    pub(super) fn point(&self, x: f64, y: f64) -> PixelPoint {
        let (sin, cos) = self.angle.sin_cos();
        let Self { centre, side, .. } = *self;
        PixelPoint { x: centre.x + side * (x * cos - y * sin), y: centre.y + side * (x * sin + y * cos) }
    }

    /// The square of a picture as three planes of [`SIDE`] x [`SIDE`] numbers from 0 to 255. Each is the mean of as
    /// many samples as the picture's pixels need; outside of the picture its border goes on. Nothing for a picture
    /// without pixels.
    pub(super) fn cut(&self, picture: &RgbImage) -> Option<Vec<f32>> {
        let wanted = (self.side / SIDE as f64).ceil().max(1.0);
        let view = View::new(picture, self, (wanted / SAMPLES).ceil())?;
        let samples = (wanted / (wanted / SAMPLES).ceil()).ceil() as usize;
        let mut planes = vec![0.0; 3 * SIDE * SIDE];
        let area = SIDE * SIDE;
        let steps = SIDE * samples;
        let place = |i: usize| (i as f64 + 0.5) / steps as f64 - 0.5;
        let weight = 1.0 / (samples * samples) as f32;
        for row in 0..steps {
            for column in 0..steps {
                let colour = view.sample(self.point(place(column), place(row)));
                let at = row / samples * SIDE + column / samples;
                for (channel, value) in colour.into_iter().enumerate() {
                    planes[channel * area + at] += value * weight;
                }
            }
        }
        Some(planes)
    }

    /// The pixels `[left, top, width, height]` of a picture that the square touches; at least one.
    fn part(&self, (width, height): (u32, u32)) -> [u32; 4] {
        // Half the diagonal, and the neighbours of the outermost samples.
        let reach = self.side * 0.5f64.sqrt() + 2.0;
        let [(left, width), (top, height)] = [(self.centre.x, width), (self.centre.y, height)].map(|(middle, side)| {
            let first = ((middle - reach).max(0.0) as u32).min(side - 1);
            let end = ((middle + reach).max(0.0) as u32).clamp(first + 1, side);
            (first, end - first)
        });
        [left, top, width, height]
    }
}

/// A picture, or the part of it that is looked at made smaller.
struct View<'a> {
    image: Cow<'a, RgbImage>,
    /// The part's left upper corner in the picture.
    corner: [f64; 2],
    /// Pixels of the image for each of the picture.
    scale: [f64; 2],
}

impl<'a> View<'a> {
    /// `times` is how many times smaller. Nothing for a picture without pixels.
    fn new(picture: &'a RgbImage, square: &Square, times: f64) -> Option<Self> {
        if picture.is_empty() {
            return None;
        }
        if times <= 1.0 {
            return Some(Self { image: Cow::Borrowed(picture), corner: [0.0; 2], scale: [1.0; 2] });
        }
        let [left, top, width, height] = square.part(picture.dimensions());
        let [w, h] = [width, height].map(|side| ((f64::from(side) / times).round() as u32).max(1));
        let image = shrink(picture, [left, top, width, height], (w, h))?;
        Some(Self {
            image: Cow::Owned(image),
            corner: [left, top].map(f64::from),
            scale: [f64::from(w) / f64::from(width), f64::from(h) / f64::from(height)],
        })
    }

    /// The colour at a point of the picture, between the four nearest pixels.
    fn sample(&self, point: PixelPoint) -> [f32; 3] {
        let (width, height) = self.image.dimensions();
        let [x, y] = [((point.x, width), 0), ((point.y, height), 1)].map(|((at, side), axis)| {
            let at = (at - self.corner[axis]) * self.scale[axis] - 0.5;
            let at = at.clamp(0.0, f64::from(side - 1));
            let first = at as u32;
            (first, (first + 1).min(side - 1), (at - f64::from(first)) as f32)
        });
        let pixel = |x: u32, y: u32| &self.image.as_raw()[(y as usize * width as usize + x as usize) * 3..][..3];
        let corners = [pixel(x.0, y.0), pixel(x.1, y.0), pixel(x.0, y.1), pixel(x.1, y.1)];
        std::array::from_fn(|channel| {
            let [a, b, c, d] = corners.map(|pixel| f32::from(pixel[channel]));
            let (upper, lower) = (a + (b - a) * x.2, c + (d - c) * x.2);
            upper + (lower - upper) * y.2
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose red grows to the right and whose green grows downwards, `step` a pixel.
    fn slope(width: u32, height: u32, step: f64) -> RgbImage {
        let level = |i: u32| ((f64::from(i) + 0.5) * step) as u8;
        RgbImage::from_fn(width, height, |x, y| image::Rgb([level(x), level(y), 7]))
    }

    /// Colours on a slope say which point they were taken from.
    #[test]
    fn a_turned_square_takes_the_right_points() {
        for (side, full, step) in [(60.0, 240, 1.0), (150.0, 240, 1.0), (900.0, 2400, 0.1)] {
            let middle = f64::from(full) / 2.0;
            let square = Square { centre: PixelPoint { x: middle + 8.0, y: middle }, side, angle: 0.5 };
            let planes = square.cut(&slope(full, full, step)).unwrap();
            for (column, row) in [(0, 0), (95, 0), (0, 95), (95, 95), (40, 60)] {
                let point = square.point((column as f64 + 0.5) / 96.0 - 0.5, (row as f64 + 0.5) / 96.0 - 0.5);
                let [red, green] = [0, 1].map(|channel| f64::from(planes[channel * 9216 + row * 96 + column]));
                // Levels are rounded down.
                let [x, y] = [red, green].map(|value| (value + 0.5) / step);
                let far = (x - point.x).hypot(y - point.y) * step;
                assert!(far < 1.0, "{side}: ({x}, {y}) instead of {point:?}");
                assert_eq!(planes[2 * 9216 + row * 96 + column].round(), 7.0);
            }
        }
    }

    #[test]
    fn beyond_the_border_the_border_goes_on() {
        for far in [1e3, 1e9, f64::MAX / 4.0] {
            for side in [10.0, 1e4, 1e12] {
                let square = Square { centre: PixelPoint { x: -far, y: far }, side, angle: 0.3 };
                let planes = square.cut(&slope(3, 200, 1.0)).unwrap();
                assert!(planes.iter().all(|v| (0.0..=200.0).contains(v)), "{square:?}");
                if side == 10.0 {
                    assert!(planes[..9216].iter().all(|red| *red < 1.0), "{square:?}");
                    assert!(planes[9216..2 * 9216].iter().all(|green| *green > 198.0), "{square:?}");
                }
            }
        }
        let middle = Square { centre: PixelPoint { x: 0.0, y: 0.0 }, side: 10.0, angle: 0.0 };
        assert!(middle.cut(&RgbImage::new(0, 5)).is_none());
    }
}
