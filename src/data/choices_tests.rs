use super::choices::{MarkedFace, PictureChoices, PictureEdit, PictureId, Verdict};
use super::choices_file::{ChoicesFile, LoadedChoices};
use super::square::Square;
use crate::files::SharedFileError;
use crate::finder::PixelPoint;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const CAT: &str = "00112233445566778899aabbccddeeff";

fn at(x: f64, y: f64) -> PixelPoint {
    PixelPoint { x, y }
}

fn id(photo: &str, x: f64, y: f64) -> PictureId {
    PictureId { photo: photo.to_owned(), at: at(x, y) }
}

fn square(x: f64, y: f64, side: f64) -> Square {
    Square { middle: at(x, y), side, angle: 0.0 }
}

fn decide(photo: &str, x: f64, y: f64, verdict: Option<Verdict>) -> PictureEdit {
    PictureEdit::Verdicts(vec![(id(photo, x, y), verdict)])
}

fn faces(photo: &str, squares: &[Square]) -> PictureEdit {
    let faces = squares.iter().map(|&square| MarkedFace { square, eyes: None }).collect();
    PictureEdit::Faces { photo: photo.to_owned(), faces: Some(faces) }
}

fn file(folder: &Path) -> ChoicesFile {
    ChoicesFile::new(folder.join("own/choices.json"))
}

fn path(folder: &Path) -> std::path::PathBuf {
    folder.join("own/choices.json")
}

fn load(file: &ChoicesFile) -> PictureChoices {
    let LoadedChoices { choices, notice } = file.load().unwrap();
    assert_eq!(notice, None);
    choices
}

#[test]
fn every_change_is_taken_back_by_its_inverse() {
    let mut choices = PictureChoices::default();
    choices.apply(decide(CAT, 0.25, 0.5, Some(Verdict::LeaveOut)));
    let edits = [
        decide(CAT, 0.25, 0.5, Some(Verdict::Use)),
        decide(CAT, 0.25, 0.5, None),
        decide("other", 0.5, 0.5, Some(Verdict::LeaveOut)),
        // The same picture twice in one change.
        PictureEdit::Verdicts(vec![
            (id(CAT, 0.25, 0.5), Some(Verdict::Use)),
            (id(CAT, 0.75, 0.5), Some(Verdict::Use)),
            (id(CAT, 0.25, 0.5), None),
        ]),
        faces(CAT, &[square(30.0, 40.0, 20.0)]),
        faces(CAT, &[]),
        PictureEdit::Faces { photo: CAT.to_owned(), faces: None },
    ];
    let mut inverses = Vec::new();
    for edit in edits {
        let before = choices.clone();
        let inverse = choices.apply(edit.clone());
        let mut back = choices.clone();
        let again = back.apply(inverse.clone());
        assert_eq!(back, before, "{edit:?}");
        back.apply(again);
        assert_eq!(back, choices, "redo of {edit:?}");
        inverses.push((before, inverse));
    }
    for (before, inverse) in inverses.into_iter().rev() {
        choices.apply(inverse);
        assert_eq!(choices, before);
    }
    choices.apply(decide(CAT, 0.25, 0.5, None));
    assert!(choices.is_empty(), "nothing is kept about a photo that nothing was decided about");
}

#[test]
fn a_verdict_belongs_to_the_nearest_square_within_half_its_side() {
    let mut choices = PictureChoices::default();
    choices.apply(decide(CAT, 0.25, 0.5, Some(Verdict::LeaveOut)));
    let size = (400, 200);
    let on = |choices: &PictureChoices, squares: &[Square]| choices.of(CAT).unwrap().verdicts_on(squares, size);
    let (near, far) = (square(100.0, 100.0, 60.0), square(300.0, 100.0, 60.0));
    let out = Some(Verdict::LeaveOut);
    assert_eq!(on(&choices, &[near, far]), [out, None]);
    // The finder, or a person, has moved the square since.
    assert_eq!(on(&choices, &[square(120.0, 90.0, 60.0), far]), [out, None]);
    assert_eq!(on(&choices, &[square(131.0, 100.0, 60.0), far]), [None, None], "more than half the side away");
    assert_eq!(on(&choices, &[far]), [None]);
    assert_eq!(on(&choices, &[]), []);
    // Two squares around it: the nearest one has it, and a nearer verdict counts more.
    assert_eq!(on(&choices, &[square(110.0, 100.0, 60.0), square(95.0, 100.0, 60.0)]), [None, out]);
    choices.apply(decide(CAT, 0.26, 0.5, Some(Verdict::Use)));
    assert_eq!(on(&choices, &[square(105.0, 100.0, 60.0)]), [Some(Verdict::Use)]);
    assert_eq!(on(&choices, &[near]), [out]);
}

