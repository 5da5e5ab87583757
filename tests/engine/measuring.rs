//! Measuring while training: the numbers arrive, are kept, and change nothing.

use super::explore::answer;
use super::{PATIENCE, checkpoint, end_of, ended, engine, folder, metrics, resume, send, tiny, train, until, weights};
use purrtrait::config::{DataSource, RunConfig};
use purrtrait::engine::{
    Command, EvaluateRequest, Evaluation, Event, ExploreCommand, ExploreEvent, ExploreSource, FindingKind, Floor,
    Level, QualityPoint, RunEnd, RunInfo, load_generator, write_demo,
};
use purrtrait::interrupt::JobControl;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

/// A run without an end that measures early: enough cats to compare with, `held_out` per cent of them held back.
fn measured(cats: u32, held_out: f64) -> RunConfig {
    let mut config = tiny(0);
    config.data.demo_count = cats;
    config.held_out = held_out;
    config.tunables.measure_every = 0.1;
    config
}

/// Trains until the first measurement is there, and stops; gives what happened.
fn until_measured(config: RunConfig, run: &Path) -> Vec<Event> {
    let mut engine = engine();
    send(&engine, Command::Start { config: Box::new(config), out: Some(run.to_path_buf()) });
    let mut events = until(&mut engine, |e| matches!(e, Event::Quality(_)));
    send(&engine, Command::Stop);
    events.extend(until(&mut engine, ended));
    engine.shutdown();
    events
}

fn points(events: &[Event]) -> Vec<&QualityPoint> {
    events.iter().filter_map(|e| if let Event::Quality(point) = e { Some(&**point) } else { None }).collect()
}

fn lines(run: &Path) -> Vec<QualityPoint> {
    let text = fs::read_to_string(run.join("quality.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_measurement_arrives_is_kept_sent_again_and_cut_back() {
    let dir = folder();
    let run = dir.path().join("run");
    let events = until_measured(measured(200, 30.0), &run);
    let point = points(&events)[0];
    let watched = |e: &Event| matches!(e, Event::RunStarted(info) if info.held_out == 60 && info.unwatched.is_empty());
    assert!(events.iter().any(watched));
    // 140 cats in batches of 4: a tenth of an epoch is 3.5 steps.
    assert_eq!((point.step, point.quality.pictures, point.quality.side), (4, 60, 32));
    assert!(matches!(events.iter().find(|e| matches!(e, Event::Measuring(_))), Some(Event::Measuring(Some(4)))));
    let quality = &point.quality;
    assert_eq!((quality.floor_from, quality.floor_pictures), (Floor::Training, 60));
    assert!(quality.notes.is_empty(), "{:?}", quality.notes);
    // After four steps there are no cats yet, and no copies of any.
    assert!(quality.measures.swd > 2.0 * quality.floor.swd && quality.measures.kid > 1000.0, "{quality:#?}");
    assert!(quality.memorisation.is_some_and(|m| m > 0.5) && quality.measures.diversity < 0.5, "{quality:#?}");
    assert!([quality.r_train, quality.r_held].iter().all(|r| r.is_some_and(|r| (-1.0..=1.0).contains(&r))));
    assert_eq!(lines(&run).iter().map(|p| p.step).collect::<Vec<_>>(), [4]);

    // A line of a step after the checkpoint: that step will be done again.
    let last = metrics(&run).len() as u64;
    let later = QualityPoint { step: last + 1, ..point.clone() };
    let file = fs::OpenOptions::new().append(true).open(run.join("quality.jsonl"));
    writeln!(file.unwrap(), "{}", serde_json::to_string(&later).unwrap()).unwrap();
    let events = resume(&run, last + 1);
    let first = points(&events)[0];
    assert_eq!((first.step, first.quality.pictures), (4, 60));
    assert!((first.quality.measures.swd - quality.measures.swd).abs() < 1e-9);
    // It was cut back, and the end was measured: these are other pictures than those of step 4.
    let lines = lines(&run);
    assert_eq!(lines.iter().map(|p| p.step).collect::<Vec<_>>(), [4, last + 1]);
    assert!(lines[1].quality.measures.swd != quality.measures.swd);
}

#[test]
fn the_last_pictures_are_measured_once_they_are_saved() {
    let dir = folder();
    let run = dir.path().join("run");
    let config = RunConfig { max_steps: 6, ..measured(200, 30.0) };
    let events = train(config.clone(), &run);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 6 });
    assert_eq!(lines(&run).iter().map(|p| p.step).collect::<Vec<_>>(), [4, 6]);
    let place = |wanted: fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let saved = place(|e| matches!(e, Event::Saved { step: 6, .. }));
    assert!(saved < place(|e| matches!(e, Event::Quality(point) if point.step == 6)));
    assert_eq!(events.iter().filter(|e| matches!(e, Event::Sample { step: 6, .. })).count(), 1);
    // A finished run that is opened again has nothing new to measure, and who stops a run does not wait.
    let events = resume(&run, 6);
    assert_eq!((end_of(&events), points(&events).len()), (&RunEnd::Finished { step: 6 }, 2));
    let mut engine = engine();
    let out = dir.path().join("stopped");
    send(&engine, Command::Start { config: Box::new(config), out: Some(out.clone()) });
    until(&mut engine, |e| matches!(e, Event::Saved { step: 6, .. }));
    send(&engine, Command::Stop);
    let events = until(&mut engine, ended);
    engine.shutdown();
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 6 });
}

