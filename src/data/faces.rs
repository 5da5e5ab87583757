//! Looks for cats' faces in a decoded picture.

use super::prepare;
use super::upright::Upright;
use crate::finder::{CatFinder, Face, HeadBox, PixelPoint};
use image::RgbImage;

/// Finds the faces in an upright picture, in its pixels.
pub(super) type FindFaces<'a> = &'a (dyn Fn(&RgbImage) -> Vec<Face> + Sync);

/// Longest side in pixels of the copy that is searched: a face of a tenth of it has a hundred pixels, enough for the
/// eyes.
const LONGEST: u32 = 1024;
/// More faces in one photo are patterns or crowds: the surest are kept.
const MOST: usize = 16;

/// The program's own finder.
pub(super) fn bundled(upright: &RgbImage) -> Vec<Face> {
    CatFinder::bundled().find(upright)
}

/// The faces in a picture as stored, in pixels of the upright picture, from left to right.
///
/// # Errors
/// A reason in words, when resizing fails.
pub(super) fn faces_in(stored: &RgbImage, upright: &Upright, find: FindFaces) -> Result<Vec<Face>, String> {
    let small = prepare::shrunk(stored, LONGEST, upright.orientation)?;
    let factor = f64::from(upright.size().0) / f64::from(small.width());
    let mut faces = find(&small);
    faces.sort_by(|a, b| b.score.total_cmp(&a.score));
    faces.truncate(MOST);
    faces.iter_mut().for_each(|face| *face = enlarged(face, factor));
    faces.sort_by(|a, b| (a.head.x0 + a.head.x1).total_cmp(&(b.head.x0 + b.head.x1)));
    Ok(faces)
}

fn enlarged(face: &Face, factor: f64) -> Face {
    let HeadBox { x0, y0, x1, y1 } = face.head;
    let head = HeadBox { x0: x0 * factor, y0: y0 * factor, x1: x1 * factor, y1: y1 * factor };
    let eyes = face.eyes.map(|eyes| eyes.map(|eye| PixelPoint { x: eye.x * factor, y: eye.y * factor }));
    Face { head, eyes, ..*face }
}
