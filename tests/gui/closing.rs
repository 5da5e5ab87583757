//! The window's end while something is under way that is not saved half-way, and the end that the system asks for.

use crate::behaviour::commands_to_the_window;
use crate::explore::Player;
use crate::stage::*;
use egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use purrtrait::engine::{Command, Event, ExploreCommand, ExploreEvent, RunState};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// A window that writes a film, with a training beside it.
fn filming() -> Stage {
    let mut stage = Stage::usual();
    film(&mut stage);
    stage
}

/// Begins the training and the film.
pub fn film(stage: &mut Stage) {
    stage.with_run(50);
    let mut player = Player::open(stage);
    player.favourites(stage, 2);
    // In a small window its button is in a menu.
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Film));
    stage.harness.run_steps(3);
    stage.press("Make film");
    let asked = player.take(stage);
    assert!(matches!(&asked[..], [ExploreCommand::Film { .. }]), "{asked:?}");
    stage.explorer_tells(ExploreEvent::Filming { done: 18, total: 240 });
    stage.with_app(|app| app.user.dialog = None);
    stage.asked();
}

/// Presses the window's own button.
pub fn press_close(stage: &mut Stage) {
    stage.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.push(ViewportEvent::Close);
    stage.harness.step();
    assert!(commands_to_the_window(stage).contains(&ViewportCommand::CancelClose));
    stage.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default().events.clear();
    stage.harness.run_steps(2);
}

pub fn closes(stage: &mut Stage) -> bool {
    stage.asked().iter().any(|command| matches!(command, Command::Stop | Command::Shutdown))
}

#[test]
fn a_film_is_not_given_up_unasked() {
    let mut stage = filming();
    press_close(&mut stage);
    assert!(stage.shows("A film is being written.") && !closes(&mut stage));
    stage.press("Keep open");
    assert!(!stage.shows("A film is being written.") && !closes(&mut stage));
    press_close(&mut stage);
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("A film is being written.") && !closes(&mut stage));
    press_close(&mut stage);
    stage.press("Close now");
    assert!(closes(&mut stage) && stage.shows("Saving…"));
}

#[test]
fn the_window_closes_once_the_film_is_there() {
    let mut stage = filming();
    press_close(&mut stage);
    stage.press("Close when done");
    stage.explorer_tells(ExploreEvent::Filming { done: 200, total: 240 });
    assert!(!closes(&mut stage));
    stage.explorer_tells(ExploreEvent::Filmed { out: PathBuf::from("film.webm"), note: None });
    assert!(closes(&mut stage) && stage.shows("Saving…"));
}

/// The run folder was deleted, or its disk is full: what is in memory alone is not thrown away without a question.
#[test]
fn a_run_that_cannot_be_saved_is_not_lost_unasked() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.asked();
    for again in [false, true] {
        if again {
            stage.press("Save and close");
        } else {
            press_close(&mut stage);
        }
        assert!(closes(&mut stage) && stage.shows("Saving…"));
        stage.tell(Event::State(RunState::Stopping));
        stage.tell(Event::State(RunState::Paused));
        assert!(!closes(&mut stage) && stage.shows("Close without saving?"));
    }
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!closes(&mut stage) && !stage.shows("Close without saving?") && !stage.shows("Saving…"));
    // The drive is back.
    stage.tell(Event::State(RunState::Running));
    press_close(&mut stage);
    assert!(closes(&mut stage) && !stage.shows("Close without saving?"));
    stage.tell(Event::State(RunState::Stopping));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.asked().iter().any(|command| matches!(command, Command::Shutdown)));
}

/// SIGTERM, SIGHUP, the end of the session: nobody is there to answer, and the training is saved.
#[test]
fn who_asks_from_outside_is_not_asked_back() {
    let mut stage = filming();
    let asked: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(false)));
    stage.with_app(|app| app.watch_for(asked));
    assert!(!closes(&mut stage));
    asked.store(true, Ordering::SeqCst);
    let asked = stage.asked();
    assert!(asked.iter().any(|command| matches!(command, Command::Shutdown)) && stage.shows("Saving…"), "{asked:?}");
    assert!(!closes(&mut stage), "once");
    stage.events = None;
    stage.harness.step();
    assert!(commands_to_the_window(&stage).contains(&ViewportCommand::Close));
}

/// What files are called, and what is in them, is shown and does not turn the text around it.
#[test]
fn messages_are_shown_and_not_obeyed() {
    let mut stage = Stage::usual();
    let hostile = "cats\u{202e}gnp\u{2066}\u{1b}[31m\nforged".to_owned();
    stage.tell(Event::DataFailed(format!("{hostile}{}", "x".repeat(100_000))));
    stage.press("Try drawn cats");
    stage.tell(Event::DataFailed(hostile));
    assert!(stage.shows(r"cats\u{202e}gnp\u{2066}\u{1b}[31m\nforged"));
    assert!(stage.with_app(|app| app.state.log.lines().all(|line| line.text.chars().count() < 2100)));
}
