//! Photos with faces become squares, and what is chosen of them. The finder here finds what [`cats`] paints.

use super::dataset::Take;
use super::samples::{TestFolder, encode, with_orientation};
use super::{
    DataError, DataHome, Dataset, LOOKING_FOR_FACES, LeftOut, MarkedFace, PictureChoices, PictureEdit, PictureId,
    Placement, PreparedPicture, Square, Trait, Verdict,
};
use crate::config::{DataConfig, Duplicates, FaceMode, NoFace};
use crate::finder::{Face, HeadBox, PixelPoint};
use crate::interrupt::{JobControl, JobProgress};
use crate::pixels::Frame;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

const SIDE: u32 = 32;
const HEAD: [u8; 3] = [20, 200, 20];
const EYE: [u8; 3] = [240, 10, 240];

/// A painted cat: the middle between the eyes, the radius of the head, and how far it leans, in radians.
#[derive(Clone, Copy)]
struct Cat {
    x: f64,
    y: f64,
    radius: f64,
    lean: f64,
}

fn cat(x: f64, y: f64, radius: f64) -> Cat {
    Cat { x, y, radius, lean: 0.0 }
}

/// Green discs with two magenta eyes before a pattern that `seed` changes.
fn cats(width: u32, height: u32, seed: u32, cats: &[Cat]) -> RgbImage {
    RgbImage::from_fn(width, height, |px, py| {
        let (x, y) = (f64::from(px) + 0.5, f64::from(py) + 0.5);
        for Cat { x: cx, y: cy, radius, lean } in cats {
            let (sin, cos) = lean.sin_cos();
            let (u, v) = ((x - cx) * cos + (y - cy) * sin, (y - cy) * cos - (x - cx) * sin);
            if (u.abs() - 0.4 * radius).hypot(v) < 0.15 * radius {
                return Rgb(EYE);
            }
            if u.hypot(v) < *radius {
                return Rgb(HEAD);
            }
        }
        let patch = (px / 9 + seed * 7).wrapping_mul(py / 9 + seed * 3 + 1).wrapping_mul(2_654_435_761) >> 24;
        Rgb([100 + (patch / 4) as u8, 60 + (patch / 8) as u8, 90])
    })
}

fn near(pixel: &Rgb<u8>, colour: [u8; 3]) -> bool {
    pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 60)
}

/// The painted cats, each in columns of its own.
fn find(image: &RgbImage) -> Vec<Face> {
    let is_cat = |x: u32| (0..image.height()).any(|y| near(image.get_pixel(x, y), HEAD));
    let columns: Vec<bool> = (0..image.width()).map(is_cat).collect();
    let runs = columns.chunk_by(|a, b| a == b).scan(0, |at, run| {
        let start = *at;
        *at += run.len();
        Some((start as u32, *at as u32, run[0]))
    });
    let face = |(from, to, _): (u32, u32, bool)| {
        let of = |colour: [u8; 3]| {
            let inside = (0..image.height()).flat_map(move |y| (from..to).map(move |x| (x, y)));
            let hits = inside.filter(|&(x, y)| near(image.get_pixel(x, y), colour));
            hits.map(|(x, y)| (f64::from(x) + 0.5, f64::from(y) + 0.5)).collect::<Vec<_>>()
        };
        let (head, eyes) = (of(HEAD), of(EYE));
        let rows = head.iter().map(|(_, y)| *y);
        let (y0, y1) = (rows.clone().fold(f64::MAX, f64::min) - 0.5, rows.fold(0.0, f64::max) + 0.5);
        let middle = eyes.iter().map(|(x, _)| x).sum::<f64>() / eyes.len() as f64;
        let eye = |left: bool| {
            let points: Vec<_> = eyes.iter().filter(|(x, _)| (*x < middle) == left).collect();
            let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(|p| of(p)).sum::<f64>() / points.len() as f64;
            PixelPoint { x: mean(|p| p.0), y: mean(|p| p.1) }
        };
        let head = HeadBox { x0: from.into(), y0, x1: to.into(), y1 };
        Face { head, score: 0.9, eyes: Some([eye(true), eye(false)]) }
    };
    runs.filter(|(_, _, is_cat)| *is_cat).map(face).collect()
}

