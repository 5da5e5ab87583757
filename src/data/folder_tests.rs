//! What lies in folders of pictures and must not be trained on, and that it is said why.

use super::samples::{SIDE, TestFolder, encode, quarters};
use super::{DataError, DataHome, Dataset};
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use image::{ImageFormat, Rgb, RgbImage};
use std::path::Path;

pub(super) fn photo() -> Vec<u8> {
    encode(quarters(40, 30), ImageFormat::Jpeg)
}

/// A picture of a network, as this program writes it.
fn generated(number: u8) -> Vec<u8> {
    let mut frame = Frame::filled(20, 20, [number, 80, 120]);
    frame.data[..30].fill(200);
    frame.to_marked_png().unwrap()
}

/// `(path below the folder, reason)` of all that was left out.
fn left_out(folder: &TestFolder, dataset: &Dataset) -> Vec<(String, String)> {
    let below = |path: &Path| path.strip_prefix(&folder.files).unwrap().to_string_lossy().replace('\\', "/");
    dataset.report().skipped.iter().map(|s| (below(&s.path), s.reason.clone())).collect()
}

#[track_caller]
pub(super) fn assert_left_out(folder: &TestFolder, dataset: &Dataset, expected: &[(&str, &str)]) {
    let found = left_out(folder, dataset);
    for (name, words) in expected {
        let reason = found.iter().find(|(path, _)| path == name).map(|(_, reason)| reason.as_str());
        assert!(reason.is_some_and(|reason| reason.contains(words)), "{name}, {words}: {found:#?}");
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
}

#[test]
fn thumbnails_bins_and_the_insides_of_libraries_are_left_out_a_folder_as_one_line() {
    let folder = TestFolder::new();
    for i in 0..4 {
        folder.put(format!("IMG_{i}.jpg"), photo());
        for size in ["M", "XL"] {
            folder.put(format!("@eaDir/IMG_{i}.jpg/SYNOPHOTO_THUMB_{size}.jpg"), photo());
        }
    }
    folder.put("#recycle/deleted.jpg", photo());
    folder.put("$RECYCLE.BIN/S-1-5-21/$R8F3K2.jpg", photo());
    folder.put("Photos.photoslibrary/resources/derivatives/x_1_105_c.jpeg", photo());
    folder.put("Photos.photoslibrary/database/Photos.sqlite", "x");
    folder.put("2019/.@__thumb/default.jpg", photo());
    folder.put("2019/.Trash-1000/files/old.jpg", photo());
    folder.put("2019/Lightroom Previews.lrdata/0/a.jpg", photo());
    folder.put("2019/Thumbs.db", "x");
    folder.put("2019/._IMG_9.jpg", "x");
    folder.put("2019/lost+found/a.jpg", photo());
    folder.put("2019/System Volume Information/a.jpg", photo());
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 4);
    assert_left_out(
        &folder,
        &dataset,
        &[
            ("@eaDir", "thumbnails of a Synology NAS (8 files)"),
            ("#recycle", "trash folder (1 file)"),
            ("$RECYCLE.BIN", "trash folder (1 file)"),
            ("Photos.photoslibrary/resources", "photo library"),
            ("Photos.photoslibrary/database", "photo library"),
            ("2019/.@__thumb", "QNAP"),
            ("2019/.Trash-1000", "trash folder"),
            ("2019/Lightroom Previews.lrdata", "previews"),
            ("2019/Thumbs.db", "thumbnail cache"),
            ("2019/._IMG_9.jpg", "macOS"),
            ("2019/lost+found", "system"),
            ("2019/System Volume Information", "system"),
        ],
    );
    // The originals of a library are photos.
    folder.put("Photos.photoslibrary/originals/0/0A1B.jpeg", photo());
    assert_eq!(folder.prepare().unwrap().len(), 5);
}

#[test]
fn a_thumbnail_is_left_out_where_its_picture_is() {
    let folder = TestFolder::new();
    folder.put("cat.jpg", photo());
    folder.put("cat_thumb.png", encode(quarters(8, 8), ImageFormat::Png));
    folder.put("dog_thumb.jpg", photo());
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 2, "of the dog there is nothing else");
    assert_left_out(&folder, &dataset, &[("cat_thumb.png", "thumbnail")]);
}

