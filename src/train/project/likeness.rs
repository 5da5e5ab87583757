//! How like a photo the picture is that was found, as numbers and in words.

use crate::pixels::Frame;
use serde::Serialize;

/// Shares up to which a picture is called the same, alike, and of a distance. From looking at 20 photos and what was
/// found for them (docs/measurements.md).
const SAME: f64 = 0.1;
const ALIKE: f64 = 0.19;
const DISTANT: f64 = 0.23;

/// How like a photo a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Likeness {
    /// Mean difference of a channel, from 0 to 255.
    pub error: f64,
    /// How unlike the photo it looks, as a share of how unlike the generator's random pictures are: 0 is the photo, 1
    /// no nearer than chance.
    pub share: f64,
    /// The cat finder sees the photo's face in the picture, too. Colours alone bring blobs without eyes near a photo.
    pub face: bool,
}

/// A likeness in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LikenessWord {
    /// As good as the photo.
    Found,
    /// The same kind of cat.
    Alike,
    /// Some of it.
    Distant,
    /// Another cat, or none.
    NotFound,
}

impl Likeness {
    /// What the numbers mean.
    pub fn word(self) -> LikenessWord {
        match self.share {
            _ if !self.face => LikenessWord::NotFound,
            share if share <= SAME => LikenessWord::Found,
            share if share <= ALIKE => LikenessWord::Alike,
            share if share <= DISTANT => LikenessWord::Distant,
            _ => LikenessWord::NotFound,
        }
    }

    /// A sentence for people, without the numbers.
    pub fn verdict(self) -> &'static str {
        match self.word() {
            LikenessWord::Found => "Found: this generator can draw your cat as it is.",
            LikenessWord::Alike => "Alike: the same kind of cat, but not yours.",
            LikenessWord::Distant => "A distant relative: this generator has hardly seen such a cat.",
            LikenessWord::NotFound => "Not found: this generator has never seen such a cat.",
        }
    }

    /// The numbers behind it, for people.
    pub fn numbers(self) -> String {
        let face = if self.face { "" } else { "; the cat finder sees no such face in it" };
        format!(
            "{:.0} % as unlike your photo as its random pictures are; mean pixel error {:.1} of 255{face}",
            100.0 * self.share,
            self.error
        )
    }
}

/// Mean difference of a channel of two pictures of one size, from 0 to 255.
pub(super) fn pixel_error(a: &Frame, b: &Frame) -> f64 {
    let differences = a.data.iter().zip(&b.data).map(|(a, b)| f64::from(a.abs_diff(*b)));
    differences.sum::<f64>() / a.data.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_follow_the_share_and_not_the_pixels() {
        let words = [0.0, 0.15, 0.2, 0.7, 1.3, f64::NAN].map(|share| Likeness { error: 3.0, share, face: true }.word());
        use LikenessWord::{Alike, Distant, Found, NotFound};
        assert_eq!(words, [Found, Alike, Distant, NotFound, NotFound, NotFound]);
        let blob = Likeness { error: 3.0, share: 0.05, face: false };
        assert_eq!(blob.word(), NotFound, "however near its colours are");
        assert!(blob.numbers().ends_with("no such face in it"));
        let far = Likeness { error: 30.25, share: 0.714, face: true };
        assert!(far.verdict().contains("never seen such a cat"));
        assert!(far.numbers().starts_with("71 % as unlike") && far.numbers().ends_with("30.2 of 255"));
        assert_eq!(pixel_error(&Frame::filled(2, 2, [0, 10, 20]), &Frame::filled(2, 2, [9, 10, 11])), 6.0);
    }
}
