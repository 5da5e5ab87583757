//! The engine in a process of its own: it does what the thread does, and one that is killed costs the steps since the
//! last checkpoint alone. On Linux, where /proc tells which processes there are.

use super::explore::answer;
use super::{end_of, ended, folder, home, metrics, resume, send, tiny, until};
use purrtrait::config::{DataConfig, DataSource, RunConfig, Tunables};
use purrtrait::data::draw_demo_cat;
use purrtrait::engine::{
    Command, EngineHandle, Event, ExploreCommand, ExploreEvent, ExploreSource, RunEnd, RunState, start_process,
};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

/// The program under a name of its own, which tells its processes from those of other tests.
fn program(dir: &Path) -> PathBuf {
    let program = dir.join("engine-of-this-test");
    if !program.exists() {
        symlink(env!("CARGO_BIN_EXE_purrtrait"), &program).unwrap();
    }
    program
}

fn supervised(dir: &Path) -> EngineHandle {
    home();
    start_process(program(dir), Arc::new(|| {}))
}

/// The processes of the program of this test.
fn processes(dir: &Path) -> Vec<String> {
    let program = dir.join("engine-of-this-test");
    let runs = |id: &OsStr| {
        let line = fs::read(Path::new("/proc").join(id).join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).next() == Some(program.as_os_str().as_bytes())
    };
    let ids = fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.file_name());
    ids.filter(|id| runs(id)).map(|id| id.to_string_lossy().into_owned()).collect()
}

fn kill(id: &str) {
    assert!(process::Command::new("kill").args(["-9", id]).status().unwrap().success());
}

fn kill_engine(dir: &Path) {
    let [id] = &processes(dir)[..] else { panic!("one engine: {:?}", processes(dir)) };
    kill(id);
}

/// Waits until none is left.
fn all_gone(dir: &Path) {
    let since = Instant::now();
    while !processes(dir).is_empty() {
        assert!(since.elapsed() < Duration::from_secs(60), "{:?} stay behind", processes(dir));
        thread::sleep(Duration::from_millis(20));
    }
}

/// A run without an end that is saved after every epoch of five steps.
fn endless() -> RunConfig {
    let config = tiny(0);
    RunConfig { tunables: Tunables { checkpoint_every: 1.0, ..config.tunables.clone() }, ..config }
}

fn begin(engine: &EngineHandle, config: RunConfig, run: &Path) {
    send(engine, Command::Start { config: Box::new(config), out: Some(run.to_path_buf()) });
}

fn saved_step(event: &Event) -> Option<u64> {
    if let Event::Saved { step, .. } = event { Some(*step) } else { None }
}

fn first_step(events: &[Event]) -> u64 {
    events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info.first_step) } else { None }).unwrap()
}

#[test]
fn ten_kills_cost_nothing_that_was_saved_and_leave_no_process_behind() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = supervised(dir.path());
    begin(&engine, endless(), &run);
    for round in 0..10 {
        let events = until(&mut engine, |e| saved_step(e).is_some());
        let saved = events.iter().find_map(saved_step).unwrap();
        // At different moments of a step and of a save.
        thread::sleep(Duration::from_millis(7 * round));
        kill_engine(dir.path());
        let events = until(&mut engine, |e| matches!(e, Event::RunStarted(_)));
        let told = events.iter().find_map(|e| match e {
            Event::Restarted { text, resuming: true } => Some(text),
            _ => None,
        });
        assert!(
            told.is_some_and(|text| text.contains("killed (SIGKILL)") && text.contains("attempt 1 of 3")),
            "{told:?}"
        );
        assert!(first_step(&events) >= saved, "round {round}: resumed at {} of {saved}", first_step(&events));
    }
    until(&mut engine, |e| saved_step(e).is_some());
    send(&engine, Command::Stop);
    let events = until(&mut engine, ended);
    let RunEnd::Stopped { step } = *end_of(&events) else { panic!("{:?}", end_of(&events)) };
    let steps: Vec<u64> = metrics(&run).iter().map(|m| m.step).collect();
    assert_eq!(steps, (1..=step).collect::<Vec<_>>());
    engine.shutdown();
    all_gone(dir.path());
}