#[test]
fn what_is_still_in_the_cloud_or_cannot_be_read_says_so() {
    let folder = TestFolder::new();
    folder.put("IMG_1.jpg", photo());
    folder.put(".IMG_2.HEIC.icloud", b"bplist00");
    folder.put("IMG_3.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    folder.put("IMG_4.jpg.nextcloud", b"");
    folder.put("DSC_5.NEF", encode(quarters(16, 12), ImageFormat::Tiff));
    folder.put("IMG_6.MOV", b"\0\0\0\x14ftypqt  ");
    folder.put("IMG_7.AAE", "<plist>");
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 1);
    assert_left_out(
        &folder,
        &dataset,
        &[
            (".IMG_2.HEIC.icloud", "still in iCloud; download it first"),
            ("IMG_3.heic", "the file ends too early"),
            ("IMG_4.jpg.nextcloud", "still in the cloud; download it first"),
            ("DSC_5.NEF", "a camera raw file (NEF)"),
            ("IMG_6.MOV", "a video"),
            ("IMG_7.AAE", "metadata"),
        ],
    );
}

/// A GIF, an animated WebP and an APNG of a blank frame and the picture, as their formats describe them.
fn animations() -> [(&'static str, Vec<u8>); 3] {
    let (blank, picture) = (RgbImage::from_pixel(24, 24, Rgb([90; 3])), quarters(24, 24));
    let mut gif = Vec::new();
    let mut encoder = gif::Encoder::new(&mut gif, 24, 24, &[]).unwrap();
    for frame in [&blank, &picture] {
        encoder.write_frame(&gif::Frame::from_rgb(24, 24, frame.as_raw())).unwrap();
    }
    drop(encoder);

    let mut apng = Vec::new();
    let mut encoder = png::Encoder::new(&mut apng, 24, 24);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    [&blank, &picture].iter().for_each(|frame| writer.write_image_data(frame.as_raw()).unwrap());
    writer.finish().unwrap();

    let chunk = |kind: &[u8; 4], content: &[u8]| {
        let padding = &[0][..content.len() % 2];
        [&kind[..], &(content.len() as u32).to_le_bytes(), content, padding].concat()
    };
    let three = |n: u32| n.to_le_bytes()[..3].to_vec();
    // VP8X: animation flag, canvas less one. ANMF: folder, size less one, 100 ms, flags, then the frame as in a plain
    // file.
    let mut body = chunk(b"VP8X", &[vec![2, 0, 0, 0], three(23), three(23)].concat());
    body.extend(chunk(b"ANIM", &[0; 6]));
    for frame in [&blank, &picture] {
        let plain = encode(frame.clone(), ImageFormat::WebP);
        let head = [three(0), three(0), three(23), three(23), three(100), vec![0]].concat();
        body.extend(chunk(b"ANMF", &[&head[..], &plain[12..]].concat()));
    }
    let webp = chunk(b"RIFF", &[b"WEBP".to_vec(), body].concat());
    [("a.gif", gif), ("a.webp", webp), ("a.png", apng)]
}

#[test]
fn of_an_animation_the_first_frame_that_shows_something_is_taken() {
    for (name, bytes) in animations() {
        let folder = TestFolder::new();
        folder.put(name, bytes);
        let dataset = folder.prepare().unwrap();
        let at = |x: usize, y: usize| &dataset.picture(0)[(y * SIDE as usize + x) * 3..][..3];
        assert!(at(3, 3)[0] > 180 && at(12, 3)[1] > 180 && at(3, 12)[2] > 180, "{name}: {:?}", at(3, 3));
    }
}

#[test]
fn blank_pictures_are_left_out_and_measured_all_the_same() {
    let folder = TestFolder::new();
    folder.put("a.jpg", photo());
    folder.put("still.png", encode(RgbImage::from_pixel(30, 30, Rgb([128; 3])), ImageFormat::Png));
    let mut scan = RgbImage::from_fn(30, 30, |x, y| Rgb([250 - (x * y % 5) as u8; 3]));
    folder.put("scan.png", encode(scan.clone(), ImageFormat::Png));
    // Fog is none.
    scan.put_pixel(15, 15, Rgb([200, 200, 210]));
    folder.put("fog.png", encode(scan, ImageFormat::Png));
    let dataset = folder.prepare().unwrap();
    assert_left_out(&folder, &dataset, &[("still.png", "blank"), ("scan.png", "blank")]);
    assert!(dataset.report().notes.iter().all(|(label, _)| !label.contains("copies")));
    assert_eq!(dataset.len(), 2);
    let all =
        Dataset::prepare_all(&folder.config(), SIDE, &DataHome::at(&folder.cache), JobControl::unattended()).unwrap();
    assert_eq!(all.len(), 4, "what a generator that failed draws is measured");
    assert!(all.report().from_cache, "both look at the same prepared pictures");
}

#[test]
fn what_this_program_made_is_left_out_wherever_it_lies() {
    let folder = TestFolder::new();
    for i in 0..10 {
        folder.put(format!("{i}.jpg"), encode(quarters(40 + i, 30), ImageFormat::Jpeg));
    }
    // A run under another name, older sheets without a mark that were copied, single pictures, many in a folder.
    folder.put("my tabby/run.toml", "seed = 1");
    folder.put("my tabby/samples/step-000000005.png", photo());
    folder.put("my tabby/checkpoints/step-000000005/state.json", "{}");
    folder.put("sheets/step-000000120.png", encode(quarters(40, 30), ImageFormat::Png));
    folder.put("sheet.png", generated(0));
    (0..9).for_each(|i| _ = folder.put(format!("generated/cat-1-{i}.png"), generated(i)));
    // Not a run: somebody's own files of these names.
    folder.put("other/run.toml", "seed = 1");
    folder.put("other/cat.jpg", encode(quarters(41, 31), ImageFormat::Jpeg));
    let dataset = folder.prepare().unwrap();
    assert_left_out(
        &folder,
        &dataset,
        &[
            ("my tabby", "Purrtrait run folder (3 files)"),
            ("sheets/step-000000120.png", "made by Purrtrait"),
            ("sheet.png", "made by Purrtrait"),
            ("generated", "made by Purrtrait (9 pictures in this folder)"),
            ("other/run.toml", "not a picture"),
        ],
    );
    assert_eq!(dataset.len(), 11);
    let all =
        Dataset::prepare_all(&folder.config(), SIDE, &DataHome::at(&folder.cache), JobControl::unattended()).unwrap();
    assert_eq!(all.len(), 21, "generated pictures can be measured");
}

#[test]
fn a_run_in_the_chosen_folder_itself_leaves_the_pictures_beside_it() {
    let folder = TestFolder::new();
    folder.put("cat.jpg", photo());
    folder.put("run.toml", "seed = 1");
    folder.put("samples/step-000000005.png", photo());
    folder.put("checkpoints/step-000000005/state.json", "{}");
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 1);
    assert_left_out(
        &folder,
        &dataset,
        &[("run.toml", "not a picture"), ("samples", "a part of the run"), ("checkpoints", "a part of the run")],
    );
    // Without pictures of one's own there is nothing to learn from, and the message says what was found.
    std::fs::remove_file(folder.files.join("cat.jpg")).unwrap();
    let error = folder.prepare().err().unwrap();
    assert!(matches!(&error, DataError::NoPictures { .. }) && error.to_string().contains("run"), "{error}");
}

