//! The editor of a photo: its faces marked by pointer and keyboard.

use crate::curation::ready;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Vec2, vec2};
use egui_kittest::kittest::Queryable;
use purrtrait::engine::{Command, DatasetReport, Event, MarkedFace, PictureEdit, PixelPoint, Square};
use purrtrait::pixels::Frame;
use std::sync::Arc;

/// The photo that all prepared pictures are from, at half its size.
fn answer(stage: &mut Stage) {
    let asked = stage.asked();
    let path = asked.iter().find_map(|command| match command {
        Command::OpenPhoto { path, longest: 2048 } => Some(path.clone()),
        _ => None,
    });
    let path = path.unwrap_or_else(|| panic!("no photo was asked for: {asked:?}"));
    let mut frame = Frame::filled(200, 150, [84, 96, 110]);
    let cat = cat(3, 100);
    for (row, line) in cat.data.chunks_exact(300).enumerate() {
        let at = ((25 + row) * 200 + 40) * 3;
        frame.data[at..at + 300].copy_from_slice(line);
    }
    stage.tell(Event::Photo { path, frame: Arc::new(frame), size: (400, 300) });
}

/// Opens the photo of the first picture by the keyboard.
fn open_first(stage: &mut Stage) {
    stage.harness.run_steps(2);
    stage.asked();
    stage.harness.get_by_label_contains("Prepared pictures").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Home);
    stage.key(Modifiers::NONE, Key::Enter);
    answer(stage);
}

/// A photo with two faces is open.
pub fn two_faces(stage: &mut Stage) {
    let mut pictures = pictures(12);
    let square = Square { middle: PixelPoint { x: 340.0, y: 90.0 }, side: 90.0, angle: -0.2 };
    let mut second = pictures.pictures[0].clone();
    (second.square, second.eyes) = (square, None);
    pictures.pictures.insert(1, second);
    stage.with_pictures(DatasetReport { pictures: Some(Arc::new(pictures)), ..report() });
    open_first(stage);
}

/// The first photo is open.
fn open() -> Stage {
    let mut stage = ready();
    stage.harness.get_by_label_contains("Prepared pictures").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Home);
    stage.key(Modifiers::NONE, Key::Enter);
    answer(&mut stage);
    stage
}

fn drag(stage: &mut Stage, from: Pos2, by: Vec2) {
    stage.harness.hover_at(from);
    stage.harness.run_steps(1);
    stage.harness.drag_at(from);
    stage.harness.run_steps(1);
    for share in [0.5, 1.0] {
        stage.harness.hover_at(from + by * share);
        stage.harness.run_steps(1);
    }
    stage.harness.drop_at(from + by);
    stage.harness.run_steps(30);
}

fn handle(stage: &Stage, name: &str) -> Pos2 {
    stage.harness.get_by_role_and_label(Role::Button, name).rect().center()
}

fn click_at(stage: &mut Stage, at: Pos2) {
    stage.harness.hover_at(at);
    stage.harness.run_steps(1);
    stage.harness.drag_at(at);
    stage.harness.drop_at(at);
    stage.harness.run_steps(30);
}

/// The faces of the first photo, as they were saved.
fn saved(stage: &mut Stage) -> Option<Vec<MarkedFace>> {
    let asked = stage.asked();
    let faces = asked.iter().find_map(|command| match command {
        Command::EditPictures(PictureEdit::Faces { photo, faces }) => {
            assert_eq!(*photo, format!("{:032x}", 0));
            Some(faces.clone())
        }
        _ => None,
    });
    faces.unwrap_or_else(|| panic!("nothing was saved: {asked:?}"))
}

