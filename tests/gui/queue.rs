//! The queue of trainings in the window: filled, ordered, begun, and told of.

use crate::closing::{closes, press_close};
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::config::{PRESETS, RunConfig};
use purrtrait::engine::{
    Command, EntryState, Event, QueueEdit, QueueEnd, QueueItem, QueueList, QueueRequest, QueuedTraining, RunEnd,
    RunState,
};
use purrtrait::ui::{Dialog, Screen};
use std::sync::Arc;

fn item(id: u64, name: &str, state: EntryState) -> QueueItem {
    QueueItem {
        id,
        name: name.into(),
        state,
        run: None,
        resumes: false,
        pictures: "cats".into(),
        preset: "modern-64".into(),
        size: 64,
        device: "auto".into(),
        end: "20,000 steps".into(),
        differs: Vec::new(),
        trouble: String::new(),
    }
}

fn list(on: bool) -> QueueList {
    let failed = "/pictures/old cats: the folder is not there. Was its drive disconnected?".into();
    let mut entries = vec![
        item(4, "Old cats, classic-64", EntryState::Failed { text: failed }),
        item(7, "Slower discriminator", EntryState::Running),
        item(
            9,
            "A rather long name of an entry that somebody has written at length, so that it has no room",
            EntryState::Waiting,
        ),
    ];
    entries[1].run = Some("/runs/0008-cats".into());
    entries[1].differs = vec!["Discriminator learning rate 1e-4".into(), "Batch size 32 pictures".into()];
    (entries[2].end, entries[2].resumes) = (String::new(), true);
    QueueList { entries, on, elsewhere: false }
}

fn waiting() -> QueueList {
    let entries = vec![item(1, "First", EntryState::Interrupted), item(2, "Second", EntryState::Waiting)];
    QueueList { entries, on: false, elsewhere: false }
}

pub fn empty(stage: &mut Stage) {
    stage.tell(Event::Runs(runs()));
    stage.key(Modifiers::COMMAND, Key::U);
}

/// Three entries of which one trains and one has failed.
pub fn under_way(stage: &mut Stage) {
    stage.with_run(600);
    stage.tell(sample(600, true));
    stage.tell(Event::Queue(list(true)));
    stage.press("Queue (1)");
}

pub fn waits_at_home(stage: &mut Stage) {
    stage.tell(Event::Runs(runs()));
    stage.tell(Event::Queue(waiting()));
}

/// The requests about the queue since the last look.
fn asked(stage: &mut Stage) -> Vec<QueueRequest> {
    let all = stage.asked().into_iter();
    all.filter_map(|c| if let Command::Queue(request) = c { Some(request) } else { None }).collect()
}

fn edit(edit: QueueEdit) -> QueueRequest {
    QueueRequest::Edit(edit)
}

#[test]
fn a_recipe_is_added_beside_start_training_also_while_a_run_trains() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.asked();
    stage.press("Add to queue");
    let added = asked(&mut stage);
    let [QueueRequest::Edit(QueueEdit::Add { training: QueuedTraining::Start { config, out: None }, .. })] = &added[..]
    else {
        panic!("{added:?}")
    };
    assert_eq!(**config, stage.with_app(|app| app.user.config.clone()));
    assert!(stage.shows("It has no limit") == (config.max_steps == 0 && config.max_epochs == 0));
    // With a limit nothing is said about that; the key does the same.
    stage.with_app(|app| app.user.config.max_steps = 500);
    stage.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Enter);
    assert!(matches!(&asked(&mut stage)[..], [QueueRequest::Edit(QueueEdit::Add { .. })]));
    stage.with_run_of(stage.with_app(|app| app.user.config.clone()), Vec::new(), 50);
    stage.tell(Event::DataReady(Arc::new(report())));
    stage.with_app(|app| app.user.screen = Screen::Setup);
    stage.harness.run_steps(3);
    stage.asked();
    stage.press("Add to queue");
    assert!(matches!(&asked(&mut stage)[..], [QueueRequest::Edit(QueueEdit::Add { .. })]), "while one trains, too");
}

#[test]
fn a_run_of_the_list_is_added_by_its_menu_or_its_key() {
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    let row = "Resume 0007-cats, step 12,345 · 5 minutes ago";
    stage.harness.get_by_role_and_label(Role::Button, row).focus();
    stage.harness.run_steps(2);
    stage.asked();
    stage.key(Modifiers::NONE, Key::F8);
    let added = asked(&mut stage);
    let wanted = |training: &QueuedTraining| matches!(training, QueuedTraining::Resume { run, .. } if run.ends_with("0007-cats"));
    assert!(
        matches!(&added[..], [QueueRequest::Edit(QueueEdit::Add { training, .. })] if wanted(training)),
        "{added:?}"
    );
}

