//! One picture alone, prepared as the pictures of a training are.

use super::budget::Budget;
use super::choices::PictureChoices;
use super::error::DataError;
use super::item::{self, Item, Outcome};
use super::photo::Studio;
use super::prepare::{self, Settings};
use super::scan::{Candidate, Stamp};
use crate::config::{CropMode, DataConfig};
use crate::pixels::Frame;
use fast_image_resize::Resizer;
use image::RgbImage;
use image::metadata::Orientation;
use std::path::Path;

/// The middle square of a picture file, upright, at `side` x `side` pixels.
///
/// # Errors
/// A file that is missing, unreadable, no picture, damaged, or too large, with the reason.
pub fn open_square(path: &Path, side: u32) -> Result<Frame, DataError> {
    // The stamp matters for caches only.
    let candidate = Candidate { path: path.to_owned(), stamp: Stamp { size: 0, modified: 0 }, landmarks: None };
    let failed = |reason: String| DataError::Picture { path: path.to_owned(), reason };
    if path.is_dir() {
        return Err(failed("this is a folder, not a picture".to_owned()));
    }
    let (settings, budget, choices) = (settings(side), Budget::new(u64::MAX), PictureChoices::default());
    let studio = Studio { settings: &settings, budget: &budget, choices: &choices, find: None };
    match Item::File(candidate).produce(&studio, &mut Resizer::new()) {
        Outcome::Photo(photo) => {
            let square = photo.squares.into_iter().next().ok_or_else(|| failed("it has no pixels".to_owned()))?;
            Ok(Frame { width: side, height: side, data: square.pixels })
        }
        Outcome::Skipped { reason, .. } => Err(failed(reason)),
    }
}

/// A whole photo, upright and at most `longest` pixels a side, and its own width and height in pixels.
///
/// # Errors
/// A file that is missing, unreadable, no picture, damaged, or too large, with the reason.
pub(crate) fn open_upright(path: &Path, longest: u32) -> Result<(Frame, (u32, u32)), DataError> {
    item::upright(path, longest).map_err(|reason| DataError::Picture { path: path.to_owned(), reason })
}

/// The middle square of a picture in memory (one that was pasted) at `side` x `side` pixels.
///
/// # Errors
/// A picture without pixels, or whose buffer does not match its size.
pub(crate) fn square_of(frame: &Frame, side: u32) -> Result<Frame, DataError> {
    let failed = |reason: &str| DataError::Picture { path: "the pasted picture".into(), reason: reason.to_owned() };
    let image = RgbImage::from_raw(frame.width, frame.height, frame.data.clone())
        .filter(|i| i.width() > 0 && i.height() > 0)
        .ok_or_else(|| failed("its buffer does not match its size"))?;
    let data = prepare::square(&image, Orientation::NoTransforms, &settings(side), &mut Resizer::new());
    Ok(Frame { width: side, height: side, data: data.map_err(|reason| failed(&reason))? })
}

fn settings(side: u32) -> Settings {
    Settings { side, crop: CropMode::Center, background: DataConfig::default().background, align: false, faces: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_is_cut_out_and_what_is_no_picture_is_named() {
        // Three bands of 10 px: the middle square of 30 x 10 is the second.
        let mut wide = Frame::filled(30, 10, [200, 0, 0]);
        for (i, pixel) in wide.data.chunks_exact_mut(3).enumerate() {
            if (10..20).contains(&(i % 30)) {
                pixel.copy_from_slice(&[0, 100, 50]);
            }
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cat.png");
        std::fs::write(&path, wide.to_png().unwrap()).unwrap();
        let square = open_square(&path, 10).unwrap();
        assert_eq!(square, Frame::filled(10, 10, [0, 100, 50]));
        assert_eq!(square_of(&wide, 10).unwrap(), square);
        std::fs::write(dir.path().join("text.png"), "no picture").unwrap();
        for (name, words) in [("text.png", "not a picture"), ("none.png", "not found"), ("", "a folder")] {
            let error = open_square(&dir.path().join(name), 10).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(name), "{error}");
        }
        assert!(square_of(&Frame { width: 0, height: 0, data: Vec::new() }, 10).is_err());
    }
}
