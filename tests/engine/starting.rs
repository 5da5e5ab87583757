//! Runs that start from a model.

use super::*;
use purrtrait::config::StartModel;
use purrtrait::engine::{StepSpeed, load_generator, start_info};
use purrtrait::train::RunDir;

/// Settings of a run that starts from `source`.
fn from(source: &Path, steps: u64) -> RunConfig {
    let start = StartModel { source: source.to_path_buf(), ..StartModel::default() };
    RunConfig { start: Some(start), seed: 5, ..tiny(steps) }
}

fn notices(events: &[Event], wanted: Level) -> Vec<&str> {
    let notice = |e| match e {
        &Event::Notice { level, ref text } if level == wanted => Some(text.as_str()),
        _ => None,
    };
    events.iter().filter_map(notice).collect()
}

fn tensors(run: &Path, step: u64) -> Vec<(String, Vec<f32>)> {
    let checkpoint = purrtrait::train::Checkpoint::read(&checkpoint(run, step)).unwrap();
    checkpoint.tensors().map(|(name, values)| (name.to_owned(), values.to_vec())).collect()
}

#[test]
fn networks_are_taken_over_and_a_resume_needs_the_model_no_more() {
    let dir = folder();
    let (base, straight, halves) = (dir.path().join("base"), dir.path().join("straight"), dir.path().join("halves"));
    train(tiny(6), &base);
    let events = train(from(&base, 8), &straight);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 8 });
    let told = notices(&events, Level::Info);
    assert!(told.iter().any(|text| text.starts_with("Starts from the model base, step 6.")), "{told:?}");
    // Everything but the optimisers and the augmentation's strength is as it was; the running statistics of the average
    // are its own.
    let (before, first) = (tensors(&base, 6), tensors(&straight, 0));
    for ((name, old), (_, new)) in before.iter().zip(&first).filter(|((name, _), _)| !name.contains("running")) {
        let anew = ["adam-", "augment/"].iter().any(|part| name.starts_with(part));
        assert_eq!(old == new, !anew, "{name}");
    }
    train(from(&base, 3), &halves);
    let generator = load_generator(&base, false).unwrap();
    fs::remove_dir_all(&base).unwrap();
    let resumed = resume(&halves, 8);
    assert_eq!(end_of(&resumed), &RunEnd::Finished { step: 8 });
    assert!(weights(&straight, 8) == weights(&halves, 8), "weights and optimisers differ");
    let (_, config) = RunDir::inspect(&halves).unwrap();
    let start = config.start.unwrap();
    assert_eq!((start.name.as_str(), start.step, start.model), ("base", 6, generator.hash()));
    let text = fs::read_to_string(halves.join("run.toml")).unwrap();
    assert!(!text.contains(&*dir.path().to_string_lossy()) && text.contains("[start]"), "{text}");
}

