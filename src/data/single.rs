//! One photo alone, and squares of it.

use super::cut::cut;
use super::error::DataError;
use super::photo_faces::faces_of;
use super::square::Square;
use super::upright::Upright;
use super::{item, prepare};
use crate::finder::Face;
use crate::pixels::Frame;
use fast_image_resize::Resizer;
use image::RgbImage;
use image::metadata::Orientation;
use std::path::Path;

/// A whole photo, upright and at most `longest` pixels a side, and its own width and height in pixels.
///
/// # Errors
/// A file that is missing, unreadable, no picture, damaged, or too large, with the reason.
pub fn open_upright(path: &Path, longest: u32) -> Result<(Frame, (u32, u32)), DataError> {
    if path.is_dir() {
        let reason = "this is a folder, not a picture".to_owned();
        return Err(DataError::Picture { path: path.to_owned(), reason });
    }
    item::upright(path, longest).map_err(|reason| DataError::Picture { path: path.to_owned(), reason })
}

/// A square of an upright photo at `side` x `side` pixels. What lies outside the photo is its mirror image.
///
/// # Errors
/// A photo whose buffer does not match its size, or a square that is not in its reach.
pub(crate) fn cut_square(photo: &Frame, square: &Square, side: u32) -> Result<Frame, DataError> {
    let failed = |reason: &str| DataError::Picture { path: "the picture".into(), reason: reason.to_owned() };
    let size = (photo.width, photo.height);
    if !square.is_plausible(size) {
        return Err(failed("the square to cut out is not in reach of the picture"));
    }
    let image = pixels_of(photo).ok_or_else(|| failed("its buffer does not match its size"))?;
    let (upright, mut resizer) = (as_it_is(&image), Resizer::new());
    // Twice the size, so that the last step is a good filter's, as for the pictures of a training.
    let made = cut(&image, &upright, square, 2 * side, &mut resizer)
        .and_then(|large| prepare::resized(&large, side, &mut resizer));
    let data = made.map_err(|reason| failed(&reason))?.into_raw();
    Ok(Frame { width: side, height: side, data })
}

/// The faces in an upright picture, the surest first.
///
/// # Errors
/// A picture whose buffer does not match its size, or of a shape that cannot be made smaller.
pub(crate) fn faces_in_frame(picture: &Frame) -> Result<Vec<Face>, DataError> {
    let failed = |reason: &str| DataError::Picture { path: "the picture".into(), reason: reason.to_owned() };
    let image = pixels_of(picture).ok_or_else(|| failed("its buffer does not match its size"))?;
    let mut faces = faces_of(&image)?;
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    Ok(faces)
}

fn pixels_of(frame: &Frame) -> Option<RgbImage> {
    RgbImage::from_raw(frame.width, frame.height, frame.data.clone()).filter(|i| i.width() > 0 && i.height() > 0)
}

fn as_it_is(image: &RgbImage) -> Upright {
    Upright { stored: image.dimensions(), orientation: Orientation::NoTransforms }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::PixelPoint;

    #[test]
    fn a_square_is_cut_out_and_what_is_no_picture_is_named() {
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
        let (photo, size) = open_upright(&path, 100).unwrap();
        assert_eq!((&photo, size), (&wide, (30, 10)));
        let middle = Square::middle_of(size);
        assert_eq!(cut_square(&photo, &middle, 10).unwrap(), Frame::filled(10, 10, [0, 100, 50]));
        let left = Square { middle: PixelPoint { x: 5.0, y: 5.0 }, ..middle };
        assert_eq!(cut_square(&photo, &left, 10).unwrap().data[..3], [200, 0, 0]);
        let lost = Square { side: f64::INFINITY, ..middle };
        assert!(cut_square(&photo, &lost, 10).unwrap_err().to_string().contains("not in reach"));
        std::fs::write(dir.path().join("text.png"), "no picture").unwrap();
        for (name, words) in [("text.png", "not a picture"), ("none.png", "not found"), ("", "a folder")] {
            let error = open_upright(&dir.path().join(name), 10).unwrap_err().to_string();
            assert!(error.contains(words) && error.contains(name), "{error}");
        }
        assert!(cut_square(&Frame { width: 9, height: 9, data: Vec::new() }, &middle, 10).is_err());
        assert!(faces_in_frame(&wide).unwrap().is_empty());
    }
}
