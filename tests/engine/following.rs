//! A run that another program trains is watched: everything is seen, and nothing in its folder changes.

use super::explore::answer;
use super::{end_of, ended, engine, folder, metrics, send, tiny, train, until};
use purrtrait::config::{RunConfig, RunPlace, Tunables};
use purrtrait::engine::{
    Cause, Command, EngineHandle, Event, ExploreCommand, ExploreEvent, ExploreSource, FindingKind, Level, RunEnd,
    RunState, RunSummary, StepMetrics, Waited,
};
use purrtrait::train::RunDir;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

fn watch(run: &Path) -> EngineHandle {
    let engine = engine();
    send(&engine, Command::Watch(RunPlace::Here(run.to_path_buf())));
    engine
}

/// Every file and folder below `run`, with its content and its times.
fn listing(run: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![run.to_path_buf()];
    while let Some(folder) = folders.pop() {
        found.insert(folder.clone(), (Vec::new(), fs::metadata(&folder).unwrap().modified().unwrap()));
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            found.insert(path.clone(), (fs::read(&path).unwrap(), modified));
        }
    }
    found
}

/// The readings as a window has them: of a step that was done again the newer one.
#[derive(Default)]
struct Plot(Vec<StepMetrics>);

impl Plot {
    fn hear(&mut self, event: &Event) {
        match event {
            Event::RunStarted(_) => self.0.clear(),
            Event::Metrics(new) => {
                self.0.retain(|m| m.step < new[0].step);
                self.0.extend(new);
            }
            _ => {}
        }
    }
}

/// A folder in which a run seems to train: this test holds its lock, and writes what a training would.
struct Staged {
    run: PathBuf,
    lock: Option<RunDir>,
}

impl Staged {
    /// Twelve steps are done.
    fn new(dir: &Path) -> Self {
        let run = dir.join("run");
        train(tiny(12), &run);
        let staged = Self { lock: Some(RunDir::open(&run).unwrap().0), run };
        staged.session(|session| session["end"] = serde_json::Value::Null);
        staged
    }

    fn session(&self, change: impl FnOnce(&mut serde_json::Value)) {
        let path = self.run.join("session.json");
        let mut session = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        change(&mut session);
        session["state"] = "Running".into();
        purrtrait::files::replace(&path, session.to_string().as_bytes()).unwrap();
    }

    /// A line of the metrics as after so many steps, under the settings of a revision.
    fn line(&self, step: u64, revision: u64) -> String {
        let last = metrics(&self.run).pop().unwrap();
        serde_json::to_string(&StepMetrics { step, revision, ..last }).unwrap() + "\n"
    }

    fn append(&self, file: &str, text: &str) {
        File::options()
            .append(true)
            .create(true)
            .open(self.run.join(file))
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }
}

/// What comes within a time in which the folder is looked at twice.
fn quiet(engine: &mut EngineHandle) -> Vec<Event> {
    let (began, mut events) = (Instant::now(), Vec::new());
    while began.elapsed() < Duration::from_millis(2500) {
        if let Waited::Event(event) = engine.wait(Duration::from_millis(50)) {
            events.push(*event);
        }
    }
    events
}

