//! Two recipes that take turns: each is what it would be alone, and both have trained for about the same time.

use super::{engine, folder, metrics, send, tiny, train, until, weights};
use purrtrait::config::{RunConfig, Tunables};
use purrtrait::engine::{Cause, Command, Event, Lane, QueuedTraining, Race, ResumeOptions, RunEnd};
use std::fs;
use std::path::Path;

/// Enough for several turns.
const STEPS: u64 = 60;

fn recipes() -> [RunConfig; 2] {
    let mut config = tiny(STEPS);
    config.held_out = 20.0;
    config.data.demo_count = 60;
    // A step takes some time, also on a quick machine.
    (config.model.g_width, config.model.d_width) = (8, 8);
    let mut other = config.clone();
    other.tunables = Tunables { lr_d: 5e-5, ..config.tunables.clone() };
    other.batch = 6;
    [config, other]
}

fn race(configs: [RunConfig; 2], folder: &Path, seconds: f64) -> Command {
    let [a, b] = configs;
    let start = |config, name| QueuedTraining::Start { config: Box::new(config), out: Some(folder.join(name)) };
    Command::Race(Race { lanes: [start(a, "a"), start(b, "b")], seconds })
}

fn over(event: &Event) -> bool {
    matches!(event, Event::Turn(None))
}

/// The events of one lane.
fn of(events: &[Event], wanted: Lane) -> Vec<&Event> {
    let mut now = None;
    let told = events.iter().filter(move |event| {
        if let Event::Turn(lane) = event {
            now = *lane;
        }
        now == Some(wanted)
    });
    told.collect()
}

fn end_of(events: &[Event], lane: Lane) -> RunEnd {
    of(events, lane)
        .into_iter()
        .find_map(|e| if let Event::RunEnded(end) = e { Some(end.clone()) } else { None })
        .unwrap()
}

#[test]
fn each_run_of_a_race_is_what_it_would_be_alone_and_they_take_turns() {
    let dir = folder();
    let mut engine = engine();
    send(&engine, race(recipes(), dir.path(), 0.0));
    let events = until(&mut engine, over);
    engine.shutdown();
    for (config, name) in recipes().into_iter().zip(["a", "b"]) {
        let alone = dir.path().join(format!("{name} alone"));
        train(config, &alone);
        assert!(weights(&alone, STEPS) == weights(&dir.path().join(name), STEPS), "{name} to the bit");
    }
    let same = |file: &str| {
        fs::read(dir.path().join("a").join(file)).unwrap() == fs::read(dir.path().join("b").join(file)).unwrap()
    };
    assert!(same("held-out.json") && same("pictures.json"), "the same pictures are held out");
    assert_eq!(
        [Lane::A, Lane::B].map(|lane| end_of(&events, lane)),
        [RunEnd::Finished { step: STEPS }, RunEnd::Finished { step: STEPS }]
    );
    // What each had trained whenever they changed places.
    let (mut trained, mut lane, mut turns) = ([0.0_f64; 2], 0, 0);
    for event in &events {
        match event {
            Event::Turn(Some(next)) => {
                let before = std::mem::replace(&mut lane, usize::from(*next == Lane::B));
                turns += usize::from(before != lane);
            }
            Event::Metrics(steps) => trained[lane] = steps.last().map_or(trained[lane], |m| m.seconds),
            Event::RunEnded(_) => break,
            _ => continue,
        }
        let turn = (trained[0].max(trained[1]) * 0.25).clamp(2.0, 20.0);
        // A step and what is due after it are not cut short.
        assert!((trained[0] - trained[1]).abs() < turn + 3.0, "{trained:?}");
    }
    assert!(turns >= 2, "each had its turn");
}

#[test]
fn recipes_that_would_not_race_fairly_are_refused_and_leave_nothing() {
    let dir = folder();
    let mut engine = engine();
    for (name, change) in [
        ("seed", (|c| c.seed += 1) as fn(&mut RunConfig)),
        ("held-out", |c| c.held_out = 30.0),
        ("pictures", |c| c.data.flip = !c.data.flip),
        ("size", |c| c.model.size = 64),
        ("batch", |c| c.batch = 0),
    ] {
        let [a, mut b] = recipes();
        change(&mut b);
        send(&engine, race([a, b], dir.path(), 0.0));
        let events = until(&mut engine, |e| matches!(e, Event::RunEnded(_)));
        let Some(Event::RunEnded(RunEnd::Failed { cause, text })) = events.last() else { panic!("{events:?}") };
        assert!(*cause == Cause::Setting && text.starts_with(name), "{text}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{name}");
    }
    engine.shutdown();
}

#[test]
fn a_race_that_is_stopped_saves_both_and_goes_on_as_a_whole() {
    let dir = folder();
    let mut engine = engine();
    let mut configs = recipes();
    configs.iter_mut().for_each(|config| config.max_steps = 0);
    send(&engine, race(configs, dir.path(), 0.0));
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    // Live settings are for the run on show.
    send(&engine, Command::ShowLane(Lane::B));
    send(&engine, Command::SetTunables(Tunables { lr_g: 7e-5, ..recipes()[1].tunables.clone() }));
    let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(_)));
    let applied = |event: &&Event| matches!(event, Event::TunablesApplied(_));
    assert!(!of(&events, Lane::A).iter().any(applied) && of(&events, Lane::B).iter().any(applied));
    send(&engine, Command::Stop);
    let events = until(&mut engine, over);
    let stops = events.iter().filter(|e| matches!(e, Event::RunEnded(RunEnd::Stopped { .. }))).count();
    assert_eq!(stops, 2, "{events:?}");
    let steps = ["a", "b"].map(|name| metrics(&dir.path().join(name)).last().unwrap().step);
    let resumed = ["a", "b"].map(|name| {
        let options = ResumeOptions { max_steps: Some(steps[0].max(steps[1]) + 5), ..ResumeOptions::default() };
        QueuedTraining::Resume { run: dir.path().join(name), options: Box::new(options) }
    });
    send(&engine, Command::Race(Race { lanes: resumed, seconds: 0.0 }));
    let events = until(&mut engine, over);
    let first =
        events.iter().filter_map(|e| if let Event::RunStarted(info) = e { Some(info.first_step) } else { None });
    assert_eq!(first.collect::<Vec<_>>(), steps, "both are resumed where they were");
    for lane in [Lane::A, Lane::B] {
        assert_eq!(end_of(&events, lane), RunEnd::Finished { step: steps[0].max(steps[1]) + 5 });
    }
    engine.shutdown();
}

#[test]
fn a_race_against_time_gives_both_the_same() {
    let dir = folder();
    let mut engine = engine();
    let mut configs = recipes();
    configs.iter_mut().for_each(|config| config.max_steps = 0);
    send(&engine, race(configs, dir.path(), 6.0));
    let events = until(&mut engine, over);
    let ended = |event: &&Event| matches!(event, Event::RunEnded(RunEnd::Finished { .. }));
    assert_eq!(events.iter().filter(ended).count(), 2);
    let turns = events.iter().filter(|e| matches!(e, Event::Turn(Some(_)))).count();
    // Three at the beginning, as both are built; then the places are changed at least twice before one ends.
    assert!(turns >= 5, "{turns}");
    for name in ["a", "b"] {
        // Losses are written every few steps, which other work may stretch: the last line is a little older.
        let seconds = metrics(&dir.path().join(name)).last().unwrap().seconds;
        assert!((4.5..12.0).contains(&seconds), "{name}: {seconds} s");
    }
    engine.shutdown();
}
