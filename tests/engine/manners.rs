//! How a training treats the computer: rests between its steps, the battery, and a system that stays awake.

use super::{PATIENCE, ended, engine, folder, home, metrics, send, tiny, train, until, weights};
use purrtrait::config::{Manners, RunConfig, Share, Tunables};
use purrtrait::engine::{Command, EngineHandle, Event, Power, ResumeOptions, RunState, Waited, start_on};
use std::any::Any;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn with(share: Share) -> Command {
    Command::SetManners(Manners { share, ..Manners::default() })
}

/// Starts a run with this share.
fn begin(share: Share, config: RunConfig, out: &Path) -> EngineHandle {
    let engine = engine();
    send(&engine, with(share));
    send(&engine, Command::Start { config: Box::new(config), out: Some(out.to_path_buf()) });
    engine
}

/// A share that changes all the time, a stop in the middle, and looks at the pictures: the weights are the same.
#[test]
fn the_share_changes_no_weight() {
    let dir = folder();
    let (straight, polite) = (dir.path().join("straight"), dir.path().join("polite"));
    train(tiny(12), &straight);
    let mut engine = begin(Share::Background, tiny(5), &polite);
    until(&mut engine, ended);
    let options = ResumeOptions { max_steps: Some(12), ..ResumeOptions::default() };
    send(&engine, with(Share::Polite));
    send(&engine, Command::Resume { run: polite.clone(), options });
    for share in Share::ALL.into_iter().cycle() {
        let events = until(&mut engine, |e| matches!(e, Event::Metrics(_)) || ended(e));
        if events.last().is_some_and(ended) {
            break;
        }
        send(&engine, with(share));
        send(&engine, Command::SampleNow);
    }
    engine.shutdown();
    assert!(weights(&straight, 12) == weights(&polite, 12), "weights and optimisers differ");
    let losses = |run| metrics(run).iter().map(|m| (m.step, m.loss_d, m.loss_g)).collect::<Vec<_>>();
    assert_eq!(losses(&straight), losses(&polite));
    let written = std::fs::read_to_string(polite.join("run.toml")).unwrap();
    assert!(!written.contains("share") && !written.contains("polite"), "it is no part of the recipe: {written}");
}

/// Slow enough that a rest of it takes far longer than a request does to arrive.
fn slow() -> RunConfig {
    let mut config = tiny(0);
    config.batch = 64;
    config.tunables = Tunables { metrics_every: 1, sample_every: 100_000, ..config.tunables };
    config
}

/// Waits for the next reading, which is told when the rest after its step begins; gives the step.
fn next_step(engine: &mut EngineHandle) -> u64 {
    let events = until(engine, |e| matches!(e, Event::Metrics(_)));
    let Some(Event::Metrics(read)) = events.last() else { unreachable!() };
    read.last().unwrap().step
}

#[test]
fn requests_act_during_a_rest() {
    let dir = folder();
    let config = slow();
    let mut engine = begin(Share::Background, config.clone(), &dir.path().join("run"));
    let engine = &mut engine;
    next_step(engine);

    in_time(engine, "a sample", |engine| {
        send(engine, Command::SampleNow);
        let drawn = until(engine, |e| matches!(e, Event::Sample { .. }));
        let Some(Event::Sample { step, .. }) = drawn.last() else { unreachable!() };
        *step
    });
    let mut rates = (1..).map(|n| 1e-4 + 1e-6 * f64::from(n));
    in_time(engine, "a slider", |engine| {
        let tunables = Tunables { lr_g: rates.next().unwrap(), ..config.tunables.clone() };
        send(engine, Command::SetTunables(tunables));
        let changed = until(engine, |e| matches!(e, Event::TunablesApplied(_)));
        let Some(Event::TunablesApplied(mark)) = changed.last() else { unreachable!() };
        // Told at once, not with the next step.
        if changed.iter().any(|e| matches!(e, Event::Metrics(_))) { u64::MAX } else { mark.step - 1 }
    });
    in_time(engine, "a pause", |engine| {
        send(engine, Command::Pause);
        until(engine, |e| matches!(e, Event::State(RunState::Paused)));
        send(engine, Command::SaveNow);
        let saved = until(engine, |e| matches!(e, Event::Saved { .. }));
        let Some(Event::Saved { step, .. }) = saved.last() else { unreachable!() };
        send(engine, Command::Continue);
        *step
    });
    send(engine, Command::Stop);
    until(engine, ended);
    engine.shutdown();
}

