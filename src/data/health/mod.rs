//! How good a picture is to learn from: sharp or blurred, dark, blank, grey, unlike all others, or one of a burst of the
//! same moment.
//!
//! Everything is measured on a square of the photo ([`Health::of`]) and judged later, so that another threshold needs no
//! picture to be opened again. [`bursts`] and [`odd`] compare the measures of all pictures; [`Capture`] is what EXIF says
//! about the moment and the kind of the picture.

mod align;
mod bursts;
mod capture;
mod look;
mod measure;
mod odd;
mod screenshot;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub(crate) use bursts::{bursts, sharpest};
pub(crate) use capture::Capture;
pub(crate) use odd::odd;
pub(crate) use screenshot::is_screenshot_name;

use super::squares::Trait;
use image::RgbImage;
use look::Look;
use measure::Luma;
use serde::{Deserialize, Serialize};

/// What was measured of one picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Health {
    /// How much fine detail there is at [`Health::SIDE`] pixels, whatever the exposure: comparable between pictures of
    /// one moment, not between different scenes.
    pub sharpness: f32,
    /// How fast brightness changes from pixel to pixel at the training size, compared with two pixels: from 0 (only
    /// slow changes) to 1 (only fast ones).
    pub focus: f32,
    /// Mean brightness, 0 to 255.
    pub brightness: f32,
    /// Brightness that one pixel in twenty exceeds, 0 to 255.
    pub highlights: f32,
    /// Standard deviation of the brightness, 0 to 127.
    pub contrast: f32,
    /// Distance from grey that one pixel in twenty exceeds, 0 to about 180.
    pub colour: f32,
    /// What it looks like, coarsely.
    look: Look,
}

impl Health {
    /// Side in pixels at which pictures are compared. A square that is measured should have at least as many, taken
    /// from the photo itself: a prepared picture of 64 pixels no longer shows which of a burst is the sharpest.
    pub(crate) const SIDE: u32 = 256;

    /// Measures a square of a photo, of any size, for training at `side` pixels.
    pub(crate) fn of(square: &RgbImage, side: u32) -> Self {
        let small = measure::resized(square, SMALL);
        let luma = Luma::of(&small);
        Self {
            sharpness: Luma::of(&measure::resized(square, Self::SIDE)).detail(),
            focus: Luma::of(&measure::resized(square, side)).focus(),
            brightness: luma.mean(),
            highlights: luma.quantile(0.95),
            contrast: luma.deviation(),
            colour: measure::colour(&small),
            look: Look::of(square),
        }
    }

    /// Whether even the training size shows no sharp edge.
    pub(crate) fn is_blurred(&self) -> bool {
        self.focus < BLURRED && self.contrast > PLAIN
    }

    /// Whether too little light is in it to see much. A black cat in a lit room is not dark.
    pub(crate) fn is_dark(&self) -> bool {
        self.highlights < DARK
    }
}

impl Trait {
    /// What it means, and where the limit is, in whole sentences.
    pub fn meaning(self) -> String {
        match self {
            Self::Blurred => {
                let share = 100.0 * BLURRED;
                format!("No edge is sharp even at the training size: less than {share:.0} % of the finest detail.")
            }
            Self::Dark => format!("19 of 20 pixels are darker than {DARK:.0} of 255."),
            Self::Grey => "No pixel has a colour: red, green and blue differ by 3 of 255 at most.".to_owned(),
            Self::Odd => "Far from all the other pictures of this folder in its colours: worth a look.".to_owned(),
            Self::Screenshot => "A screenshot by its name or by what the file says about itself.".to_owned(),
            Self::Enlarged => "The square has fewer pixels than the training size, so it is enlarged.".to_owned(),
            Self::SeveralCats => "The photo shows several cats: each face is a picture of its own.".to_owned(),
        }
    }
}

/// Side in pixels at which brightness and colour are measured: noise is averaged out.
const SMALL: u32 = 64;
/// Of 5,353 photos of cats at 64 pixels the least is 0.203, and that one is blurred; of those that were blurred by a
/// pixel of that size nine of ten are below, blurred by one and a half all are.
const BLURRED: f32 = 0.2;
/// Three of those photos are below: one sees eyes and little else.
const DARK: f32 = 50.0;
/// The least contrast of those photos is 16. What has less than this shows nothing that could be blurred.
const PLAIN: f32 = 3.0;