/// Each measured state is saved, and the best of them stays although newer ones push it out, also through a resume. The
/// measurements in the folder decide, so that a kill at any moment loses nothing of that.
#[test]
fn the_best_measured_checkpoint_stays_and_has_a_name() {
    let dir = folder();
    let run = dir.path().join("run");
    let config = RunConfig { max_steps: 6, keep: 1, ..measured(200, 30.0) };
    let events = train(config, &run);
    assert_eq!(lines(&run).iter().map(|p| p.step).collect::<Vec<_>>(), [4, 6]);
    let best = |events: &[Event]| -> Vec<Option<u64>> {
        let steps = events.iter().filter_map(|e| if let Event::Best(best) = e { Some(*best) } else { None });
        steps.map(|best| best.map(|best| best.step)).collect()
    };
    assert_eq!(best(&events)[0], Some(4), "the first that is measured");
    assert!(checkpoint(&run, 4).is_dir() && checkpoint(&run, 6).is_dir());
    // As if step 4 had been far better than anything after it.
    let mut points = lines(&run);
    points[0].quality.measures.kid = -1e6;
    let text: String = points.iter().map(|p| serde_json::to_string(p).unwrap() + "\n").collect();
    fs::write(run.join("quality.jsonl"), text).unwrap();
    for last in [9, 12] {
        let events = resume(&run, last);
        assert_eq!((end_of(&events), best(&events)), (&RunEnd::Finished { step: last }, vec![Some(4)]));
        assert!(checkpoint(&run, 4).is_dir() && checkpoint(&run, last).is_dir());
    }
    assert!(!checkpoint(&run, 6).is_dir(), "neither the best nor the newest");
    let named = dir.path().join("run@best");
    assert_eq!(load_generator(&named, false).unwrap().step, 4);
    assert_eq!(load_generator(&run, false).unwrap().step, 12);
    // In the explorer it is a step of its run.
    let mut engine = engine();
    assert!(engine.explore(ExploreCommand::Open(ExploreSource::File(named.clone()))));
    let model = answer(&mut engine, |event| if let ExploreEvent::Opened(model) = event { Some(model) } else { None });
    assert_eq!((model.step, &model.source, model.steps.best), (4, &ExploreSource::File(run.clone()), Some(4)));
    assert_eq!(model.steps.all.last(), Some(&12));
    engine.shutdown();
    fs::remove_file(run.join("quality.jsonl")).unwrap();
    let why = load_generator(&named, false).unwrap_err().to_string();
    assert!(why.contains("none was measured") && why.contains("--measure-every"), "{why}");
}

#[test]
fn measuring_does_not_change_the_training_to_the_bit() {
    let dir = folder();
    let (with, without) = (dir.path().join("with"), dir.path().join("without"));
    let events = until_measured(measured(60, 0.0), &with);
    let RunEnd::Stopped { step } = *end_of(&events) else { panic!("{:?}", end_of(&events)) };
    let notes = &points(&events)[0].quality.notes;
    assert!(
        notes.iter().any(|note| note.contains("0 are held out, and a comparison with those alone needs 50")),
        "{notes:?}"
    );
    // Early noise is no copy, and training pictures are enough to tell that.
    assert!(points(&events)[0].quality.memorisation.is_some_and(|ratio| ratio > 0.5));
    let watched = |e: &Event| matches!(e, Event::RunStarted(info) if info.unwatched == [FindingKind::Overfitting]);
    assert!(events.iter().any(watched));
    let mut config = measured(60, 0.0);
    config.tunables.measure_every = 0.0;
    config.max_steps = step;
    let events = train(config, &without);
    assert!(!events.iter().any(|e| matches!(e, Event::Measuring(_) | Event::Quality(_))), "it is off");
    assert!(checkpoint(&with, step).is_dir());
    assert!(weights(&with, step) == weights(&without, step), "weights and optimisers differ");
    let losses = |run| metrics(run).iter().map(|m| (m.step, m.loss_d, m.loss_g)).collect::<Vec<_>>();
    assert_eq!(losses(&with), losses(&without));
}

