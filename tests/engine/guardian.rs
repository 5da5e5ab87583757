//! Faults are put into running trainings, and each must be recognised; healthy trainings must be left alone.

use super::{checkpoint, end_of, ended, engine, folder, metrics, resume, send, tiny, train, until};
use purrtrait::config::{LossKind, RunConfig, Tunables};
use purrtrait::engine::{
    Command, Event, Finding, FindingKind, ResumeOptions, RunEnd, RunState, Severity, Suggestion, TunablesChange,
};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs;
use std::path::Path;

/// The largest number that a checkpoint may hold: its products are not finite.
const TOO_LARGE: f32 = 1e18;

/// A run that is long enough for the guardian and still short: small batches, many cats.
fn long(steps: u64) -> RunConfig {
    let mut config = tiny(steps);
    config.data.demo_count = 200;
    config.sample_count = 16;
    config.tunables = Tunables { metrics_every: 10, sample_every: 20, measure_every: 0.0, ..Tunables::default() };
    config
}

fn coach(events: &[Event]) -> Vec<&Finding> {
    let said = events.iter().filter_map(|e| if let Event::Findings(findings) = e { Some(findings) } else { None });
    said.flatten().collect()
}

fn found(events: &[Event], kind: FindingKind) -> &Finding {
    let all = coach(events);
    all.iter().find(|f| f.kind == kind).unwrap_or_else(|| panic!("no {kind:?} among {all:#?}"))
}

/// The steps that were saved, in the order in which they were.
fn saved(events: &[Event]) -> Vec<u64> {
    events.iter().filter_map(|e| if let Event::Saved { step, .. } = e { Some(*step) } else { None }).collect()
}

