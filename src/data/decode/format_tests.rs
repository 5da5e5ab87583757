//! HEIC, AVIF and JPEG XL files, and colour profiles, against what independent decoders make of them
//! (`tests/reference/format_pictures.py` made both); hostile ones.

use super::*;
use crate::data::samples::BACKGROUND;
use image::metadata::Orientation;
use image::{DynamicImage, RgbImage};
use std::path::PathBuf;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/pictures")
}

fn read(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

fn decoded(bytes: &[u8]) -> Result<(RgbImage, Orientation, PictureFlags), String> {
    let budget = Budget::new(1 << 30);
    let decoded = decode(bytes, Path::new("cat"), BACKGROUND, &budget)?;
    Ok((decoded.image, decoded.orientation, decoded.flags))
}

/// The difference from the other decoder's picture: 99 of a hundred samples differ by no more.
fn difference(path: &Path) -> u8 {
    let name = path.display();
    let expected = image::open(format!("{name}.png")).unwrap().into_rgb8();
    let bytes = std::fs::read(path).unwrap();
    let (image, orientation, _) = decoded(&bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    let image = image.into_rgb8();
    assert_eq!(image.dimensions(), expected.dimensions(), "{name}");
    let mut apart: Vec<u8> = image.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).collect();
    apart.sort_unstable();
    apart[(apart.len() - 1) * 99 / 100]
}

/// All files with this extension.
#[cfg(any(feature = "heic", feature = "avif", feature = "jxl"))]
fn files(extension: &str) -> Vec<String> {
    let paths = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.extension().is_some_and(|own| own == extension));
    let mut names: Vec<_> = named.map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() >= 9, "{names:?}");
    names
}

#[track_caller]
fn assert_alike(names: &[impl AsRef<str>]) {
    let apart: Vec<_> = names.iter().map(|name| (name.as_ref(), difference(&folder().join(name.as_ref())))).collect();
    assert!(apart.iter().all(|(_, difference)| *difference <= 2), "{apart:?}");
}

#[cfg(feature = "heic")]
#[test]
fn heic_pictures_are_what_libheif_shows() {
    assert_alike(&files("heic"));
}

#[cfg(feature = "avif")]
#[test]
fn avif_pictures_are_what_libavif_shows() {
    assert_alike(&files("avif"));
}

#[cfg(feature = "jxl")]
#[test]
fn jpeg_xl_pictures_are_what_libjxl_shows() {
    assert_alike(&files("jxl"));
}

#[test]
fn profiles_of_the_common_formats_are_used() {
    assert_alike(&["profile-adobe.jpg", "profile-adobe.webp", "profile-p3.png", "profile-p3.tif"]);
}

/// All HEIC, AVIF and JPEG XL files of the folder that `PURRTRAIT_PICTURES` names, with a PNG beside each.
#[test]
#[ignore = "needs a folder of pictures"]
fn a_folder_of_pictures_is_what_other_decoders_show() {
    let folder = std::env::var_os("PURRTRAIT_PICTURES").expect("PURRTRAIT_PICTURES");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|own| own != "png"));
    paths.sort();
    assert!(!paths.is_empty());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let start = std::time::Instant::now();
        let size = decoded(&bytes).unwrap().0.dimensions();
        let seconds = start.elapsed().as_secs_f32();
        let apart = difference(&path);
        println!("{} {size:?} {seconds:.2} s, 99 % within {apart}", path.display());
        assert!(apart <= 2);
    }
}

#[cfg(all(feature = "heic", feature = "avif", feature = "jxl"))]
#[test]
fn what_is_noteworthy_is_noted() {
    for (name, bit, label) in [
        ("rot90.heic", PictureFlags::TURNED, "turned"),
        ("exif-only.heic", PictureFlags::TURNED, "turned"),
        ("turned-jpeg.jxl", PictureFlags::TURNED, "turned"),
        ("ten-bit.heic", PictureFlags::DEEP, "deep"),
        ("twelve-bit.avif", PictureFlags::DEEP, "deep"),
        ("deep.jxl", PictureFlags::DEEP, "deep"),
        ("alpha.heic", PictureFlags::TRANSPARENT, "transparent"),
        ("alpha.avif", PictureFlags::TRANSPARENT, "transparent"),
        ("alpha.jxl", PictureFlags::TRANSPARENT, "transparent"),
    ] {
        assert!(decoded(&read(name)).unwrap().2.has(bit), "{name}: {label}");
        for plain in ["plain.heic", "plain.avif", "lossy.jxl"] {
            assert!(!decoded(&read(plain)).unwrap().2.has(bit), "{plain}: {label}");
        }
    }
}

