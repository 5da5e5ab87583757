//! What people decide about their photos: kept, used, taken back, and written as `.cat` files.

use super::{end_of, ended, engine, folder, send, tiny, until};
use purrtrait::config::{DataConfig, DataSource, FaceMode, RunConfig};
use purrtrait::data::draw_demo_cat;
use purrtrait::engine::{
    Command, DatasetReport, EngineHandle, Event, LeftOut, Level, MarkedFace, PictureEdit, PictureId, PixelPoint,
    Placement, PreparedPictures, ResumeOptions, RunEnd, Square, Verdict,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;

const SIZE: u32 = 32;

/// Photos of demo cats that no other test has: decisions belong to a photo's content.
fn photos(folder: &Path, count: u64, seed: u64) {
    fs::create_dir_all(folder).unwrap();
    for i in 0..count {
        fs::write(folder.join(format!("{i:02}.png")), draw_demo_cat(seed, i, 96).to_png().unwrap()).unwrap();
    }
}

fn data(folder: &Path) -> DataConfig {
    DataConfig { source: DataSource::Folder(folder.to_path_buf()), faces: FaceMode::Off, ..DataConfig::default() }
}

fn report(engine: &mut EngineHandle) -> Arc<DatasetReport> {
    let events = until(engine, |event| matches!(event, Event::DataReady(_)));
    events.into_iter().find_map(|event| if let Event::DataReady(report) = event { Some(report) } else { None }).unwrap()
}

fn scan(engine: &mut EngineHandle, folder: &Path) -> Arc<DatasetReport> {
    send(engine, Command::ScanData { data: data(folder), size: SIZE });
    report(engine)
}

fn edit(engine: &mut EngineHandle, edit: PictureEdit) -> Arc<DatasetReport> {
    send(engine, Command::EditPictures(edit));
    report(engine)
}

fn pictures(report: &DatasetReport) -> &PreparedPictures {
    report.pictures.as_ref().unwrap()
}

fn named(report: &DatasetReport, name: &str) -> usize {
    let pictures = pictures(report);
    (0..pictures.pictures.len()).find(|&i| pictures.photo_of(i).path.ends_with(name)).unwrap()
}

fn id(report: &DatasetReport, name: &str) -> PictureId {
    let (pictures, i) = (pictures(report), named(report, name));
    PictureId::of(pictures.photo_of(i), &pictures.pictures[i].square)
}

fn decide(report: &DatasetReport, name: &str, verdict: Option<Verdict>) -> PictureEdit {
    PictureEdit::Verdicts(vec![(id(report, name), verdict)])
}

fn faces(report: &DatasetReport, name: &str, faces: Option<Vec<MarkedFace>>) -> PictureEdit {
    PictureEdit::Faces { photo: id(report, name).photo, faces }
}

fn square(x: f64, y: f64, side: f64, angle: f64) -> Square {
    Square { middle: PixelPoint { x, y }, side, angle }
}

fn by_hand(square: Square) -> MarkedFace {
    MarkedFace { square, eyes: None }
}

/// Name of the photo, left out, included, placement and square of each picture.
fn standing(report: &DatasetReport) -> Vec<(String, Option<LeftOut>, bool, Placement, Square)> {
    let pictures = pictures(report);
    let one = |i: usize| {
        let picture = &pictures.pictures[i];
        let name = pictures.photo_of(i).path.file_name().unwrap().to_string_lossy().into_owned();
        (name, picture.left_out, picture.included, picture.placement, picture.square)
    };
    (0..pictures.pictures.len()).map(one).collect()
}

#[test]
fn exclusions_show_at_once_are_taken_back_and_survive_renaming_moving_and_a_restart() {
    let dir = folder();
    let cats = dir.path().join("cats");
    photos(&cats, 6, 811);
    let mut engine = engine();
    let first = scan(&mut engine, &cats);
    assert_eq!(first.usable, 6);
    let excluded = edit(&mut engine, decide(&first, "02.png", Some(Verdict::LeaveOut)));
    assert_eq!(excluded.usable, 5);
    assert_eq!(pictures(&excluded).pictures[named(&excluded, "02.png")].left_out, Some(LeftOut::ByYou));
    assert!(excluded.skipped.iter().any(|file| file.path.ends_with("02.png")), "{:?}", excluded.skipped);
    // The same kind of change takes it back.
    let back = edit(&mut engine, decide(&excluded, "02.png", None));
    assert_eq!(standing(&back), standing(&first));
    edit(&mut engine, decide(&back, "02.png", Some(Verdict::LeaveOut)));
    let both = edit(&mut engine, decide(&back, "03.png", Some(Verdict::Use)));
    assert!(pictures(&both).pictures[named(&both, "03.png")].included);
    engine.shutdown();

    // Another place, other names, another session.
    let moved = dir.path().join("moved/deep");
    fs::create_dir_all(&moved).unwrap();
    fs::rename(cats.join("02.png"), moved.join("holiday.png")).unwrap();
    fs::rename(cats.join("03.png"), moved.join("sofa.png")).unwrap();
    fs::rename(cats.join("04.png"), moved.join("other.png")).unwrap();
    let mut engine = super::engine();
    let later = scan(&mut engine, moved.parent().unwrap());
    let state = |name: &str| {
        let picture = &pictures(&later).pictures[named(&later, name)];
        (picture.left_out, picture.included)
    };
    assert_eq!(state("holiday.png"), (Some(LeftOut::ByYou), false));
    assert_eq!(state("sofa.png"), (None, true));
    assert_eq!(state("other.png"), (None, false));
    assert_eq!(later.usable, 2);
    engine.shutdown();
}

#[test]
fn a_face_set_by_hand_is_what_is_cut_out() {
    let dir = folder();
    let cats = dir.path().join("cats");
    photos(&cats, 3, 812);
    let mut engine = engine();
    let first = scan(&mut engine, &cats);
    let wanted = [square(40.0, 50.0, 48.0, 0.3), square(70.0, 30.0, 40.0, -0.1)];
    let two = edit(&mut engine, faces(&first, "01.png", Some(wanted.map(by_hand).to_vec())));
    let cut: Vec<Square> =
        standing(&two).into_iter().filter(|(name, ..)| name == "01.png").map(|(.., square)| square).collect();
    assert_eq!((two.usable, cut.len()), (4, 2));
    for (cut, wanted) in cut.iter().zip(wanted) {
        assert!((cut.middle.x - wanted.middle.x).abs() < 0.01 && (cut.side - wanted.side).abs() < 0.01);
        assert!((cut.angle - wanted.angle).abs() < 1e-4);
    }
    let i = named(&two, "01.png");
    assert_eq!(pictures(&two).pictures[i].placement, Placement::Hand);
    assert!(pictures(&two).photo_of(i).corrected);
    let was = pictures(&first).pixels(named(&first, "01.png"));
    assert_ne!(pictures(&two).pixels(i), was);

    // A verdict on one of the two, and the square is moved a little: it stays with its face.
    let second = PictureId::of(pictures(&two).photo_of(i), &pictures(&two).pictures[i + 1].square);
    let one = edit(&mut engine, PictureEdit::Verdicts(vec![(second, Some(Verdict::LeaveOut))]));
    assert_eq!(pictures(&one).pictures[i + 1].left_out, Some(LeftOut::ByYou));
    let moved = [wanted[0], square(64.0, 33.0, 40.0, -0.1)];
    let moved = edit(&mut engine, faces(&one, "01.png", Some(moved.map(by_hand).to_vec())));
    assert_eq!(moved.usable, 3);
    // Included again where it is now, whatever was decided where it was.
    let now = PictureId::of(pictures(&moved).photo_of(i), &pictures(&moved).pictures[i + 1].square);
    assert_eq!(edit(&mut engine, PictureEdit::Verdicts(vec![(now, None)])).usable, 4);

    // Everything back, from the cache of before.
    let back = edit(&mut engine, faces(&moved, "01.png", None));
    assert_eq!(standing(&back), standing(&first));
    assert_eq!(pictures(&back).pixels(i), was);
    engine.shutdown();
}

#[test]
fn the_last_picture_can_be_excluded_and_brought_back() {
    let dir = folder();
    let cats = dir.path().join("cats");
    photos(&cats, 1, 813);
    let mut engine = engine();
    let first = scan(&mut engine, &cats);
    let none = edit(&mut engine, decide(&first, "00.png", Some(Verdict::LeaveOut)));
    assert_eq!((none.usable, pictures(&none).pictures.len()), (0, 1));
    until(&mut engine, |event| matches!(event, Event::DataFailed(_)));
    // Nothing that was there before is trained on.
    let config = RunConfig { data: data(&cats), ..tiny(2) };
    send(&engine, Command::Start { config: Box::new(config), out: Some(dir.path().join("run")) });
    let events = until(&mut engine, ended);
    assert!(matches!(end_of(&events), RunEnd::Failed { .. }), "{events:?}");
    assert!(!dir.path().join("run").exists());
    assert_eq!(edit(&mut engine, decide(&none, "00.png", None)).usable, 1);
    engine.shutdown();
}

#[test]
fn a_run_trains_on_what_is_shown_keeps_it_and_says_what_changed_when_it_is_resumed() {
    let dir = folder();
    let (cats, run) = (dir.path().join("cats"), dir.path().join("run"));
    photos(&cats, 12, 814);
    let mut engine = engine();
    let first = scan(&mut engine, &cats);
    // Changed while the pictures of the run are prepared: the run gets them as they are then.
    let config = RunConfig { data: data(&cats), ..tiny(0) };
    send(&engine, Command::EditPictures(decide(&first, "00.png", Some(Verdict::LeaveOut))));
    send(&engine, Command::Start { config: Box::new(config), out: Some(run.clone()) });
    let events = until(&mut engine, |event| matches!(event, Event::RunStarted(_)));
    let Some(Event::RunStarted(info)) = events.last() else { panic!() };
    assert_eq!(info.pictures, 11);
    // Changed while it runs: for the next one, which is said once.
    let told = |event: &Event| matches!(event, Event::Notice { text, .. } if text.contains("next run"));
    send(&engine, Command::EditPictures(decide(&first, "01.png", Some(Verdict::LeaveOut))));
    send(&engine, Command::EditPictures(decide(&first, "02.png", Some(Verdict::LeaveOut))));
    let mut usable = 0;
    let events = until(&mut engine, |event| {
        if let Event::DataReady(report) = event {
            usable = report.usable;
        }
        usable == 9
    });
    assert_eq!(events.iter().filter(|event| told(event)).count(), 1);
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    let resume = |max_steps| {
        let options = ResumeOptions { max_steps: Some(max_steps), ..ResumeOptions::default() };
        Command::Resume { run: run.clone(), options }
    };
    send(&engine, resume(1));
    let events = until(&mut engine, ended);
    let changed = events.iter().any(|event| {
        let words = ["9 of 11 pictures are there, 2 missing, 0 new", "exclusions"];
        matches!(event, Event::Notice { text, .. } if words.iter().all(|words| text.contains(words)))
    });
    assert!(changed, "{events:#?}");
    // Most are excluded: refused, with the reason.
    let most = ["03.png", "04.png", "05.png", "06.png", "07.png", "08.png"];
    let most = most.map(|name| (id(&first, name), Some(Verdict::LeaveOut))).to_vec();
    send(&engine, Command::EditPictures(PictureEdit::Verdicts(most)));
    send(&engine, resume(2));
    let events = until(&mut engine, ended);
    assert!(
        matches!(end_of(&events), RunEnd::Failed { text, .. } if text.contains("Excluded pictures")),
        "{events:#?}"
    );
    engine.shutdown();
}

#[test]
fn photos_open_upright_for_the_editor_and_the_newest_wins() {
    let dir = folder();
    photos(dir.path(), 3, 815);
    let at = |name: &str| dir.path().join(name);
    let mut engine = engine();
    let open = |name: &str, longest| Command::OpenPhoto { path: at(name), longest };
    send(&engine, open("01.png", 48));
    let events = until(&mut engine, |event| matches!(event, Event::Photo { .. }));
    let Some(Event::Photo { path, frame, size }) = events.last() else { panic!() };
    assert_eq!((path, frame.width, frame.height, *size), (&at("01.png"), 48, 48, (96, 96)));
    // Never made larger.
    send(&engine, open("02.png", 4000));
    let events = until(&mut engine, |event| matches!(event, Event::Photo { .. }));
    let Some(Event::Photo { frame, .. }) = events.last() else { panic!() };
    assert_eq!(**frame, draw_demo_cat(815, 2, 96));
    for name in ["none.png", "text.png"] {
        fs::write(at("text.png"), "no picture").unwrap();
        send(&engine, open(name, 48));
        let events = until(&mut engine, |event| matches!(event, Event::PhotoFailed { .. }));
        let Some(Event::PhotoFailed { path, reason }) = events.last() else { panic!() };
        assert!(*path == at(name) && !reason.is_empty() && !reason.contains("none.png"), "{reason}");
    }
    // Many at once: the last one comes, and at most one before it, which was being read already.
    let many = ["00.png", "01.png", "02.png", "00.png", "01.png", "02.png", "none.png"];
    many.iter().for_each(|name| send(&engine, open(name, 48)));
    let events = until(&mut engine, |event| matches!(event, Event::PhotoFailed { .. }));
    assert!(events.iter().filter(|event| matches!(event, Event::Photo { .. })).count() < many.len() - 1);
    engine.shutdown();
}

#[test]
fn faces_written_as_cat_files_give_the_same_squares_again() {
    let dir = folder();
    let (cats, out, copies) = (dir.path().join("cats"), dir.path().join("out"), dir.path().join("copies"));
    photos(&cats.join("deep"), 4, 816);
    let mut engine = engine();
    let first = scan(&mut engine, &cats);
    let wanted = [square(40.0, 50.0, 48.0, 0.3), square(60.0, 30.0, 40.0, -0.1)];
    edit(&mut engine, faces(&first, "01.png", Some(wanted.map(by_hand).to_vec())));
    edit(&mut engine, faces(&first, "02.png", Some(vec![by_hand(wanted[1])])));
    let shown = edit(&mut engine, faces(&first, "03.png", Some(vec![by_hand(wanted[0])])));
    // It is no cat, perhaps.
    edit(&mut engine, decide(&shown, "03.png", Some(Verdict::LeaveOut)));
    let mut write = |folder: &Path| {
        send(&engine, Command::WriteLandmarks { folder: folder.to_path_buf() });
        let events = until(&mut engine, |event| matches!(event, Event::Notice { .. }));
        let Some(Event::Notice { level, text }) = events.last() else { panic!() };
        (*level, text.clone())
    };
    let (level, text) = write(&out);
    assert_eq!(level, Level::Good, "{text}");
    assert!(
        text.starts_with("2 .cat files with 3 faces written to ") && text.contains("2 photos are without"),
        "{text}"
    );
    let written = fs::read_to_string(out.join("deep/01.png.cat")).unwrap();
    assert_eq!(written.lines().count(), 2);
    assert!(out.join("deep/02.png.cat").is_file() && !out.join("deep/03.png.cat").exists());
    // What is there stays.
    fs::write(out.join("deep/02.png.cat"), "mine").unwrap();
    fs::remove_file(out.join("deep/01.png.cat")).unwrap();
    let (_, text) = write(&out);
    assert!(text.contains("1 .cat file with 2 faces") && text.contains("1 file was there already"), "{text}");
    assert_eq!(fs::read_to_string(out.join("deep/02.png.cat")).unwrap(), "mine");
    // Never among the photos.
    let (level, text) = write(&cats.join("new"));
    assert!(level == Level::Error && text.contains("choose a folder outside"), "{text}");
    assert_eq!(fs::read_dir(&cats).unwrap().count(), 1);

    // Copies of the photos in other files, which nobody corrected, with these beside them.
    fs::create_dir(&copies).unwrap();
    let lines: Vec<_> = written.lines().collect();
    for (name, text) in [("both", written.as_str()), ("second", lines[1])] {
        fs::write(copies.join(format!("{name}.png")), draw_demo_cat(817, text.len() as u64, 96).to_png().unwrap())
            .unwrap();
        fs::write(copies.join(format!("{name}.png.cat")), text).unwrap();
    }
    let read = scan(&mut engine, &copies);
    let squares: Vec<_> = standing(&read).into_iter().map(|(_, _, _, placement, square)| (placement, square)).collect();
    for ((placement, read), wanted) in squares.iter().zip([wanted[0], wanted[1], wanted[1]]) {
        assert_eq!(*placement, Placement::Landmarks);
        let off = (read.middle.x - wanted.middle.x).hypot(read.middle.y - wanted.middle.y);
        assert!(off < 0.01 && (read.side - wanted.side).abs() < 0.01 && (read.angle - wanted.angle).abs() < 1e-3);
    }
    assert_eq!(squares.len(), 3);
    engine.shutdown();
}
