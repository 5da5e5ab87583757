//! Favourites: what is asked of the disk, the list of all, and dialogs that do not lose what is typed in them.

use crate::behaviour::commands_to_the_window;
use crate::closing::{closes, press_close};
use crate::explore::Player;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, ViewportCommand};
use egui_kittest::kittest::{AccessKitNode, Queryable};
use purrtrait::engine::{
    Command, Event, ExploreCommand, ExploreEvent, FavouriteEdit, Keepsake, Latent, RequestKind, RunEnd,
};
use purrtrait::ui::{Dialog, PadMode};
use std::path::PathBuf;
use std::sync::Arc;

/// Of as many numbers as the played generator takes.
fn keepsake(i: usize, name: &str) -> Arc<Keepsake> {
    let latent: Latent = vec![i as f32, 0.5, 0.0, -9.0].into();
    Arc::new(Keepsake { name: name.into(), kept_at: NOW - 7200, ..Keepsake::new(latent, 1.0, 11_500) })
}

fn favourites(stage: &mut Stage, list: Vec<Arc<Keepsake>>) {
    stage.explorer_tells(ExploreEvent::Favourites { file: "favourites.jsonl".into(), list, notice: None });
}

/// A window with the list of all of these open.
pub fn listed(stage: &mut Stage, count: usize) -> Player {
    let names = ["Minka", "", "Tom with the very long name of a cat", "", "Kater Mikesch"];
    let mut player = Player::open(stage);
    favourites(stage, (0..count).map(|i| keepsake(i, names.get(i).unwrap_or(&""))).collect());
    player.play(stage);
    stage.key(Modifiers::COMMAND, Key::F);
    player.play(stage);
    player
}

fn edits(asked: &[ExploreCommand]) -> Vec<FavouriteEdit> {
    let edit = |c: &ExploreCommand| match c {
        ExploreCommand::EditFavourites { file, edit } => {
            assert_eq!(file, &PathBuf::from("favourites.jsonl"));
            Some(edit.clone())
        }
        _ => None,
    };
    asked.iter().filter_map(edit).collect()
}

/// Whether a message in the corner, whose lines are broken, says this.
pub fn toast(stage: &Stage, text: &str) -> bool {
    let says = |label: String| label.replace('\n', " ").contains(text);
    let found = |node: &AccessKitNode<'_>| node.label().is_some_and(says) || node.value().is_some_and(says);
    stage.harness.query_all_by(found).next().is_some()
}

fn names(stage: &Stage) -> Vec<String> {
    stage.with_app(|app| app.user.explore.favourites.list.iter().map(|f| f.kept.name.clone()).collect())
}

fn count(stage: &Stage) -> usize {
    stage.with_app(|app| app.user.explore.favourites.list.len())
}

#[test]
fn a_favourite_goes_to_the_disk_and_is_not_given_up_when_that_is_full() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    favourites(&mut stage, vec![keepsake(1, "Minka")]);
    player.play(&mut stage);
    stage.key(Modifiers::NONE, Key::F);
    let asked = edits(&player.take(&mut stage));
    let [FavouriteEdit::Keep(kept)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((kept.len(), kept[0].step), (1, 12_000));
    let file = PathBuf::from("favourites.jsonl");
    let text = "cannot save the favourites in favourites.jsonl: the disk is full".to_owned();
    let edit = asked[0].clone();
    stage.explorer_tells(ExploreEvent::FavouritesNotSaved { file, edit, text });
    assert!(toast(&stage, "the disk is full. It is tried again"));
    assert!(edits(&player.take(&mut stage)).is_empty(), "not at once");
    // The window asks before they are lost.
    press_close(&mut stage);
    assert!(stage.shows("Favourites could not be saved yet.") && !closes(&mut stage));
    stage.press("Close when done");
    let mut again = Vec::new();
    for _ in 0..80 {
        stage.harness.run_steps(20);
        again = edits(&player.take(&mut stage));
        if !again.is_empty() {
            break;
        }
    }
    assert_eq!(again, asked);
    assert!(!closes(&mut stage));
    stage.explorer_tells(ExploreEvent::FavouritesSaved);
    assert!(closes(&mut stage));
    stage.events = None;
    stage.harness.step();
    assert!(commands_to_the_window(&stage).contains(&ViewportCommand::Close));
}

