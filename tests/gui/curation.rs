//! The prepared pictures: filters, selection, decisions and their undo, by pointer and keyboard.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::engine::{Command, Event, LeftOut, PictureEdit, Verdict};
use std::sync::Arc;

pub fn ready() -> Stage {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.harness.run_steps(2);
    stage.asked();
    stage
}

/// A click on the picture whose name begins so.
fn click(stage: &mut Stage, name: &str, modifiers: Modifiers) {
    let node = stage.harness.get_by(|node| node.role() == Role::ListBoxOption && starts(node.label(), name));
    node.click_modifiers(modifiers);
    // Long enough that the next click is no double click.
    stage.harness.run_steps(30);
}

fn starts(label: Option<String>, name: &str) -> bool {
    label.is_some_and(|label| label.starts_with(name))
}

pub fn filter(stage: &mut Stage, name: &str) {
    stage.harness.get_by_role_and_label(Role::RadioButton, &format!("Filter {name}")).click_accesskit();
    stage.harness.run_steps(3);
}

/// Names of the selected pictures' files, without what they all share.
fn selected(stage: &Stage) -> Vec<u32> {
    let is = |node: &egui_kittest::kittest::AccessKitNode<'_>| {
        node.role() == Role::ListBoxOption && node.is_selected() == Some(true)
    };
    let mut names: Vec<u32> = stage
        .harness
        .query_all_by(is)
        .filter_map(|node| node.accesskit_node().label()?.get(4..8)?.parse().ok())
        .collect();
    names.sort_unstable();
    names
}

/// The newest decision that was sent: on which photos, and what.
fn decided(stage: &mut Stage) -> Vec<(u32, Option<Verdict>)> {
    let asked = stage.asked();
    let verdicts = asked.iter().find_map(|command| match command {
        Command::EditPictures(PictureEdit::Verdicts(verdicts)) => Some(verdicts.clone()),
        _ => None,
    });
    let verdicts = verdicts.unwrap_or_else(|| panic!("no decision: {asked:?}"));
    verdicts.iter().map(|(id, verdict)| (u32::from_str_radix(&id.photo, 16).unwrap(), *verdict)).collect()
}

#[test]
fn an_arrow_after_a_click_moves_the_cursor_and_the_grid_keeps_the_keyboard() {
    let mut stage = ready();
    let node = stage.harness.get_by(|node| node.role() == Role::ListBoxOption && starts(node.label(), "IMG_0002"));
    node.click();
    // Until nothing is drawn any more, as in a window at rest: the next frame is that of the key.
    stage.harness.run_ok();
    for _ in 0..2 {
        stage.key(Modifiers::NONE, Key::ArrowRight);
    }
    assert_eq!(selected(&stage), [4], "the first arrow has not taken the keyboard elsewhere");
}

#[test]
fn filters_show_their_pictures_with_counts() {
    let mut stage = ready();
    assert!(stage.shows("44 of 48 photos show a face") && stage.shows("12 left out"));
    filter(&mut stage, "No face: 4");
    assert!(stage.shows("IMG_0002.jpg: no face found") && !stage.shows("IMG_0003.jpg"));
    filter(&mut stage, "Bursts: 8");
    assert!(stage.shows("IMG_0007.jpg: used, burst of 2: kept") && stage.shows("IMG_0008.jpg: burst of 2"));
    assert!(!stage.shows("Filter Odd"), "a filter without pictures is not offered");
}