#[test]
fn faces_marked_by_hand_keep_the_verdicts_on_pictures_that_stay() {
    let mut choices = PictureChoices::default();
    choices.apply(decide(CAT, 0.25, 0.5, Some(Verdict::LeaveOut)));
    let moved = [square(110.0, 100.0, 50.0), square(300.0, 100.0, 50.0)];
    let inverse = choices.apply(faces(CAT, &moved));
    let photo = choices.of(CAT).unwrap();
    assert_eq!(photo.faces.as_ref().unwrap().len(), 2);
    assert_eq!(photo.verdicts_on(&moved, (400, 200)), [Some(Verdict::LeaveOut), None]);
    choices.apply(inverse);
    assert_eq!(choices.of(CAT).unwrap().faces, None);
}

#[test]
fn faces_that_no_photo_can_have_are_not_kept() {
    let odd =
        [square(f64::NAN, 1.0, 9.0), square(1.0, 1.0, f64::INFINITY), square(1e9, 1.0, 9.0), square(1.0, 1.0, 0.0)];
    let mut choices = PictureChoices::default();
    choices.apply(faces(CAT, &[&odd[..], &[square(5.0, 6.0, 9.0)]].concat()));
    let kept = choices.of(CAT).unwrap().faces.clone().unwrap();
    assert_eq!(kept.iter().map(|face| face.square).collect::<Vec<_>>(), [square(5.0, 6.0, 9.0)]);
    choices.apply(faces(CAT, &[square(5.0, 6.0, 9.0); 1000]));
    assert!(choices.of(CAT).unwrap().faces.as_ref().unwrap().len() < 100);
    choices.apply(PictureEdit::Faces { photo: CAT.to_owned(), faces: None });
    choices.apply(decide(CAT, f64::NAN, 0.5, Some(Verdict::Use)));
    assert!(choices.is_empty());
    // The same in a file.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("own")).unwrap();
    let wild = r#"{"version":1,"photos":{"a":{"faces":[{"square":{"middle":[1,1],"side":1e300,"angle":0}}]}}}"#;
    fs::write(path(folder.path()), wild).unwrap();
    assert_eq!(load(&file(folder.path())).of("a").unwrap().faces, Some(Vec::new()));
}

#[test]
fn decisions_come_back_to_the_last_digit() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    assert!(load(&store).is_empty() && !folder.path().join("own").exists(), "reading makes nothing");
    let eyes = Some([at(10.123456789, 20.0), at(1.0 / 3.0, 2.0 / 3.0)]);
    let marked = MarkedFace { square: Square { middle: at(12.5, 1.0 / 7.0), side: 33.3, angle: -0.1 }, eyes };
    let edits = [
        PictureEdit::Faces { photo: CAT.to_owned(), faces: Some(vec![marked]) },
        decide("b", 1.0 / 3.0, 0.7, Some(Verdict::Use)),
    ];
    let saved = store.update(&edits).unwrap().choices;
    let read = load(&file(folder.path()));
    let face = read.of(CAT).unwrap().faces.as_ref().unwrap()[0];
    assert!((face.square.middle.y - 1.0 / 7.0).abs() < 1e-12 && (face.eyes.unwrap()[1].x - 1.0 / 3.0).abs() < 1e-12);
    assert_eq!(read.of("b").unwrap().verdicts_on(&[square(33.3, 70.0, 9.0)], (100, 100)), [Some(Verdict::Use)]);
    // And are found again by the position that was given first.
    assert!(store.update(&[decide("b", 1.0 / 3.0, 0.7, None)]).unwrap().choices.of("b").is_none());
    assert!(saved.of("b").is_some());
}

