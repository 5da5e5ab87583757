//! The faces of prepared pictures as the text of `.cat` files.

use super::cache::CacheEntry;
use super::landmarks::Landmarks;
use super::square::Placement;
use super::squares::{LeftOut, PreparedPicture, PreparedPictures};
use super::upright::Upright;
use image::metadata::Orientation;
use std::collections::HashMap;
use std::path::Path;

/// What the `.cat` file of a photo says.
pub(crate) struct LandmarkFile<'a> {
    /// The photo.
    pub photo: &'a Path,
    /// A line for each face.
    pub text: String,
    /// How many faces it has.
    pub faces: usize,
}

impl PreparedPictures {
    /// The `.cat` files of all photos with a face, in the order of the photos. A face that a person excluded has no
    /// line: it may be none.
    pub(crate) fn landmark_files(&self) -> Vec<LandmarkFile<'_>> {
        let orientations = self.orientations();
        let by_photo = self.pictures.chunk_by(|a, b| a.photo == b.photo);
        let file = |pictures: &[PreparedPicture]| {
            let photo = &self.photos[pictures.first()?.photo as usize];
            let orientation = *orientations.get(photo.content.as_str())?;
            let size = (photo.width, photo.height);
            let stored = Upright { stored: size, orientation }.size();
            let wanted = |p: &&PreparedPicture| p.placement != Placement::Crop && p.left_out != Some(LeftOut::ByYou);
            let line = |p: &PreparedPicture| line(p, &Upright { stored, orientation });
            let lines: Vec<String> = pictures.iter().filter(wanted).filter_map(line).collect();
            (!lines.is_empty()).then(|| LandmarkFile { photo: &photo.path, text: lines.concat(), faces: lines.len() })
        };
        by_photo.filter_map(file).collect()
    }

    /// How each photo is turned upright, by its content.
    fn orientations(&self) -> HashMap<&str, Orientation> {
        let known = self.cache.index.values().filter_map(|entry| match entry {
            CacheEntry::Photo { about, .. } => {
                Some((about.content.as_str(), Orientation::from_exif(about.orientation)?))
            }
            CacheEntry::Skipped { .. } => None,
        });
        known.collect()
    }
}

/// The line of one face; none where our own reader would take its points for a mistake.
fn line(picture: &PreparedPicture, upright: &Upright) -> Option<String> {
    let to_stored = upright.back();
    let mut points = picture.square.landmarks(picture.eyes).map(|point| to_stored.point(point));
    if to_stored.is_mirrored() {
        // Left and right are sides of the picture: the eyes, and the points of the ears from the outside in.
        points.swap(0, 1);
        points[3..].reverse();
    }
    let landmarks = Landmarks::of(points);
    let (width, height) = upright.stored;
    landmarks.face_box(width, height).is_ok().then(|| landmarks.line())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::square::Square;
    use crate::finder::PixelPoint;

    fn at(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    #[test]
    fn our_reader_gives_the_same_square_again_however_the_photo_is_stored() {
        let squares = [(300.0, 200.0, 120.0, 0.0), (250.5, 190.25, 80.0, 0.4), (90.0, 300.0, 150.0, -0.9)];
        for (x, y, side, angle) in squares {
            let square = Square { middle: at(x, y), side, angle };
            let near = [square.point(0.33, 0.4), square.point(0.67, 0.4)];
            for (orientation, eyes) in (1..=8).flat_map(|i| [(i, None), (i, Some(near))]) {
                let orientation = Orientation::from_exif(orientation).unwrap();
                let stored = Upright { stored: (600, 400), orientation }.size();
                let upright = Upright { stored, orientation };
                let picture = PreparedPicture { eyes, ..PreparedPicture::new(0, square, Placement::Finder) };
                let line = line(&picture, &upright).unwrap();
                let read = Landmarks::parse_all(&line).unwrap()[0].face_box(stored.0, stored.1).unwrap();
                let again = upright.square(&read.square());
                let off = (again.middle.x - x).hypot(again.middle.y - y).max((again.side - side).abs());
                assert!(off < 0.01 && (again.angle - angle).abs() < 1e-4, "{orientation:?}: {square:?} {again:?}");
                // As far apart as they are, on the side of the picture that their names say.
                let [left, right] = upright.eyes(read.eyes());
                let apart = (right.x - left.x).hypot(right.y - left.y);
                assert!(eyes.is_none() || (apart - 0.34 * side).abs() < 0.01, "{apart}");
                assert!((left.x - right.x) * angle.cos() + (left.y - right.y) * angle.sin() < 0.0);
            }
        }
    }

    #[test]
    fn what_our_reader_would_refuse_is_not_written() {
        let upright = Upright { stored: (100, 100), orientation: Orientation::NoTransforms };
        for (x, y, side) in [(500.0, 50.0, 40.0), (50.0, 50.0, 1.5), (50.0, 50.0, 5000.0)] {
            let square = Square { middle: at(x, y), side, angle: 0.0 };
            assert_eq!(line(&PreparedPicture::new(0, square, Placement::Hand), &upright), None, "{square:?}");
        }
    }
}