#[test]
fn favourites_are_found_named_and_removed_with_undo() {
    let mut stage = Stage::usual();
    let mut player = listed(&mut stage, 5);
    assert!(stage.shows("5 favourites of this generator"));
    stage.press("Favourite 2");
    stage.harness.get_by_role_and_label(Role::TextInput, "Name of the favourite").focus();
    stage.harness.run_steps(2);
    stage.harness.input_mut().events.push(egui::Event::Text("Peterle".into()));
    stage.harness.run_steps(2);
    // Another one is selected before the field is left: nothing is lost.
    stage.press("Minka");
    let asked = edits(&player.play(&mut stage));
    assert!(matches!(&asked[..], [FavouriteEdit::Keep(kept)] if kept[0].name == "Peterle"), "{asked:?}");
    stage.explorer_tells(ExploreEvent::FavouritesSaved);
    assert_eq!(names(&stage)[..2], ["Minka", "Peterle"]);
    stage.harness.get_by_role_and_label(Role::TextInput, "Find favourites").focus();
    stage.harness.run_steps(2);
    stage.harness.input_mut().events.push(egui::Event::Text("peter".into()));
    stage.harness.run_steps(3);
    assert!(stage.shows("Peterle") && stage.harness.query_by_role_and_label(Role::Button, "Kater Mikesch").is_none());
    stage.with_app(|app| app.user.explore.favourites.filter.clear());
    stage.harness.run_steps(2);
    // By the keyboard alone: the first, and two more to the right.
    stage.press("Minka");
    for _ in 0..2 {
        stage.key(Modifiers::SHIFT, Key::ArrowRight);
    }
    assert!(stage.shows("3 selected"));
    stage.key(Modifiers::NONE, Key::Delete);
    let asked = edits(&player.play(&mut stage));
    assert!(matches!(&asked[..], [FavouriteEdit::Remove(latents)] if latents.len() == 3), "{asked:?}");
    stage.explorer_tells(ExploreEvent::FavouritesSaved);
    assert_eq!(count(&stage), 2);
    stage.press("Undo");
    let asked = edits(&player.play(&mut stage));
    assert!(matches!(&asked[..], [FavouriteEdit::Keep(kept)] if kept.len() == 3), "{asked:?}");
    assert_eq!(count(&stage), 5);
}

#[test]
fn a_thousand_favourites_ask_for_those_in_sight_alone() {
    let mut stage = Stage::usual();
    let player = listed(&mut stage, 5000);
    let drawn = player.asked.iter().filter_map(|c| match c {
        ExploreCommand::Thumbnails { purpose: "favourites", specs, .. } => Some(specs.len()),
        _ => None,
    });
    let drawn: usize = drawn.sum();
    assert!((20..150).contains(&drawn), "{drawn} pictures");
    let nodes = stage.harness.get_all_by_role(Role::Button).count();
    assert!(nodes < 250, "{nodes} buttons");
    // To the end and to all of them, by keys.
    stage.press("Minka");
    stage.key(Modifiers::NONE, Key::End);
    stage.harness.run_steps(3);
    assert!(stage.shows("Favourite 5000"));
    stage.key(Modifiers::COMMAND, Key::A);
    assert!(stage.shows("5,000 selected") && stage.shows("Export 5,000 pictures"));
}

#[test]
fn favourites_are_exported_with_progress() {
    let mut stage = Stage::usual();
    let mut player = listed(&mut stage, 5);
    stage.with_app(|app| app.user.explore.export_folder = "/pictures/favourites".into());
    stage.harness.run_steps(2);
    stage.press("Export 5 pictures");
    let asked = player.take(&mut stage);
    let [ExploreCommand::ExportPictures { kept, upscale: 4, folder, .. }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((kept.len(), folder), (5, &PathBuf::from("/pictures/favourites")));
    stage.explorer_tells(ExploreEvent::Exporting { done: 2, total: 5 });
    assert!(stage.shows("2 of 5 pictures"));
    // It is work that closing would lose.
    press_close(&mut stage);
    assert!(stage.shows("Pictures are being exported.") && !closes(&mut stage));
    stage.press("Keep open");
    let folder = PathBuf::from("/pictures/favourites");
    stage.explorer_tells(ExploreEvent::PicturesExported { folder, count: 5 });
    assert!(toast(&stage, "Exported 5 pictures with latents and names to"));
}

#[test]
fn the_best_of_many_and_tiles_are_kept_too() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    favourites(&mut stage, Vec::new());
    stage.with_app(|app| app.user.dialog = Some(Dialog::Curator));
    let best = (0..12).map(|i| (keepsake(i, "").latent.clone(), Arc::new(cat(i as u32, 64)))).collect();
    stage.explorer_tells(ExploreEvent::Curated(best));
    stage.press("Choice 2");
    stage.key(Modifiers::SHIFT, Key::ArrowRight);
    stage.press("Keep 2 pictures");
    let asked = edits(&player.take(&mut stage));
    assert!(matches!(&asked[..], [FavouriteEdit::Keep(kept)] if kept.len() == 2), "{asked:?}");
    assert_eq!(count(&stage), 2);
    stage.press("Export 2 pictures");
    let asked = player.take(&mut stage);
    assert!(matches!(&asked[..], [ExploreCommand::ExportPictures { kept, .. }] if kept.len() == 2), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Cancelled);
    stage.with_app(|app| app.user.dialog = None);
    stage.with_run(600);
    stage.tell(sample(600, true));
    stage.with_app(|app| app.user.dialog = Some(Dialog::Tile(3)));
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F);
    let asked = player.take(&mut stage);
    let [ExploreCommand::KeepTile { run, tile: 3, count: 36, step: 600 }] = &asked[..] else { panic!("{asked:?}") };
    let run = run.clone();
    stage.explorer_tells(ExploreEvent::TileKept { run, tile: 3 });
    assert!(stage.shows("Picture 4 is a favourite of 0007-cats now."));
    // A run that is gone by then says so.
    stage.explorer_tells(ExploreEvent::Failed { about: RequestKind::Other, text: "runs/0007-cats: no run.".into() });
    assert!(stage.shows("runs/0007-cats: no run."));
}