#[cfg(unix)]
#[test]
fn folders_that_are_left_out_are_counted_without_following_links_or_opening_anything() {
    use std::os::unix::fs::symlink;
    let folder = TestFolder::new();
    folder.put("cat.jpg", photo());
    folder.put("@eaDir/a.jpg", photo());
    let inside = folder.files.join("@eaDir");
    symlink(&folder.files, inside.join("loop")).unwrap();
    symlink("/", inside.join("everything")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(inside.join("pipe.jpg")).status().unwrap().success());
    assert!(std::process::Command::new("mkfifo").arg(folder.files.join("run.toml")).status().unwrap().success());
    folder.put("samples/a.jpg", photo());
    let dataset = folder.prepare().unwrap();
    assert_eq!(dataset.len(), 2, "a pipe of that name makes no run");
    assert_left_out(&folder, &dataset, &[("@eaDir", "(1 file)"), ("run.toml", "a pipe")]);
}

#[test]
fn few_pictures_are_reported() {
    let folder = TestFolder::new();
    let told = |count: usize| {
        (0..count)
            .for_each(|i| _ = folder.put(format!("{i:02}.png"), encode(quarters(20 + i as u32, 20), ImageFormat::Png)));
        let report = folder.prepare().unwrap().report().clone();
        report
            .advice
            .iter()
            .filter(|advice| advice.text.starts_with("Only "))
            .map(|advice| advice.text.clone())
            .collect::<Vec<_>>()
    };
    for (count, words) in
        [(1, "Only 1 picture: the networks learn to reproduce exactly this one"), (2, "Only 2 pictures"), (49, "copy")]
    {
        let notices = told(count);
        assert!(notices.len() == 1 && notices[0].contains(words) && notices[0].contains("held out"), "{notices:?}");
    }
    assert!(told(50).is_empty());
}
