//! The engine as a front end sees it: commands in, events out, a run folder on disk. On the CPU.

#[path = "engine/explore.rs"]
mod explore;
#[path = "engine/faults.rs"]
mod faults;
#[path = "engine/following.rs"]
mod following;
#[path = "engine/guardian.rs"]
mod guardian;
#[path = "engine/manners.rs"]
mod manners;
#[path = "engine/measuring.rs"]
mod measuring;
#[path = "engine/pictures.rs"]
mod pictures;
#[cfg(target_os = "linux")]
#[path = "engine/process.rs"]
mod process;
#[path = "engine/queue.rs"]
mod queue;
#[path = "engine/race.rs"]
mod race;
#[path = "engine/readings.rs"]
mod readings;
#[path = "engine/starting.rs"]
mod starting;
#[path = "engine/watching.rs"]
mod watching;

use purrtrait::config::{DNorm, DataConfig, DataSource, DeviceChoice, Preset, RateDecay, RunConfig, Tunables};
use purrtrait::engine::{
    Cause, Command, EngineHandle, Event, Level, ResumeOptions, RunEnd, RunState, StepMetrics, Waited, start,
};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Small enough for a step in a few milliseconds.
fn tiny(steps: u64) -> RunConfig {
    let mut config = Preset::find("quick-32").unwrap().config();
    config.device = DeviceChoice::Cpu;
    config.batch = 4;
    config.max_steps = steps;
    config.held_out = 0.0;
    config.sample_count = 4;
    config.model.g_width = 4;
    config.model.d_width = 4;
    config.data = DataConfig { demo_count: 20, ..DataConfig::default() };
    config.tunables = Tunables { metrics_every: 3, sample_every: 4, measure_every: 0.0, ..Tunables::default() };
    config
}

/// Makes the app folder of all engines of this program temporary, so that no test sees a person's settings.
fn home() {
    static HOME: Once = Once::new();
    HOME.call_once(|| {
        let home = tempfile::tempdir().unwrap().keep();
        // SAFETY: done once, before any engine of this test program reads the environment.
        unsafe { std::env::set_var("PURRTRAIT_HOME", home) };
    });
}

/// An engine on a thread.
fn engine() -> EngineHandle {
    home();
    start(Arc::new(|| {}))
}

/// Sends, or fails the test.
fn send(engine: &EngineHandle, command: Command) {
    assert!(engine.send(command), "the engine takes commands");
}

/// Far longer than anything here takes, also on a machine with much else to do.
const PATIENCE: Duration = Duration::from_secs(300);

/// Collects events until `done`, which sees each one.
fn until(engine: &mut EngineHandle, mut done: impl FnMut(&Event) -> bool) -> Vec<Event> {
    let (mut events, started) = (Vec::new(), Instant::now());
    while started.elapsed() < PATIENCE {
        match engine.wait(Duration::from_secs(1)) {
            Waited::Event(event) => {
                let last = done(&event);
                events.push(*event);
                if last {
                    return events;
                }
            }
            Waited::Timeout => {}
            Waited::Ended => panic!("the worker ended; its last events: {:#?}", newest(&events)),
        }
    }
    panic!("it does not come; the last of {} events: {:#?}", events.len(), newest(&events));
}

/// The last few: a training that goes on and on sends millions.
fn newest(events: &[Event]) -> &[Event] {
    &events[events.len().saturating_sub(30)..]
}

fn ended(event: &Event) -> bool {
    matches!(event, Event::RunEnded(_))
}

fn end_of(events: &[Event]) -> &RunEnd {
    events.iter().find_map(|e| if let Event::RunEnded(end) = e { Some(end) } else { None }).unwrap()
}

/// A whole run from its start to its limit.
fn train(config: RunConfig, out: &Path) -> Vec<Event> {
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(config), out: Some(out.to_path_buf()) });
    let events = until(&mut engine, ended);
    engine.shutdown();
    events
}

fn resume(run: &Path, max_steps: u64) -> Vec<Event> {
    let mut engine = engine();
    let limits = ResumeOptions { max_steps: Some(max_steps), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.to_path_buf(), options: limits });
    let events = until(&mut engine, ended);
    engine.shutdown();
    events
}

fn checkpoint(run: &Path, step: u64) -> PathBuf {
    run.join(format!("checkpoints/step-{step:09}"))
}

fn weights(run: &Path, step: u64) -> Vec<u8> {
    fs::read(checkpoint(run, step).join("weights.safetensors")).unwrap()
}

