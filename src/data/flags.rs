//! What is noteworthy about a picture, and what rules one out for training.

use serde::{Deserialize, Serialize};

/// Noteworthy properties of a picture, as bits so that the cache stays small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PictureFlags(u16);

impl PictureFlags {
    pub(super) const GREY: u16 = 1;
    pub(super) const TRANSPARENT: u16 = 2;
    pub(super) const TURNED: u16 = 4;
    pub(super) const DEEP: u16 = 8;
    pub(super) const SMALL: u16 = 16;
    pub(super) const ALIGNED: u16 = 32;
    pub(super) const RENAMED: u16 = 64;
    pub(super) const BAD_LANDMARKS: u16 = 128;
    /// Made by this program: never trained on, but measured where that is asked for. So are blank ones: a generator
    /// that failed draws them.
    pub(super) const OURS: u16 = 256;
    pub(super) const BLANK: u16 = 512;
    /// Each bit with its words, in the order in which they are shown.
    pub(super) const LABELS: [(u16, &'static str); 8] = [
        (Self::ALIGNED, "aligned by landmarks"),
        (Self::BAD_LANDMARKS, "with implausible landmarks (not used)"),
        (Self::SMALL, "smaller than the training size (enlarged)"),
        (Self::TURNED, "turned upright by EXIF"),
        (Self::GREY, "grey"),
        (Self::TRANSPARENT, "with transparency"),
        (Self::DEEP, "more than 8 bits per channel"),
        (Self::RENAMED, "with the wrong extension"),
    ];

    pub(super) fn set(&mut self, bit: u16, on: bool) {
        if on {
            self.0 |= bit;
        }
    }
    pub(super) fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }
}
