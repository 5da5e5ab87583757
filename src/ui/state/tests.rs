use super::samples::Grid;
use super::*;
use crate::config::{RunConfig, Tunables};
use crate::engine::{Cause, Progress, RunInfo, StepMetrics, TunablesChange};
use crate::pixels::Frame;
use std::path::PathBuf;

fn metrics(step: u64) -> StepMetrics {
    StepMetrics {
        step,
        epoch: step as f64 / 10.0,
        loss_d: 1.0,
        loss_g: 1.0,
        d_real: 0.5,
        d_fake: 0.5,
        lr_g: 2e-4,
        lr_d: 2e-4,
        r_t: Some(0.4),
        augmented: None,
        revision: 0,
        seconds: step as f64,
    }
}

fn info(first_step: u64) -> Event {
    let device = DeviceInfo::processor();
    Event::RunStarted(Arc::new(RunInfo {
        path: "runs/1".into(),
        config: RunConfig::default(),
        device,
        pictures: 100,
        held_out: 120,
        unwatched: Vec::new(),
        steps_per_epoch: 10,
        generator_parameters: 1,
        discriminator_parameters: 1,
        first_step,
    }))
}

fn mark(step: u64, revision: u64, lr_g: f64) -> TunablesChange {
    TunablesChange {
        step,
        revision,
        text: "Generator learning rate".into(),
        tunables: Tunables { lr_g, ..Tunables::default() },
        rolled_back: false,
    }
}

fn grid(step: u64) -> Grid {
    Grid { step, frame: Arc::new(Frame::filled(4, 4, [0; 3])), tiles: 1, side: 4 }
}

fn applied(events: impl IntoIterator<Item = Event>) -> EngineState {
    let mut state = EngineState::default();
    for event in events {
        state.apply(event, 1.0);
    }
    state
}

fn toasts(effects: &[Effect]) -> Vec<(Level, &str)> {
    let toast = |effect| if let &Effect::Toast(level, ref text) = effect { Some((level, text.as_str())) } else { None };
    effects.iter().filter_map(toast).collect()
}

#[test]
fn a_run_begins_goes_on_and_ends() {
    let mut state = applied([Event::State(RunState::Preparing), info(0), Event::State(RunState::Running)]);
    assert!(state.busy() && state.live());
    state.apply(Event::Metrics(vec![metrics(1), metrics(2)]), 2.0);
    assert_eq!(state.run.as_ref().unwrap().step(), 2);
    let effects = state.apply(Event::RunEnded(RunEnd::Stopped { step: 2 }), 3.0);
    assert!(!state.busy());
    assert_eq!(state.run.as_ref().unwrap().end, Some(RunEnd::Stopped { step: 2 }));
    assert_eq!(toasts(&effects), [(Level::Good, "Stopped and saved at step 2.")]);
    assert!(matches!(effects[..], [_, Effect::RunEnded]));
}

#[test]
fn the_past_of_a_resumed_run_may_come_before_its_facts() {
    let state = applied([
        Event::Metrics((1..=50).map(metrics).collect()),
        Event::TunablesApplied(mark(20, 1, 1e-4)),
        Event::SampleSteps(vec![10, 20, 30]),
        info(50),
    ]);
    let run = state.run.as_ref().unwrap();
    assert_eq!((run.metrics.len(), run.marks.len(), run.step()), (50, 1, 50));
    assert_eq!(run.tunables.lr_g, 1e-4, "the newest mark says what is in force");
    assert_eq!(run.samples.steps(), [10, 20, 30]);
}

#[test]
fn steps_that_are_repeated_after_going_back_replace_the_old_ones() {
    let mut state = applied([info(0), Event::Metrics((1..=50).map(metrics).collect())]);
    state.apply(Event::Metrics(vec![metrics(31), metrics(32)]), 2.0);
    let run = state.run.as_ref().unwrap();
    assert_eq!(run.metrics.len(), 32);
    assert_eq!(run.metrics.last().unwrap().step, 32);
    assert_eq!(run.rewrites, 1);
}

#[test]
fn the_step_follows_a_run_back_to_before_where_it_was_resumed() {
    let told = |step| {
        Event::Progress(Progress {
            step,
            epoch: 1.0,
            steps_per_second: 1.0,
            images_per_second: 1.0,
            eta_seconds: None,
            last_step: None,
        })
    };
    let mut state = applied([info(1000), Event::Metrics(vec![metrics(1000)]), told(1001)]);
    assert_eq!(state.run.as_ref().unwrap().step(), 1001);
    state.apply(Event::TunablesApplied(TunablesChange { rolled_back: true, ..mark(501, 1, 1e-4) }), 2.0);
    state.apply(told(500), 2.0);
    assert_eq!(state.run.as_ref().unwrap().step(), 500);
}

