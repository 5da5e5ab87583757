//! What goes wrong outside of the training: it pauses or does not begin, and nothing is lost.

use super::{checkpoint, end_of, ended, engine, folder, metrics, send, tiny, train, until};
use purrtrait::config::{DataSource, DeviceChoice, RunConfig, Tunables};
use purrtrait::engine::{Command, EngineHandle, Event, Level, ResumeOptions, RunEnd, RunState, Waited};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Starts a run without a limit and pauses it after its first readings.
fn paused(config: RunConfig, run: &Path) -> EngineHandle {
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(config), out: Some(run.to_path_buf()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(lines) if lines.iter().any(|m| m.step >= 9)));
    send(&engine, Command::Pause);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    engine
}

/// A folder in the metrics' place: whatever is written or read there fails, as on a full disk.
fn block(run: &Path) {
    fs::rename(run.join("metrics.jsonl"), run.join("aside.jsonl")).unwrap();
    fs::create_dir(run.join("metrics.jsonl")).unwrap();
}

fn unblock(run: &Path) {
    fs::remove_dir(run.join("metrics.jsonl")).unwrap();
    fs::rename(run.join("aside.jsonl"), run.join("metrics.jsonl")).unwrap();
}

fn complains(event: &Event) -> bool {
    matches!(event, Event::Notice { level: Level::Error, text } if text.contains("metrics.jsonl"))
}

/// Stops the run: its steps were written, each once and without a gap, up to the one that is saved.
fn stop_whole(mut engine: EngineHandle, run: &Path) {
    send(&engine, Command::Stop);
    let events = until(&mut engine, ended);
    engine.shutdown();
    let RunEnd::Stopped { step } = *end_of(&events) else { panic!("{:?}", end_of(&events)) };
    let steps: Vec<u64> = metrics(run).iter().map(|m| m.step).collect();
    assert_eq!(steps, (1..=step).collect::<Vec<_>>());
    assert!(checkpoint(run, step).is_dir());
}

/// Complains once, although a measurement that goes on wakes the worker again and again.
#[test]
fn a_folder_that_cannot_be_written_pauses_the_run_and_costs_nothing() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(0);
    // Enough to be measured, with measurements that take a while.
    config.data.demo_count = 600;
    config.tunables.measure_every = 0.01;
    let mut engine = paused(config.clone(), &run);
    block(&run);
    let wanted = Tunables { lr_g: 1e-4, ..config.tunables };
    send(&engine, Command::SetTunables(wanted.clone()));
    send(&engine, Command::Continue);
    until(&mut engine, complains);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(400) {
        if let Waited::Event(event) = engine.wait(Duration::from_millis(20)) {
            assert!(!complains(&event), "once is enough");
        }
    }
    unblock(&run);
    send(&engine, Command::Continue);
    let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(_)));
    assert!(matches!(events.last(), Some(Event::TunablesApplied(mark)) if mark.tunables == wanted), "still wanted");
    stop_whole(engine, &run);
}

/// The way back fails half-way: what is newer must not be taken for the newest by then, and it is tried again.
#[test]
fn a_rollback_that_cannot_be_written_is_done_later() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(0);
    (config.tunables.checkpoint_every, config.keep) = (1.0, 1000);
    let mut engine = paused(config, &run);
    send(&engine, Command::SaveNow);
    let events = until(&mut engine, |e| matches!(e, Event::Saved { .. }));
    let Some(Event::Saved { step: newest, .. }) = events.last() else { panic!("{events:?}") };
    // Asked again, it is answered again.
    send(&engine, Command::SaveNow);
    until(&mut engine, |e| matches!(e, Event::Saved { step, .. } if step == newest));
    block(&run);
    send(&engine, Command::Rollback { step: 5, learning_rate_factor: 0.5 });
    until(&mut engine, complains);
    assert!(checkpoint(&run, 5).is_dir() && !checkpoint(&run, *newest).exists());
    unblock(&run);
    send(&engine, Command::Continue);
    let events = until(&mut engine, |e| matches!(e, Event::Saved { step: 5, .. }));
    let rolled_back = |e: &Event| matches!(e, Event::TunablesApplied(mark) if mark.rolled_back && mark.step == 6);
    assert!(events.iter().any(rolled_back), "{events:#?}");
    stop_whole(engine, &run);
}

/// Settings that cannot work are found before anything is written.
#[test]
fn what_cannot_begin_leaves_no_folder_and_changes_none() {
    let dir = folder();
    let run = dir.path().join("run");
    let nowhere = RunConfig { device: DeviceChoice::Adapter(99), ..tiny(3) };
    let mut no_pictures = tiny(3);
    no_pictures.data.source = DataSource::Folder(dir.path().join("none"));
    for config in [nowhere, no_pictures] {
        let events = train(config, &run);
        assert!(matches!(end_of(&events), RunEnd::Failed { .. }), "{:?}", end_of(&events));
        assert!(!run.exists());
    }
    train(tiny(3), &run);
    let before = fs::read_to_string(run.join("run.toml")).unwrap();
    let mut engine = engine();
    let limits = ResumeOptions { device: Some(DeviceChoice::Adapter(99).into()), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert!(matches!(end_of(&events), RunEnd::Failed { text, .. } if text.contains("99")), "{:?}", end_of(&events));
    assert_eq!(fs::read_to_string(run.join("run.toml")).unwrap(), before);
}

/// A library ends the program: what is called then leaves nothing unsaved.
#[test]
fn the_last_chance_saves() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = paused(tiny(0), &run);
    let save = engine.saver();
    save();
    let events = until(&mut engine, ended);
    let RunEnd::Stopped { step } = *end_of(&events) else { panic!("{:?}", end_of(&events)) };
    assert!(checkpoint(&run, step).is_dir());
    // A second time there is nobody left.
    engine.saver()();
    engine.shutdown();
}
