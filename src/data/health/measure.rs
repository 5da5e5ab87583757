//! Numbers of one picture.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;

/// `square` at another size.
pub(super) fn resized(square: &RgbImage, side: u32) -> RgbImage {
    let (width, height) = square.dimensions();
    if (width, height) == (side, side) {
        return square.clone();
    }
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::CatmullRom));
    let mut target = Image::new(side, side, PixelType::U8x3);
    // Fails for pictures without pixels, which measure as black.
    if let Ok(source) = ImageRef::new(width, height, square.as_raw(), PixelType::U8x3) {
        _ = Resizer::new().resize(&source, &mut target, &options);
    }
    RgbImage::from_raw(side, side, target.into_vec()).unwrap_or_else(|| RgbImage::new(side, side))
}

/// Distance from grey that one pixel in twenty exceeds.
pub(super) fn colour(image: &RgbImage) -> f32 {
    let distance = |pixel: &image::Rgb<u8>| {
        let [r, g, b] = pixel.0.map(f32::from);
        let luma = luma([r, g, b]);
        (0.564 * (b - luma)).hypot(0.713 * (r - luma))
    };
    quantile(image.pixels().map(distance).collect(), 0.95)
}

/// Brightness as video standards weigh it (BT.601).
pub(super) fn luma([r, g, b]: [f32; 3]) -> f32 {
    0.299 * r + 0.587 * g + 0.114 * b
}

fn quantile(mut values: Vec<f32>, at: f32) -> f32 {
    if values.is_empty() {
        return 0.0;
    }
    let position = (at * (values.len() - 1) as f32).round() as usize;
    *values.select_nth_unstable_by(position, f32::total_cmp).1
}

/// The brightness of a square picture, row by row.
pub(super) struct Luma {
    side: usize,
    values: Vec<f32>,
}

impl Luma {
    pub(super) fn of(square: &RgbImage) -> Self {
        let values = square.pixels().map(|pixel| luma(pixel.0.map(f32::from))).collect();
        Self { side: square.width() as usize, values }
    }

    pub(super) fn mean(&self) -> f32 {
        self.values.iter().sum::<f32>() / self.values.len().max(1) as f32
    }

    pub(super) fn deviation(&self) -> f32 {
        let mean = self.mean();
        let squares: f32 = self.values.iter().map(|value| (value - mean).powi(2)).sum();
        (squares / self.values.len().max(1) as f32).sqrt()
    }

    pub(super) fn quantile(&self, at: f32) -> f32 {
        quantile(self.values.clone(), at)
    }

    /// Mean squared difference between pixels `step` apart, within the middle three quarters of the picture: what is
    /// at its edges is rarely the cat.
    fn difference(&self, step: usize) -> f32 {
        let margin = self.side / 8;
        let (first, end) = (margin, self.side - margin);
        let (mut sum, mut count) = (0.0, 0);
        for y in first..end.saturating_sub(step) {
            let row = y * self.side;
            for x in first..end.saturating_sub(step) {
                let here = self.values[row + x];
                sum += (self.values[row + x + step] - here).powi(2);
                sum += (self.values[row + x + step * self.side] - here).powi(2);
                count += 2;
            }
        }
        sum / count.max(1) as f32
    }

    /// From 0 where brightness changes in straight ramps (a difference over two pixels is twice that over one) to 1
    /// where neighbours have nothing in common. Edges as sharp as pixels allow are at two thirds.
    pub(super) fn focus(&self) -> f32 {
        let (one, two) = (self.difference(1), self.difference(2));
        if two <= f32::EPSILON { 0.0 } else { ((4.0 - two / one) / 3.0).clamp(0.0, 1.0) }
    }

    /// The strength of the finest detail, relative to the contrast.
    pub(super) fn detail(&self) -> f32 {
        let variance = self.deviation().powi(2);
        if variance <= f32::EPSILON { 0.0 } else { self.difference(1) / variance }
    }
}
