//! How a coded picture is to be shown: cut, turned and mirrored, in the order in which a container says so.

use super::boxes::{Property, Reader};
use image::RgbImage;
use image::metadata::Orientation;

/// A part of the coded picture, and how it is turned.
pub(super) struct Placement {
    /// Left, top, width and height in the coded picture.
    part: [usize; 4],
    full: (usize, usize),
    /// Mirrored left to right first, then turned by this many quarters clockwise.
    mirrored: bool,
    quarters: u8,
    /// The container says something about it.
    told: bool,
}

impl Placement {
    pub(super) fn new(width: usize, height: usize) -> Self {
        let part = [0, 0, width, height];
        Self { part, full: (width, height), mirrored: false, quarters: 0, told: false }
    }

    /// Does what a property says; what is damaged or no change of the picture does nothing.
    pub(super) fn apply(&mut self, property: Property) {
        let Some(first) = property.body.first() else { return };
        match &property.name {
            // Quarters against the clock.
            b"irot" => self.turn(4 - (first & 3)),
            // Left and right change places, or else top and bottom.
            b"imir" => {
                self.mirrored = !self.mirrored;
                self.quarters = (4 - self.quarters) % 4;
                self.turn(if first & 1 == 1 { 0 } else { 2 });
            }
            b"clap" => self.clip(property.body),
            _ => {}
        }
    }

    fn turn(&mut self, quarters: u8) {
        self.quarters = (self.quarters + quarters) % 4;
        self.told = true;
    }

    /// Keeps a part around the middle of what is shown so far.
    fn clip(&mut self, body: &[u8]) {
        let mut r = Reader(body);
        let mut ratio = || {
            let (above, below) = (r.number(4)? as u32 as i32, r.number(4)? as u32 as i32);
            (below != 0).then(|| f64::from(above) / f64::from(below))
        };
        let (Some(width), Some(height), Some(right), Some(down)) = (ratio(), ratio(), ratio(), ratio()) else { return };
        let shown = if self.quarters.is_multiple_of(2) { [2, 3] } else { [3, 2] }.map(|side| self.part[side]);
        let span = |full: usize, length: f64, offset: f64| {
            let start = ((full as f64 - length) / 2.0 + offset).round().max(0.0) as usize;
            let length = (length.round().max(0.0) as usize).min(full.saturating_sub(start));
            (length > 0).then_some((start, length))
        };
        let (Some(x), Some(y)) = (span(shown[0], width, right), span(shown[1], height, down)) else { return };
        // Back through the turns, one quarter after the other, and the mirror.
        let (mut x, mut y, mut size) = (x, y, (shown[0], shown[1]));
        for _ in 0..self.quarters {
            (x, y) = (y, (size.0 - x.0 - x.1, x.1));
            size = (size.1, size.0);
        }
        if self.mirrored {
            x.0 = size.0 - x.0 - x.1;
        }
        self.part = [self.part[0] + x.0, self.part[1] + y.0, x.1, y.1];
    }

    /// How to turn the picture; none if nothing was said about it.
    pub(super) fn turned(&self) -> Option<Orientation> {
        self.told.then(|| orientation(self.quarters, self.mirrored))
    }

    /// The part that is shown.
    ///
    /// # Errors
    /// An image that is not of the coded picture's size.
    pub(super) fn cut(&self, image: RgbImage) -> Result<RgbImage, String> {
        let [left, top, width, height] = self.part;
        if (width, height) == self.full {
            return Ok(image);
        }
        let mut rgb = image.into_raw();
        for y in 0..height {
            let start = ((top + y) * self.full.0 + left) * 3;
            rgb.copy_within(start..start + width * 3, y * width * 3);
        }
        rgb.truncate(width * height * 3);
        RgbImage::from_raw(width as u32, height as u32, rgb).ok_or_else(|| "damaged: its size is wrong".into())
    }
}

/// Mirrored left to right if so, then turned clockwise.
pub(super) fn orientation(quarters: u8, mirrored: bool) -> Orientation {
    match (mirrored, quarters % 4) {
        (false, 0) => Orientation::NoTransforms,
        (false, 1) => Orientation::Rotate90,
        (false, 2) => Orientation::Rotate180,
        (false, _) => Orientation::Rotate270,
        (true, 0) => Orientation::FlipHorizontal,
        (true, 1) => Orientation::Rotate270FlipH,
        (true, 2) => Orientation::FlipVertical,
        (true, _) => Orientation::Rotate90FlipH,
    }
}
