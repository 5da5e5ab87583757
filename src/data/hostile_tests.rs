//! Files of every kind, damaged, cut, oversized or hostile. Each must be used correctly or be listed with a reason;
//! nothing may panic, hang or grow without bound.

use super::budget::Budget;
use super::decode::decode;
use super::samples::{self, BACKGROUND, SIDE, TestFolder, assert_near, encode, pixel, png, quarters, with_orientation};
use crate::config::{CropMode, DataConfig};
use crate::files::{Decoder, FILE_FORMATS};
use image::{DynamicImage, ImageFormat, Luma, LumaA, Rgb, Rgba};
use std::path::Path;

/// Decodes one file alone and gives its middle pixel.
#[track_caller]
fn middle_of(name: &str, bytes: Vec<u8>) -> [u8; 3] {
    let budget = Budget::new(u64::MAX);
    let image = decode(&bytes, Path::new(name), BACKGROUND, &budget).unwrap().image;
    image.get_pixel(image.width() / 2, image.height() / 2).0
}

#[test]
fn all_formats_give_the_same_picture() {
    let extensions = FILE_FORMATS
        .iter()
        .flat_map(|f| f.decoder().into_iter().flat_map(|d| f.extensions.iter().map(move |e| (d, e))));
    for (decoder, extension) in extensions {
        // The others have tests of their own: nothing here writes them.
        let Decoder::Library(format) = decoder else { continue };
        let tolerance = match format {
            ImageFormat::Jpeg => 12,
            ImageFormat::Gif => 4,
            _ => 0,
        };
        let folder = TestFolder::new();
        folder.put(format!("a.{extension}"), encode(quarters(32, 32), format));
        let dataset = folder.prepare().unwrap();
        assert_near(pixel(&dataset, 0, 3, 3), [220, 30, 30], tolerance);
        assert_near(pixel(&dataset, 0, 12, 3), [30, 200, 30], tolerance);
        assert_near(pixel(&dataset, 0, 3, 12), [30, 30, 220], tolerance);
        assert_near(pixel(&dataset, 0, 12, 12), [220, 220, 30], tolerance);
        assert!(dataset.report().notes.is_empty(), "{:?}", dataset.report().notes);
    }
}

#[test]
fn every_kind_of_pixel_becomes_the_right_colour() {
    let grey = DynamicImage::ImageLuma8(image::ImageBuffer::from_pixel(20, 20, Luma([77])));
    assert_eq!(middle_of("grey.png", encode(grey, ImageFormat::Png)), [77; 3]);
    let grey_alpha = DynamicImage::ImageLumaA8(image::ImageBuffer::from_pixel(20, 20, LumaA([100, 0])));
    assert_eq!(middle_of("grey-alpha.png", encode(grey_alpha, ImageFormat::Png)), [10, 200, 90]);
    let half = DynamicImage::ImageRgba8(image::ImageBuffer::from_pixel(20, 20, Rgba([255, 0, 0, 51])));
    assert_eq!(middle_of("half.png", encode(half, ImageFormat::Png)), [59, 160, 72]);
    let deep = DynamicImage::ImageRgb16(image::ImageBuffer::from_pixel(20, 20, Rgb([0x8080, 0xFFFF, 0])));
    assert_eq!(middle_of("deep.png", encode(deep.clone(), ImageFormat::Png)), [128, 255, 0]);
    assert_eq!(middle_of("deep.tif", encode(deep, ImageFormat::Tiff)), [128, 255, 0]);
    let deep_alpha = DynamicImage::ImageRgba16(image::ImageBuffer::from_pixel(20, 20, Rgba([9, 9, 9, 0])));
    assert_eq!(middle_of("deep-alpha.png", encode(deep_alpha, ImageFormat::Png)), [10, 200, 90]);
    // Palette: entry 0 is transparent red, entry 1 opaque blue. Eight 1-bit pixels a row.
    let palette: &[(&[u8; 4], &[u8])] = &[(b"PLTE", &[255, 0, 0, 0, 0, 255]), (b"tRNS", &[0])];
    assert_eq!(middle_of("clear.png", png(8, 8, 1, 3, palette, &[0, 0].repeat(8))), [10, 200, 90]);
    assert_eq!(middle_of("blue.png", png(8, 8, 1, 3, palette, &[0, 255].repeat(8))), [0, 0, 255]);
    // CMYK: full cyan and a fifth of black, stored inverted: red 0, green and blue 255 * 204 / 255.
    assert_near(middle_of("cmyk.jpg", samples::cmyk_jpeg([0, 255, 255, 204])), [0, 204, 204], 2);
    assert_near(middle_of("cmyk.jpg", samples::cmyk_jpeg([255, 128, 0, 255])), [255, 128, 0], 2);
}

