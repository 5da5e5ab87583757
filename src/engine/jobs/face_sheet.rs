//! Contact sheets of photos with the faces that were found in them.

use crate::data::{PhotoFaces, open_upright};
use crate::engine::protocol::error::EngineError;
use crate::finder::{Face, PixelPoint};
use crate::formats::write_new;
use crate::interrupt::JobControl;
use crate::pixels::{Frame, SHEET_BACKGROUND, tile_in};
use rayon::prelude::*;
use std::path::{Path, PathBuf};

/// Side in pixels of the square that a photo gets.
const SIDE: u32 = 240;
/// Photos in a row, and on a sheet.
const COLUMNS: u32 = 8;
const PHOTOS: usize = 64;
/// Heads, left eyes and right eyes.
const HEAD: [u8; 3] = [255, 64, 64];
const EYES: [[u8; 3]; 2] = [[64, 255, 64], [64, 200, 255]];

/// Draws the photos, some on each sheet, and gives the files. `path` is the first; the others are numbered from 2.
///
/// # Errors
/// A file that cannot be written or is there already; cancelled.
pub(super) fn write_sheets(
    photos: &[PhotoFaces],
    path: &Path,
    control: JobControl,
) -> Result<Vec<String>, EngineError> {
    let mut written = Vec::new();
    for (i, part) in photos.chunks(PHOTOS).enumerate() {
        control.check()?;
        control.report("photos drawn", i * PHOTOS, photos.len());
        let tiles: Vec<Frame> = part.par_iter().map(drawn).collect();
        let sheet = tile_in(&tiles, COLUMNS, SHEET_BACKGROUND);
        let bytes = sheet.to_png().map_err(|e| EngineError::Other(e.to_string()))?;
        let path = numbered(path, i);
        write_new(&path, &bytes)?;
        written.push(path.to_string_lossy().into_owned());
    }
    Ok(written)
}

fn numbered(path: &Path, sheet: usize) -> PathBuf {
    if sheet == 0 {
        return path.to_owned();
    }
    let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
    path.with_file_name(format!("{}-{}.{}", part(path.file_stem()), sheet + 1, part(path.extension())))
}

/// A photo in a square, with its faces. One that has vanished meanwhile leaves the square empty.
fn drawn(photo: &PhotoFaces) -> Frame {
    let mut tile = Frame::filled(SIDE, SIDE, SHEET_BACKGROUND);
    let Ok((small, (width, _))) = open_upright(&photo.path, SIDE) else { return tile };
    let row = small.width as usize * 3;
    for (from, to) in small.data.chunks_exact(row).zip(tile.data.chunks_exact_mut(SIDE as usize * 3)) {
        to[..row].copy_from_slice(from);
    }
    let scale = f64::from(small.width) / f64::from(width);
    photo.faces.iter().for_each(|face| draw(face, scale, &mut tile));
    tile
}

fn draw(face: &Face, scale: f64, tile: &mut Frame) {
    let head = face.head;
    let [left, right, top, bottom] = [head.x0, head.x1, head.y0, head.y1].map(|side| (side * scale) as i64);
    for x in left..=right {
        [top, top + 1, bottom - 1, bottom].into_iter().for_each(|y| dot(tile, x, y, HEAD));
    }
    for y in top..=bottom {
        [left, left + 1, right - 1, right].into_iter().for_each(|x| dot(tile, x, y, HEAD));
    }
    for (PixelPoint { x, y }, colour) in face.eyes.into_iter().flatten().zip(EYES) {
        for (dx, dy) in (-1..=1).flat_map(|dx| (-1..=1).map(move |dy| (dx, dy))) {
            dot(tile, (x * scale) as i64 + dx, (y * scale) as i64 + dy, colour);
        }
    }
}

fn dot(tile: &mut Frame, x: i64, y: i64, colour: [u8; 3]) {
    let [x, y] = [x, y].map(|at| at.clamp(0, i64::from(SIDE) - 1) as usize);
    tile.data[(y * SIDE as usize + x) * 3..][..3].copy_from_slice(&colour);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finder::HeadBox;

    #[test]
    fn further_sheets_are_numbered() {
        assert_eq!(numbered(Path::new("a/faces.png"), 0), Path::new("a/faces.png"));
        assert_eq!(numbered(Path::new("a/faces.png"), 2), Path::new("a/faces-3.png"));
    }

    #[test]
    fn heads_and_eyes_are_drawn_where_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("grey.png");
        std::fs::write(&path, Frame::filled(480, 240, [100; 3]).to_png().unwrap()).unwrap();
        let head = HeadBox { x0: 100.0, y0: 40.0, x1: 300.0, y1: 200.0 };
        let eyes = Some([PixelPoint { x: 160.0, y: 100.0 }, PixelPoint { x: 240.0, y: 100.0 }]);
        let faces = vec![Face { head, score: 0.9, eyes }];
        let photo = PhotoFaces { path, size: (480, 240), faces };
        let tile = drawn(&photo);
        let pixel = |x: usize, y: usize| &tile.data[(y * SIDE as usize + x) * 3..][..3];
        assert_eq!((pixel(50, 60), pixel(100, 20), pixel(150, 99)), (&HEAD[..], &HEAD[..], &HEAD[..]));
        assert_eq!((pixel(80, 50), pixel(120, 50)), (&EYES[0][..], &EYES[1][..]));
        assert_eq!((pixel(100, 70), pixel(100, 200)), (&[100; 3][..], &SHEET_BACKGROUND[..]));
    }
}