fn metrics(run: &Path) -> Vec<StepMetrics> {
    let text = fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_run_ends_at_its_limit_with_everything_on_disk() {
    let dir = folder();
    let run = dir.path().join("run");
    let events = train(tiny(10), &run);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 10 });
    let steps: Vec<u64> = metrics(&run).iter().map(|m| m.step).collect();
    assert_eq!(steps, (1..=10).collect::<Vec<_>>());
    assert!(metrics(&run).iter().all(|m| m.loss_d.is_finite() && (0.0..=1.0).contains(&m.d_real)));
    for step in [1, 4, 8, 10] {
        assert!(run.join(format!("samples/step-{step:09}.png")).is_file(), "sample {step}");
    }
    for name in ["weights.safetensors", "state.json", "manifest.json"] {
        assert!(checkpoint(&run, 10).join(name).is_file(), "{name}");
    }
    let samples = events.iter().filter(|e| matches!(e, Event::Sample { fresh: true, .. })).count();
    assert_eq!(samples, 4);
}

#[test]
fn stop_and_resume_equals_a_straight_run_to_the_bit() {
    let dir = folder();
    let (straight, halves) = (dir.path().join("straight"), dir.path().join("halves"));
    train(tiny(12), &straight);
    train(tiny(5), &halves);
    let events = resume(&halves, 12);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 12 });
    assert!(weights(&straight, 12) == weights(&halves, 12), "weights and optimisers differ");
    let losses = |run| metrics(run).iter().map(|m| (m.step, m.loss_d, m.loss_g)).collect::<Vec<_>>();
    assert_eq!(losses(&straight), losses(&halves));
    let sample = |run: &Path| fs::read(run.join("samples/step-000000012.png")).unwrap();
    assert!(sample(&straight) == sample(&halves), "sample grids differ");
}

#[test]
fn the_seed_decides_and_previews_do_not() {
    let dir = folder();
    let run = |name: &str, change: fn(&mut RunConfig)| {
        let mut config = tiny(6);
        change(&mut config);
        let path = dir.path().join(name);
        train(config, &path);
        weights(&path, 6)
    };
    let first = run("first", |_| {});
    assert!(first == run("again", |_| {}), "the same seed");
    assert!(first != run("other", |c| c.seed = 2), "another seed");
    let busy = |c: &mut RunConfig| {
        c.tunables.sample_every = 1;
        c.tunables.metrics_every = 1;
        c.tunables.checkpoint_every = 0.3;
    };
    assert!(first == run("busy", busy), "samples, readings and checkpoints must not change the training");
}

#[test]
fn a_changed_rate_acts_at_the_next_step_and_leaves_a_mark() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = engine();
    let config = tiny(0);
    send(&engine, Command::Start { config: Box::new(config.clone()), out: Some(run.clone()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    let wanted = Tunables { lr_g: 5e-4, smoothing: 0.2, ..config.tunables };
    send(&engine, Command::SetTunables(wanted.clone()));
    let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(_)));
    let Some(Event::TunablesApplied(mark)) = events.last() else { unreachable!() };
    assert_eq!(mark.tunables, wanted);
    assert!(mark.text.contains("Generator learning rate") && mark.text.contains("Label smoothing"), "{}", mark.text);
    let step = mark.step;
    until(&mut engine, |e| matches!(e, Event::Metrics(m) if m.last().is_some_and(|m| m.step >= step + 3)));
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    engine.shutdown();
    for m in metrics(&run) {
        let rate = if m.step < step { 2e-4 } else { 5e-4 };
        assert_eq!((m.lr_g, m.revision), (rate, u64::from(m.step >= step)), "step {}", m.step);
    }
    // The change survives a resume.
    let events = resume(&run, metrics(&run).len() as u64 + 2);
    assert!(events.iter().any(|e| matches!(e, Event::TunablesApplied(m) if m.revision == 1)));
    assert_eq!(metrics(&run).last().unwrap().lr_g, 5e-4);
    // So does one that was made in run.toml by hand, and it leaves the other settings alone.
    let file = run.join("run.toml");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("lr-d = 0.0002"), "{text}");
    fs::write(&file, text.replace("lr-d = 0.0002", "lr-d = 0.0003")).unwrap();
    for _ in 0..2 {
        let events = resume(&run, metrics(&run).len() as u64 + 2);
        assert!(events.iter().any(|e| matches!(e, Event::TunablesApplied(m) if m.revision == 2)));
        let last = metrics(&run).pop().unwrap();
        assert_eq!((last.lr_g, last.lr_d, last.revision), (5e-4, 3e-4, 2));
    }
}

#[test]
fn settings_outside_their_range_are_refused_while_running() {
    let dir = folder();
    let mut engine = engine();
    let config = tiny(0);
    send(&engine, Command::Start { config: Box::new(config.clone()), out: Some(dir.path().join("run")) });
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    send(&engine, Command::SetTunables(Tunables { lr_g: f64::NAN, ..config.tunables }));
    let events = until(&mut engine, |e| matches!(e, Event::Notice { level: Level::Error, .. }));
    assert!(format!("{:?}", events.last()).contains("lr-g"));
    send(&engine, Command::Stop);
    assert!(matches!(end_of(&until(&mut engine, ended)), RunEnd::Stopped { .. }));
    engine.shutdown();
}