/// Asks during a rest, and checks that the answer is of the step before it. A request without effect during a rest
/// never is; on a busy computer, one may come too late.
fn in_time(engine: &mut EngineHandle, what: &str, mut ask: impl FnMut(&mut EngineHandle) -> u64) {
    let late: Vec<_> = (0..20)
        .map(|_| {
            let step = next_step(engine);
            (step, ask(engine))
        })
        .take_while(|(step, answered)| step != answered)
        .collect();
    assert!(late.len() < 20, "{what} waits for the next step: {late:?}");
}

/// Seconds of so many steps.
fn seconds_of(engine: &mut EngineHandle, steps: u64) -> f64 {
    let (first, since) = (next_step(engine), Instant::now());
    while next_step(engine) < first + steps {}
    since.elapsed().as_secs_f64()
}

/// The exact share is a matter of `engine/run/rest.rs`; here, that it acts while a run trains, and is displayed.
#[test]
fn a_smaller_share_takes_effect_at_once_and_the_speed_follows() {
    let dir = folder();
    // What else this computer does may disturb a comparison.
    let mut seen = Vec::new();
    for n in 0..8 {
        let mut engine = begin(Share::Full, slow(), &dir.path().join(n.to_string()));
        next_step(&mut engine);
        let full = seconds_of(&mut engine, 6);
        send(&engine, with(Share::Background));
        next_step(&mut engine);
        let background = seconds_of(&mut engine, 6);
        let told = until(&mut engine, |e| matches!(e, Event::Progress(_)));
        let Some(Event::Progress(progress)) = told.last() else { unreachable!() };
        let displayed = progress.steps_per_second * background / 6.0;
        send(&engine, with(Share::Full));
        next_step(&mut engine);
        let again = seconds_of(&mut engine, 6);
        engine.shutdown();
        let (slower, quicker) = (background / full, background / again);
        if (2.5..6.0).contains(&slower) && (2.5..6.0).contains(&quicker) && (0.6..1.6).contains(&displayed) {
            return;
        }
        seen.push((slower, quicker, displayed));
    }
    panic!("{seen:?} instead of 4, 4 and 1");
}

/// A computer whose plug is in the hand of a test.
#[derive(Default)]
struct Bench {
    unplugged: AtomicBool,
    awake: Arc<AtomicUsize>,
}

struct Held(Arc<AtomicUsize>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Power for Bench {
    fn on_battery(&self) -> Option<bool> {
        Some(self.unplugged.load(Ordering::SeqCst))
    }
    fn look_every(&self) -> Duration {
        Duration::from_millis(5)
    }
    fn keep_awake(&self) -> Result<Box<dyn Any>, String> {
        self.awake.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Held(self.awake.clone())))
    }
}

impl Bench {
    fn unplug(&self, unplugged: bool) {
        self.unplugged.store(unplugged, Ordering::SeqCst);
    }

    /// Waits until the system is kept awake by so many.
    fn is_awake_by(&self, wanted: usize) {
        let since = Instant::now();
        while self.awake.load(Ordering::SeqCst) != wanted {
            assert!(since.elapsed() < PATIENCE, "{} instead of {wanted}", self.awake.load(Ordering::SeqCst));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// A run on a computer with a plug that trains, with these manners.
fn on_bench(manners: Manners, out: &Path) -> (Arc<Bench>, EngineHandle) {
    home();
    let bench = Arc::new(Bench::default());
    let mut engine = start_on(bench.clone(), Arc::new(|| {}));
    send(&engine, Command::SetManners(manners));
    send(&engine, Command::Start { config: Box::new(tiny(0)), out: Some(out.to_path_buf()) });
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    (bench, engine)
}

const CAREFUL: Manners = Manners { share: Share::Full, pause_on_battery: true, keep_awake: true };

fn state(engine: &mut EngineHandle, wanted: RunState) -> Vec<Event> {
    until(engine, |e| matches!(e, Event::State(state) if *state == wanted))
}

/// Nothing but the explorer's and the list's events for a while: the run stays as it is.
fn nothing_changes(engine: &mut EngineHandle) {
    let since = Instant::now();
    while since.elapsed() < Duration::from_millis(400) {
        if let Waited::Event(event) = engine.wait(Duration::from_millis(20)) {
            assert!(!matches!(*event, Event::State(_) | Event::Metrics(_)), "{event:?}");
        }
    }
}

fn told(events: &[Event], words: &str) -> bool {
    events.iter().any(|e| matches!(e, Event::Notice { text, .. } if text.contains(words)))
}

#[test]
fn on_battery_a_run_pauses_saved_and_goes_on_when_plugged_in() {
    let dir = folder();
    let (bench, mut engine) = on_bench(CAREFUL, &dir.path().join("run"));
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);
    let events = until(&mut engine, |e| matches!(e, Event::Saved { .. }));
    assert!(told(&events, "runs on battery"), "{events:?}");
    nothing_changes(&mut engine);
    bench.unplug(false);
    let events = state(&mut engine, RunState::Running);
    assert!(told(&events, "plugged in again"), "{events:?}");
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));