/// The marks of a run that say that it went back.
fn marks(run: &Path) -> Vec<TunablesChange> {
    let text = fs::read_to_string(run.join("marks.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).filter(|m: &TunablesChange| m.rolled_back).collect()
}

/// Changes tensors of a checkpoint on disk, manifest included: `change` gets the name and the numbers.
fn tamper(folder: &Path, change: impl Fn(&str, &mut [f32])) {
    use safetensors::tensor::{Dtype, SafeTensors, TensorView};
    let path = folder.join("weights.safetensors");
    let bytes = fs::read(&path).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let changed: Vec<(String, Vec<usize>, Vec<u8>)> = tensors
        .iter()
        .map(|(name, view)| {
            let chunks = view.data().chunks_exact(4);
            let mut numbers: Vec<f32> = chunks.map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
            change(name, &mut numbers);
            (name.to_owned(), view.shape().to_vec(), numbers.iter().flat_map(|x| x.to_le_bytes()).collect())
        })
        .collect();
    let views: HashMap<&str, TensorView> = changed
        .iter()
        .map(|(name, shape, bytes)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()))
        .collect();
    fs::write(&path, safetensors::serialize(views, None).unwrap()).unwrap();
    seal(folder);
}

/// Brings the manifest in line with the files.
fn seal(folder: &Path) {
    let path = folder.join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    for (name, entry) in manifest["files"].as_object_mut().unwrap() {
        let bytes = fs::read(folder.join(name)).unwrap();
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        *entry = serde_json::json!({ "bytes": bytes.len(), "sha256": hash });
    }
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
}

/// Makes the newest checkpoint, of step `from`, one of a much later step.
fn age(run: &Path, from: u64, step: u64) {
    let folder = checkpoint(run, from);
    let path = folder.join("state.json");
    let mut state: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    state["step"] = step.into();
    state["batches"] = step.into();
    fs::write(&path, serde_json::to_vec(&state).unwrap()).unwrap();
    seal(&folder);
    fs::rename(folder, checkpoint(run, step)).unwrap();
}

/// With pictures held back, so that the discriminator is looked at as well as the losses.
fn healthy(config: RunConfig, seed: u64) -> RunConfig {
    let mut config = RunConfig { seed, held_out: 10.0, ..config };
    config.data.demo_count = 500;
    config
}

/// Everything is looked at: samples past the first 20,000 pictures, too, and copies.
fn thorough(config: RunConfig, seed: u64) -> RunConfig {
    let mut config = RunConfig { batch: 32, ..healthy(config, seed) };
    config.tunables.measure_every = 10.0;
    config
}

/// Larger batches cost several times as much, so only some runs have them.
#[test]
fn ten_healthy_runs_raise_no_alarm() {
    let dir = folder();
    let quick = (1..=7).map(|seed| healthy(long(800), seed));
    let classic = (8..=10).map(|seed| thorough(long(800), seed));
    for config in quick.chain(classic) {
        let name = format!("{}-{}", config.preset, config.seed);
        let measuring = config.tunables.measure_every > 0.0;
        let events = train(config, &dir.path().join(&name));
        assert_eq!(end_of(&events), &RunEnd::Finished { step: 800 }, "{name}");
        assert_eq!(coach(&events), Vec::<&Finding>::new(), "{name}");
        let seen = |e: &Event| match e {
            Event::Quality(point) => {
                [point.quality.memorisation, point.quality.r_train, point.quality.r_held].iter().all(Option::is_some)
            }
            _ => false,
        };
        assert_eq!(events.iter().any(seen), measuring, "{name}");
    }
}

#[test]
fn a_collapsed_generator_is_recognised_and_the_run_rolls_back() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = long(600);
    config.auto_rollback = 1;
    // 200 cats in batches of 4: a checkpoint every 50 steps.
    config.tunables.checkpoint_every = 1.0;
    config.keep = 2;
    // A slow machine saves less often, so the last one before the end is looked for.
    let before: Vec<u64> = saved(&train(config, &run)).into_iter().filter(|step| *step < 600).collect();
    let way_back = before[before.len() - 1];
    // Late enough that samples must have become different.
    age(&run, 600, 30_000);
    // All latents lead to the same place, and the generator cannot learn to leave it.
    tamper(&checkpoint(&run, 30_000), |name, numbers| {
        if name.starts_with("g/0.") || name.starts_with("ema/0.") {
            numbers.fill(0.0);
        }
    });
    let mut engine = engine();
    let limits = ResumeOptions { max_steps: Some(1_000_000), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    let mut events = until(&mut engine, |e| matches!(e, Event::Notice { .. }));
    send(&engine, Command::Stop);
    events.extend(until(&mut engine, ended));
    engine.shutdown();
    let finding = found(&events, FindingKind::Collapse);
    assert_eq!((finding.severity, finding.since_step), (Severity::Alarm, 30_020));
    assert!(finding.text.contains("Two samples differ only"), "{}", finding.text);
    // With a newer one and that of step 30,000 there are two to keep, and it is still there.
    let saved = saved(&events);
    let newest = *saved.iter().rfind(|step| **step > 30_000).expect("a newer one");
    assert_eq!(finding.suggestion, Suggestion::RollBack { step: way_back, lower: 0.5 });
    // It went back by itself, kept what is newer, and will be found there by a resume.
    assert!(events.iter().any(|e| matches!(e, Event::Notice { text, .. } if text.contains("attempt 1 of 1"))));
    let marks = marks(&run);
    assert_eq!((marks.len(), marks[0].step, marks[0].tunables.lr_g), (1, way_back + 1, 1e-4));
    assert!(checkpoint(&run, newest).with_extension("set-aside").is_dir());
    assert!(saved.contains(&way_back), "with the lower rates");
}

#[test]
fn a_collapse_that_comes_again_ends_the_run_saved() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = long(100);
    config.auto_rollback = 1;
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    for (from, step) in [(100, 30_000), (50, 29_000)] {
        age(&run, from, step);
        tamper(&checkpoint(&run, step), |name, numbers| {
            if name.starts_with("g/0.") || name.starts_with("ema/0.") {
                numbers.fill(0.0);
            }
        });
    }
    let events = resume(&run, 1_000_000);
    let RunEnd::Diverged { step, text } = end_of(&events) else { panic!("{:?}", end_of(&events)) };
    assert!(text.contains("tried once"), "{text}");
    assert!((29_100..29_200).contains(step), "{step}");
    assert!(checkpoint(&run, *step).is_dir() && checkpoint(&run, 29_000).is_dir());
    assert!(events.iter().any(|e| matches!(e, Event::Sample { step: at, fresh: true, .. } if at == step)));
}