#[test]
fn a_run_of_another_program_is_followed_live_until_it_stops() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut trainer = engine();
    let config = tiny(0);
    let config = RunConfig { tunables: Tunables { checkpoint_every: 1.0, ..config.tunables.clone() }, ..config };
    send(&trainer, Command::Start { config: Box::new(config.clone()), out: Some(run.clone()) });
    until(&mut trainer, |e| matches!(e, Event::Saved { .. }));

    let mut watcher = watch(&run);
    let mut plot = Plot::default();
    let began = until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    began.iter().for_each(|e| plot.hear(e));
    assert!(began.iter().any(|e| matches!(e, Event::Watched(true))), "{began:?}");
    let info = began.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info.clone()) } else { None });
    let info = info.unwrap();
    assert_eq!((info.device.id.as_str(), info.pictures, &info.path), ("cpu", 20, &run));
    assert!(info.generator_parameters > 1000 && info.steps_per_epoch == 5);

    // The newest checkpoint is explored, and then the next one.
    assert!(watcher.explore(ExploreCommand::Open(ExploreSource::Live)));
    let opened = |event| if let ExploreEvent::Opened(model) = event { Some(model) } else { None };
    assert_eq!(answer(&mut watcher, opened).config.size, 32);
    send(&trainer, Command::SetTunables(Tunables { lr_g: 5e-4, ..config.tunables.clone() }));
    let refreshed = |event| if let ExploreEvent::Refreshed { step } = event { Some(step) } else { None };
    assert!(answer(&mut watcher, refreshed) > 0);
    // The trainer is heard, so that its queue has room.
    until(&mut trainer, |e| matches!(e, Event::TunablesApplied(_)));
    drop(watcher);

    // From here on everything is collected.
    let mut watcher = watch(&run);
    let mut plot = Plot::default();
    let mut seen = Vec::new();
    let mut hear = |watcher: &mut EngineHandle, done: fn(&Event) -> bool| {
        let events = until(watcher, done);
        events.iter().for_each(|e| plot.hear(e));
        seen.extend(events);
    };
    hear(&mut watcher, |e| matches!(e, Event::TunablesApplied(_)));
    hear(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    hear(&mut watcher, |e| matches!(e, Event::Sample { fresh: true, .. }));
    hear(&mut watcher, |e| matches!(e, Event::Saved { .. }));
    // What is asked of it is refused, and the run trains on as it was.
    send(&watcher, Command::SetTunables(Tunables { lr_g: 1e-5, ..config.tunables }));
    send(&watcher, Command::Pause);
    send(&watcher, Command::SaveNow);
    hear(
        &mut watcher,
        |e| matches!(e, Event::Notice { level: Level::Warning, text } if text.contains("only being watched")),
    );
    // It is rolled back, and what was seen after that step is done again.
    // In a pause, so that its oldest checkpoint is still there when it is asked for.
    send(&trainer, Command::Pause);
    until(&mut trainer, |e| matches!(e, Event::State(RunState::Paused)));
    let steps = fs::read_dir(run.join("checkpoints")).unwrap().map(|entry| entry.unwrap().file_name());
    let steps = steps.filter_map(|name| name.to_str()?.strip_prefix("step-")?.parse().ok());
    let oldest: u64 = steps.min().unwrap();
    send(&trainer, Command::Rollback { step: oldest, learning_rate_factor: 0.5 });
    send(&trainer, Command::Continue);
    until(&mut trainer, |e| matches!(e, Event::TunablesApplied(mark) if mark.rolled_back));
    hear(&mut watcher, |e| matches!(e, Event::TunablesApplied(mark) if mark.rolled_back));
    until(&mut trainer, |e| matches!(e, Event::Saved { .. }));
    send(&trainer, Command::Pause);
    hear(&mut watcher, |e| matches!(e, Event::State(RunState::Paused)));
    send(&trainer, Command::Stop);
    let end = end_of(&until(&mut trainer, ended)).clone();
    hear(&mut watcher, |e| matches!(e, Event::Watched(false)));
    assert_eq!(*end_of(&seen), end);
    let on_disk = metrics(&run);
    assert_eq!(plot.0, on_disk, "nothing is lost and nothing of the past that was undone is left");
    assert!(on_disk.iter().any(|m| m.lr_g == 5e-4) || on_disk.iter().all(|m| m.lr_g != 1e-5));
    trainer.shutdown();
    watcher.shutdown();
}

#[test]
fn half_lines_findings_and_a_cut_history_are_read_as_they_come_and_nothing_is_written() {
    let dir = folder();
    let staged = Staged::new(dir.path());
    let before = listing(&staged.run);
    let mut watcher = watch(&staged.run);
    let began = until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    let told = |events: &[Event]| -> Vec<u64> {
        let steps = |e: &Event| if let Event::Metrics(new) = e { new.iter().map(|m| m.step).collect() } else { vec![] };
        events.iter().flat_map(steps).collect()
    };
    assert_eq!(told(&began), (1..=12).collect::<Vec<_>>());
    assert!(watcher.explore(ExploreCommand::Open(ExploreSource::Live)));
    answer(&mut watcher, |event| matches!(event, ExploreEvent::Opened(_)).then_some(()));
    send(&watcher, Command::LoadSample { step: 4 });
    until(&mut watcher, |e| matches!(e, Event::Sample { step: 4, fresh: false, .. }));
    assert!(quiet(&mut watcher).is_empty(), "nothing is new");
    assert_eq!(listing(&staged.run), before, "watching, exploring and old samples leave the folder as it was");

    let line = staged.line(13, 0);
    staged.append("metrics.jsonl", &line[..20]);
    staged.append("quality.jsonl", "{\"step\":13,\"kid");
    assert_eq!(told(&quiet(&mut watcher)), Vec::<u64>::new(), "half a line is not told");
    staged.append("metrics.jsonl", &line[20..]);
    assert_eq!(told(&until(&mut watcher, |e| matches!(e, Event::Metrics(_)))), [13]);

    // Half a session record, as a network drive may show it: what was known stays.
    let path = staged.run.join("session.json");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() / 2]).unwrap();
    let events = until(&mut watcher, |e| matches!(e, Event::Notice { .. }));
    assert!(
        events.iter().any(|e| matches!(e, Event::Notice { text, .. } if text.contains("session.json"))),
        "{events:?}"
    );
    fs::write(&path, &whole).unwrap();
    let finding = serde_json::json!({ "kind": "collapse", "severity": "alarm", "since_step": 9, "text": "All alike.",
        "suggestion": { "advice": "Wait." } });
    staged.session(|session| session["findings"] = serde_json::json!([finding]));
    let found = until(&mut watcher, |e| matches!(e, Event::Findings(_)));
    assert!(matches!(found.last(), Some(Event::Findings(f)) if f[0].kind == FindingKind::Collapse), "{found:?}");

    // Rolled back to step 10 by a training that is faster than the looks: the new steps are there with the mark.
    let kept: String = metrics(&staged.run)[..10].iter().map(|m| serde_json::to_string(m).unwrap() + "\n").collect();
    let new: String = (11..=12).map(|step| staged.line(step, 1)).collect();
    purrtrait::files::replace(&staged.run.join("metrics.jsonl"), (kept + &new).as_bytes()).unwrap();
    assert_eq!(told(&quiet(&mut watcher)), Vec::<u64>::new(), "the mark explains the steps, and is not there yet");
    let tunables = serde_json::to_value(Tunables::default()).unwrap();
    let mark = serde_json::json!({ "step": 11, "revision": 1, "text": "Rolled back", "tunables": tunables, "went_back": true });
    staged.append("marks.jsonl", &format!("{mark}\n"));
    let events = until(&mut watcher, |e| matches!(e, Event::Metrics(_)));
    assert!(events.iter().any(|e| matches!(e, Event::TunablesApplied(mark) if mark.rolled_back)), "{events:?}");
    assert_eq!(told(&events), [11, 12]);

    // Watching ends; the run does not, and can be watched again.
    send(&watcher, Command::Unwatch);
    until(&mut watcher, |e| matches!(e, Event::Watched(false)));
    send(&watcher, Command::Watch(RunPlace::Here(staged.run.clone())));
    until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    watcher.shutdown();
}