#[test]
fn pictures_are_selected_with_the_pointer() {
    let mut stage = ready();
    click(&mut stage, "IMG_0003", Modifiers::NONE);
    click(&mut stage, "IMG_0006", Modifiers::SHIFT);
    assert_eq!(selected(&stage), [3, 4, 5, 6]);
    click(&mut stage, "IMG_0005", Modifiers::COMMAND);
    assert_eq!(selected(&stage), [3, 4, 6]);
    assert!(stage.shows("3 selected"));
    stage.key(Modifiers::COMMAND, Key::A);
    assert!(stage.shows("48 selected"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.shows("48 on show, 0 selected"));
    let rect = |stage: &Stage, name: &str| {
        stage.harness.get_by(|node| node.role() == Role::ListBoxOption && starts(node.label(), name)).rect()
    };
    let (from, to) = (rect(&stage, "IMG_0000").center(), rect(&stage, "IMG_0002").center());
    stage.harness.drag_at(from);
    stage.harness.run_steps(1);
    stage.harness.hover_at(to);
    stage.harness.run_steps(2);
    assert_eq!(selected(&stage), [0, 1, 2], "a rectangle");
    stage.harness.drop_at(to);
    stage.harness.run_steps(2);
    assert_eq!(selected(&stage), [0, 1, 2]);
    click(&mut stage, "IMG_0003", Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    assert_eq!(selected(&stage), [4], "the grid has the keyboard after a click");
}

#[test]
fn pictures_are_excluded_and_included_by_keyboard_alone() {
    let mut stage = ready();
    stage.harness.get_by_label_contains("Prepared pictures").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::ArrowRight);
    stage.key(Modifiers::SHIFT, Key::ArrowRight);
    assert_eq!(selected(&stage), [1, 2]);
    stage.key(Modifiers::NONE, Key::X);
    assert_eq!(decided(&mut stage), [(1, Some(Verdict::LeaveOut)), (2, Some(Verdict::LeaveOut))]);
    assert!(stage.shows("IMG_0001.jpg: left out by you"), "at once");
    assert!(stage.shows("The pictures are still being prepared."), "a run waits for the decision");
    stage.key(Modifiers::COMMAND, Key::Z);
    assert_eq!(decided(&mut stage), [(1, None), (2, None)]);
    assert!(stage.shows("IMG_0001.jpg: used") && stage.shows("IMG_0002.jpg: no face found"));
    stage.key(Modifiers::COMMAND.plus(Modifiers::SHIFT), Key::Z);
    assert_eq!(decided(&mut stage).len(), 2);
    stage.key(Modifiers::NONE, Key::I);
    assert_eq!(decided(&mut stage), [(1, Some(Verdict::Use)), (2, Some(Verdict::Use))]);
    assert!(stage.shows("IMG_0002.jpg: used, included by you"));
    stage.key(Modifiers::NONE, Key::U);
    assert_eq!(decided(&mut stage), [(1, None), (2, None)]);
    stage.key(Modifiers::NONE, Key::End);
    assert_eq!(selected(&stage), [47], "the last one is in sight");
    stage.key(Modifiers::NONE, Key::Space);
    assert!(selected(&stage).is_empty());
}

#[test]
fn the_answer_of_the_engine_replaces_what_was_expected() {
    let mut stage = ready();
    click(&mut stage, "IMG_0001", Modifiers::NONE);
    stage.press("Exclude");
    stage.asked();
    let mut answer = pictures(48);
    answer.pictures[1].left_out = Some(LeftOut::ByYou);
    stage.tell(Event::DataReady(Arc::new(purrtrait::engine::DatasetReport {
        pictures: Some(Arc::new(answer)),
        ..report()
    })));
    assert!(stage.shows("IMG_0001.jpg: left out by you"));
    assert_eq!(selected(&stage), [1], "what was selected stays selected");
    stage.press("Undo");
    assert_eq!(decided(&mut stage), [(1, None)]);
    assert!(stage.shows("IMG_0001.jpg: used"));
}

#[test]
fn while_a_run_trains_decisions_are_for_the_next_one() {
    let mut stage = ready();
    stage.with_run(10);
    stage.with_app(|app| app.user.screen = purrtrait::ui::Screen::Setup);
    stage.harness.run_steps(2);
    assert!(stage.shows("Changes here count for the next run"));
    click(&mut stage, "IMG_0001", Modifiers::NONE);
    stage.key(Modifiers::NONE, Key::Delete);
    assert_eq!(decided(&mut stage), [(1, Some(Verdict::LeaveOut))]);
    assert!(stage.shows("IMG_0001.jpg: left out by you"));
}

#[test]
fn the_faces_are_written_to_a_typed_folder() {
    let mut stage = ready();
    stage.harness.get_by_role_and_label(Role::RadioButton, "Settings: Preparation").click();
    stage.harness.run_steps(3);
    stage.with_app(|app| assert!(app.user.curation.side == purrtrait::ui::Side::Preparation));
    let field = || (Role::TextInput, "Folder for .cat files");
    stage.harness.get_by_role_and_label(field().0, field().1).scroll_to_me();
    stage.harness.run_steps(3);
    stage.harness.get_by_role_and_label(field().0, field().1).focus();
    stage.harness.run_steps(1);
    stage.harness.get_by_role_and_label(field().0, field().1).type_text("/tmp/faces");
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = stage.asked();
    assert!(
        asked.iter().any(|c| matches!(c, Command::WriteLandmarks { folder } if folder.ends_with("faces"))),
        "{asked:?}"
    );
}