#[test]
fn pause_holds_the_training_and_still_saves_and_draws() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(tiny(0)), out: Some(run.clone()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    send(&engine, Command::Pause);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    send(&engine, Command::SaveNow);
    send(&engine, Command::SampleNow);
    let mut seen = (None, None);
    until(&mut engine, |e| {
        match e {
            Event::Saved { step, .. } => seen.0 = Some(*step),
            Event::Sample { step, fresh: true, .. } => seen.1 = Some(*step),
            _ => {}
        }
        seen.0.is_some() && seen.0 == seen.1
    });
    std::thread::sleep(Duration::from_millis(200));
    send(&engine, Command::Stop);
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert_eq!(end_of(&events), &RunEnd::Stopped { step: seen.0.unwrap() }, "no step happened during the pause");
}

#[test]
fn sample_grids_can_be_viewed_while_training_and_afterwards() {
    let dir = folder();
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(tiny(0)), out: Some(dir.path().join("run")) });
    until(&mut engine, |e| matches!(e, Event::Sample { step: 8, fresh: true, .. }));
    let look = |engine: &mut EngineHandle| {
        send(engine, Command::LoadSample { step: 4 });
        let events = until(engine, |e| matches!(e, Event::Sample { step: 4, fresh: false, .. }));
        let Some(Event::Sample { frame, tiles, side, .. }) = events.last() else { unreachable!() };
        assert_eq!((*tiles, *side), (4, 32));
        frame.clone()
    };
    let during = look(&mut engine);
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    assert!(look(&mut engine) == during);
    engine.shutdown();
}

#[test]
fn a_damaged_checkpoint_is_reported_and_the_one_before_it_used() {
    let dir = folder();
    let run = dir.path().join("run");
    // 20 cats in batches of 4: an epoch is 5 steps.
    let mut config = tiny(10);
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    assert!(checkpoint(&run, 5).is_dir() && checkpoint(&run, 10).is_dir());
    let file = checkpoint(&run, 10).join("weights.safetensors");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    let events = resume(&run, 11);
    assert!(
        events.iter().any(|e| matches!(e, Event::Notice { level: Level::Warning, text } if text.contains("checksum"))),
        "{events:#?}"
    );
    let first = events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info.first_step) } else { None });
    assert_eq!(first, Some(5));
    assert_eq!(metrics(&run).iter().map(|m| m.step).collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
}

#[test]
fn missing_and_truncated_files_of_a_checkpoint_count_as_damage() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(15);
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    fs::remove_file(checkpoint(&run, 15).join("state.json")).unwrap();
    fs::write(checkpoint(&run, 10).join("weights.safetensors"), b"").unwrap();
    fs::create_dir(run.join("checkpoints/.step-000000020.tmp")).unwrap();
    let events = resume(&run, 6);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 6 });
    assert!(!run.join("checkpoints/.step-000000020.tmp").exists(), "leftovers are cleared");
}

#[test]
fn a_run_killed_before_its_first_checkpoint_starts_over() {
    let dir = folder();
    let run = dir.path().join("run");
    train(tiny(4), &run);
    let straight = weights(&run, 4);
    fs::remove_dir_all(run.join("checkpoints")).unwrap();
    resume(&run, 4);
    assert!(weights(&run, 4) == straight);
    assert_eq!(metrics(&run).len(), 4);
}

#[test]
fn only_the_newest_checkpoints_are_kept() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(25);
    config.tunables.checkpoint_every = 1.0;
    config.keep = 2;
    train(config, &run);
    let mut names: Vec<_> =
        fs::read_dir(run.join("checkpoints")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["step-000000020", "step-000000025"]);
}

/// Stands for a full disk or a drive that went away: the folder cannot be written.
#[test]
fn a_save_that_fails_pauses_and_can_be_tried_again() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(tiny(0)), out: Some(run.clone()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    fs::remove_dir_all(run.join("checkpoints")).unwrap();
    fs::write(run.join("checkpoints"), b"in the way").unwrap();
    send(&engine, Command::SaveNow);
    let events = until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    assert!(events.iter().any(|e| matches!(e, Event::Notice { level: Level::Error, text } if text.contains("paused"))));
    fs::remove_file(run.join("checkpoints")).unwrap();
    send(&engine, Command::Stop);
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert!(matches!(end_of(&events), RunEnd::Stopped { .. }), "{events:#?}");
    assert!(run.join("checkpoints").is_dir());
}