#[test]
fn all_eight_orientations_come_out_upright_and_equal() {
    let upright = DynamicImage::ImageRgb8(quarters(48, 32));
    // How a camera stores the upright picture for each orientation: the inverse of what a viewer does.
    let stored: [DynamicImage; 8] = [
        upright.clone(),
        upright.fliph(),
        upright.rotate180(),
        upright.flipv(),
        upright.rotate90().fliph(),
        upright.rotate270(),
        upright.rotate270().fliph(),
        upright.rotate90(),
    ];
    for crop in [CropMode::Center, CropMode::Pad, CropMode::Stretch] {
        let folder = TestFolder::new();
        for (i, image) in stored.iter().enumerate() {
            let jpeg = encode(image.to_rgb8(), ImageFormat::Jpeg);
            folder.put(format!("{}.jpg", i + 1), with_orientation(&jpeg, i as u8 + 1));
        }
        let dataset = folder.prepare_as(&DataConfig { crop, ..folder.config() }).unwrap();
        assert_eq!(dataset.len(), 8, "{:?}", dataset.report().skipped);
        for index in 0..8 {
            let middle_row = SIDE / 2;
            assert_near(pixel(&dataset, index, 2, middle_row - 3), [220, 30, 30], 25);
            assert_near(pixel(&dataset, index, 13, middle_row - 3), [30, 200, 30], 25);
            assert_near(pixel(&dataset, index, 2, middle_row + 2), [30, 30, 220], 25);
            let differs = dataset.picture(index).iter().zip(dataset.picture(0)).map(|(a, b)| a.abs_diff(*b)).max();
            assert!(differs < Some(12), "{crop:?}: {} differs by {differs:?}", index + 1);
        }
        let report = dataset.report();
        assert!(report.notes.iter().any(|(label, n)| label.contains("EXIF") && *n == 7), "{:?}", report.notes);
        assert_eq!((report.smallest, report.largest), (Some((48, 32)), Some((48, 32))));
    }
}

#[test]
fn a_file_cut_anywhere_is_never_half_used() {
    let formats = [
        (ImageFormat::Jpeg, "jpg"),
        (ImageFormat::Png, "png"),
        (ImageFormat::WebP, "webp"),
        (ImageFormat::Gif, "gif"),
        (ImageFormat::Bmp, "bmp"),
        (ImageFormat::Tiff, "tif"),
    ];
    let noisy = image::RgbImage::from_fn(64, 64, |x, y| Rgb([(x * y) as u8, (x * 37) as u8, (y * 91 + x * x) as u8]));
    for (format, extension) in formats {
        let folder = TestFolder::new();
        let whole = encode(noisy.clone(), format);
        folder.put(format!("whole.{extension}"), &whole);
        let mut bad = 0;
        for percent in [1, 10, 30, 50, 70, 90, 97] {
            folder.put(format!("cut-{percent:02}.{extension}"), &whole[..(whole.len() * percent / 100).max(1)]);
            bad += 1;
        }
        let dataset = folder.prepare().unwrap();
        // A file may be whole without its last bytes; what is used must then equal the whole picture.
        let reference = dataset.picture(dataset.len() - 1).to_vec();
        for index in 0..dataset.len() - 1 {
            assert_eq!(dataset.picture(index), reference, "{format:?}: half a picture was used");
        }
        assert_eq!(dataset.len() - 1 + dataset.report().skipped.len(), bad);
        assert!(dataset.report().skipped.iter().all(|s| !s.reason.is_empty()));
    }
}

#[test]
fn giants_are_refused_by_their_header() {
    let giants = [
        ("giant.png", png(50_000, 50_000, 8, 2, &[], &[0; 64])),
        ("wide.png", png(100_000, 100_000, 16, 6, &[], &[0; 64])),
        ("giant.bmp", samples::bmp_header(50_000, 50_000)),
        ("giant.tif", samples::tiff_header(50_000, 50_000)),
        ("giant.jpg", samples::jpeg_claiming(50_000, 50_000)),
        ("giant.gif", b"GIF89a\xFF\xFF\xFF\xFF\0\0\0,\0\0\0\0\xFF\xFF\xFF\xFF\0\x02\x02\x4C\x01\0;".to_vec()),
    ];
    for (name, bytes) in giants {
        let folder = TestFolder::new();
        folder.put(name, bytes);
        let reason = folder.only_reason();
        assert!(reason.contains("too large"), "{name}: {reason}");
    }
}

