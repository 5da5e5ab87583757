//! The cache and the stream of pictures, end to end.

use super::samples::{encode, quarters};
use super::{Batcher, DataError, DataHome, Dataset};
use crate::config::{CropMode, DataConfig, DataSource, Duplicates, FaceMode};
use crate::interrupt::{JobControl, JobProgress};
use image::{ImageFormat, RgbImage};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

const SIDE: u32 = 16;

fn prepare(config: &DataConfig, cache: &Path) -> Dataset {
    Dataset::prepare(config, SIDE, &DataHome::at(cache), JobControl::unattended()).unwrap()
}

fn picture(shade: u8) -> Vec<u8> {
    // Of one shade, but not of one colour: a blank picture would not be used.
    let pixel = |_, y| image::Rgb(if y < 15 { [shade, 90, 200] } else { [shade, 200, 30] });
    encode(RgbImage::from_fn(20, 20, pixel), ImageFormat::Png)
}

/// Every picture as it is: they differ too little to be told from a burst.
fn plain(source: DataSource) -> DataConfig {
    DataConfig { source, faces: FaceMode::Off, duplicates: Duplicates::Keep, ..Default::default() }
}

/// A folder of `count` pictures of different shades, a bad file, and an empty cache folder.
fn folder(count: u8) -> (tempfile::TempDir, DataConfig, PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    let files = temp.path().join("cats");
    std::fs::create_dir(&files).unwrap();
    for i in 0..count {
        std::fs::write(files.join(format!("{i:03}.png")), picture(i)).unwrap();
    }
    std::fs::write(files.join("note.txt"), "bad").unwrap();
    let cache = temp.path().join("cache");
    (temp, plain(DataSource::Folder(files)), cache)
}

fn shades(dataset: &Dataset) -> Vec<u8> {
    (0..dataset.len()).map(|i| dataset.picture(i)[0]).collect()
}