#[test]
fn a_new_run_leaves_nothing_of_the_old_one_behind() {
    let mut state = applied([info(0), Event::Metrics(vec![metrics(1)])]);
    let old = state.run.as_ref().unwrap().serial;
    state.apply(Event::RunEnded(RunEnd::Finished { step: 1 }), 2.0);
    state.apply(Event::State(RunState::Preparing), 3.0);
    state.apply(info(0), 4.0);
    let run = state.run.as_ref().unwrap();
    assert!(run.serial != old && run.metrics.is_empty() && run.end.is_none());
}

#[test]
fn a_run_that_fails_before_it_begins_is_shown_too() {
    let end = RunEnd::Failed { cause: Cause::Run, text: "runs/1 holds no checkpoint".into() };
    let mut state = applied([Event::State(RunState::Preparing)]);
    let effects = state.apply(Event::RunEnded(end.clone()), 1.0);
    assert_eq!(state.run.as_ref().unwrap().end, Some(end));
    assert_eq!(toasts(&effects), [(Level::Error, "runs/1 holds no checkpoint")]);
}

#[test]
fn a_dead_worker_ends_the_scan_and_the_run() {
    let mut state = applied([Event::State(RunState::Running)]);
    state.scan_asked(DataConfig::default(), 32);
    state.apply(Event::WorkerDied("It ended.".into()), 1.0);
    assert!(!state.busy() && !state.live());
    assert!(matches!(state.dataset, DatasetState::Failed(_)));
    assert_eq!(state.log.faults, 1);
}

#[test]
fn the_expected_end_of_the_worker_is_no_fault() {
    let mut state = EngineState { closing: true, ..EngineState::default() };
    state.apply(Event::WorkerDied("It ended.".into()), 1.0);
    assert_eq!(state.log.faults, 0);
}

#[test]
fn skipped_files_and_notices_reach_the_log() {
    let skipped = vec![crate::engine::SkippedFile { path: "a.jpg".into(), reason: "empty".into() }];
    let report = DatasetReport {
        name: "cats".into(),
        usable: 3,
        skipped,
        notices: vec!["No cache.".into()],
        ..Default::default()
    };
    let state = applied([Event::DataReady(Arc::new(report))]);
    let lines: Vec<_> = state.log.lines().map(|l| (l.level, l.text.as_str())).collect();
    assert_eq!(lines, [(Level::Warning, "cats: 3 pictures ready. 1 left out."), (Level::Warning, "No cache.")]);
}

#[test]
fn memory_for_grids_is_bounded_and_the_newest_and_the_watched_stay() {
    let mut samples = Samples::default();
    for step in 1..=200 {
        samples.insert(grid(step), true);
        samples.look(1);
    }
    let kept = (1..=200).filter(|&s| samples.grid(s).is_some()).count();
    assert_eq!(kept, 64);
    assert!(samples.grid(200).is_some() && samples.grid(1).is_some());
    assert_eq!(samples.steps().len(), 200, "every step stays on the timeline");
}

#[test]
fn large_grids_are_bounded_by_their_bytes() {
    let mut samples = Samples::default();
    for step in 1..=10 {
        let frame = Arc::new(Frame::filled(3000, 3000, [0; 3]));
        samples.insert(Grid { step, frame, tiles: 1, side: 3000 }, true);
    }
    let bytes: usize = (1..=10).filter_map(|s| samples.grid(s)).map(|g| g.frame.data.len()).sum();
    assert!(bytes <= 96 << 20 && samples.grid(10).is_some());
}

#[test]
fn a_grid_is_asked_for_once_and_again_after_a_while() {
    let mut samples = Samples::default();
    samples.set_steps(vec![10, 20]);
    assert!(samples.should_ask(10, 0.0));
    assert!(!samples.should_ask(10, 1.0));
    assert!(samples.should_ask(10, 10.0));
    assert!(!samples.should_ask(15, 0.0), "there is no such grid");
    samples.insert(grid(10), false);
    assert!(!samples.should_ask(10, 20.0), "it is here");
}

#[test]
fn going_back_to_a_checkpoint_cuts_the_timeline() {
    let mut samples = Samples::default();
    for step in [10, 20, 30] {
        samples.insert(grid(step), true);
    }
    samples.insert(grid(20), true);
    assert_eq!(samples.steps(), [10, 20]);
    assert!(samples.grid(30).is_none());
}

#[test]
fn a_late_answer_opens_no_new_run() {
    let mut state = EngineState::default();
    let frame = Arc::new(Frame::filled(4, 4, [0; 3]));
    state.apply(Event::Sample { step: 1, fresh: false, frame, tiles: 1, side: 4 }, 0.0);
    assert!(state.run.is_none());
}

