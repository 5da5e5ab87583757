//! Runs on the start screen: named, moved to the bin, fresh; how one ended is said where it belongs; the timelapse and
//! the bar of a run.

use crate::favourites::toast;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::config::RunConfig;
use purrtrait::engine::{
    AboutRun, Cause, Command, ComparedRun, Difference, Event, Progress, RunComparison, RunEnd, RunState,
};
use purrtrait::pixels::{Frame, tile};
use purrtrait::ui::{Dialog, Screen};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ROW: &str = "Resume 0007-cats, step 12,345 · 5 minutes ago";

fn listed() -> Stage {
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    stage.asked();
    stage
}

fn type_text(stage: &mut Stage, text: &str) {
    stage.harness.input_mut().events.push(egui::Event::Text(text.into()));
    stage.harness.run_steps(2);
}

#[test]
fn a_run_is_named_by_keyboard_alone() {
    let mut stage = listed();
    stage.harness.get_by_role_and_label(Role::Button, ROW).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F2);
    assert!(stage.shows("Name and notes of the run"));
    assert!(stage.harness.get_by_role_and_label(Role::TextInput, "Name of the run").is_focused());
    type_text(&mut stage, "Long hair");
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = stage.asked();
    let about = AboutRun { name: "Long hair".into(), notes: String::new() };
    assert!(
        matches!(&asked[..], [Command::DescribeRun { run, about: new }]
            if run == Path::new("/runs/0007-cats") && *new == about),
        "{asked:?}"
    );
    assert!(stage.shows("Long hair") && !stage.shows("Name and notes of the run"));
    // What the engine knows by then is the same.
    let mut list = runs();
    list[0].about = about;
    stage.tell(Event::Runs(list));
    assert!(stage.harness.query_by_role_and_label(Role::Button, "Explore Long hair").is_some());
}

#[test]
fn a_run_goes_to_the_bin_after_a_question() {
    let mut stage = listed();
    stage.with_app(|app| {
        let settings = app.state.settings.as_mut().expect("settings");
        settings.recent_runs = vec!["/runs/0007-cats".into(), "/runs/other".into()];
    });
    stage.press("More about 0007-cats");
    stage.press("Move to the bin…");
    assert!(stage.shows("Move this run to the bin?") && stage.shows("Your photos are not touched."));
    stage.press("Keep it");
    assert!(stage.asked().is_empty());
    stage.harness.get_by_role_and_label(Role::Button, ROW).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::Delete);
    stage.press("Move to the bin");
    let asked = stage.asked();
    let [Command::SaveSettings(settings), Command::BinRun(run)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!((run.as_path(), settings.recent_runs.len()), (Path::new("/runs/0007-cats"), 1));
}

#[test]
fn the_story_of_a_run_is_written_where_it_is_wanted() {
    let mut stage = listed();
    stage.harness.get_by_role_and_label(Role::Button, ROW).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F4);
    assert!(stage.shows("Story of the run") && stage.shows("Your photos are not on it."));
    stage.with_app(|app| app.user.story_text = "/tmp/story.pdf".into());
    stage.press("Write the page");
    assert!(toast(&stage, "must end in .html") && stage.asked().is_empty());
    stage.with_app(|app| app.user.story_text = "/tmp/story.html".into());
    stage.press("Write the page");
    let asked = stage.asked();
    assert!(
        matches!(&asked[..], [Command::WriteStory { run, out }]
            if run == Path::new("/runs/0007-cats") && out == Path::new("/tmp/story.html")),
        "{asked:?}"
    );
    assert!(!stage.shows("Story of the run"));
}