fn cache_file(cache: &Path) -> PathBuf {
    let mut files: Vec<_> =
        std::fs::read_dir(cache.join("pictures")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn the_second_start_decodes_nothing_and_gives_the_same() {
    let (_temp, config, cache) = folder(30);
    let first = prepare(&config, &cache);
    assert!(!first.report().from_cache);
    assert_eq!(shades(&first), (0..30).collect::<Vec<u8>>(), "in the order of the names");
    assert_eq!(first.report().thumbnails.len(), 24);
    let second = prepare(&config, &cache);
    assert!(second.report().from_cache);
    assert_eq!(second.fingerprint(), first.fingerprint());
    assert_eq!(shades(&second), shades(&first));
    assert_eq!(second.report().skipped, first.report().skipped);
    assert_eq!((second.report().files, second.report().skipped.len()), (31, 1));
}

#[test]
fn new_changed_and_deleted_files_are_noticed_and_the_rest_reused() {
    let (_temp, config, cache) = folder(5);
    let before = prepare(&config, &cache).fingerprint().to_owned();
    let DataSource::Folder(files) = &config.source else { unreachable!() };
    std::fs::write(files.join("new.png"), picture(99)).unwrap();
    std::fs::remove_file(files.join("001.png")).unwrap();
    std::fs::write(files.join("002.png"), [picture(77), vec![0]].concat()).unwrap();
    std::fs::rename(files.join("004.png"), files.join("003a.png")).unwrap();

    let done = Mutex::new(Vec::new());
    let note = |p: JobProgress| done.lock().unwrap().push((p.done, p.total));
    let after = Dataset::prepare(&config, SIDE, &DataHome::at(&cache), JobControl::new(&AtomicBool::new(false), &note))
        .unwrap();
    assert_eq!(shades(&after), [0, 77, 3, 4, 99]);
    assert_ne!(after.fingerprint(), before);
    // Two pictures and the bad file were known; three had to be made.
    assert!(done.lock().unwrap().contains(&(3, 6)), "{done:?}");
    assert_eq!(done.lock().unwrap().last(), Some(&(6, 6)));
    let again = prepare(&config, &cache);
    assert!(again.report().from_cache);
    assert_eq!(shades(&again), shades(&after));
    // A deleted picture needs no new cache at all.
    std::fs::remove_file(files.join("new.png")).unwrap();
    let fewer = prepare(&config, &cache);
    assert!(fewer.report().from_cache);
    assert_eq!(shades(&fewer), [0, 77, 3, 4]);
}

#[test]
fn other_settings_are_other_pictures() {
    let (_temp, config, cache) = folder(0);
    let DataSource::Folder(files) = &config.source else { unreachable!() };
    std::fs::write(files.join("wide.png"), encode(quarters(60, 20), ImageFormat::Png)).unwrap();
    let mut prints = std::collections::HashSet::new();
    for crop in [CropMode::Center, CropMode::Pad, CropMode::Stretch] {
        let config = DataConfig { crop, ..config.clone() };
        prints.insert(prepare(&config, &cache).fingerprint().to_owned());
        assert!(prepare(&config, &cache).report().from_cache, "each keeps its own cache");
    }
    assert_eq!(prints.len(), 3);
    let other_size = Dataset::prepare(&config, 8, &DataHome::at(&cache), JobControl::unattended()).unwrap();
    assert!(prints.insert(other_size.fingerprint().to_owned()));
    let white = DataConfig { crop: CropMode::Pad, background: [255; 3], ..config.clone() };
    assert!(prints.insert(prepare(&white, &cache).fingerprint().to_owned()));
    // The same pictures elsewhere are the same pictures.
    let moved = files.with_file_name("moved");
    std::fs::rename(files, &moved).unwrap();
    let moved = DataConfig { source: DataSource::Folder(moved), ..config };
    assert!(!prints.insert(prepare(&moved, &cache).fingerprint().to_owned()));
}

#[test]
fn a_damaged_cache_is_built_anew() {
    let (_temp, config, cache) = folder(5);
    let good = shades(&prepare(&config, &cache));
    let path = cache_file(&cache);
    let bytes = std::fs::read(&path).unwrap();
    let mut flipped = bytes.clone();
    *flipped.last_mut().unwrap() ^= 4;
    for damage in [&bytes[..bytes.len() / 2], b"", &flipped] {
        std::fs::write(&path, damage).unwrap();
        let dataset = prepare(&config, &cache);
        assert!(!dataset.report().from_cache);
        assert_eq!(shades(&dataset), good);
        drop(dataset);
        assert!(prepare(&config, &cache).report().from_cache);
    }
}

/// A flipped bit in a picture: training must not see it. Only this one is made again.
#[test]
fn damaged_pixels_are_made_again() {
    let (_temp, config, cache) = folder(5);
    let first = prepare(&config, &cache);
    let (good, print) = (shades(&first), first.fingerprint().to_owned());
    drop(first);
    let path = cache_file(&cache);
    let bytes = std::fs::read(&path).unwrap();
    let pixels = super::cache::HEADER_BYTES..bytes.len() - 200;
    for at in pixels.step_by(97).take(5 * 768 / 97) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 16;
        std::fs::write(&path, &flipped).unwrap();
        let done = Mutex::new(Vec::new());
        let note = |p: JobProgress| done.lock().unwrap().push((p.done, p.total));
        let dataset =
            Dataset::prepare(&config, SIDE, &DataHome::at(&cache), JobControl::new(&AtomicBool::new(false), &note))
                .unwrap();
        assert_eq!((shades(&dataset), dataset.fingerprint()), (good.clone(), print.as_str()), "flipped at {at}");
        assert!(done.lock().unwrap().contains(&(5, 6)), "one of five pictures and a bad file: {done:?}");
        drop(dataset);
        assert!(prepare(&config, &cache).report().from_cache);
    }
}

#[test]
fn without_a_usable_cache_folder_training_goes_on() {
    let (temp, config, _) = folder(5);
    let blocked = temp.path().join("blocked");
    std::fs::write(&blocked, "a file where the cache should be").unwrap();
    let dataset = prepare(&config, &blocked);
    assert_eq!(shades(&dataset), [0, 1, 2, 3, 4]);
    let notices = &dataset.report().notices;
    assert!(notices[0].contains("memory") && notices[0].contains("blocked"), "{notices:?}");
}

#[test]
fn a_cache_inside_the_folder_is_not_mistaken_for_pictures() {
    let (_temp, config, _) = folder(5);
    let DataSource::Folder(files) = &config.source else { unreachable!() };
    let inside = files.join("cache");
    prepare(&config, &inside);
    let again = prepare(&config, &inside);
    assert!(again.report().from_cache);
    assert_eq!(again.report().files, 6);
}

#[test]
fn cancelling_stops_and_leaves_nothing_behind() {
    let (_temp, config, cache) = folder(40);
    let cancel = AtomicBool::new(false);
    let stop_soon = |p: JobProgress| cancel.store(p.total > 0, Ordering::Relaxed);
    let result = Dataset::prepare(&config, SIDE, &DataHome::at(&cache), JobControl::new(&cancel, &stop_soon));
    assert!(matches!(result, Err(DataError::Cancelled)));
    assert_eq!(std::fs::read_dir(cache.join("pictures")).unwrap().count(), 0);
}

#[test]
fn the_demo_is_cached_and_grows() {
    let cache = tempfile::tempdir().unwrap();
    let demo = |demo_count, demo_seed| DataConfig { demo_count, demo_seed, ..Default::default() };
    let few = prepare(&demo(6, 1), cache.path());
    assert_eq!((few.len(), few.report().files, few.report().folder.clone()), (6, 6, None));
    assert!(prepare(&demo(6, 1), cache.path()).report().from_cache);
    let more = prepare(&demo(9, 1), cache.path());
    assert_eq!(more.len(), 9);
    assert_eq!(more.picture(2), few.picture(2));
    assert_eq!(more.picture(7), &super::demo::draw(1, 7, SIDE).data[..]);
    assert_ne!(prepare(&demo(6, 2), cache.path()).fingerprint(), few.fingerprint());
}

#[test]
fn a_batch_holds_the_picked_pictures() {
    let (_temp, config, cache) = folder(7);
    let dataset = prepare(&config, &cache);
    let mut batcher = Batcher::new((0..dataset.len() as u32).collect(), 4, 5, true);
    let mut batch = vec![9.0; 3];
    for step in 0..5 {
        Batcher::fill(&dataset, &batcher.picks(step), &mut batch);
        let plane = (SIDE * SIDE) as usize;
        assert_eq!(batch.len(), 4 * 3 * plane);
        for (j, pick) in batcher.picks(step).iter().enumerate() {
            let red = batch[j * 3 * plane];
            assert!((red - (f32::from(dataset.picture(pick.index)[0]) / 127.5 - 1.0)).abs() < 1e-6);
            assert!((batch[(j * 3 + 2) * plane] - (200.0 / 127.5 - 1.0)).abs() < 0.02);
        }
    }
}
