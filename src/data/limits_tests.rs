//! Files that are small on disk and whole, and would still cost far too much; links that lead out of the folder.

use super::samples::{encode, png, quarters};
use super::{DataError, DataHome, Dataset};
use crate::config::{CropMode, DataConfig, DataSource};
use crate::interrupt::JobControl;
use image::ImageFormat;
use std::path::Path;

fn prepare(files: &Path, cache: &Path, crop: CropMode) -> Result<Dataset, DataError> {
    let config = DataConfig { source: DataSource::Folder(files.to_owned()), crop, ..Default::default() };
    // A needle may be one colour all over.
    Dataset::prepare_all(&config, 16, &DataHome::at(cache), JobControl::unattended())
}

/// A whole grey picture, one pixel high or wide.
fn needle(width: u32, height: u32) -> Vec<u8> {
    let row = [&[0][..], &vec![64; width as usize]].concat();
    png(width, height, 8, 0, &[], &row.repeat(height as usize))
}

#[test]
fn needles_are_refused_in_every_crop_mode() {
    // Resampling needs memory in proportion to the longest side, not to the number of pixels.
    let (files, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(files.path().join("wide.png"), needle(65_536, 1)).unwrap();
    std::fs::write(files.path().join("tall.png"), needle(1, 65_536)).unwrap();
    std::fs::write(files.path().join("longest.png"), needle(65_535, 1)).unwrap();
    for crop in [CropMode::Center, CropMode::Pad, CropMode::Stretch] {
        let dataset = prepare(files.path(), cache.path(), crop).unwrap();
        assert_eq!(dataset.len(), 1, "the longest side that JPEG knows is fine");
        assert_eq!(dataset.report().skipped.len(), 2);
        for skipped in &dataset.report().skipped {
            assert!(skipped.reason.contains("65535 pixels a side"), "{}", skipped.reason);
        }
    }
}

#[test]
fn landmarks_cannot_ask_for_a_square_far_larger_than_the_picture() {
    let (files, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(files.path().join("a.png"), needle(60_000, 1)).unwrap();
    // A face in proportion, but as wide as the needle is long: 60,000 x 60,000 pixels are 10 GB.
    let points = "9 29990 0 30010 0 30000 1 0 -5 1 -5 2 -5 60000 -5 60000 -5 60000 -5";
    std::fs::write(files.path().join("a.png.cat"), points).unwrap();
    let dataset = prepare(files.path(), cache.path(), CropMode::Center).unwrap();
    let notes = &dataset.report().notes;
    assert!(notes.iter().any(|(label, n)| label.contains("implausible landmarks") && *n == 1), "{notes:?}");
}

#[cfg(unix)]
#[test]
fn a_link_to_a_folder_above_does_not_pull_in_its_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("chosen");
    std::fs::create_dir(&files).unwrap();
    let good = encode(quarters(20, 20), ImageFormat::Png);
    std::fs::write(files.join("mine.png"), &good).unwrap();
    std::fs::write(folder.path().join("foreign.png"), &good).unwrap();
    std::os::unix::fs::symlink(folder.path(), files.join("up")).unwrap();
    let dataset = prepare(&files, &folder.path().join("cache"), CropMode::Center).unwrap();
    assert_eq!((dataset.len(), dataset.report().files), (1, 2), "{:?}", dataset.report().skipped);
    assert!(dataset.report().skipped[0].reason.contains("above"), "{:?}", dataset.report().skipped);
}