#[test]
fn the_longest_name_leaves_the_buttons_in_the_window() {
    let mut stage = Stage::window(egui_kittest::Harness::builder(), 900.0, 600.0, egui::Theme::Dark);
    let mut pictures = pictures(3);
    pictures.photos[0].path = format!("/pictures/cats/{}.jpg", "W".repeat(200)).into();
    stage.with_pictures(DatasetReport { pictures: Some(Arc::new(pictures)), ..report() });
    open_first(&mut stage);
    stage.harness.run_steps(20);
    for name in ["Close", "Save", "◀ Previous"] {
        let place = stage.harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(place.left() > 0.0 && place.right() < 908.0, "{name}: {place:?}");
    }
}

#[test]
fn a_dragged_eye_takes_the_square_along() {
    let mut stage = open();
    let eye = handle(&stage, "Left eye");
    drag(&mut stage, eye, vec2(20.0, -10.0));
    assert!((handle(&stage, "Left eye") - eye - vec2(20.0, -10.0)).length() < 1.5, "it is where it was dropped");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!((handle(&stage, "Left eye") - eye).length() < 0.5, "undone as one change");
    stage.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    stage.key(Modifiers::NONE, Key::Enter);
    let faces = saved(&mut stage).unwrap();
    let [face] = faces[..] else { panic!("{faces:?}") };
    let [left, right] = face.eyes.unwrap();
    assert!(left.x > 150.0 && left.y < 130.0 && (right.x, right.y) == (210.0, 136.0), "{left:?}");
    let roll = (right.y - left.y).atan2(right.x - left.x);
    assert!((face.square.angle - roll).abs() < 1e-9 && face.square.side < 200.0, "{face:?}");
    assert!(stage.shows("IMG_0000.jpg: used, being prepared"), "the picture says that it is made anew");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(saved(&mut stage), None, "undone: as found");
}

/// All that a quick hand does from one frame to the next: the press is at `from`, the pointer is elsewhere by then.
fn fling(stage: &mut Stage, from: Pos2, by: Vec2) {
    stage.harness.hover_at(from - by);
    stage.harness.run_steps(1);
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: egui::PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let quick = [egui::Event::PointerMoved(from), button(from, true), egui::Event::PointerMoved(from + by)];
    stage.harness.input_mut().events.extend(quick);
    stage.harness.run_steps(2);
    stage.harness.event(button(from + by, false));
    stage.harness.run_steps(30);
}

#[test]
fn a_quick_drag_moves_what_was_pressed_not_what_the_pointer_has_reached() {
    let mut stage = open();
    let place = |stage: &Stage, name: &str| handle(stage, name);
    let [left, right, corner] = ["Left eye", "Right eye", "Top left corner"].map(|name| place(&stage, name));
    fling(&mut stage, left, vec2(40.0, -30.0));
    assert!((place(&stage, "Left eye") - left - vec2(40.0, -30.0)).length() < 1.5, "the eye, not the square");
    assert!((place(&stage, "Right eye") - right).length() < 0.5);
    stage.key(Modifiers::COMMAND, Key::Z);
    // Onto the eye, from beside it: the square is held, and the eyes stay.
    let beside = left + vec2(0.0, 40.0);
    fling(&mut stage, beside, left - beside);
    assert!((place(&stage, "Top left corner") - corner - (left - beside)).length() < 1.5, "the square, not the eye");
    assert!((place(&stage, "Left eye") - left).length() < 0.5);
    stage.key(Modifiers::COMMAND, Key::Z);
    // Out of the square by its corner.
    fling(&mut stage, corner, vec2(-20.0, -20.0));
    assert!(place(&stage, "Top left corner").distance(corner) > 24.0, "the corner");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert!((place(&stage, "Top left corner") - corner).length() < 0.5, "undone as one change");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(!stage.asked().iter().any(|command| matches!(command, Command::EditPictures(_))), "all is undone");
}

#[test]
fn a_handle_pressed_off_its_middle_does_not_jump() {
    let mut stage = open();
    let eye = handle(&stage, "Left eye");
    drag(&mut stage, eye + vec2(8.0, -8.0), vec2(20.0, 0.0));
    assert!((handle(&stage, "Left eye") - eye - vec2(20.0, 0.0)).length() < 1.5);
}

