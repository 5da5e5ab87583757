//! The faces in photos, for people and programs that want nothing else of a folder.

use super::budget::Budget;
use super::error::DataError;
use super::faces;
use super::fill::{DECODE_BYTES, in_pool};
use super::item::Item;
use super::report::SkippedFile;
use super::scan::{self, Candidate, Scan, Stamp};
use super::upright::Upright;
use crate::config::DataConfig;
use crate::finder::Face;
use crate::interrupt::JobControl;
use image::RgbImage;
use image::metadata::Orientation;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A photo and the faces in it, in pixels of the upright photo.
pub(crate) struct PhotoFaces {
    pub path: PathBuf,
    /// Width and height in pixels, upright.
    pub size: (u32, u32),
    /// The surest first.
    pub faces: Vec<Face>,
}

/// The faces in the photos of a folder and everything below it, or in one photo; and the files that are none. Both are
/// sorted by path. `leave_out` is the program's own cache.
///
/// # Errors
/// The folder cannot be opened; cancelled.
pub(crate) fn photo_faces(
    root: &Path,
    leave_out: &Path,
    control: JobControl,
) -> Result<(Vec<PhotoFaces>, Vec<SkippedFile>), DataError> {
    let Scan { candidates, mut skipped } = found(root, leave_out, control)?;
    let (budget, background, done) = (Budget::new(DECODE_BYTES), DataConfig::default().background, AtomicUsize::new(0));
    let total = candidates.len();
    let look = |candidate: Candidate| {
        control.check()?;
        let path = candidate.path.clone();
        let seen = Item::File(candidate).look(background, &budget, &faces::bundled);
        control.report("photos searched", done.fetch_add(1, Ordering::Relaxed) + 1, total);
        Ok(match seen {
            Ok((size, mut faces)) => {
                faces.sort_by(|a, b| b.score.total_cmp(&a.score));
                Ok(PhotoFaces { path, size, faces })
            }
            Err(reason) => Err(SkippedFile { path, reason }),
        })
    };
    let seen = in_pool(|| candidates.into_par_iter().map(look).collect::<Result<Vec<_>, DataError>>())?;
    let mut photos = Vec::new();
    for seen in seen {
        match seen {
            Ok(photo) => photos.push(photo),
            Err(file) => skipped.push(file),
        }
    }
    skipped.sort_by(|a, b| a.path.cmp(&b.path));
    Ok((photos, skipped))
}

/// A file is taken as it is, whatever its name.
fn found(root: &Path, leave_out: &Path, control: JobControl) -> Result<Scan, DataError> {
    if root.is_file() {
        let candidate = Candidate { path: root.to_owned(), stamp: Stamp { size: 0, modified: 0 }, landmarks: None };
        return Ok(Scan { candidates: vec![candidate], skipped: Vec::new() });
    }
    let failed = |source| DataError::Folder { path: root.to_owned(), source };
    scan::scan(root, leave_out, control).map_err(failed)?.ok_or(DataError::Cancelled)
}

/// The faces in an upright picture of any size, as preparing pictures finds them.
///
/// # Errors
/// A picture of a shape that cannot be made smaller.
pub(crate) fn faces_of(picture: &RgbImage) -> Result<Vec<Face>, DataError> {
    let upright = Upright { stored: picture.dimensions(), orientation: Orientation::NoTransforms };
    let failed = |reason| DataError::Picture { path: "the picture".into(), reason };
    faces::faces_in(picture, &upright, &faces::bundled).map_err(failed)
}