#[test]
fn a_damaged_file_is_kept_under_another_name_and_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    for (i, damaged) in ["{ broken", "", r#"{"version":1,"photos":7}"#, r#"{"photos":{}}"#].into_iter().enumerate() {
        store.update(&[decide(CAT, 0.5, 0.5, Some(Verdict::Use))]).unwrap();
        fs::write(path(folder.path()), damaged).unwrap();
        // Found while reading and while writing.
        let found = if i % 2 == 0 { store.load() } else { store.update(&[]) }.unwrap();
        let name = if i == 0 { "choices.bad.json".to_owned() } else { format!("choices.bad-{}.json", i + 1) };
        assert!(found.notice.unwrap().contains(&name) && found.choices.is_empty());
        assert_eq!(fs::read_to_string(folder.path().join("own").join(name)).unwrap(), damaged);
        assert!(load(&store).is_empty(), "told once");
    }
}

#[test]
fn a_file_of_a_newer_version_is_neither_used_nor_changed() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    fs::create_dir(folder.path().join("own")).unwrap();
    let newer = r#"{"version":2,"photos":[{"new":"ways"}]}"#;
    fs::write(path(folder.path()), newer).unwrap();
    for result in [store.load(), store.update(&[decide(CAT, 0.5, 0.5, Some(Verdict::Use))])] {
        let error = result.unwrap_err();
        assert!(matches!(error, SharedFileError::Newer { version: 2, .. }));
        assert!(error.to_string().contains("choices.json") && error.to_string().contains("update Purrtrait"));
    }
    assert_eq!(fs::read_to_string(path(folder.path())).unwrap(), newer);
}

#[test]
fn a_file_that_cannot_be_used_is_left_alone_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    fs::create_dir_all(path(folder.path())).unwrap();
    let error = store.load().unwrap_err().to_string();
    assert!(error.contains("choices.json"), "{error}");
    assert!(store.update(&[]).is_err() && path(folder.path()).is_dir());
    // Far too large.
    fs::remove_dir(path(folder.path())).unwrap();
    fs::File::create(path(folder.path())).unwrap().set_len(1 << 30).unwrap();
    assert!(store.load().unwrap_err().to_string().contains("choices.json"));
    assert_eq!(fs::metadata(path(folder.path())).unwrap().len(), 1 << 30);
}

#[test]
fn two_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for writer in 0..2 {
            let store = file(folder.path());
            scope.spawn(move || {
                for i in 0..20 {
                    let photo = format!("{writer}-{i}");
                    store.update(&[decide(&photo, 0.5, 0.5, Some(Verdict::LeaveOut))]).unwrap();
                    // What the other one writes is whole whenever it is read.
                    assert!(load(&store).of(&photo).is_some());
                }
            });
        }
    });
    let choices = load(&file(folder.path()));
    let written = (0..2).flat_map(|writer| (0..20).map(move |i| format!("{writer}-{i}")));
    assert!(written.into_iter().all(|photo| choices.of(&photo).is_some()));
}

#[test]
fn a_writer_that_hangs_is_named_and_harms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    store.update(&[decide(CAT, 0.5, 0.5, Some(Verdict::Use))]).unwrap();
    let held = fs::File::open(path(folder.path()).with_extension("lock")).unwrap();
    held.lock().unwrap();
    let error = store.update(&[decide(CAT, 0.5, 0.5, None)]).unwrap_err();
    assert!(matches!(error, SharedFileError::Busy { .. }), "{error}");
    assert!(load(&store).of(CAT).is_some(), "reading does not wait");
    held.unlock().unwrap();
    assert!(store.update(&[decide(CAT, 0.5, 0.5, None)]).unwrap().choices.is_empty());
}

#[test]
fn ten_thousand_exclusions_are_one_quick_change() {
    let folder = tempfile::tempdir().unwrap();
    let store = file(folder.path());
    let photo = |i: u32| format!("{i:032x}");
    let all = (0..10_000).map(|i| (id(&photo(i), 0.5, 0.5), Some(Verdict::LeaveOut))).collect();
    let started = Instant::now();
    store.update(&[PictureEdit::Verdicts(all)]).unwrap();
    store.update(&[decide(&photo(77), 0.5, 0.5, None)]).unwrap();
    let choices = load(&store);
    // Some 50 ms; a machine that does other things takes longer.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(choices.of(&photo(77)).is_none() && choices.of(&photo(9_999)).is_some());
    assert!(fs::metadata(path(folder.path())).unwrap().len() < 2 << 20);
}