/// A file cut anywhere is refused as damaged, never used in part, and nothing panics.
#[cfg(all(feature = "heic", feature = "avif", feature = "jxl"))]
#[test]
fn cut_files_are_never_half_used() {
    for name in ["grid-rot270-p3.heic", "alpha.heic", "grid.avif", "alpha.avif", "lossless.jxl", "lossy.jxl"] {
        let whole = read(name);
        // The last byte may be padding.
        for cut in (0..whole.len() - 1).step_by(7) {
            let reason = decoded(&whole[..cut]).map(|_| ()).expect_err(&format!("{name} cut at {cut} is used"));
            assert!(["damaged", "not a picture", "unsupported"].iter().any(|part| reason.contains(part)), "{reason}");
        }
    }
}

/// Puts other bytes in the place of the only ones like these.
#[cfg(feature = "heic")]
fn changed(name: &str, from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = read(name);
    let mut places = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from));
    let at = places.next().unwrap();
    assert!(places.next().is_none(), "{from:?} stands twice");
    bytes.splice(at..at + from.len(), to.iter().copied());
    bytes
}

#[cfg(feature = "heic")]
#[test]
fn containers_that_claim_the_impossible_are_refused() {
    // Version, flags, rows and columns less one, width and height.
    let grid = [0, 0, 1, 1, 0, 112, 0, 80];
    let primary = [&b"pitm\0\0\0\0\0"[..], &[2]].concat();
    for (bytes, words) in [
        (changed("grid-rot270-p3.heic", &grid, &[0, 0, 1, 1, 255, 255, 255, 255]), "too large"),
        (changed("grid-rot270-p3.heic", &grid, &[0, 0, 1, 1, 4, 0, 4, 0]), "do not cover"),
        (changed("grid-rot270-p3.heic", &grid, &[0, 0, 1, 1, 0, 64, 0, 80]), "do not cover"),
        (changed("grid-rot270-p3.heic", &grid, &[0, 0, 255, 255, 0, 112, 0, 80]), "does not have the tiles"),
        (changed("grid-rot270-p3.heic", &grid, &[0, 0, 1, 1, 0, 0, 0, 0]), "no pixels"),
        // A tile that is the grid itself, and a picture made from itself.
        (changed("grid-rot270-p3.heic", b"dimg\0\x01\0\x04\0\x02", b"dimg\0\x01\0\x04\0\x01"), "grid inside"),
        (changed("identity.heic", b"dimg\0\x02\0\x01\0\x01", b"dimg\0\x02\0\x01\0\x02"), "iden inside"),
        (changed("identity.heic", &primary, b"pitm\0\0\0\0\0\x09"), "its picture is missing"),
    ] {
        let reason = decoded(&bytes).map(|_| ()).unwrap_err();
        assert!(reason.contains(words), "{words}: {reason}");
    }
}

/// The largest that phones take: 768 tiles of 512 x 512.
#[cfg(feature = "heic")]
#[test]
#[ignore = "takes a minute and a gigabyte"]
fn a_heic_photo_of_200_megapixels_is_used() {
    let (image, ..) = decoded(&read("large/200-megapixels.heic")).unwrap();
    assert_eq!(image.dimensions(), (16_384, 12_288));
    assert_ne!(image.get_pixel(20, 20), image.get_pixel(500, 500));
    assert_eq!(image.get_pixel(20, 20), image.get_pixel(31 * 512 + 20, 23 * 512 + 20));
}

#[test]
#[ignore = "takes a minute and a gigabyte"]
fn a_jpeg_photo_of_200_megapixels_is_used() {
    let image = RgbImage::from_fn(16_320, 12_240, |x, y| image::Rgb([(x / 64) as u8, (y / 48) as u8, 99]));
    let jpeg = crate::data::samples::encode(image, image::ImageFormat::Jpeg);
    let (image, ..) = decoded(&jpeg).unwrap();
    assert_eq!(image.dimensions(), (16_320, 12_240));
    assert!(image.get_pixel(16_000, 100)[0] > 245 && image.get_pixel(100, 12_000)[1] > 245);
}
