//! HEIC, AVIF and JPEG XL files against what independent decoders make of them (`tests/reference/format_pictures.py`
//! made both).

use super::*;
use crate::data::samples::BACKGROUND;
use image::DynamicImage;
use std::path::PathBuf;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

/// The picture, upright, and what is noteworthy about it.
fn upright(name: &str, bytes: &[u8]) -> Result<(RgbImage, PictureFlags), String> {
    let budget = Budget::new(1 << 30);
    let decoded = decode(bytes, Path::new(name), BACKGROUND, &budget)?;
    let mut image = DynamicImage::ImageRgb8(decoded.image);
    image.apply_orientation(decoded.orientation);
    Ok((image.into_rgb8(), decoded.flags))
}

/// The difference from the other decoder's picture: so many of a hundred samples differ by no more.
fn difference(name: &str, percent: usize) -> u8 {
    let expected = image::open(folder().join(format!("{name}.png"))).unwrap().into_rgb8();
    let (image, _) = upright(name, &read(name)).unwrap_or_else(|reason| panic!("{name}: {reason}"));
    assert_eq!(image.dimensions(), expected.dimensions(), "{name}");
    let mut apart: Vec<u8> = image.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    apart.sort_unstable();
    apart[(apart.len() - 1) * percent / 100]
}

/// All files of a format.
fn each(extension: &str, use_file: impl Fn(&str)) {
    let files = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = files.filter(|path| path.extension().is_some_and(|own| own == extension)).collect();
    names.sort();
    assert!(names.len() >= 5, "{names:?}");
    names.iter().for_each(|path| use_file(path.file_name().unwrap().to_str().unwrap()));
}

#[cfg(feature = "heic")]
#[test]
fn heic_pictures_are_what_libheif_shows() {
    each("heic", |name| {
        println!("{name} {} {} {}", difference(name, 50), difference(name, 99), difference(name, 100));
    });
}