fn put(folder: &TestFolder, name: &str, image: RgbImage) -> PathBuf {
    folder.put(name, encode(image, ImageFormat::Png))
}

fn config(folder: &TestFolder) -> DataConfig {
    DataConfig { faces: FaceMode::On, ..folder.config() }
}

fn prepare(folder: &TestFolder, config: &DataConfig, choices: PictureChoices) -> Dataset {
    let home = DataHome { cache: folder.cache.clone(), choices: Arc::new(choices) };
    Dataset::prepare_with(&find, Take::Chosen, config, SIDE, &home, JobControl::unattended()).unwrap()
}

fn pictures(dataset: &Dataset) -> &[PreparedPicture] {
    &dataset.report().pictures.as_ref().unwrap().pictures
}

fn name_of(dataset: &Dataset, index: usize) -> String {
    let path = &dataset.report().pictures.as_ref().unwrap().photo_of(index).path;
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The names of the photos of all used pictures.
fn used(dataset: &Dataset) -> Vec<String> {
    let used = (0..pictures(dataset).len()).filter(|&i| pictures(dataset)[i].left_out.is_none());
    used.map(|i| name_of(dataset, i)).collect()
}

fn id(dataset: &Dataset, index: usize) -> PictureId {
    let all = dataset.report().pictures.as_ref().unwrap();
    PictureId::of(all.photo_of(index), &all.pictures[index].square)
}

/// Whether the eyes of a prepared picture stand level at their place.
#[track_caller]
fn assert_upright(pixels: &[u8]) {
    let image = RgbImage::from_raw(SIDE, SIDE, pixels.to_vec()).unwrap();
    let eyes = find(&image)[0].eyes.unwrap();
    let side = f64::from(SIDE);
    let (x, y) = ((eyes[0].x + eyes[1].x) / 2.0 / side, (eyes[0].y + eyes[1].y) / 2.0 / side);
    assert!((x - 0.5).abs() < 0.04 && (y - 0.4).abs() < 0.04, "eyes at {x:.2}, {y:.2}");
    assert!((eyes[0].y - eyes[1].y).abs() < 0.04 * side, "{eyes:?}");
}

#[test]
fn each_face_becomes_an_upright_picture_from_left_to_right() {
    let folder = TestFolder::new();
    let two = [Cat { lean: 0.4, ..cat(320.0, 130.0, 50.0) }, Cat { lean: -0.3, ..cat(110.0, 120.0, 40.0) }];
    put(&folder, "two.png", cats(480, 300, 1, &two));
    put(&folder, "one.png", cats(300, 400, 2, &[cat(150.0, 180.0, 60.0)]));
    let dataset = prepare(&folder, &config(&folder), PictureChoices::default());
    assert_eq!(used(&dataset), ["one.png", "two.png", "two.png"]);
    (0..3).for_each(|i| assert_upright(dataset.picture(i)));
    let [one, left, right] = pictures(&dataset) else { panic!("three pictures") };
    assert!(left.square.middle.x < right.square.middle.x);
    assert!((left.square.angle + 0.3).abs() < 0.03 && (right.square.angle - 0.4).abs() < 0.03);
    assert_eq!((left.placement, left.score), (Placement::Finder, Some(0.9)));
    assert!(left.traits.contains(&Trait::SeveralCats) && !one.traits.contains(&Trait::SeveralCats));
    let faces = dataset.report().faces.as_ref().unwrap();
    assert_eq!((faces.on, faces.faces, faces.without), (true, 3, 0));
    let json = serde_json::to_value(&**dataset.report()).unwrap();
    assert_eq!(json["faces"]["text"], "2 photos were cut to the faces in them.");
    // And the same again, from the cache.
    let again = prepare(&folder, &config(&folder), PictureChoices::default());
    assert!(again.report().from_cache && again.fingerprint() == dataset.fingerprint());
    assert_eq!(pictures(&again).len(), 3);
}

#[test]
fn an_orientation_tag_turns_the_photo_once() {
    let upright = cats(400, 300, 3, &[Cat { lean: 0.2, ..cat(150.0, 120.0, 60.0) }]);
    let mut squares = Vec::new();
    for tag in 1..=8 {
        let folder = TestFolder::new();
        let orientation = image::metadata::Orientation::from_exif(tag).unwrap();
        let mut stored = DynamicImage::ImageRgb8(upright.clone());
        let back = super::upright::Upright { stored: (400, 300), orientation }.back().orientation;
        stored.apply_orientation(back);
        folder.put("cat.jpg", with_orientation(&encode(stored, ImageFormat::Jpeg), tag));
        let dataset = prepare(&folder, &config(&folder), PictureChoices::default());
        assert_upright(dataset.picture(0));
        squares.push(pictures(&dataset)[0].square);
    }
    for square in &squares {
        let (first, at) = (squares[0].middle, square.middle);
        assert!((first.x - at.x).hypot(first.y - at.y) < 3.0 && (square.angle - 0.2).abs() < 0.05, "{squares:?}");
    }
}

#[test]
fn photos_without_a_face_are_left_out_or_cropped_and_stay_visible() {
    let folder = TestFolder::new();
    put(&folder, "cat.png", cats(300, 300, 1, &[cat(150.0, 150.0, 60.0)]));
    put(&folder, "sofa.png", cats(300, 200, 2, &[]));
    let skip = config(&folder);
    let dataset = prepare(&folder, &skip, PictureChoices::default());
    let sofa = &pictures(&dataset)[1];
    assert_eq!((used(&dataset), sofa.left_out), (vec!["cat.png".to_owned()], Some(LeftOut::NoFace)));
    assert_eq!((sofa.placement, sofa.square.side), (Placement::Crop, 200.0));
    let report = dataset.report();
    assert!(report.skipped[0].path.ends_with("sofa.png") && report.skipped[0].reason == LeftOut::NoFace.label());
    assert_eq!((report.left_out.clone(), report.usable), (vec![(LeftOut::NoFace, 1)], 1));
    assert!(report.faces.as_ref().unwrap().text.ends_with("; 1 without a face is left out."));
    let crop = DataConfig { no_face: NoFace::Crop, ..skip };
    let cropped = prepare(&folder, &crop, PictureChoices::default());
    assert!(cropped.report().from_cache, "the square is there already");
    assert_eq!(used(&cropped), ["cat.png", "sofa.png"]);
    // Without looking for faces, both are cropped as ever.
    let off = prepare(&folder, &folder.config(), PictureChoices::default());
    assert!(off.len() == 2 && off.report().faces.is_none() && pictures(&off)[0].placement == Placement::Crop);
}

#[test]
fn small_faces_are_enlarged_a_little_and_no_more() {
    let folder = TestFolder::new();
    for (name, radius) in [("a.png", 40.0), ("b.png", 10.0), ("c.png", 4.0)] {
        put(&folder, name, cats(200, 200, 1 + radius as u32, &[cat(100.0, 100.0, radius)]));
    }
    let dataset = prepare(&folder, &config(&folder), PictureChoices::default());
    let [large, medium, small] = pictures(&dataset) else { panic!("three pictures") };
    assert!(large.traits.is_empty() || !large.traits.contains(&Trait::Enlarged));
    assert!(medium.traits.contains(&Trait::Enlarged) && medium.left_out.is_none());
    assert_eq!((small.left_out, dataset.len()), (Some(LeftOut::Small), 2));
    assert!(dataset.report().notes.iter().any(|(label, count)| label.contains("enlarged") && *count == 1));
}

#[test]
fn marks_by_hand_come_first_and_only_their_photo_is_made_again() {
    let folder = TestFolder::new();
    put(&folder, "a.png", cats(400, 300, 1, &[cat(150.0, 120.0, 50.0)]));
    put(&folder, "b.png", cats(400, 300, 2, &[cat(150.0, 120.0, 50.0)]));
    let looked = AtomicUsize::new(0);
    let counting = |image: &RgbImage| {
        looked.fetch_add(1, Ordering::Relaxed);
        find(image)
    };
    let prepare = |choices: &PictureChoices| {
        let home = DataHome { cache: folder.cache.clone(), choices: Arc::new(choices.clone()) };
        Dataset::prepare_with(&counting, Take::Chosen, &config(&folder), SIDE, &home, JobControl::unattended()).unwrap()
    };
    let mut choices = PictureChoices::default();
    let before = prepare(&choices);
    assert_eq!(looked.swap(0, Ordering::Relaxed), 2);
    let photo = id(&before, 0).photo;
    let square = |x: f64| Square { middle: PixelPoint { x, y: 140.0 }, side: 90.0, angle: 0.1 };
    let faces = [square(160.0), square(300.0)].map(|square| MarkedFace { square, eyes: None });
    let undo = choices.apply(PictureEdit::Faces { photo: photo.clone(), faces: Some(faces.to_vec()) });
    let marked = prepare(&choices);
    assert_eq!(used(&marked), ["a.png", "a.png", "b.png"]);
    assert_eq!(looked.swap(0, Ordering::Relaxed), 0, "nothing was looked for");
    let first = &pictures(&marked)[0];
    assert_eq!((first.placement, first.square), (Placement::Hand, square(160.0)));
    assert!(marked.report().pictures.as_ref().unwrap().photos[0].corrected);
    assert!(prepare(&choices).report().from_cache);
    // None at all: as if none had been found.
    let mut none = choices.clone();
    none.apply(PictureEdit::Faces { photo, faces: Some(Vec::new()) });
    assert_eq!(used(&prepare(&none)), ["b.png"]);
    choices.apply(undo);
    let after = prepare(&choices);
    assert_eq!((after.fingerprint(), looked.load(Ordering::Relaxed)), (before.fingerprint(), 1));
}

#[test]
fn a_person_overrules_the_list_and_the_list_the_filters() {
    let folder = TestFolder::new();
    put(&folder, "cat.png", cats(300, 300, 1, &[cat(150.0, 150.0, 60.0)]));
    put(&folder, "dull.png", cats(300, 300, 5, &[cat(140.0, 130.0, 40.0)]));
    put(&folder, "sofa.png", cats(300, 200, 2, &[]));
    let list = folder.files.with_file_name("list.txt");
    std::fs::write(&list, "# no\ndull.png\nsofa.png\n").unwrap();
    let config = DataConfig { exclude: Some(list), ..config(&folder) };
    let listed = prepare(&folder, &config, PictureChoices::default());
    let reasons = |dataset: &Dataset| pictures(dataset).iter().map(|p| p.left_out).collect::<Vec<_>>();
    assert_eq!(reasons(&listed), [None, Some(LeftOut::Listed), Some(LeftOut::Listed)]);
    let mut choices = PictureChoices::default();
    let verdicts = [Verdict::LeaveOut, Verdict::Use, Verdict::Use].iter().enumerate();
    let verdicts = verdicts.map(|(i, verdict)| (id(&listed, i), Some(*verdict))).collect();
    choices.apply(PictureEdit::Verdicts(verdicts));
    let chosen = prepare(&folder, &config, choices);
    assert_eq!(reasons(&chosen), [Some(LeftOut::ByYou), None, None]);
    assert!(chosen.report().from_cache && pictures(&chosen)[1].included);
    assert_eq!(chosen.len(), 2);
    let gone = DataConfig { exclude: Some(folder.files.join("gone.txt")), ..config };
    let home = DataHome::at(&folder.cache);
    let error = Dataset::prepare(&gone, SIDE, &home, JobControl::unattended()).err().unwrap();
    assert!(matches!(error, DataError::Exclusions { .. }) && error.to_string().contains("gone.txt"), "{error}");
}

#[test]
fn of_a_burst_the_sharpest_used_picture_stays() {
    let folder = TestFolder::new();
    let sharp = cats(300, 300, 1, &[cat(150.0, 150.0, 70.0)]);
    put(&folder, "a.png", image::imageops::blur(&sharp, 3.0));
    put(&folder, "b.png", sharp.clone());
    put(&folder, "c.png", image::imageops::blur(&sharp, 1.5));
    put(&folder, "other.png", cats(300, 300, 9, &[cat(90.0, 200.0, 30.0), cat(220.0, 80.0, 40.0)]));
    let best = DataConfig { duplicates: Duplicates::Best, ..config(&folder) };
    let dataset = prepare(&folder, &best, PictureChoices::default());
    assert_eq!(used(&dataset), ["b.png", "other.png", "other.png"]);
    assert_eq!(dataset.report().bursts, 1);
    let bursts: Vec<_> = pictures(&dataset).iter().map(|p| p.burst.map(|b| (b.size, b.best))).collect();
    assert_eq!(bursts, [Some((3, false)), Some((3, true)), Some((3, false)), None, None]);
    let mut choices = PictureChoices::default();
    choices.apply(PictureEdit::Verdicts(vec![(id(&dataset, 1), Some(Verdict::LeaveOut))]));
    assert_eq!(used(&prepare(&folder, &best, choices.clone())), ["c.png", "other.png", "other.png"]);
    choices.apply(PictureEdit::Verdicts(vec![(id(&dataset, 0), Some(Verdict::Use))]));
    assert_eq!(used(&prepare(&folder, &best, choices))[..2], ["a.png", "c.png"]);
    let keep = prepare(&folder, &config(&folder), PictureChoices::default());
    assert_eq!((keep.len(), keep.report().bursts), (5, 1));
}

#[test]
fn a_cat_file_comes_before_the_finder_and_a_wrong_one_does_not() {
    let folder = TestFolder::new();
    let photo = cats(300, 300, 1, &[cat(100.0, 100.0, 50.0)]);
    put(&folder, "a.png", photo.clone());
    folder.put("a.png.cat", "9 80 100 120 100 100 130 60 80 60 40 80 60 120 60 140 40 140 80 ");
    put(&folder, "b.png", photo);
    folder.put("b.png.cat", "9 1 2 three");
    let dataset = prepare(&folder, &config(&folder), PictureChoices::default());
    let placements: Vec<_> = pictures(&dataset).iter().map(|p| p.placement).collect();
    assert_eq!(placements, [Placement::Landmarks, Placement::Finder]);
    let square = pictures(&dataset)[0].square;
    assert_eq!((square.side, square.angle), (80.0, 0.0));
    assert!((square.middle.x - 100.5).abs() < 1e-9 && (square.middle.y - 108.5).abs() < 1e-9);
}

#[test]
fn a_measurement_takes_everything_and_cuts_no_generated_picture() {
    let folder = TestFolder::new();
    let cat_photo = cats(200, 300, 1, &[cat(100.0, 150.0, 50.0)]);
    put(&folder, "cat.png", cat_photo.clone());
    put(&folder, "copy.png", cat_photo.clone());
    put(&folder, "sofa.png", cats(300, 200, 2, &[]));
    let frame = Frame { width: 200, height: 300, data: cat_photo.into_raw() };
    folder.put("ours.png", frame.to_marked_png().unwrap());
    let best = DataConfig { duplicates: Duplicates::Best, ..config(&folder) };
    assert_eq!(prepare(&folder, &best, PictureChoices::default()).len(), 1);
    let home = DataHome::at(&folder.cache);
    let all = Dataset::prepare_with(&find, Take::All, &best, SIDE, &home, JobControl::unattended()).unwrap();
    assert_eq!(used(&all), ["cat.png", "copy.png", "ours.png", "sofa.png"]);
    let placements: Vec<_> = pictures(&all).iter().map(|p| p.placement).collect();
    assert_eq!(placements, [Placement::Finder, Placement::Finder, Placement::Crop, Placement::Crop]);
}

#[test]
fn beside_the_best_face_of_a_photo_only_sure_ones_count() {
    let scores = |dataset: &Dataset| pictures(dataset).iter().map(|picture| picture.score.unwrap()).collect::<Vec<_>>();
    for (found, used) in [
        (&[0.65, 0.9, 0.72][..], &[0.9, 0.72][..]),
        (&[0.63, 0.66][..], &[0.66][..]),
        (&[0.62][..], &[0.62][..]),
        (&[0.7, 0.7][..], &[0.7, 0.7][..]),
    ] {
        let folder = TestFolder::new();
        let places = (0..found.len()).map(|i| cat(60.0 + 100.0 * i as f64, 80.0, 30.0)).collect::<Vec<_>>();
        put(&folder, "a.png", cats(340, 160, 1, &places));
        let unsure = |image: &RgbImage| {
            find(image).into_iter().zip(found).map(|(face, score)| Face { score: *score, ..face }).collect::<Vec<_>>()
        };
        let home = DataHome::at(&folder.cache);
        let control = JobControl::unattended();
        let dataset = Dataset::prepare_with(&unsure, Take::Chosen, &config(&folder), SIDE, &home, control).unwrap();
        assert_eq!(scores(&dataset), used);
    }
}

#[test]
fn auto_decides_from_the_folder_and_remembers_it() {
    let whole = |i: u32| cats(300, 200, i, &[cat(60.0 + 15.0 * f64::from(i), 80.0, 25.0)]);
    let face = |i: u32| cats(100, 100, i, &[cat(50.0, 50.0, 42.0)]);
    let nothing = |i: u32| cats(300, 200, i, &[]);
    type Paint<'a> = &'a dyn Fn(u32) -> RgbImage;
    let kinds: [(Paint, Paint, bool, &str); 4] = [
        (&whole, &whole, true, "photos show whole cats"),
        (&whole, &nothing, true, "photos show whole cats"),
        (&face, &nothing, false, "faces already"),
        (&nothing, &nothing, false, "hardly any"),
    ];
    for (even, odd, on, words) in kinds {
        let folder = TestFolder::new();
        (0..8).for_each(|i| drop(put(&folder, &format!("{i}.png"), if i % 2 == 0 { even(i) } else { odd(i) })));
        let looked = AtomicUsize::new(0);
        let counting = |image: &RgbImage| {
            looked.fetch_add(1, Ordering::Relaxed);
            find(image)
        };
        let auto = DataConfig { faces: FaceMode::Auto, ..folder.config() };
        let home = DataHome::at(&folder.cache);
        let (never, most) = (AtomicBool::new(false), AtomicUsize::new(0));
        let note = |progress: JobProgress| {
            if progress.phase == LOOKING_FOR_FACES {
                assert!(progress.done <= progress.total, "{progress:?}");
                most.fetch_max(progress.done, Ordering::Relaxed);
            }
        };
        let control = JobControl::new(&never, &note);
        let prepare = || Dataset::prepare_with(&counting, Take::Chosen, &auto, SIDE, &home, control).unwrap();
        let first = prepare();
        assert_eq!(most.load(Ordering::Relaxed), 8, "all that are looked at are counted");
        let faces = first.report().faces.clone().unwrap();
        assert!(faces.on == on && faces.text.contains(words), "{faces:?}");
        looked.store(0, Ordering::Relaxed);
        assert!(prepare().report().from_cache && looked.load(Ordering::Relaxed) == 0, "nothing is decoded again");
        put(&folder, "new.png", even(20));
        prepare();
        assert!(looked.load(Ordering::Relaxed) > 0, "another folder is looked at anew");
    }
}
