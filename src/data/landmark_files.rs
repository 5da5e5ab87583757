//! The faces of prepared pictures as the text of `.cat` files.

use super::cache::CacheEntry;
use super::landmarks::Landmarks;
use super::squares::{LeftOut, Placement, PreparedPicture, PreparedPictures};
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