#[test]
fn packed_bombs_do_not_unpack() {
    let before = memory_peak();
    // 1 GiB of comment and 1 GiB of colour profile in about 1 MB each.
    let bomb = samples::zlib_bomb(1024);
    let comment = [&b"Comment\0\0"[..], &bomb].concat();
    let profile = [&b"icc\0\0"[..], &bomb].concat();
    let rows = [&[0][..], &[200; 54], &[90; 6]].concat().repeat(20);
    let folder = TestFolder::new();
    folder.put("comment.png", png(20, 20, 8, 2, &[(b"zTXt", &comment)], &rows));
    folder.put("profile.png", png(20, 20, 8, 2, &[(b"iCCP", &profile)], &rows));
    folder.put("pixels.png", {
        let mut file = png(9_000, 9_000, 8, 2, &[], &[]);
        file.truncate(33);
        file
    });
    folder.put("good.png", encode(quarters(20, 20), ImageFormat::Png));
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.report().files, 4);
    for index in 0..dataset.len() {
        let color = pixel(&dataset, index, 2, 2);
        assert!(color == [200; 3] || color == [220, 30, 30], "{color:?}");
    }
    if let (Some(before), Some(after)) = (before, memory_peak()) {
        assert!(after.saturating_sub(before) < 700 << 10, "grew from {before} to {after} KiB");
    }
}

/// Most memory that this process ever had, in KiB (Linux).
fn memory_peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|l| l.starts_with("VmHWM"))?.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn landmarks_align_or_fall_back() {
    let folder = TestFolder::new();
    let photo = encode(quarters(200, 200), ImageFormat::Png);
    let good = "9 80 100 120 100 100 130 60 80 60 40 80 60 120 60 140 40 140 80 ";
    folder.put("a.png", &photo);
    folder.put("a.png.cat", good);
    folder.put("b.png", &photo);
    folder.put("b.png.cat", "9 1 2 three");
    folder.put("c.png", &photo);
    folder.put("c.png.cat", "9 10 10 12 10 11 11 9 9 9 8 10 9 12 9 13 8 14 9");
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 2);
    // The eyes, where all four quarters meet, stand at (0.5, 0.4): between columns 7 and 8, in row 6.
    assert_near(pixel(&dataset, 0, 5, 4), [220, 30, 30], 12);
    assert_near(pixel(&dataset, 0, 10, 4), [30, 200, 30], 12);
    assert_near(pixel(&dataset, 0, 5, 8), [30, 30, 220], 12);
    assert_near(pixel(&dataset, 0, 10, 8), [220, 220, 30], 12);
    // Cut from the middle instead, they meet in the middle.
    assert_near(pixel(&dataset, 1, 5, 5), [220, 30, 30], 12);
    assert_near(pixel(&dataset, 1, 5, 10), [30, 30, 220], 12);
    let report = dataset.report();
    assert!(report.skipped[0].reason.contains("the face is too small"), "{:?}", report.skipped);
    assert!(report.notes.contains(&("aligned by landmarks".into(), 1)));
    assert!(report.notes.iter().any(|(l, n)| l.contains("implausible landmarks") && *n == 1));
    // Without alignment all three are cut from the middle and the `.cat` files are no pictures.
    let plain = folder.prepare_as(&DataConfig { align: false, ..folder.config() }).unwrap();
    assert_eq!((plain.len(), plain.report().skipped.len()), (3, 0));
}

#[test]
fn noise_and_flipped_bits_never_panic_or_hang() {
    let mut random = 1u64;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize
    };
    let folder = TestFolder::new();
    folder.put("good.png", encode(quarters(20, 20), ImageFormat::Png));
    let formats =
        [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp, ImageFormat::Tiff];
    for format in formats {
        let whole = encode(quarters(40, 30), format);
        for i in 0..60 {
            let mut bad = whole.clone();
            for _ in 0..=i % 8 {
                let at = next() % bad.len();
                bad[at] = next() as u8;
            }
            folder.put(format!("{format:?}-{i}"), bad);
        }
    }
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.report().files, 361);
    assert_eq!(dataset.len() + dataset.report().skipped.len(), 361, "nothing is dropped in silence");
}