#[test]
fn too_few_pictures_are_reported_once_and_the_run_continues() {
    let dir = folder();
    let run = dir.path().join("run");
    let mut config = tiny(30);
    config.tunables.measure_every = 1.0;
    let events = train(config, &run);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 30 });
    let told = events.iter().filter_map(|e| match e {
        Event::Notice { level: Level::Info, text } if text.contains("not measured") => Some(text),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    let first = |wanted: fn(&Event) -> bool| events.iter().position(wanted).unwrap();
    let kept = first(|e| matches!(e, Event::NotMeasured(_)));
    assert!(kept < first(|e| matches!(e, Event::Sample { .. })), "said after the first step, not when it would be due");
    assert!(matches!(&events[kept], Event::NotMeasured(why) if why == told[0]));
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("20 pictures are too few to measure; 50 are needed"), "{}", told[0]);
    assert!(!run.join("quality.jsonl").exists());
}

/// By place, 16 of 64 pictures would be held back, and many of them were trained on.
#[test]
fn held_out_pictures_stay_held_out_when_pictures_are_added() {
    let dir = folder();
    let (run, cats) = (dir.path().join("run"), dir.path().join("cats"));
    write_demo(&cats, 60, 32, 3, JobControl::unattended()).unwrap();
    let mut config = tiny(3);
    config.held_out = 25.0;
    config.data.source = DataSource::Folder(cats.clone());
    train(config, &run);
    let list = fs::read_to_string(run.join("held-out.json")).unwrap();
    assert_eq!(serde_json::from_str::<Vec<String>>(&list).unwrap().len(), 15);
    let new = dir.path().join("new");
    write_demo(&new, 4, 32, 8, JobControl::unattended()).unwrap();
    for i in 0..4 {
        fs::rename(new.join(format!("cat-{i:05}.png")), cats.join(format!("a-new-cat-{i}.png"))).unwrap();
    }
    let events = resume(&run, 6);
    assert_eq!(end_of(&events), &RunEnd::Finished { step: 6 });
    let info = events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info) } else { None });
    let RunInfo { pictures, first_step, .. } = &**info.unwrap();
    assert_eq!((*pictures, *first_step), (49, 3), "all but the fifteen of before are trained on");
    assert_eq!(fs::read_to_string(run.join("held-out.json")).unwrap(), list);
}

/// The window's way: beside everything else, with an end of its own, and given up when asked.
#[test]
fn the_explorer_measures_and_gives_up_when_asked() {
    let dir = folder();
    let (fakes, reals) = (dir.path().join("fakes"), dir.path().join("reals"));
    write_demo(&fakes, 60, 32, 5, JobControl::unattended()).unwrap();
    write_demo(&reals, 60, 32, 6, JobControl::unattended()).unwrap();
    let mut engine = engine();
    let evaluate = |source: &Path, folder: &Path, count| {
        ExploreCommand::Evaluate(Box::new(EvaluateRequest {
            source: source.to_path_buf(),
            folder: Some(folder.to_path_buf()),
            count,
            seed: 1,
            raw: false,
            training: None,
            size: None,
            data: Vec::new(),
            exclude: None,
            inception: None,
        }))
    };
    let mut answer = |command: ExploreCommand, cancel: bool| {
        assert!(engine.explore(command));
        let (mut parts, began) = (Vec::new(), Instant::now());
        while began.elapsed() < PATIENCE {
            match engine.poll() {
                Some(Event::Explore(ExploreEvent::Evaluation(Evaluation::Progress { what, .. }))) => {
                    parts.push(what);
                    if cancel && parts.len() == 1 {
                        assert!(engine.explore(ExploreCommand::CancelEvaluation));
                    }
                }
                Some(Event::Explore(ExploreEvent::Evaluation(end))) => return (parts, end),
                Some(_) => {}
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
        panic!("no answer, after {parts:?}");
    };
    let mut folders = evaluate(&fakes, &reals, None);
    if let ExploreCommand::Evaluate(request) = &mut folders {
        request.size = Some(32);
    }
    let (parts, end) = answer(folders, false);
    let Evaluation::Done(report) = end else { panic!("{end:?}") };
    assert_eq!((report.quality.pictures, report.quality.side, report.inception.is_none()), (60, 32, true));
    assert!(parts.iter().any(|part| part == "scales compared"), "{parts:?}");
    let rows = report.rows();
    assert!(rows.iter().all(|row| row.value.is_finite() && !row.help.is_empty()), "{rows:#?}");

    let (_, end) = answer(evaluate(&fakes, &dir.path().join("none"), None), false);
    assert!(matches!(&end, Evaluation::Failed(text) if text.contains("none")), "{end:?}");
    // Of as many pictures it would take minutes.
    write_demo(&dir.path().join("many"), 3000, 32, 7, JobControl::unattended()).unwrap();
    let (parts, end) = answer(evaluate(Path::new("bundled"), &dir.path().join("many"), Some(3000)), true);
    assert!(matches!(end, Evaluation::Cancelled), "{parts:?} {end:?}");
    engine.shutdown();
}