#[test]
fn entries_are_moved_named_limited_and_taken_out() {
    let mut stage = Stage::usual();
    under_way(&mut stage);
    stage.asked();
    let long = list(true).entries[2].name.clone();
    stage.press("Move down Slower discriminator");
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Move { id: 7, to: 2 })]);
    let row = "2. Slower discriminator: Training";
    stage.harness.get_by_role_and_label(Role::Button, row).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Move { id: 7, to: 0 })]);
    stage.key(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Move { id: 7, to: 2 })]);
    assert!(stage.harness.get_by_role_and_label(Role::Button, row).is_focused(), "it keeps the keyboard");
    stage.press("Another turn for Old cats, classic-64");
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Again(4))]);
    // Without an end, those after it would wait for ever.
    assert!(stage.shows("no limit of steps or epochs"));
    stage.press(&format!("Set a limit for {long}"));
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Limit { id: 9, max_steps: 20_000 })]);
    stage.press(&format!("Take out {long}"));
    assert!(stage.shows("Its run stays.") && asked(&mut stage).is_empty(), "it asks first");
    stage.press("Keep it");
    stage.press(&format!("Take out {long}"));
    stage.press("Take it out");
    assert_eq!(asked(&mut stage), [edit(QueueEdit::Remove(9))]);
    stage.press("Remove those that are over");
    assert_eq!(asked(&mut stage), [edit(QueueEdit::ClearOver)]);
    let running = stage.harness.get_by_role_and_label(Role::Button, "Take out Slower discriminator");
    assert!(running.accesskit_node().is_disabled());
}

#[test]
fn an_entry_is_named_by_keyboard() {
    let mut stage = Stage::usual();
    under_way(&mut stage);
    stage.harness.get_by_role_and_label(Role::Button, "2. Slower discriminator: Training").focus();
    stage.harness.run_steps(2);
    stage.asked();
    stage.key(Modifiers::NONE, Key::F2);
    let field = stage.harness.get_by_role_and_label(Role::TextInput, "Name of the entry");
    assert!(field.is_focused());
    stage.harness.input_mut().events.push(egui::Event::Text("!".into()));
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = asked(&mut stage);
    let named = |name: &str| name.contains('!') && name.contains("Slower");
    assert!(matches!(&asked[..], [QueueRequest::Edit(QueueEdit::Rename { id: 7, name })] if named(name)), "{asked:?}");
}

#[test]
fn waiting_trainings_are_offered_at_the_start_and_begin_only_when_asked() {
    let mut stage = Stage::usual();
    waits_at_home(&mut stage);
    assert!(stage.shows("2 trainings wait in the queue.") && stage.shows("interrupted"));
    assert!(asked(&mut stage).is_empty());
    stage.press("Start the queue");
    assert_eq!(asked(&mut stage), [QueueRequest::Start]);
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Training);
    stage.tell(Event::Queue(QueueList { on: true, ..waiting() }));
    stage.key(Modifiers::COMMAND, Key::U);
    stage.press("Pause the queue");
    assert_eq!(asked(&mut stage), [QueueRequest::Pause]);
}

/// The next training begins by itself: what the person is preparing meanwhile stays as it is.
#[test]
fn the_turn_of_a_training_changes_neither_the_screen_nor_the_recipe() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.config.batch = 17);
    let mut running = waiting();
    (running.on, running.entries[0].state) = (true, EntryState::Running);
    stage.tell(Event::Queue(running.clone()));
    stage.tell(Event::State(RunState::Preparing));
    stage.asked();
    stage.with_run_of(RunConfig { batch: 9, ..PRESETS[1].config() }, Vec::new(), 20);
    let (batch, screen) = stage.with_app(|app| (app.user.config.batch, app.user.screen));
    assert_eq!((batch, screen), (17, Screen::Setup));
    let scans = stage.asked().into_iter().filter(|c| matches!(c, Command::ScanData { .. })).count();
    assert_eq!(scans, 1, "the pictures of the next run are prepared again");
    // It fails; the next one cannot even begin: the screen stays all the same.
    stage.tell(Event::RunEnded(RunEnd::Diverged { step: 20, text: "NaN.".into() }));
    stage.tell(Event::State(RunState::Preparing));
    let text = "no pictures".into();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: purrtrait::engine::Cause::Data, text }));
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Setup);
    stage.notified.borrow_mut().clear();
    stage.tell(Event::Queue(QueueList { on: false, ..running }));
    stage.harness.input_mut().focused = false;
    stage.tell(Event::QueueEnded(QueueEnd::Through { trained: 2, failed: 1 }));
    assert_eq!(*stage.notified.borrow(), ["The queue is through: 2 trainings finished, 1 failed."]);
}

#[test]
fn closing_the_window_asks_while_the_queue_runs_and_leaves_it_for_later() {
    let mut stage = Stage::usual();
    under_way(&mut stage);
    stage.with_app(|app| app.user.dialog = None);
    stage.asked();
    press_close(&mut stage);
    assert!(stage.shows("The queue is running, and 1 training is to come."), "the question");
    assert!(!closes(&mut stage));
    stage.press("Close now");
    let commands = stage.asked();
    let of = |wanted: fn(&Command) -> bool| commands.iter().position(wanted);
    let leave = of(|c| matches!(c, Command::Queue(QueueRequest::Leave)));
    assert!(leave.is_some() && leave < of(|c| matches!(c, Command::Stop)), "{commands:?}");
}

#[test]
fn an_empty_queue_says_how_it_is_filled() {
    let mut stage = Stage::usual();
    empty(&mut stage);
    assert!(stage.shows("No training waits."));
    stage.press("Pictures & recipe");
    assert_eq!(stage.with_app(|app| (app.user.screen, app.user.dialog)), (Screen::Setup, None::<Dialog>));
}
