//! How good a picture is to learn from: sharp or blurred, dark, blank, grey, unlike all others, or one of a burst of
//! the same moment.
//!
//! Everything is measured on a square of the photo ([`Health::of`]) and judged later, so that another threshold needs
//! no picture to be opened again. [`bursts`] and [`odd`] compare the measures of all pictures; [`Capture`] is what EXIF
//! says about the moment and the kind of the picture.

mod align;
mod bursts;
mod capture;
mod look;
mod meaning;
mod measure;
mod odd;
mod picture;
mod screenshot;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub(crate) use bursts::{bursts, sharpest};
pub(crate) use capture::Capture;
pub(crate) use odd::odd;
pub(crate) use picture::Health;
pub(crate) use screenshot::is_screenshot_name;