/// Each generator has its own, with the eight newest on the canvas.
#[test]
fn another_generator_brings_its_own_favourites() {
    let mut stage = Stage::usual();
    let mut player = Player::open(&mut stage);
    favourites(&mut stage, (0..20).map(|i| keepsake(i, "")).collect());
    stage.with_app(|app| app.user.explore.enter(PadMode::Favourites));
    player.play(&mut stage);
    assert!(stage.shows("All favourites (20)…"));
    assert!(stage.shows("Favourite 13") && stage.harness.query_by_label("Favourite 12").is_none());
    favourites(&mut stage, vec![keepsake(77, "Minka")]);
    player.play(&mut stage);
    assert!(stage.shows("All favourites (1)…") && stage.shows("Minka") && !stage.shows("Favourite 13"));
    let notice = Some("1 of 9 lines of the favourites in favourites.jsonl cannot be read.".to_owned());
    stage.explorer_tells(ExploreEvent::Favourites { file: "favourites.jsonl".into(), list: Vec::new(), notice });
    assert!(toast(&stage, "1 of 9 lines of the favourites"));
}

#[test]
fn a_click_beside_a_dialog_keeps_what_was_typed() {
    let mut stage = Stage::usual();
    let mut player = listed(&mut stage, 3);
    let beside = |stage: &mut Stage| {
        let corner = Pos2::new(6.0, 400.0);
        stage.harness.hover_at(corner);
        stage.harness.drag_at(corner);
        stage.harness.drop_at(corner);
        stage.harness.run_steps(3);
    };
    let open = |stage: &Stage| stage.with_app(|app| app.user.dialog);
    beside(&mut stage);
    assert_eq!(open(&stage), None, "nothing was typed");
    stage.key(Modifiers::COMMAND, Key::F);
    stage.press("Minka");
    stage.harness.get_by_role_and_label(Role::MultilineTextInput, "Notes about the favourite").focus();
    stage.harness.run_steps(2);
    for letter in ["s", "r", " ", "c"] {
        stage.harness.input_mut().events.push(egui::Event::Text(letter.into()));
        stage.harness.run_steps(1);
    }
    beside(&mut stage);
    assert_eq!(open(&stage), Some(Dialog::Favourites));
    assert!(toast(&stage, "Close the dialog with Esc or ×."));
    // None of the keys went anywhere else.
    for key in [Key::S, Key::R, Key::Space, Key::C] {
        stage.key(Modifiers::NONE, key);
    }
    let asked = player.play(&mut stage);
    assert!(matches!(&edits(&asked)[..], [FavouriteEdit::Keep(kept)] if kept[0].notes == "sr c"), "{asked:?}");
    assert!(!asked.iter().any(|c| matches!(c, ExploreCommand::Save { .. } | ExploreCommand::Show { .. })), "{asked:?}");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(open(&stage), None);
}

/// Taking letters away is typing, too.
#[test]
fn a_click_beside_a_dialog_keeps_what_was_deleted() {
    let mut stage = Stage::usual();
    listed(&mut stage, 3);
    stage.key(Modifiers::COMMAND, Key::F);
    stage.press("Minka");
    stage.harness.get_by_role_and_label(Role::TextInput, "Name of the favourite").focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Backspace);
    let corner = Pos2::new(6.0, 400.0);
    stage.harness.drag_at(corner);
    stage.harness.drop_at(corner);
    stage.harness.run_steps(3);
    assert_eq!(stage.with_app(|app| app.user.dialog), Some(Dialog::Favourites));
}

/// A field that cannot be used would let its keys through: a space would pause the training.
#[test]
fn a_path_that_is_typed_beside_a_training_stays_a_path() {
    let mut stage = Stage::usual();
    stage.with_run(200);
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.asked();
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of pictures").click();
    stage.harness.run_steps(3);
    for letter in ["m", "y", " ", "c"] {
        let key = if letter == " " { Key::Space } else { Key::C };
        stage.harness.key_press_modifiers(Modifiers::NONE, key);
        stage.harness.input_mut().events.push(egui::Event::Text(letter.into()));
        stage.harness.run_steps(1);
    }
    assert!(stage.asked().is_empty());
    assert_eq!(stage.with_app(|app| app.user.folder_text.clone()), "my c");
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::ScanData { .. }]), "the next run's: {asked:?}");
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 200 }));
}