#[test]
fn the_end_of_a_run_that_cannot_say_it_is_told_in_a_sentence() {
    let dir = folder();
    let failed = |events: &[Event], cause: Cause, words: &str| match end_of(events) {
        RunEnd::Failed { cause: found, text } => assert!(*found == cause && text.contains(words), "{found:?} {text}"),
        end => panic!("{end:?}"),
    };
    // Its process is gone.
    let mut staged = Staged::new(dir.path());
    let mut watcher = watch(&staged.run);
    until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    staged.lock = None;
    failed(
        &until(&mut watcher, ended),
        Cause::Other,
        "killed, or it crashed. Its newest checkpoint is that of step 12",
    );

    // Its folder vanishes.
    staged.lock = Some(RunDir::open(&staged.run).unwrap().0);
    send(&watcher, Command::Watch(RunPlace::Here(staged.run.clone())));
    until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    fs::rename(&staged.run, dir.path().join("moved")).unwrap();
    failed(&until(&mut watcher, ended), Cause::Run, "deleted, moved or disconnected");

    // No run.
    for path in ["run", "nowhere", "."] {
        let path = dir.path().join(path);
        send(&watcher, Command::Watch(RunPlace::Here(path.clone())));
        failed(&until(&mut watcher, ended), Cause::Run, "is not a run folder");
        until(&mut watcher, |e| matches!(e, Event::Watched(false)));
        assert!(!path.join("run.toml").exists());
    }
    // One that has ended well says so at once, and is as it was.
    drop(staged.lock.take());
    let done = dir.path().join("done");
    train(tiny(6), &done);
    let before = listing(&done);
    send(&watcher, Command::Watch(RunPlace::Here(done.clone())));
    assert_eq!(*end_of(&until(&mut watcher, ended)), RunEnd::Finished { step: 6 });
    send(&watcher, Command::LoadSample { step: 4 });
    until(&mut watcher, |e| matches!(e, Event::Sample { step: 4, .. }));
    assert_eq!(listing(&done), before);
    watcher.shutdown();
}

#[test]
fn a_run_here_comes_before_one_that_is_watched_and_ends_the_watching() {
    let dir = folder();
    let staged = Staged::new(dir.path());
    let mut watcher = watch(&staged.run);
    until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    let own = dir.path().join("own");
    send(&watcher, Command::Start { config: Box::new(tiny(0)), out: Some(own.clone()) });
    let events = until(&mut watcher, |e| matches!(e, Event::State(RunState::Running)));
    assert!(events.iter().any(|e| matches!(e, Event::Watched(false))), "{events:?}");
    assert!(events.iter().any(|e| matches!(e, Event::RunStarted(info) if info.path == own)), "{events:?}");
    send(&watcher, Command::Watch(RunPlace::Here(staged.run.clone())));
    until(&mut watcher, |e| matches!(e, Event::Notice { text, .. } if text.contains("stop it first")));
    send(&watcher, Command::Stop);
    until(&mut watcher, ended);
    // The list of runs tells which ones others train; this process trains none.
    let listed = |events: Vec<Event>| -> Vec<RunSummary> {
        events.into_iter().rev().find_map(|e| if let Event::Runs(runs) = e { Some(runs) } else { None }).unwrap()
    };
    send(&watcher, Command::ListRuns);
    assert!(listed(until(&mut watcher, |e| matches!(e, Event::Runs(_)))).iter().all(|run| !run.training));
    watcher.shutdown();
}