#[test]
fn a_second_program_on_one_run_is_refused() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut first = engine();
    send(&first, Command::Start { config: Box::new(tiny(0)), out: Some(run.clone()) });
    until(&mut first, |e| matches!(e, Event::Metrics(_)));
    let events = resume(&run, 1);
    match end_of(&events) {
        RunEnd::Failed { cause: Cause::Run, text } => assert!(text.contains("in use"), "{text}"),
        other => panic!("{other:?}"),
    }
    send(&first, Command::Stop);
    until(&mut first, ended);
    first.shutdown();
}

#[test]
fn bad_beginnings_say_what_is_wrong() {
    let dir = folder();
    let expect = |config: RunConfig, cause: Cause, part: &str| {
        let events = train(config, &dir.path().join(format!("run-{part}")));
        match end_of(&events) {
            RunEnd::Failed { cause: found, text } => {
                assert_eq!(*found, cause, "{text}");
                assert!(text.contains(part), "{text} lacks {part}");
            }
            other => panic!("{other:?}"),
        }
    };
    let mut config = tiny(1);
    config.batch = 1;
    expect(config, Cause::Setting, "batch");
    let mut config = tiny(1);
    config.data.source = DataSource::Folder(dir.path().join("nowhere"));
    expect(config, Cause::Data, "nowhere");
    let empty = dir.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let mut config = tiny(1);
    config.data.source = DataSource::Folder(empty);
    expect(config, Cause::Data, "empty");
    let mut config = tiny(1);
    config.device = DeviceChoice::Adapter(99);
    expect(config, Cause::Device, "gpu:99");
    let events = resume(&dir.path().join("no-run"), 1);
    assert!(matches!(end_of(&events), RunEnd::Failed { cause: Cause::Run, text } if text.contains("no-run")));
}

#[test]
fn a_scan_tells_its_progress_and_can_be_cancelled() {
    let mut engine = engine();
    let data = DataConfig { demo_count: 300, demo_seed: 77, ..DataConfig::default() };
    send(&engine, Command::ScanData { data: data.clone(), size: 32 });
    let events = until(&mut engine, |e| matches!(e, Event::DataReady(_)));
    let Some(Event::DataReady(report)) = events.last() else { unreachable!() };
    assert_eq!((report.usable, report.size), (300, 32));
    assert!(!report.thumbnails.is_empty());
    send(&engine, Command::ScanData { data: DataConfig { demo_count: 100_000, demo_seed: 78, ..data }, size: 256 });
    send(&engine, Command::CancelScan);
    until(&mut engine, |e| matches!(e, Event::DataFailed(_)));
    engine.shutdown();
}

/// The newest recipe, narrow: what it adds must survive a resume too.
#[test]
fn the_modern_recipe_resumes_to_the_bit() {
    type Change = fn(&mut RunConfig);
    let cases: [(&str, &str, Change); 2] = [
        ("augment/strength", "adaptive augmentation", |_| {}),
        ("weight_u", "spectral normalisation", |c| c.model.d_norm = DNorm::Spectral),
    ];
    for (tensor, what, change) in cases {
        let dir = folder();
        let run = dir.path().join("run");
        let mut config = Preset::find("modern-64").unwrap().config();
        let small = tiny(12);
        (config.device, config.batch, config.max_steps, config.sample_count) = (small.device, 4, 12, 4);
        (config.model.g_width, config.model.d_width, config.data) = (4, 4, small.data);
        // An epoch of five steps; penalties in both halves; a discriminator that is soon too sure.
        (config.held_out, config.penalty_every, config.augment_target, config.keep) = (0.0, 4, 0.01, 10);
        let Tunables { r1, r2, .. } = config.tunables;
        config.tunables = Tunables { r1, r2, checkpoint_every: 1.0, ..small.tunables };
        assert!(r1 > 0.0 && r2 > 0.0 && config.rate_decay == RateDecay::Cosine);
        change(&mut config);
        train(config, &run);
        let straight = weights(&run, 12);
        // As if it had been killed after its first checkpoint: what follows is done again.
        let early = weights(&run, 5);
        let tensors = safetensors::SafeTensors::deserialize(&early).unwrap();
        let moved = tensors.iter().any(|(name, view)| name.ends_with(tensor) && view.data().iter().any(|b| *b != 0));
        assert!(moved, "the checkpoint of step 5 has no {what}");
        for step in [10, 12] {
            fs::remove_dir_all(checkpoint(&run, step)).unwrap();
        }
        let events = resume(&run, 12);
        assert_eq!(end_of(&events), &RunEnd::Finished { step: 12 });
        assert!(straight == weights(&run, 12), "{what}: weights, optimisers or strength differ");
    }
}
