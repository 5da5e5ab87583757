//! A card whose memory runs out: the run goes on with fewer pictures at once, and nothing that was saved is lost.

use crate::compute::{any_gpu, overhear, ran_out, stand_in};
use crate::config::{DataConfig, DeviceChoice, Preset, RunConfig, Tunables};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd, StepMetrics};
use crate::engine::protocol::queue::QueuedTraining;
use crate::engine::protocol::race::Race;
use crate::engine::run::power::system::SystemPower;
use crate::engine::run::session::Session;
use crate::engine::run::worker::{run, start_with};
use crate::train::RunDir;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

fn tiny(steps: u64) -> RunConfig {
    let mut config = Preset::find("quick-32").unwrap().config();
    (config.device, config.batch, config.max_steps, config.held_out) = (DeviceChoice::Gpu, 8, steps, 0.0);
    (config.sample_count, config.model.g_width, config.model.d_width) = (4, 4, 4);
    config.data = DataConfig { demo_count: 16, ..DataConfig::default() };
    config.tunables = Tunables { metrics_every: 1, sample_every: 100, measure_every: 0.0, ..Tunables::default() };
    config
}

/// Trains in `folder/run` on a card that takes so many pictures at once after so many pieces of work; gives all events
/// up to the end of the run.
fn trained(folder: &Path, config: RunConfig, pieces: usize, room: usize) -> Vec<Event> {
    let begin = Command::Start { config: Box::new(config), out: Some(folder.join("run")) };
    carried_out(folder, begin, 1, pieces, room)
}

/// The same of any command, up to the end of so many runs.
fn carried_out(folder: &Path, begin: Command, runs: usize, pieces: usize, room: usize) -> Vec<Event> {
    // All tests of this program hear of memory that runs out.
    static ALONE: Mutex<()> = Mutex::new(());
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    // Something else in this process ran out before.
    overhear("wgpu error: Out of Memory");
    let dirs = AppDirs::below(folder);
    let mut engine = start_with("purrtrait-worker", Arc::new(|| {}), move |ends| {
        stand_in::room_for(room, pieces);
        run(Session::new(dirs, ends.out, ends.weights, Arc::new(SystemPower)), &ends.commands);
    });
    assert!(engine.send(begin));
    let (mut events, since) = (Vec::new(), Instant::now());
    while events.iter().filter(|event| matches!(event, Event::RunEnded(_))).count() < runs {
        assert!(since.elapsed() < Duration::from_secs(300), "{events:?}");
        match engine.poll() {
            Some(event) => events.push(event),
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    }
    engine.shutdown();
    assert!(!ran_out(), "a later failure would be taken for this");
    events
}

fn restarts(events: &[Event]) -> Vec<&str> {
    fn text(event: &Event) -> Option<&str> {
        if let Event::Restarted { text, resuming: true } = event { Some(text) } else { None }
    }
    events.iter().filter_map(text).collect()
}

fn steps(run: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str::<StepMetrics>(line).unwrap().step).collect()
}

#[test]
fn a_card_too_small_for_the_batch_gets_it_in_pieces() {
    if any_gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = trained(folder.path(), tiny(5), 0, 3);
    assert!(matches!(events.last(), Some(Event::RunEnded(RunEnd::Finished { step: 5 }))), "{:?}", events.last());
    // Eight, then four at once are too many, and there is no checkpoint yet.
    assert_eq!(restarts(&events), ["The graphics card ran out of memory. Training resumes from the beginning."; 2]);
    let warning = |e: &Event| matches!(e, Event::Notice { level: Level::Warning, text } if text.contains("at a time"));
    assert_eq!(events.iter().filter(|e| warning(e)).count(), 2);
    let run = folder.path().join("run");
    assert_eq!(steps(&run), [1, 2, 3, 4, 5]);
    let (dir, config) = RunDir::inspect(&run).unwrap();
    assert_eq!((config.batch, config.at_once), (8, 2));
    assert_eq!(dir.too_many_at_once().unwrap(), None);
}

#[test]
fn memory_that_runs_out_later_costs_the_steps_since_the_last_checkpoint() {
    if any_gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut config = tiny(12);
    // An epoch has two steps. A step of one piece works twice, so the ninth one fails.
    config.tunables.checkpoint_every = 1.0;
    let events = trained(folder.path(), config, 16, 4);
    assert!(matches!(events.last(), Some(Event::RunEnded(RunEnd::Finished { step: 12 }))), "{:?}", events.last());
    let [text] = restarts(&events)[..] else { panic!("{:?}", restarts(&events)) };
    assert!(text.contains("Training resumes from the checkpoint of step"), "{text}");
    let run = folder.path().join("run");
    assert_eq!(steps(&run), (1..=12).collect::<Vec<_>>());
    assert_eq!(RunDir::inspect(&run).unwrap().1.at_once, 4);
}

#[test]
fn a_card_that_takes_hardly_anything_is_told_of() {
    if any_gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = trained(folder.path(), tiny(5), 0, 1);
    let Some(Event::RunEnded(RunEnd::Failed { cause: Cause::Setting, text })) = events.last() else {
        panic!("{:?}", events.last())
    };
    assert!(text.contains("too small even for 2 pictures at once. Choose narrower networks"), "{text}");
}

/// Of two runs it is not known which needs less, so both end with a sentence, and can be resumed.
#[test]
fn a_race_that_a_card_is_too_small_for_ends_with_a_sentence() {
    if any_gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut config = tiny(20);
    config.tunables.checkpoint_every = 1.0;
    let lane =
        |name: &str| QueuedTraining::Start { config: Box::new(config.clone()), out: Some(folder.path().join(name)) };
    let race = Race { lanes: [lane("run"), lane("other")], seconds: 0.0 };
    let events = carried_out(folder.path(), Command::Race(race), 2, 16, 4);
    let ends: Vec<_> =
        events.iter().filter_map(|e| if let Event::RunEnded(end) = e { Some(end) } else { None }).collect();
    assert_eq!(ends.len(), 2);
    for end in ends {
        let RunEnd::Failed { cause: Cause::Setting, text } = end else { panic!("{end:?}") };
        assert!(text.contains("memory is too small for both runs of the race"), "{text}");
    }
    let config = RunDir::inspect(&folder.path().join("run")).unwrap().1;
    assert_eq!((config.batch, config.at_once), (8, 0));
}

/// Memory that ran out in other work of the process, as when pictures are generated, is none of its business.
#[test]
fn a_run_that_has_room_trains_on() {
    if any_gpu().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let events = trained(folder.path(), tiny(3), 0, usize::MAX);
    assert!(matches!(events.last(), Some(Event::RunEnded(RunEnd::Finished { step: 3 }))), "{:?}", events.last());
    assert_eq!(restarts(&events), [""; 0]);
}
