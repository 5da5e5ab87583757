//! A run that another program trains: chosen in the list, followed, left alone.

use crate::favourites::toast;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::config::{RunPlace, Tunables};
use purrtrait::engine::{Cause, Command, Event, RunEnd, RunState, RunSummary};
use purrtrait::ui::{Dialog, Screen};

const WATCHED: &str = "This run is only being watched.";

fn runs_of_others() -> Vec<RunSummary> {
    let mut list = runs();
    list[0].training = true;
    list
}

/// The newest run in the list is being trained elsewhere.
pub fn listed(stage: &mut Stage) {
    stage.tell(Event::Runs(runs_of_others()));
}

/// It is watched.
pub fn watched(stage: &mut Stage) {
    listed(stage);
    stage.press("Watch 0007-cats");
    stage.tell(Event::Watched(true));
    stage.tell(Event::State(RunState::Preparing));
    stage.with_run(600);
    stage.tell(sample(590, true));
    stage.tell(sample(600, true));
    stage.tell(mark(300, Tunables { lr_g: 1e-4, ..Tunables::default() }));
    stage.tell(Event::Findings(vec![crate::coach::winning()]));
}

#[test]
fn a_run_of_another_program_is_watched_by_mouse_and_by_keyboard() {
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Watch 0007-cats").is_none(), "nobody trains it");
    listed(&mut stage);
    stage.asked();
    stage.press("Watch 0007-cats");
    let wanted = RunPlace::Here("/runs/0007-cats".into());
    assert!(matches!(&stage.asked()[..], [Command::Watch(run)] if *run == wanted));
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Training);

    let mut stage = Stage::usual();
    listed(&mut stage);
    stage.asked();
    let row = "Resume 0007-cats, step 12,345 · in training by another program";
    stage.harness.get_by_role_and_label(Role::Button, row).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F7);
    assert!(matches!(&stage.asked()[..], [Command::Watch(run)] if *run == wanted));
    // A run here comes first.
    stage.tell(Event::State(RunState::Running));
    stage.with_app(|app| app.user.screen = Screen::Home);
    stage.harness.run_steps(2);
    stage.press("Watch 0007-cats");
    assert!(!stage.asked().iter().any(|command| matches!(command, Command::Watch(_))));
}

#[test]
fn the_address_of_a_run_on_another_machine_is_typed_to_watch_it() {
    const FIELD: &str = "Run folder to resume, or address of a run to watch";
    let typed = |text: &str| {
        let mut stage = Stage::usual();
        stage.tell(Event::Runs(runs()));
        stage.asked();
        stage.harness.get_by_role_and_label(Role::TextInput, FIELD).focus();
        stage.harness.run_steps(2);
        stage.harness.get_by_role_and_label(Role::TextInput, FIELD).type_text(text);
        stage.harness.run_steps(2);
        stage
    };
    let there = RunPlace::There("ssh://anna@box".parse().unwrap(), "~/runs/cats".into());
    let watches = |asked: &[Command]| matches!(asked, [Command::Watch(run)] if *run == there);
    let mut stage = typed("ssh://anna@box/~/runs/cats");
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Resume").is_none(), "it is only watched");
    stage.press("Watch");
    assert!(watches(&stage.asked()));
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Training);
    let mut stage = typed("ssh://anna@box/~/runs/cats");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(watches(&stage.asked()), "by keyboard");

    // What is no address is told as `purrtrait watch` tells it, and what was typed stays.
    let mut stage = typed("ssh://box");
    stage.press("Watch");
    assert!(stage.asked().is_empty());
    assert!(toast(&stage, "\"ssh://box\" is no address of a run: it names no folder."));
    assert_eq!(stage.with_app(|app| app.user.run_text.clone()), "ssh://box");

    // A path is resumed as ever.
    let mut stage = typed("/runs/mine");
    stage.press("Resume");
    assert!(matches!(&stage.asked()[..], [Command::Resume { run, .. }] if *run == *"/runs/mine"));
}