fn comparison() -> RunComparison {
    let run = |n: usize, name: &str, kids: &[(u64, f64)]| {
        let run = &runs()[n];
        let tiles: Vec<Frame> = (0..36).map(|i| cat(i + 5 * n as u32, 32)).collect();
        ComparedRun {
            path: run.path.clone(),
            name: name.to_owned(),
            step: run.step,
            losses: (0..50).map(|i| (run.step / 50 * i, 1.0 + n as f32, 0.5)).collect(),
            kids: kids.to_vec(),
            sheet_step: run.step,
            count: 36,
            side: 32,
            sheet: Some(Arc::new(tile(&tiles, [24; 3]))),
        }
    };
    let differ = |label: &str, one: &str, other: &str| Difference {
        label: label.to_owned(),
        values: vec![one.to_owned(), other.to_owned()],
    };
    RunComparison {
        runs: vec![
            run(0, "Long hair", &[(4000, 120.0), (8000, 70.0), (12_000, 52.0)]),
            run(1, "Short hair", &[(400, 240.0), (800, 180.0)]),
        ],
        differences: vec![differ("Batch size", "8 pictures", "32 pictures"), differ("Seed", "1", "2")],
        other_latents: "The runs have different seeds, so their pictures are of different latents.".to_owned(),
    }
}

/// The dialog with two runs in it.
pub fn compared(stage: &mut Stage) {
    stage.tell(Event::Runs(runs()));
    let chosen: Vec<PathBuf> = runs().into_iter().map(|run| run.path).collect();
    stage.with_app(|app| {
        app.user.compare.chosen = chosen;
        app.user.dialog = Some(Dialog::Compare);
    });
    stage.tell(Event::Compared(Ok(Box::new(comparison()))));
}

/// The dialog that asks where the story of a run is written.
pub fn story(stage: &mut Stage) {
    stage.tell(Event::Runs(runs()));
    stage.with_app(|app| {
        app.user.story_text = "/home/someone/Pictures/story.html".into();
        app.user.run_form = Some(runs().remove(0));
        app.user.dialog = Some(Dialog::Story);
    });
}

#[test]
fn runs_are_put_side_by_side() {
    let mut stage = listed();
    let all = runs();
    stage.harness.get_by_role_and_label(Role::Button, ROW).focus();
    stage.harness.run_steps(2);
    stage.key(Modifiers::NONE, Key::F6);
    assert!(stage.shows("Compare runs") && stage.shows("Choose two runs or more.") && stage.asked().is_empty());
    let other = &all[1];
    stage.harness.get_by_role_and_label(Role::CheckBox, "0006-a ver… 2009 and some dogs").click();
    stage.harness.run_steps(3);
    let asked = stage.asked();
    let [Command::CompareRuns(chosen)] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(chosen[..], [all[0].path.clone(), other.path.clone()]);
    assert!(stage.shows("Reading the runs, and what they draw…"));
    let found = comparison();
    // One that was asked for earlier changes nothing.
    let earlier = RunComparison { runs: vec![found.runs[0].clone()], ..found.clone() };
    stage.tell(Event::Compared(Ok(Box::new(earlier))));
    assert!(stage.shows("Reading the runs, and what they draw…"));
    stage.tell(Event::Compared(Ok(Box::new(found))));
    assert!(stage.shows("Batch size") && stage.shows("32") && stage.shows("Short hair, step 800"));
    stage.harness.get_by_label("Curve: Discriminator loss").click();
    stage.harness.run_steps(2);
    stage.tell(Event::Compared(Err("/runs/other: no run".into())));
    assert!(stage.shows("/runs/other: no run."));
}

/// A run of the list is to go on, and its folder is gone.
pub fn vanished(stage: &mut Stage) {
    stage.tell(Event::Runs(runs()));
    stage.press(ROW);
    stage.tell(Event::State(RunState::Preparing));
    let text = "/runs/0007-cats: is not a run folder (it has no run.toml)".to_owned();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Run, text }));
    stage.tell(Event::State(RunState::Idle));
    stage.tell(Event::Runs(vec![runs().swap_remove(1)]));
}

#[test]
fn a_run_that_vanished_is_said_in_one_place_and_the_message_goes() {
    let mut stage = Stage::usual();
    vanished(&mut stage);
    // Back to the list, which is read again, and not to a training screen without a run.
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Home);
    assert!(stage.asked().iter().any(|c| matches!(c, Command::ListRuns)));
    assert!(stage.shows("The run failed.") && stage.shows("is not a run folder"));
    stage.key(Modifiers::COMMAND, Key::Num4);
    assert!(!stage.shows("The run failed."), "it belongs elsewhere");
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.press("Close the message about the run");
    assert!(!stage.shows("The run failed."));
}

