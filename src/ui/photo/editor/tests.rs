//! Faces marked by hand, undone and saved, without a window.

use super::*;
use crate::engine::{PhotoFile, PreparedPicture};

fn point(x: f64, y: f64) -> PixelPoint {
    PixelPoint { x, y }
}

fn photo(corrected: bool, placements: &[Placement]) -> PhotoEditor {
    let file = PhotoFile { path: "cat.jpg".into(), content: "c0ffee".into(), width: 400, height: 300, corrected };
    let square = |n: usize| Square { middle: point(100.0 + 100.0 * n as f64, 150.0), side: 80.0, angle: 0.0 };
    let mut pictures: Vec<PreparedPicture> =
        placements.iter().enumerate().map(|(n, placement)| PreparedPicture::new(0, square(n), *placement)).collect();
    for picture in pictures.iter_mut().filter(|picture| picture.placement == Placement::Crop) {
        picture.left_out = Some(LeftOut::NoFace);
    }
    let pixels = vec![0; pictures.len() * 16 * 16 * 3];
    PhotoEditor::new(&PreparedPictures::in_memory(vec![file], pictures, 16, pixels), 0)
}

fn saved(editor: &PhotoEditor) -> Option<usize> {
    match editor.edit()?.0 {
        PictureEdit::Faces { faces, .. } => faces.map(|faces| faces.len()),
        PictureEdit::Verdicts(_) => None,
    }
}

#[test]
fn a_moved_eye_takes_the_square_along_and_is_undone_as_one() {
    let mut editor = photo(false, &[Placement::Finder, Placement::Finder]);
    assert!(editor.edit().is_none(), "nothing was changed");
    for x in 0..10 {
        editor.note("eye", 0.1 * f64::from(x));
        editor.put_eye(0, point(80.0 + f64::from(x), 140.0));
    }
    let face = editor.face().unwrap();
    assert_eq!(face.square, Square::of_eyes(face.eyes.unwrap()));
    assert_eq!(saved(&editor), Some(2), "the other face is saved, too");
    editor.turn(Turn::Back);
    assert!(!editor.changed() && !editor.can(Turn::Back));
    editor.turn(Turn::Forth);
    assert!(editor.changed());
}

#[test]
fn two_clicks_make_a_face_whichever_eye_comes_first() {
    let mut editor = photo(false, &[Placement::Crop]);
    assert_eq!(editor.setting, Some(None), "a photo without a face asks for the eyes at once");
    editor.click_eye(point(200.0, 100.0), 1.0);
    editor.click_eye(point(160.0, 90.0), 2.0);
    assert_eq!(editor.face().unwrap().eyes, Some([point(160.0, 90.0), point(200.0, 100.0)]));
    editor.add();
    editor.click_eye(point(20.0, 20.0), 3.0);
    editor.click_eye(point(20.0, 60.0), 3.1);
    assert_eq!((editor.faces().len(), editor.chosen), (2, 1));
    editor.remove(4.0);
    editor.remove(4.1);
    assert_eq!((editor.faces().len(), saved(&editor)), (0, Some(0)), "no face at all is a decision, too");
}

#[test]
fn what_was_found_comes_back() {
    let mut editor = photo(false, &[Placement::Finder]);
    editor.note("move", 0.0);
    editor.reshape(|square| square.middle.x += 500.0);
    assert_eq!(editor.face().unwrap().square.middle.x, 400.0, "it stays in reach");
    editor.reset(1.0);
    assert!(!editor.changed());
    let mut corrected = photo(true, &[Placement::Hand]);
    corrected.reset(1.0);
    assert!(corrected.changed() && corrected.is_reset());
    let (forward, back) = corrected.edit().unwrap();
    assert!(matches!(forward, PictureEdit::Faces { faces: None, .. }));
    assert!(matches!(back, PictureEdit::Faces { faces: Some(faces), .. } if faces.len() == 1));
}

#[test]
fn angles_stay_within_half_a_turn() {
    assert!((wrapped(3.0 * std::f64::consts::PI / 2.0) + std::f64::consts::FRAC_PI_2).abs() < 1e-12);
}