#[test]
fn a_dead_discriminator_is_recognised() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = long(310);
    // It cannot come back to life.
    config.tunables.lr_d = 1e-7;
    let tunables = config.tunables.clone();
    train(config, &run);
    tamper(&checkpoint(&run, 310), |name, numbers| {
        if name.starts_with("d/") && name.ends_with("weight") {
            numbers.fill(0.0);
        }
    });
    let mut engine = engine();
    let limits = ResumeOptions { max_steps: Some(310 + 500), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    let events = until(&mut engine, |e| matches!(e, Event::Findings(_)));
    let finding = found(&events, FindingKind::GeneratorWins);
    assert_eq!(finding.severity, Severity::Alarm);
    assert_eq!(finding.suggestion.words(), "Discriminator learning rate 1e-7 \u{2192} 2e-4");
    // A change that teaches nothing leaves it standing.
    send(&engine, Command::SetTunables(Tunables { sample_every: 30, ..tunables }));
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert!(events.iter().any(|e| matches!(e, Event::TunablesApplied(mark) if mark.step < 310 + 450)));
    assert_eq!(coach(&events), Vec::<&Finding>::new());
    assert!(!events.iter().any(|e| matches!(e, Event::Findings(_))), "it was taken back");
}

#[test]
fn a_discriminator_that_is_always_right_is_recognised() {
    let dir = folder();
    let mut config = long(1200);
    config.model.loss = LossKind::Hinge;
    config.tunables.lr_g = 1e-7;
    config.tunables.lr_d = 2e-3;
    let events = train(config, &dir.path().join("run"));
    let finding = found(&events, FindingKind::DiscriminatorWins);
    assert!(matches!(&finding.suggestion, Suggestion::Set(changes) if changes[0].key == "lr-d"), "{finding:#?}");
}

#[test]
fn a_nan_goes_back_at_most_so_often_and_then_ends_with_a_message() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(10);
    config.tunables.checkpoint_every = 1.0;
    config.auto_rollback = 2;
    train(config, &run);
    for step in [5, 10] {
        spoil(&run, step);
    }
    let events = resume(&run, 20);
    let RunEnd::Diverged { text, .. } = end_of(&events) else { panic!("{:?}", end_of(&events)) };
    assert!(text.contains("tried 2 times"), "{text}");
    let told =
        events.iter().filter(|e| matches!(e, Event::Notice { text, .. } if text.contains("with lower learning rates")));
    assert_eq!(told.count(), 2);
    assert_eq!(found(&events, FindingKind::Divergence).severity, Severity::Alarm);
    let last = marks(&run).pop().unwrap();
    assert_eq!((last.step, last.tunables.lr_g), (6, 5e-5), "lower each time");
}

#[test]
fn a_nan_is_survived_from_a_healthy_checkpoint() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(10);
    config.tunables.checkpoint_every = 1.0;
    config.data.demo_count = 20;
    train(config, &run);
    tamper(&checkpoint(&run, 10), |name, numbers| {
        if name.starts_with("d/") {
            numbers.fill(TOO_LARGE);
        }
    });
    // The checkpoint of step 10 is tried once more, with lower rates; then the one before it, which is sound.
    let events = resume(&run, 14);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 14 });
    assert_eq!(marks(&run).iter().map(|m| m.step).collect::<Vec<_>>(), [6]);
    assert_eq!(metrics(&run).len(), 14);
    let left = fs::read_dir(run.join("checkpoints")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| !name.contains("set-aside")), "replaced by step 14");
}

/// The explorer takes weights between two readings, when nobody knows yet that they are NaN.
#[test]
fn a_nan_is_survived_while_the_explorer_follows() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(10);
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    spoil(&run, 10);
    let mut engine = engine();
    // Due at once: after step 11, and the losses are read after step 12.
    send(&engine, Command::ShareWeights(true));
    let limits = ResumeOptions { max_steps: Some(14), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 14 });
}

/// Numbers that are finite and whose products are not.
fn spoil(run: &Path, step: u64) {
    tamper(&checkpoint(run, step), |name, numbers| {
        if name.starts_with("g/") {
            numbers.fill(TOO_LARGE);
        }
    });
}

#[test]
fn a_nan_before_the_first_checkpoint_goes_on_from_the_newest_finite_state() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(10);
    config.auto_rollback = 1;
    // Nothing is read or saved by itself for a while.
    config.tunables =
        Tunables { metrics_every: 300, checkpoint_every: 1000.0, sample_every: 100_000, ..config.tunables };
    train(config, &run);
    spoil(&run, 10);
    let mut engine = engine();
    let limits = ResumeOptions { max_steps: Some(1_000_000), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    until(&mut engine, |e| matches!(e, Event::RunStarted(_)));
    fs::remove_dir_all(checkpoint(&run, 10)).unwrap();
    send(&engine, Command::SaveNow);
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert!(events.iter().any(|e| matches!(e, Event::Notice { text, .. } if text.contains("Rolled back to step 10"))));
    assert_eq!(marks(&run).iter().map(|m| (m.step, m.tunables.lr_g)).collect::<Vec<_>>(), [(11, 1e-4)]);
    // Once was allowed, and the last finite state is on disk.
    assert!(matches!(end_of(&events), RunEnd::Diverged { .. }), "{:?}", end_of(&events));
    assert!(checkpoint(&run, 10).is_dir());
}