#[test]
fn the_end_of_a_run_is_said_on_its_screen_until_it_is_closed() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 50 }));
    assert!(stage.shows("Stopped at step 50."));
    for key in [Key::Num1, Key::Num2, Key::Num4] {
        stage.key(Modifiers::COMMAND, key);
        assert!(!stage.shows("Stopped at step 50."), "{key:?}");
    }
    stage.key(Modifiers::COMMAND, Key::Num3);
    stage.press("Close the message about the run");
    assert!(!stage.shows("Stopped at step 50."));
}

#[test]
fn the_list_is_fresh_whenever_it_is_looked_at() {
    let mut stage = listed();
    let lists = |stage: &mut Stage| stage.asked().iter().filter(|c| matches!(c, Command::ListRuns)).count();
    stage.key(Modifiers::COMMAND, Key::Num2);
    stage.harness.run_steps(100);
    assert_eq!(lists(&mut stage), 0, "nobody sees it");
    stage.key(Modifiers::COMMAND, Key::Num1);
    assert_eq!(lists(&mut stage), 1);
    assert!(stage.shows("0007-cats"), "the old one stays until the new one is here");
    stage.tell(Event::Runs(Vec::new()));
    assert!(stage.shows("No runs yet."));
    stage.harness.run_steps(100);
    assert!(lists(&mut stage) >= 1, "now and then");
}

#[test]
fn there_is_no_bar_without_an_end() {
    let bars = |stage: &Stage| stage.harness.query_all_by_role(Role::ProgressIndicator).count();
    let mut stage = Stage::usual();
    stage.with_run(600);
    assert_eq!(bars(&stage), 1);
    let mut stage = Stage::usual();
    stage.with_run_of(RunConfig { max_steps: 0, max_epochs: 0, ..RunConfig::default() }, Vec::new(), 600);
    let endless = Progress {
        step: 620,
        epoch: 9.94,
        steps_per_second: 10.0,
        images_per_second: 640.0,
        eta_seconds: None,
        last_step: None,
    };
    stage.tell(Event::Progress(endless));
    assert_eq!(bars(&stage), 0);
    assert!(stage.shows("no limit"));
}

#[test]
fn the_timelapse_takes_ten_seconds_however_many_samples_there_are() {
    for count in [3, 40, 665] {
        let mut stage = Stage::usual();
        stage.with_run(50);
        stage.tell(Event::SampleSteps((1..=count).map(|i| i * 10).collect()));
        stage.tell(sample(count * 10, false));
        stage.press("Timelapse");
        let (mut frames, mut shown) = (0, Vec::new());
        while stage.with_app(|app| app.user.timeline.playing) && frames < 100 {
            stage.harness.step();
            frames += 1;
            let asked: Vec<Command> = stage.commands.try_iter().collect();
            for command in asked {
                if let Command::LoadSample { step } = command {
                    stage.events.as_ref().expect("a worker").send(sample(step, false)).expect("a window");
                }
            }
            shown.extend(stage.with_app(|app| app.user.timeline.shown));
        }
        let seconds = f64::from(frames) * 0.25;
        assert!((9.0..=12.0).contains(&seconds), "{count} samples: {seconds} s");
        shown.dedup();
        let first = shown.iter().position(|step| *step == 10).expect("it begins with noise");
        assert!(shown[first..].is_sorted() && shown.last() == Some(&(count * 10)), "{shown:?}");
        assert!(shown.len() >= count.min(20) as usize, "{count} samples: {} shown", shown.len());
    }
}

#[test]
fn a_training_does_not_keep_the_list_from_being_used() {
    let mut stage = listed();
    stage.with_run(50);
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.tell(Event::Runs(runs()));
    stage.asked();
    stage.press(ROW);
    assert!(toast(&stage, "A run is in progress. Stop it first"));
    assert!(!stage.asked().iter().any(|c| matches!(c, Command::Resume { .. })));
    stage.press("More about 0007-cats");
    stage.press("Name and notes…");
    assert!(stage.shows("Name and notes of the run"));
}