    // A person who continues knows that it is unplugged. The next time counts again.
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);
    send(&engine, Command::Continue);
    state(&mut engine, RunState::Running);
    let events: Vec<Event> = (0..3).flat_map(|_| until(&mut engine, |e| matches!(e, Event::Metrics(_)))).collect();
    assert!(!events.iter().any(|e| matches!(e, Event::State(_))), "{events:?}");
    bench.unplug(false);
    std::thread::sleep(Duration::from_millis(200));
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);

    // So does who does not want this any more.
    send(&engine, Command::SetManners(Manners { pause_on_battery: false, ..CAREFUL }));
    state(&mut engine, RunState::Running);
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    engine.shutdown();
}

#[test]
fn a_pause_by_hand_is_not_ended_by_the_plug() {
    let dir = folder();
    let (bench, mut engine) = on_bench(CAREFUL, &dir.path().join("run"));
    send(&engine, Command::Pause);
    state(&mut engine, RunState::Paused);
    bench.unplug(true);
    nothing_changes(&mut engine);
    bench.unplug(false);
    nothing_changes(&mut engine);
    send(&engine, Command::Continue);
    state(&mut engine, RunState::Running);

    // Also where the plug paused it first.
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);
    send(&engine, Command::Pause);
    state(&mut engine, RunState::Paused);
    bench.unplug(false);
    std::thread::sleep(Duration::from_millis(100));
    nothing_changes(&mut engine);
    engine.shutdown();
}

/// A full disk is tried again by itself where nobody looks: that is no wish to train on battery.
#[test]
fn trying_a_full_disk_again_is_no_wish_to_train_on_battery() {
    let dir = folder();
    let run = dir.path().join("run");
    let (bench, mut engine) = on_bench(CAREFUL, &run);
    // The save before the pause on battery fails.
    let saved = run.join("checkpoints");
    std::fs::rename(&saved, run.join("aside")).unwrap();
    std::fs::write(&saved, "in the way").unwrap();
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);
    state(&mut engine, RunState::Paused);
    // Again, in vain.
    send(&engine, Command::Continue);
    state(&mut engine, RunState::OnBattery);
    state(&mut engine, RunState::Paused);
    std::fs::remove_file(&saved).unwrap();
    std::fs::rename(run.join("aside"), &saved).unwrap();
    send(&engine, Command::Continue);
    let events = state(&mut engine, RunState::OnBattery);
    assert!(!events.iter().any(|e| matches!(e, Event::Metrics(_))), "no step on battery: {events:?}");
    until(&mut engine, |e| matches!(e, Event::Saved { .. }));
    nothing_changes(&mut engine);
    // A person may ask for it.
    send(&engine, Command::Continue);
    state(&mut engine, RunState::Running);
    until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    engine.shutdown();
}

#[test]
fn the_battery_is_nobodys_business_unless_asked_for() {
    let dir = folder();
    let (bench, mut engine) = on_bench(Manners::default(), &dir.path().join("run"));
    bench.unplug(true);
    std::thread::sleep(Duration::from_millis(100));
    let events: Vec<Event> = (0..3).flat_map(|_| until(&mut engine, |e| matches!(e, Event::Metrics(_)))).collect();
    assert!(!events.iter().any(|e| matches!(e, Event::State(RunState::OnBattery))), "{events:?}");
    engine.shutdown();
}

#[test]
fn the_system_is_kept_awake_while_a_run_trains_and_not_while_it_is_paused() {
    let dir = folder();
    let (bench, mut engine) = on_bench(CAREFUL, &dir.path().join("run"));
    bench.is_awake_by(1);
    send(&engine, Command::Pause);
    state(&mut engine, RunState::Paused);
    bench.is_awake_by(0);
    send(&engine, Command::Continue);
    bench.is_awake_by(1);
    bench.unplug(true);
    state(&mut engine, RunState::OnBattery);
    bench.is_awake_by(0);
    bench.unplug(false);
    bench.is_awake_by(1);
    send(&engine, Command::SetManners(Manners { keep_awake: false, ..CAREFUL }));
    bench.is_awake_by(0);
    send(&engine, Command::SetManners(CAREFUL));
    bench.is_awake_by(1);
    send(&engine, Command::Stop);
    until(&mut engine, ended);
    bench.is_awake_by(0);
    engine.shutdown();
}