#[test]
fn without_automatic_rollbacks_a_nan_ends_the_run_and_a_rollback_is_offered() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(10);
    config.auto_rollback = 0;
    config.tunables.checkpoint_every = 1.0;
    train(config, &run);
    spoil(&run, 10);
    let offered = |events: &[Event]| {
        assert!(matches!(end_of(events), RunEnd::Diverged { .. }), "{:?}", end_of(events));
        let last = coach(events).pop().cloned();
        last.map(|f| f.suggestion)
    };
    let events = resume(&run, 20);
    assert!(marks(&run).is_empty());
    assert_eq!(offered(&events), Some(Suggestion::RollBack { step: 10, lower: 0.5 }));
    // As the window does it: resume, and go back first. What failed once more is not offered again.
    let apply = |step| {
        let mut engine = engine();
        let limits = ResumeOptions { max_steps: Some(20), ..ResumeOptions::default() };
        send(&engine, Command::Resume { run: run.clone(), options: limits });
        send(&engine, Command::Rollback { step, learning_rate_factor: 0.5 });
        let events = until(&mut engine, ended);
        engine.shutdown();
        events
    };
    assert_eq!(offered(&apply(10)), Some(Suggestion::RollBack { step: 5, lower: 0.5 }));
    assert_eq!(end_of(&apply(5)), &RunEnd::Finished { step: 20 });
    assert_eq!(marks(&run).iter().map(|m| m.step).collect::<Vec<_>>(), [6]);
}

#[test]
fn going_back_on_request_takes_the_checkpoint_and_lowers_the_rates_for_good() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(12);
    config.tunables.checkpoint_every = 1.0;
    config.keep = 1000;
    train(config, &run);
    assert_eq!(metrics(&run).len(), 12);
    let mut engine = engine();
    let limits = ResumeOptions { max_steps: Some(1_000_000), ..ResumeOptions::default() };
    send(&engine, Command::Resume { run: run.clone(), options: limits });
    until(&mut engine, |e| matches!(e, Event::Metrics(m) if m.last().is_some_and(|m| m.step > 12)));
    send(&engine, Command::Pause);
    until(&mut engine, |e| matches!(e, Event::State(RunState::Paused)));
    fs::copy(run.join("maps/step-000000008.jpg"), run.join("maps/step-000000013.jpg")).unwrap();
    send(&engine, Command::Rollback { step: 12, learning_rate_factor: 0.25 });
    let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(mark) if mark.rolled_back));
    let Some(Event::TunablesApplied(mark)) = events.last() else { unreachable!() };
    let (step, revision) = (mark.step, mark.revision);
    assert_eq!(step, 13);
    // What was not saved yet is set aside, not lost.
    let from: u64 = mark.text.split(' ').nth(4).unwrap().parse().unwrap();
    assert_eq!(mark.text.split(':').next(), Some(&*format!("Rolled back from step {from} to 12")));
    let maps = fs::read_dir(run.join("maps")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(maps.max().is_some_and(|newest| *newest <= *"step-000000012.jpg"), "a map of a past that is given up");
    assert!(from > 12 && checkpoint(&run, from).with_extension("set-aside").is_dir());
    send(&engine, Command::Continue);
    assert_eq!((mark.tunables.lr_g, mark.tunables.lr_d), (5e-5, 5e-5));
    until(&mut engine, |e| matches!(e, Event::Metrics(m) if m.iter().any(|m| m.step >= step && m.lr_g == 5e-5)));
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    engine.shutdown();
    let lines = metrics(&run);
    let steps: Vec<u64> = lines.iter().map(|m| m.step).collect();
    assert_eq!(steps, (1..=*steps.last().unwrap()).collect::<Vec<_>>(), "every step once");
    assert!(lines.iter().all(|m| (m.lr_g == 5e-5) == (m.step >= step)));
    // The lower rates survive a resume, and so does the mark.
    let events = resume(&run, steps.len() as u64 + 2);
    assert!(events.iter().any(|e| matches!(e, Event::TunablesApplied(m) if m.revision == revision && m.rolled_back)));
    assert_eq!(metrics(&run).last().unwrap().lr_g, 5e-5);
}
