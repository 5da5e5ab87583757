//! A race of two recipes in the window: set up, begun, and both runs on show.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::config::{RunConfig, Tunables};
use purrtrait::engine::{Command, Event, Lane, QueuedTraining, Race, RunEnd, RunState};
use std::sync::Arc;

/// The second recipe is on show, and differs.
pub fn set_up(stage: &mut Stage) {
    stage.with_pictures(report());
    stage.press("Race against…");
    stage.with_app(|app| {
        app.user.config.batch = 24;
        app.user.config.tunables.lr_d = 1e-4;
    });
    stage.harness.run_steps(4);
}

fn begins(stage: &mut Stage, lane: Lane, name: &str, config: RunConfig) {
    stage.tell(Event::Turn(Some(lane)));
    let mut info = info(config);
    info.path = format!("runs/{name}").into();
    stage.tell(Event::RunStarted(Arc::new(info)));
}

/// Both train; the first one is on show, and the second has its turn.
pub fn under_way(stage: &mut Stage) {
    stage.tell(Event::State(RunState::Preparing));
    begins(stage, Lane::A, "0008-cats", RunConfig::default());
    stage.tell(Event::State(RunState::Running));
    begins(stage, Lane::B, "0009-cats", RunConfig { batch: 24, ..RunConfig::default() });
    stage.tell(Event::Turn(Some(Lane::A)));
    stage.tell(Event::Metrics((1..=400).map(metrics).collect()));
    stage.tell(progress(400, Some(2000)));
    stage.tell(sample(400, true));
    stage.tell(Event::Turn(Some(Lane::B)));
    stage.tell(Event::Metrics((1..=300).map(metrics).collect()));
    stage.tell(progress(300, Some(2000)));
}

#[test]
fn a_race_is_set_up_with_a_table_of_what_differs_and_begun() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.asked();
    stage.press("Race against…");
    assert!(stage.shows("Nothing differs yet"));
    let batch = stage.with_app(|app| app.user.config.batch);
    stage.with_app(|app| app.user.config.batch = 24);
    stage.harness.run_steps(3);
    assert!(stage.shows("Batch size") && stage.shows("24 pictures"), "what differs is shown before it begins");
    // What may not differ is changed for both.
    stage.with_app(|app| app.user.config.seed = 77);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Recipe: A").click_accesskit();
    stage.harness.run_steps(3);
    assert_eq!(stage.with_app(|app| (app.user.config.batch, app.user.config.seed)), (batch, 77));
    stage.asked();
    stage.key(Modifiers::COMMAND, Key::Enter);
    let asked = stage.asked();
    let [
        Command::Race(Race {
            lanes: [QueuedTraining::Start { config: a, .. }, QueuedTraining::Start { config: b, .. }],
            ..
        }),
    ] = &asked[..]
    else {
        panic!("{asked:?}")
    };
    assert_eq!([a.batch, b.batch], [batch, 24]);
    assert_eq!([a.seed, b.seed], [77, 77]);
}

#[test]
fn a_race_can_be_given_up_before_it_begins() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    let before = stage.with_app(|app| app.user.config.clone());
    stage.press("Race against…");
    stage.with_app(|app| app.user.config.batch = 24);
    stage.harness.run_steps(3);
    stage.press("No race");
    assert_eq!(stage.with_app(|app| app.user.config.clone()), before);
    assert!(!stage.shows("Nothing differs yet"));
}

#[test]
fn both_runs_of_a_race_are_on_show_in_turn_and_keep_their_events() {
    let mut stage = Stage::usual();
    under_way(&mut stage);
    stage.asked();
    let step = |stage: &Stage| stage.with_app(|app| app.state.run.as_ref().map(|run| run.step()));
    assert_eq!(step(&stage), Some(400), "the first one is on show, whosever turn it is");
    stage.harness.get_by_role_and_label(Role::RadioButton, "Run of the race: B").click_accesskit();
    stage.harness.run_steps(3);
    assert!(matches!(&stage.asked()[..], [Command::ShowLane(Lane::B)]));
    assert_eq!(step(&stage), Some(300));
    // A live setting is for the run on show.
    stage.tell(mark(301, Tunables { lr_g: 1e-4, ..Tunables::default() }));
    let rate = |stage: &Stage| stage.with_app(|app| app.state.run.as_ref().map(|run| run.tunables.lr_g));
    assert_eq!(rate(&stage), Some(1e-4));
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 2000 }));
    stage.tell(Event::Turn(Some(Lane::A)));
    assert!(!stage.with_app(|app| app.state.live()) && stage.with_app(|app| app.state.busy()), "the other one trains");
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 2000 }));
    stage.tell(Event::Turn(None));
    stage.tell(Event::State(RunState::Idle));
    assert!(!stage.with_app(|app| app.state.busy()));
    stage.harness.get_by_role_and_label(Role::RadioButton, "Run of the race: A").click_accesskit();
    stage.harness.run_steps(3);
    assert!(rate(&stage) != Some(1e-4) && step(&stage) == Some(400), "both can still be looked at");
    stage.asked();
    stage.press("Compare A and B");
    let asked = stage.asked();
    let both: Vec<std::path::PathBuf> = vec!["runs/0008-cats".into(), "runs/0009-cats".into()];
    assert!(asked.iter().any(|c| matches!(c, Command::CompareRuns(runs) if *runs == both)), "{asked:?}");
}