#[test]
fn settings_that_contradict_the_model_are_named() {
    let dir = folder();
    let base = dir.path().join("base");
    train(tiny(2), &base);
    let fails = |change: fn(&mut RunConfig)| {
        let mut config = from(&base, 4);
        change(&mut config);
        let run = dir.path().join("run");
        let events = train(config, &run);
        assert!(!run.exists(), "nothing is written for a run that cannot begin");
        match end_of(&events) {
            RunEnd::Failed { cause: Cause::Setting, text } => text.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert!(fails(|c| c.model.g_width = 8).starts_with("g-width: 8 contradicts the model"));
    assert!(fails(|c| c.model.d_residual = true).starts_with("d-residual: on contradicts"));
    assert!(fails(|c| c.model.size = 64).starts_with("g-width: "), "its width cannot be halved");
    let info = start_info(&base).unwrap();
    assert!(info.discriminator && info.model.g_width == 4);
    let mut config = Preset::find("classic-64").unwrap().config();
    info.apply(&mut config, None).unwrap();
    assert_eq!((&config.model, config.d_first), (&info.model, 0));
    assert!(info.check(&config).is_ok());
}

#[test]
fn the_first_stages_stay_frozen_over_a_resume() {
    let dir = folder();
    let (base, run) = (dir.path().join("base"), dir.path().join("run"));
    train(tiny(2), &base);
    train(RunConfig { freeze_d: 1, ..from(&base, 3) }, &run);
    resume(&run, 5);
    let (first, last) = (tensors(&run, 0), tensors(&run, 5));
    let moved: Vec<&str> =
        first.iter().zip(&last).filter(|(a, b)| a != b).map(|((name, _), _)| name.as_str()).collect();
    let learned = |name: &str| moved.contains(&name);
    assert!(!learned("d/main.0.weight") && !learned("adam-d/v/main.0.weight"), "{moved:?}");
    assert!(learned("d/main.2.weight") && learned("g/main.0.weight"), "{moved:?}");
    let scratch = train(RunConfig { freeze_d: 1, ..tiny(3) }, &dir.path().join("scratch"));
    let RunEnd::Failed { text, .. } = end_of(&scratch) else { panic!("{scratch:?}") };
    assert!(text.starts_with("freeze-d: only a run that starts from a model"), "{text}");
}

#[test]
fn without_its_first_checkpoint_a_run_does_not_begin_anew() {
    let dir = folder();
    let (base, run) = (dir.path().join("base"), dir.path().join("run"));
    train(tiny(2), &base);
    train(from(&base, 2), &run);
    fs::remove_dir_all(run.join("checkpoints")).unwrap();
    let events = resume(&run, 4);
    let RunEnd::Failed { cause: Cause::Run, text } = end_of(&events) else { panic!("{events:?}") };
    assert!(text.contains("started from the model base"), "{text}");
}

#[test]
fn a_rollback_to_the_beginning_is_one_to_the_model() {
    let dir = folder();
    let (base, run) = (dir.path().join("base"), dir.path().join("run"));
    train(tiny(2), &base);
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(from(&base, 0)), out: Some(run.clone()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(m) if m.last().is_some_and(|m| m.step >= 3)));
    send(&engine, Command::Rollback { step: 0, learning_rate_factor: 0.5 });
    let events = until(&mut engine, |e| matches!(e, Event::TunablesApplied(change) if change.rolled_back));
    assert_eq!(notices(&events, Level::Error), [] as [&str; 0]);
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    engine.shutdown();
    let changes = fs::read_to_string(run.join("marks.jsonl")).unwrap();
    assert!(changes.contains("to 0: "), "{changes}");
}

#[test]
fn a_model_grows_into_the_next_size() {
    let dir = folder();
    let (base, run) = (dir.path().join("base"), dir.path().join("run"));
    let mut config = tiny(2);
    (config.model.g_width, config.model.d_width) = (12, 32);
    train(config, &base);
    let mut config = from(&base, 2);
    start_info(&base).unwrap().apply(&mut config, Some(64)).unwrap();
    assert_eq!((config.model.size, config.model.g_width, config.model.d_width), (64, 6, 16));
    let events = train(config, &run);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 2 });
    let told = notices(&events, Level::Info);
    assert!(told.iter().any(|text| text.contains("grown from 32 to 64 px")), "{told:?}");
    assert_eq!(load_generator(&run, false).unwrap().config.size, 64);
}

/// What the engine answers to a question about the speed of a recipe.
fn speed(engine: &mut EngineHandle) -> Result<StepSpeed, String> {
    loop {
        match engine.wait(Duration::from_secs(60)) {
            Waited::Event(event) => {
                if let Event::Speed { found, .. } = *event {
                    return found;
                }
            }
            Waited::Timeout | Waited::Ended => panic!("no answer"),
        }
    }
}

#[test]
fn a_recipe_is_measured_but_not_beside_a_run() {
    let dir = folder();
    let mut engine = engine();
    let ask = || Command::MeasureSpeed(Box::new(tiny(0)));
    assert!(engine.send(ask()));
    let found = speed(&mut engine).unwrap();
    assert!(found.step > 0.0 && found.first_step > 0.0, "{found:?}");
    // Of several only the newest is answered.
    let wider = RunConfig { batch: 8, ..tiny(0) };
    assert!(engine.send(ask()) && engine.send(Command::MeasureSpeed(Box::new(wider))));
    assert!(speed(&mut engine).is_ok());
    assert!(engine.send(Command::Start { config: Box::new(tiny(0)), out: Some(dir.path().join("run")) }));
    assert!(engine.send(ask()));
    assert_eq!(speed(&mut engine), Err("A run is in progress.".to_owned()));
    engine.shutdown();
}