#[test]
fn a_run_that_gets_nowhere_is_given_up_and_the_engine_is_there_again() {
    let dir = folder();
    let mut config = endless();
    config.tunables.checkpoint_every = 1000.0;
    let mut engine = supervised(dir.path());
    begin(&engine, config, &dir.path().join("run"));
    let mut attempts = Vec::new();
    for _ in 0..4 {
        until(&mut engine, |e| matches!(e, Event::State(RunState::Running)));
        kill_engine(dir.path());
        let events = until(&mut engine, |e| matches!(e, Event::Restarted { .. } | Event::RunEnded(_)));
        attempts.push(format!("{:?}", events.last().unwrap()));
    }
    for (n, told) in attempts[..3].iter().enumerate() {
        assert!(
            told.contains(&format!("attempt {} of 3", n + 1)) && told.contains("no checkpoint was saved"),
            "{told}"
        );
    }
    assert!(attempts[3].starts_with("RunEnded(Failed") && attempts[3].contains("4 times in a row"), "{attempts:?}");
    send(&engine, Command::ListDevices);
    until(&mut engine, |e| matches!(e, Event::Devices(_)));
    engine.shutdown();
    all_gone(dir.path());
}

/// A paused run stays paused, and a rate that was changed after the last checkpoint stays changed.
#[test]
fn a_resumed_run_is_as_it_was() {
    let dir = folder();
    let mut config = endless();
    config.tunables.checkpoint_every = 1000.0;
    let tunables = Tunables { lr_g: 1.5e-4, ..config.tunables.clone() };
    let mut engine = supervised(dir.path());
    begin(&engine, config, &dir.path().join("run"));
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    send(&engine, Command::SetTunables(tunables.clone()));
    until(&mut engine, |e| matches!(e, Event::TunablesApplied(_)));
    send(&engine, Command::Pause);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    kill_engine(dir.path());
    let mut applied = None;
    until(&mut engine, |e| {
        if let Event::TunablesApplied(change) = e {
            applied = Some(change.tunables.clone());
        }
        matches!(e, Event::State(RunState::Paused))
    });
    send(&engine, Command::Continue);
    if applied.is_none() {
        // The pause came before the next step.
        let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(_)));
        applied = events.into_iter().find_map(|e| match e {
            Event::TunablesApplied(change) => Some(change.tunables),
            _ => None,
        });
    }
    assert_eq!(applied, Some(tunables));
    engine.shutdown();
    all_gone(dir.path());
}

#[test]
fn the_run_of_another_process_is_explored_while_it_trains() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = supervised(dir.path());
    begin(&engine, endless(), &run);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Running)));
    assert!(engine.explore(ExploreCommand::Open(ExploreSource::Live)));
    let opened = |event| if let ExploreEvent::Opened(model) = event { Some(model) } else { None };
    let model = answer(&mut engine, opened);
    assert_eq!((model.config.size, model.config.g_width), (32, 4));
    kill_engine(dir.path());
    let refreshed = |event| if let ExploreEvent::Refreshed { step } = event { Some(step) } else { None };
    let before = answer(&mut engine, refreshed);
    let after = answer(&mut engine, refreshed);
    assert!(after != before, "newer weights come again after the loss: {before}, {after}");
    engine.shutdown();
    all_gone(dir.path());
}

/// With their pixels, and with a name that is no text.
#[test]
fn pictures_arrive_as_they_do_from_the_thread() {
    let dir = folder();
    let cats = dir.path().join("cats");
    fs::create_dir(&cats).unwrap();
    for (n, name) in [&b"a.png"[..], b"\xff\xfe.png"].iter().enumerate() {
        fs::write(cats.join(OsStr::from_bytes(name)), draw_demo_cat(1, n as u64, 40).to_png().unwrap()).unwrap();
    }
    fs::write(cats.join("no.png"), "nothing").unwrap();
    let data = DataConfig { source: DataSource::Folder(cats), ..DataConfig::default() };
    let reports = [super::engine(), supervised(dir.path())].map(|mut engine| {
        send(&engine, Command::ScanData { data: data.clone(), size: 16 });
        let events = until(&mut engine, |e| matches!(e, Event::DataReady(_)));
        engine.shutdown();
        let Some(Event::DataReady(report)) = events.into_iter().next_back() else { panic!("a report") };
        let pictures = report.pictures.clone().expect("pictures");
        let pixels: Vec<Vec<u8>> = (0..pictures.pictures.len()).map(|n| pictures.pixels(n).to_vec()).collect();
        (report.folder.clone(), report.skipped.clone(), report.thumbnails.clone(), pictures.photos.clone(), pixels)
    });
    assert_eq!(reports[0], reports[1]);
    assert!(reports[1].1.iter().any(|skipped| skipped.path.ends_with("no.png")), "{:?}", reports[1].1);
    assert!(reports[1].3.iter().any(|photo| photo.path.to_str().is_none()), "{:?}", reports[1].3);
    all_gone(dir.path());
}