#[test]
fn a_resumed_run_counts_its_checkpoint_as_saved() {
    let saved = |first_step| applied([info(first_step)]).run.and_then(|run| run.saved).map(|(step, _)| step);
    assert_eq!(saved(0), None);
    assert_eq!(saved(662), Some(662));
}

#[test]
fn only_a_save_that_was_asked_for_is_told_in_a_toast() {
    let saved = |step| Event::Saved { step, path: PathBuf::from("step") };
    let mut state = applied([info(0)]);
    assert!(state.apply(saved(10), 0.0).is_empty());
    state.save_asked = true;
    assert_eq!(toasts(&state.apply(saved(20), 0.0)), [(Level::Good, "Saved at step 20.")]);
    assert!(state.apply(saved(30), 0.0).is_empty());
}

#[test]
fn why_pictures_are_not_measured_is_kept_and_what_is_not_watched_follows() {
    use crate::engine::FindingKind::{Copying, Overfitting};
    let mut state = applied([info(0)]);
    let unwatched = |state: &EngineState| {
        let kinds = state.run.as_ref().unwrap().unwatched();
        kinds.into_iter().map(|(kind, why)| (kind, why.contains("\"Measure every\""))).collect::<Vec<_>>()
    };
    assert!(unwatched(&state).is_empty());
    state.apply(Event::NotMeasured("20 are too few.".into()), 1.0);
    assert_eq!(state.run.as_ref().unwrap().not_measured.as_deref(), Some("20 are too few."));
    assert_eq!(unwatched(&state), [(Copying, true)]);
    let mut few = applied([info(0)]);
    let run = few.run.as_mut().unwrap();
    run.info = run.info.as_deref().cloned().map(|info| Arc::new(RunInfo { unwatched: vec![Overfitting], ..info }));
    assert_eq!(unwatched(&few), [(Overfitting, false)]);
    let never = TunablesChange { tunables: Tunables { measure_every: 0.0, ..Tunables::default() }, ..mark(5, 1, 2e-4) };
    few.apply(Event::TunablesApplied(never), 2.0);
    assert_eq!(unwatched(&few), [(Overfitting, false), (Copying, true)]);
}

/// A hundred thousand times as many readings as a plot has pixels: bounded, with the spikes, and the beginning still
/// there.
#[test]
fn readings_of_days_are_bounded_and_keep_their_extremes() {
    let mut run = RunView::default();
    for first in (1..=2_000_000u64).step_by(500) {
        run.add_metrics(
            (first..first + 500)
                .map(|step| StepMetrics { loss_g: if step == 700_123 { 99.0 } else { 1.0 }, ..metrics(step) })
                .collect(),
        );
        assert!(run.metrics.len() <= 400_500);
    }
    let steps: Vec<u64> = run.metrics.iter().map(|m| m.step).collect();
    assert!(steps.is_sorted() && steps[0] == 1 && steps[steps.len() - 1] == 2_000_000);
    assert!(run.metrics.iter().any(|m| m.loss_g == 99.0), "the spike");
    for pair in steps.windows(2) {
        let room = pair[0].min(2_000_000 - pair[1]);
        assert!(pair[1] - pair[0] <= (room / 256).max(1), "nothing between {} and {}", pair[0], pair[1]);
    }
}

#[test]
fn a_lost_engine_is_told_and_the_run_on_show_gives_way_to_the_resumed_one() {
    let restarted = |resuming| Event::Restarted { text: "It was killed.".into(), resuming };
    let begin = || vec![info(0), Event::State(RunState::Running), Event::Metrics((1..=30).map(metrics).collect())];
    let mut state = applied(begin().into_iter().chain([restarted(true)]));
    assert_eq!((state.run_state, state.log.faults), (RunState::Preparing, 1));
    assert_eq!(state.run.as_ref().unwrap().step(), 30, "it stays on show");
    for event in [info(20), Event::Metrics((1..=20).map(metrics).collect())] {
        state.apply(event, 2.0);
    }
    let run = state.run.as_ref().unwrap();
    assert_eq!((run.step(), run.metrics.len(), run.serial), (20, 20, 2), "steps that were not saved are gone");
    let idle = applied([restarted(false)]);
    assert_eq!((idle.run_state, idle.recovering), (RunState::Idle, false));
    let cancelled = applied(begin().into_iter().chain([restarted(true), Event::RunEnded(RunEnd::Stopped { step: 0 })]));
    assert!(!cancelled.recovering && cancelled.log.lines().any(|line| line.text.starts_with("Cancelled before")));
}