#[test]
fn the_square_is_moved_resized_and_turned() {
    let mut stage = open();
    let corner = handle(&stage, "Top left corner");
    let middle = corner + (handle(&stage, "Bottom right corner") - corner) * 0.5;
    drag(&mut stage, middle + vec2(0.0, 40.0), vec2(-16.0, 8.0));
    assert!((handle(&stage, "Top left corner") - corner - vec2(-16.0, 8.0)).length() < 1.5);
    let corner = handle(&stage, "Bottom right corner");
    let turn = handle(&stage, "Turn the square");
    drag(&mut stage, turn, vec2(60.0, 30.0));
    drag(&mut stage, corner + vec2(0.0, 0.0), vec2(0.0, 0.0));
    stage.key(Modifiers::NONE, Key::Plus);
    stage.key(Modifiers::NONE, Key::ArrowLeft);
    stage.key(Modifiers::NONE, Key::Enter);
    let faces = saved(&mut stage).unwrap();
    let [face] = faces[..] else { panic!("{faces:?}") };
    assert!(face.square.middle.x < 180.0 && face.square.middle.y > 150.0 && face.square.angle > 0.15, "{face:?}");
    assert!((face.square.side - 208.0).abs() < 1e-6, "{face:?}");
    let eyes = face.eyes.unwrap();
    assert_eq!((eyes[0].x, eyes[1].x), (150.0, 210.0), "the eyes stay where they are");
}

#[test]
fn eyes_are_set_anew_by_two_clicks_and_faces_added_and_removed() {
    let mut stage = open();
    let middle = handle(&stage, "Left eye");
    stage.press("Add face");
    assert!(stage.shows("Add face"));
    click_at(&mut stage, middle + vec2(120.0, 0.0));
    click_at(&mut stage, middle + vec2(160.0, 10.0));
    assert!(stage.shows("Face 2"));
    stage.key(Modifiers::SHIFT, Key::Tab);
    assert!(stage.shows("face 1 of 2"));
    stage.press("Set eyes");
    click_at(&mut stage, middle + vec2(10.0, 0.0));
    click_at(&mut stage, middle + vec2(50.0, 0.0));
    stage.press("Save");
    let faces = saved(&mut stage).unwrap();
    assert_eq!(faces.len(), 2);
    assert!(faces[0].square.angle.abs() < 0.02 && faces[1].square.angle > 0.2, "{faces:?}");
}

#[test]
fn a_face_is_marked_and_removed_by_keyboard_alone() {
    let mut stage = open();
    stage.key(Modifiers::NONE, Key::Delete);
    stage.key(Modifiers::NONE, Key::N);
    stage.key(Modifiers::NONE, Key::Num1);
    stage.key(Modifiers::NONE, Key::ArrowUp);
    stage.key(Modifiers::NONE, Key::Enter);
    let faces = saved(&mut stage).unwrap();
    let [face] = faces[..] else { panic!("{faces:?}") };
    let [left, right] = face.eyes.unwrap();
    assert!(left.y < right.y && face.square.angle > 0.0, "{face:?}");
}

#[test]
fn what_is_cancelled_is_not_saved_and_the_next_photo_saves() {
    let mut stage = open();
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.asked().iter().any(|command| matches!(command, Command::EditPictures(_))));
    stage.key(Modifiers::NONE, Key::Enter);
    answer(&mut stage);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::NONE, Key::PageDown);
    let asked = stage.asked();
    assert!(asked.iter().any(|command| matches!(command, Command::EditPictures(PictureEdit::Faces { .. }))));
    let next = |command: &Command| matches!(command, Command::OpenPhoto { path, .. } if path.ends_with("IMG_0001.jpg"));
    assert!(asked.iter().any(next), "{asked:?}");
    let path = "/pictures/cats/IMG_0001.jpg".into();
    stage.tell(Event::PhotoFailed { path, reason: "the file is gone".into() });
    stage.harness.run_steps(2);
}