#[test]
fn a_program_that_is_no_engine_is_named_and_not_started_again() {
    let dir = folder();
    home();
    let script = dir.path().join("engine-of-this-test");
    fs::write(&script, "#!/bin/sh\necho Welcome to this machine\nexec cat >/dev/null\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    for (program, words) in [(script, "what answers is not the engine"), (dir.path().join("none"), "Cannot start")] {
        let mut engine = start_process(program, Arc::new(|| {}));
        let events = until(&mut engine, |e| matches!(e, Event::WorkerDied(_)));
        assert!(matches!(events.last(), Some(Event::WorkerDied(text)) if text.contains(words)), "{events:?}");
        engine.shutdown();
    }
}

/// Names the folder for [`a_window_that_is_killed`].
const WINDOW: &str = "PURRTRAIT_TEST_WINDOW";

/// Not a test by itself: the process that the next one kills.
#[test]
#[ignore = "waits to be killed"]
fn a_window_that_is_killed() {
    let Some(dir) = std::env::var_os(WINDOW).map(PathBuf::from) else { return };
    let mut engine = supervised(&dir);
    let mut config = endless();
    // Saved once, when it begins to train, and then only at the end.
    config.tunables.checkpoint_every = 1000.0;
    begin(&engine, config, &dir.join("run"));
    until(&mut engine, |e| matches!(e, Event::Metrics(lines) if lines.iter().any(|m| m.step >= 9)));
    fs::write(dir.join("trains"), "").unwrap();
    until(&mut engine, ended);
}

#[test]
fn an_engine_whose_window_is_killed_saves_and_ends() {
    let dir = folder();
    let mut window = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::a_window_that_is_killed", "--ignored"])
        .env(WINDOW, dir.path())
        .stdout(process::Stdio::null())
        .spawn()
        .unwrap();
    let since = Instant::now();
    while !dir.path().join("trains").exists() {
        assert!(since.elapsed() < Duration::from_secs(120), "it trains");
        thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(processes(dir.path()).len(), 1);
    window.kill().unwrap();
    window.wait().unwrap();
    all_gone(dir.path());
    let events = resume(&dir.path().join("run"), 1);
    assert!(first_step(&events) >= 9, "the steps since the start are saved: {}", first_step(&events));
}

/// The queue goes on in the process that comes after a lost one.
#[test]
fn a_killed_engine_does_not_end_the_queue() {
    use purrtrait::engine::{EntryState, QueueEdit, QueueEnd, QueueRequest, QueuedTraining};
    let _alone = super::queue::alone();
    let dir = folder();
    let mut engine = supervised(dir.path());
    for (name, config) in [("first", endless()), ("second", tiny(5))] {
        let out = Some(dir.path().join(name));
        let training = QueuedTraining::Start { config: Box::new(config), out };
        let add = QueueEdit::Add { name: name.to_owned(), training };
        send(&engine, Command::Queue(QueueRequest::Edit(add)));
    }
    send(&engine, Command::Queue(QueueRequest::Start));
    until(&mut engine, |e| saved_step(e).is_some());
    kill_engine(dir.path());
    let events = until(&mut engine, |e| matches!(e, Event::RunStarted(_)));
    assert!(first_step(&events) > 0);
    let queue = |event: &Event| if let Event::Queue(list) = event { Some(list.clone()) } else { None };
    let list = until(&mut engine, |e| queue(e).is_some_and(|list| list.on)).iter().rev().find_map(queue).unwrap();
    let states: Vec<_> = list.entries.iter().map(|entry| entry.state.clone()).collect();
    assert_eq!(states, [EntryState::Running, EntryState::Waiting]);
    // It ends at its next limit, as an endless one would not.
    send(&engine, Command::Stop);
    let end = |event: &Event| if let Event::QueueEnded(end) = event { Some(end.clone()) } else { None };
    assert_eq!(until(&mut engine, |e| end(e).is_some()).iter().find_map(end), Some(QueueEnd::Paused));
    send(&engine, Command::Queue(QueueRequest::Start));
    let ended = until(&mut engine, |e| end(e).is_some()).iter().find_map(end);
    assert_eq!(ended, Some(QueueEnd::Through { trained: 1, failed: 0 }));
    engine.shutdown();
    all_gone(dir.path());
}