#[test]
fn nothing_is_asked_of_a_run_that_is_only_watched_and_each_control_says_so() {
    let mut stage = Stage::usual();
    watched(&mut stage);
    stage.asked();
    assert!(stage.shows("Watching: training"));
    for name in ["‖ Pause", "Sample now", "Save now", "Apply: Lower the discriminator learning rate to 1e-4"] {
        let Some(button) = stage.harness.query_by_role_and_label(Role::Button, name) else { continue };
        let node = button.accesskit_node();
        assert!(node.is_disabled(), "{name}");
        assert_eq!(node.description().as_deref(), Some(WATCHED), "{name}");
    }
    assert!(stage.harness.query_by_role_and_label(Role::Button, "■ Stop").is_none());
    let rate = stage.harness.get_by_role_and_label(Role::Slider, "Generator learning rate");
    assert!(rate.accesskit_node().is_disabled());
    // Neither do the keys.
    for (keys, key) in [
        (Modifiers::NONE, Key::Space),
        (Modifiers::NONE, Key::G),
        (Modifiers::COMMAND, Key::S),
        (Modifiers::NONE, Key::Escape),
    ] {
        stage.key(keys, key);
    }
    assert!(stage.asked().is_empty() && stage.with_app(|app| app.user.dialog).is_none());
    // Its recipe and its pictures are not those of the next run here.
    assert!(stage.with_app(|app| app.state.scanned.is_none() && !app.state.busy()));
    stage.with_app(|app| app.user.dialog = Some(Dialog::Tile(2)));
    stage.harness.run_steps(3);
    let keep = stage.harness.get_by_role_and_label(Role::Button, "Keep");
    assert_eq!(keep.accesskit_node().description().as_deref(), Some(WATCHED));
    stage.key(Modifiers::NONE, Key::F);
    assert!(stage.asked().is_empty());
    stage.with_app(|app| app.user.dialog = None);
    stage.harness.run_steps(2);

    stage.press("Stop watching");
    assert!(stage.asked().iter().any(|command| matches!(command, Command::Unwatch)));
    stage.tell(Event::Watched(false));
    stage.tell(Event::State(RunState::Idle));
    assert_eq!(stage.with_app(|app| (app.user.screen, app.state.run.is_none())), (Screen::Home, true));
}

#[test]
fn a_session_that_begins_anew_is_shown_from_its_beginning() {
    let mut stage = Stage::usual();
    watched(&mut stage);
    // Its process was killed at step 600, and the run resumed from step 400.
    stage.with_run(400);
    let (step, metrics) = stage.with_app(|app| {
        let run = app.state.run.as_ref().unwrap();
        (run.step(), run.metrics.len())
    });
    assert_eq!((step, metrics), (400, 400));
    assert!(!stage.shows("Alarm"), "findings of the session before are gone");
}

#[test]
fn the_end_of_a_watched_run_is_said_with_what_can_be_done() {
    let mut stage = Stage::usual();
    watched(&mut stage);
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 600 }));
    stage.tell(Event::Watched(false));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("Finished at step 600.") && stage.shows("Not running"));
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Set up a new run").is_some());

    let mut stage = Stage::usual();
    watched(&mut stage);
    let text = "The process that trained this run is gone without a word.".to_owned();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Other, text }));
    stage.tell(Event::Watched(false));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("Watching has ended.") && stage.shows("gone without a word"));

    // What is no run: said where it was asked for, and tried again there.
    let mut stage = Stage::usual();
    listed(&mut stage);
    stage.press("Watch 0007-cats");
    stage.tell(Event::Watched(true));
    stage.tell(Event::State(RunState::Preparing));
    let text = "/runs/0007-cats: is not a run folder (it has no run.toml)".to_owned();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Run, text }));
    stage.tell(Event::Watched(false));
    stage.tell(Event::State(RunState::Idle));
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Home);
    assert!(stage.shows("This run cannot be watched.") && stage.shows("is not a run folder"));
    stage.asked();
    stage.press("Try again");
    assert!(stage.asked().iter().any(|command| matches!(command, Command::Watch(_))));
}
