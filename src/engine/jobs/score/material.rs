//! The photos that the finder is measured on: `heads.csv` and `eyes.csv` of a folder, and photos made of them.

use crate::data::{DataError, open_upright};
use crate::engine::protocol::error::EngineError;
use crate::files::{self, Links};
use crate::finder::{HeadBox, PixelPoint};
use image::RgbImage;
use image::imageops::{FilterType, overlay, resize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A CSV file larger than this is none of these.
const MOST_BYTES: u64 = 64 << 20;
/// Longest side in pixels at which photos are read: far more than the photos of such folders have.
const LONGEST: u32 = 4096;

/// A line of `heads.csv`.
pub(super) struct Marked {
    pub path: PathBuf,
    /// The one head; none in a photo without a cat.
    pub head: Option<HeadBox>,
    /// From `eyes.csv`: the left eye, the right eye.
    pub eyes: Option<[PixelPoint; 2]>,
}

/// The photos of one split. `eyes.csv` may be missing.
///
/// # Errors
/// `heads.csv` cannot be read, or a line of either file is not as it should be.
pub(super) fn marked(folder: &Path, split: &str) -> Result<Vec<Marked>, EngineError> {
    let heads = folder.join("heads.csv");
    let eyes_path = folder.join("eyes.csv");
    let mut eyes = HashMap::new();
    if eyes_path.exists() {
        for line in table(&eyes_path, &["file", "lx", "ly", "rx", "ry"])? {
            if let Some([lx, ly, rx, ry]) = numbers(&eyes_path, &line[1..])? {
                eyes.insert(line[0].clone(), [[lx, ly].into(), [rx, ry].into()]);
            }
        }
    }
    let mut found = Vec::new();
    for line in table(&heads, &["file", "x0", "y0", "x1", "y1", "split"])? {
        if line[5] == split {
            let head = numbers(&heads, &line[1..5])?.map(|[x0, y0, x1, y1]| HeadBox { x0, y0, x1, y1 });
            found.push(Marked { path: folder.join(&line[0]), head, eyes: eyes.get(&line[0]).copied() });
        }
    }
    if found.iter().all(|photo| photo.head.is_none()) {
        return Err(EngineError::Data(format!("{}: no head in the split {split}", heads.display())));
    }
    Ok(found)
}

/// The named columns of a CSV file.
fn table(path: &Path, columns: &[&str]) -> Result<Vec<Vec<String>>, EngineError> {
    let failed = |words: String| EngineError::Data(format!("{}: {words}", path.display()));
    let text = files::read_text(path, Links::Follow, MOST_BYTES).map_err(|e| failed(e.to_string()))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let place = |column: &&str| {
        let found = names.iter().position(|name| name == column);
        found.ok_or_else(|| failed(format!("there is no column {column} in its first line")))
    };
    let places = columns.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let row = |(i, line): (usize, &str)| {
        let cells: Vec<&str> = line.split(',').collect();
        let row: Option<Vec<String>> = places.iter().map(|&place| cells.get(place).map(|c| (*c).to_owned())).collect();
        row.ok_or_else(|| failed(format!("line {} has too few columns", i + 2)))
    };
    lines.filter(|line| !line.is_empty()).enumerate().map(row).collect()
}

/// Four numbers, or none where all are empty.
fn numbers(path: &Path, cells: &[String]) -> Result<Option<[f64; 4]>, EngineError> {
    if cells.iter().all(String::is_empty) {
        return Ok(None);
    }
    let numbers: Option<Vec<f64>> = cells.iter().map(|c| c.parse().ok().filter(|v: &f64| v.is_finite())).collect();
    let numbers = numbers.and_then(|numbers| <[f64; 4]>::try_from(numbers).ok());
    let failed = || EngineError::Data(format!("{}: {} are not four numbers", path.display(), cells.join(",")));
    numbers.map(Some).ok_or_else(failed)
}

/// A photo's pixels, upright.
///
/// # Errors
/// It cannot be read.
pub(super) fn open(path: &Path) -> Result<RgbImage, EngineError> {
    let (frame, _) = open_upright(path, LONGEST)?;
    let unfit =
        || DataError::Picture { path: path.to_owned(), reason: "its buffer does not match its size".to_owned() };
    Ok(RgbImage::from_raw(frame.width, frame.height, frame.data).ok_or_else(unfit)?)
}

/// The photo made small and laid on another one, which fills `longer` x 3/4 `longer` pixels, so that the head has 8 to
/// 12 % of the longer side. Size and place follow from `index`, so they are the same every time.
pub(super) fn tenth(
    photo: &RgbImage,
    head: &HeadBox,
    under: &RgbImage,
    longer: u32,
    index: usize,
) -> (RgbImage, HeadBox) {
    // Multiples of the golden ratio and its relatives fill an interval evenly.
    let spread = |step: f64| (index as f64 * step).fract();
    let share = 0.08 + 0.04 * spread(0.618_034);
    let factor = share * f64::from(longer) / head.width().max(head.height());
    let (w, h) = photo.dimensions();
    let small = scaled(photo, f64::from(w) * factor, f64::from(h) * factor);
    let mut canvas = cover(under, longer, longer * 3 / 4);
    let [x, y] = [(canvas.width(), small.width(), 0.754_878), (canvas.height(), small.height(), 0.569_84)]
        .map(|(room, side, step)| (f64::from(room.saturating_sub(side)) * spread(step)).floor());
    overlay(&mut canvas, &small, x as i64, y as i64);
    let [to_x, to_y] = [f64::from(small.width()) / f64::from(w), f64::from(small.height()) / f64::from(h)];
    let HeadBox { x0, y0, x1, y1 } = *head;
    (canvas, HeadBox { x0: x0 * to_x + x, y0: y0 * to_y + y, x1: x1 * to_x + x, y1: y1 * to_y + y })
}

/// The left upper part of a photo that was made as large as it takes to fill `width` x `height`.
pub(super) fn cover(photo: &RgbImage, width: u32, height: u32) -> RgbImage {
    let (w, h) = photo.dimensions();
    let factor = (f64::from(width) / f64::from(w)).max(f64::from(height) / f64::from(h));
    let mut large = scaled(photo, (f64::from(w) * factor).ceil(), (f64::from(h) * factor).ceil());
    image::imageops::crop(&mut large, 0, 0, width, height).to_image()
}

fn scaled(photo: &RgbImage, width: f64, height: f64) -> RgbImage {
    resize(photo, width.round().max(1.0) as u32, height.round().max(1.0) as u32, FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_by_the_names_of_its_columns() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("heads.csv", "split,file,x0,y0,x1,y1\nval,a.jpg,1,2,3.5,4\ntrain,b.jpg,1,2,3,4\nval,dog.jpg,,,,\n");
        write("eyes.csv", "file,lx,ly,rx,ry\na.jpg,1,2,3,2.5\nb.jpg,,,,\n");
        let photos = marked(dir.path(), "val").unwrap();
        let names: Vec<_> = photos.iter().map(|p| p.path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.jpg", "dog.jpg"]);
        assert_eq!(photos[0].head, Some(HeadBox { x0: 1.0, y0: 2.0, x1: 3.5, y1: 4.0 }));
        assert_eq!(photos[0].eyes, Some([[1.0, 2.0].into(), [3.0, 2.5].into()]));
        assert!(photos[1].head.is_none() && photos[1].eyes.is_none());
        let failure = |split: &str| marked(dir.path(), split).err().unwrap().to_string();
        assert!(failure("test").contains("split test"));
        for (text, words) in [
            ("file,x0,y0,x1,split\n", "no column y1"),
            ("file,x0,y0,x1,y1,split\na.jpg,1,2\n", "line 2 has too few"),
            ("file,x0,y0,x1,y1,split\na.jpg,1,2,three,4,val\n", "1,2,three,4 are not four numbers"),
        ] {
            write("heads.csv", text);
            assert!(failure("val").contains(words), "{}", failure("val"));
        }
        std::fs::remove_file(dir.path().join("heads.csv")).unwrap();
        assert!(failure("val").contains("heads.csv"));
    }

    #[test]
    fn a_small_head_lies_where_it_is_said_to() {
        let head = HeadBox { x0: 40.0, y0: 20.0, x1: 80.0, y1: 60.0 };
        let photo = RgbImage::from_fn(160, 120, |x, y| {
            let inside = (40..80).contains(&x) && (20..60).contains(&y);
            image::Rgb(if inside { [250; 3] } else { [0; 3] })
        });
        let under = RgbImage::from_pixel(50, 90, image::Rgb([100; 3]));
        for index in 0..20 {
            let (made, at) = tenth(&photo, &head, &under, 640, index);
            assert_eq!(made.dimensions(), (640, 480));
            let share = at.width().max(at.height()) / 640.0;
            assert!((0.078..0.122).contains(&share), "{share}");
            let middle = at.centre();
            assert!(made.get_pixel(middle.x as u32, middle.y as u32).0[0] > 240);
            let white = made.pixels().filter(|pixel| pixel.0[0] > 180).count() as f64;
            assert!((white / (at.width() * at.height()) - 1.0).abs() < 0.15, "{white} pixels in {at:?}");
        }
    }
}
