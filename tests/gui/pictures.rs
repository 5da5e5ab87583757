//! A run whose pictures were moved or are others, and what is said about few of them.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use purrtrait::config::DataSource;
use purrtrait::engine::{Advice, Cause, Command, DatasetReport, Event, RunEnd, RunState};
use std::path::Path;
use std::sync::Arc;

/// A run that is resumed from the list and cannot be.
fn fails(stage: &mut Stage, cause: Cause, text: &str) {
    stage.tell(Event::Runs(runs()));
    stage.press("Resume 0007-cats, step 12,345 · 5 minutes ago");
    stage.tell(Event::State(RunState::Preparing));
    stage.tell(Event::RunEnded(RunEnd::Failed { cause, text: text.into() }));
    stage.tell(Event::State(RunState::Idle));
    stage.asked();
}

#[track_caller]
fn resumed(commands: &[Command], folder: Option<&str>, others: bool) {
    let wanted = |command: &Command| match command {
        Command::Resume { run, options } => {
            run == Path::new("/runs/0007-cats")
                && options.pictures.as_deref() == folder.map(Path::new)
                && options.other_pictures == others
        }
        _ => false,
    };
    assert!(commands.iter().any(wanted), "{commands:?}");
}

#[test]
fn moved_pictures_are_named_by_their_path() {
    let mut stage = Stage::usual();
    fails(&mut stage, Cause::Data, "The folder /pictures/cats cannot be opened.");
    stage.press("Choose folder…");
    assert!(stage.shows("Where are the pictures of this run?"));
    stage.harness.run_steps(1);
    let field = stage.harness.get_by_role_and_label(Role::TextInput, "Folder of the run's pictures");
    assert!(field.is_focused(), "the cursor stands in it");
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of the run's pictures").type_text("/disk/cats");
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    resumed(&stage.asked(), Some("/disk/cats"), false);
    assert!(!stage.shows("Where are the pictures of this run?"), "the question is answered");
}

#[test]
fn other_pictures_are_taken_once_the_person_says_so() {
    let mut stage = Stage::usual();
    let text = "/disk/dogs does not contain the pictures that this run was trained on: 3 of 200 pictures are there, \
                197 missing, 500 new.";
    fails(&mut stage, Cause::Data, "The folder /pictures/cats cannot be opened.");
    stage.press("Choose folder…");
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of the run's pictures").type_text("/disk/dogs");
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Enter);
    resumed(&stage.asked(), Some("/disk/dogs"), false);
    stage.tell(Event::State(RunState::Preparing));
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::OtherPictures, text: text.into() }));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("3 of 200 pictures are there, 197 missing, 500 new"));
    assert!(stage.shows("These are different pictures.") && !stage.shows("--accept"), "no words of the command line");
    stage.asked();
    stage.press("Resume with these pictures");
    resumed(&stage.asked(), Some("/disk/dogs"), true);
}

/// Without pictures and curves the panels of a small window stay as wide as their place.
#[test]
fn a_run_that_cannot_be_opened_leaves_every_panel_in_a_small_window() {
    let mut stage = Stage::window(Harness::builder(), 900.0, 600.0, Theme::Dark);
    fails(&mut stage, Cause::Data, "The folder /pictures/cats cannot be opened.");
    stage.key(Modifiers::COMMAND, Key::Num3);
    stage.harness.run_steps(3);
    let title = stage.harness.get_by_label("Samples").rect();
    let undo = stage.harness.get_by_label_contains("Undo").rect();
    assert!(title.left() < 30.0 && undo.right() < 900.0, "{title} to {undo}");
}

#[test]
fn few_pictures_are_reported_beside_them_and_in_the_recipe() {
    let mut stage = Stage::usual();
    let text = "Only 10 pictures: the networks learn to copy them.".to_owned();
    let advice = vec![Advice { good: false, text: text.clone(), remedies: Vec::new() }];
    stage.with_pictures(DatasetReport { usable: 10, files: 10, advice, ..report() });
    assert!(stage.shows(&text));
    assert!(stage.shows("The batch size is 32, but there are only 10"));
    stage.tell(Event::DataReady(Arc::new(report())));
    assert!(!stage.shows(&text) && !stage.shows("The batch size is 32"));
}

#[test]
fn a_relative_folder_is_remembered_by_its_whole_path() {
    let mut stage = Stage::usual();
    stage.asked();
    stage.with_app(|app| app.user.folder_text = "cats".into());
    stage.harness.run_steps(2);
    stage.press("Open");
    let whole = std::path::absolute("cats").unwrap();
    let mut asked = stage.asked();
    stage.tell(Event::DataReady(Arc::new(report())));
    asked.extend(stage.asked());
    assert!(asked.iter().any(|c| matches!(c, Command::SaveSettings(s) if s.recent_folders[0] == whole)), "{asked:?}");
    let scans =
        |c: &Command| matches!(c, Command::ScanData { data, .. } if data.source == DataSource::Folder(whole.clone()));
    assert!(asked.iter().any(scans), "{asked:?}");
}
