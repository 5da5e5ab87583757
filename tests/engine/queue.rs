//! Trainings one after another: the next one begins when one has ended by itself, and nothing is lost or tried in a
//! loop.

use super::{engine, folder, home, send, tiny, until};
use purrtrait::config::{DataSource, RunConfig};
use purrtrait::engine::{
    Command, EngineHandle, EntryState, Event, QueueEdit, QueueEnd, QueueItem, QueueList, QueueRequest, QueuedTraining,
    RunEnd, RunState, Waited,
};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// All engines of this program have one queue; it is empty now.
pub fn alone() -> MutexGuard<'static, ()> {
    static QUEUE: Mutex<()> = Mutex::new(());
    let guard = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    home();
    let mut engine = engine();
    send(&engine, edit(QueueEdit::Clear));
    until(&mut engine, |e| matches!(e, Event::Queue(list) if list.entries.is_empty()));
    engine.shutdown();
    guard
}

fn edit(edit: QueueEdit) -> Command {
    Command::Queue(QueueRequest::Edit(edit))
}

fn start() -> Command {
    Command::Queue(QueueRequest::Start)
}

fn add(engine: &EngineHandle, config: RunConfig, out: Option<PathBuf>) {
    let training = QueuedTraining::Start { config: Box::new(config), out };
    send(engine, edit(QueueEdit::Add { name: String::new(), training }));
}

fn queue_ended(event: &Event) -> bool {
    matches!(event, Event::QueueEnded(_))
}

fn end_of_queue(events: &[Event]) -> &QueueEnd {
    events.iter().rev().find_map(|e| if let Event::QueueEnded(end) = e { Some(end) } else { None }).unwrap()
}

fn newest(events: &[Event]) -> &QueueList {
    events.iter().rev().find_map(|e| if let Event::Queue(list) = e { Some(list) } else { None }).unwrap()
}

fn states(events: &[Event]) -> Vec<EntryState> {
    newest(events).entries.iter().map(|entry| entry.state.clone()).collect()
}

/// Where the first run of these events began.
fn first_step_of(events: &[Event]) -> u64 {
    events.iter().find_map(|e| if let Event::RunStarted(info) = e { Some(info.first_step) } else { None }).unwrap()
}

fn begun(event: &Event) -> bool {
    matches!(event, Event::RunStarted(_))
}

/// Pictures that are not there.
fn without_pictures() -> RunConfig {
    let mut config = tiny(5);
    config.data.source = DataSource::Folder("/no/such/folder/of/cats".into());
    config
}

#[test]
fn trainings_begin_one_after_another_and_a_failed_one_is_marked_and_left() {
    let _alone = alone();
    let dir = folder();
    let mut engine = engine();
    add(&engine, tiny(6), Some(dir.path().join("first")));
    add(&engine, without_pictures(), None);
    send(&engine, start());
    let mut events = until(&mut engine, begun);
    // While one trains, too.
    add(&engine, tiny(7), Some(dir.path().join("third")));
    events.extend(until(&mut engine, queue_ended));
    assert_eq!(*end_of_queue(&events), QueueEnd::Through { trained: 2, failed: 1 });
    let [first, second, third] = &states(&events)[..] else { panic!("{:?}", newest(&events)) };
    assert_eq!((first, third), (&EntryState::Done { step: 6 }, &EntryState::Done { step: 7 }));
    assert!(matches!(second, EntryState::Failed { text } if text.contains("/no/such/folder")), "{second:?}");
    let ends = events.iter().filter(|e| matches!(e, Event::RunEnded(_))).count();
    assert_eq!(ends, 3, "each was tried once");
    assert!(dir.path().join("first/run.toml").is_file() && dir.path().join("third/run.toml").is_file());
    assert_eq!(newest(&events).entries[0].run, Some(dir.path().join("first")));
    // Whoever looks later sees the same, and nothing begins by itself.
    send(&engine, Command::ListRuns);
    let events = until(&mut engine, |e| matches!(e, Event::Queue(_)));
    assert!(!newest(&events).on && states(&events).len() == 3);
    send(&engine, start());
    let events = until(&mut engine, queue_ended);
    assert_eq!(*end_of_queue(&events), QueueEnd::Through { trained: 0, failed: 0 });
    engine.shutdown();
}

#[test]
fn a_training_that_is_stopped_by_hand_pauses_the_queue_and_can_have_another_turn() {
    let _alone = alone();
    let dir = folder();
    let mut engine = engine();
    add(&engine, tiny(0), Some(dir.path().join("endless")));
    add(&engine, tiny(5), None);
    send(&engine, start());
    let events = until(&mut engine, |e| matches!(e, Event::Metrics(_)));
    let endless = |entry: &QueueItem| entry.endless().is_some();
    assert_eq!(newest(&events).entries.iter().map(endless).collect::<Vec<_>>(), [true, false]);
    send(&engine, Command::Stop);
    let events = until(&mut engine, queue_ended);
    assert_eq!(*end_of_queue(&events), QueueEnd::Paused);
    assert!(events.iter().any(|e| matches!(e, Event::Notice { text, .. } if text.contains("the queue is paused"))));
    let [EntryState::Stopped { step }, EntryState::Waiting] = states(&events)[..] else { panic!("{events:?}") };
    let entry = newest(&events).entries[0].clone();
    send(&engine, edit(QueueEdit::Again(entry.id)));
    send(&engine, edit(QueueEdit::Limit { id: entry.id, max_steps: step + 4 }));
    send(&engine, start());
    let events = until(&mut engine, queue_ended);
    assert_eq!(*end_of_queue(&events), QueueEnd::Through { trained: 2, failed: 0 });
    assert_eq!(states(&events), [EntryState::Done { step: step + 4 }, EntryState::Done { step: 5 }]);
    assert_eq!(first_step_of(&events), step, "its run was resumed");
    engine.shutdown();
}

#[test]
fn the_queue_is_there_again_after_the_end_of_the_program_and_goes_on_where_it_was() {
    let _alone = alone();
    let dir = folder();
    let mut first = engine();
    add(&first, tiny(0), Some(dir.path().join("run")));
    add(&first, tiny(5), None);
    send(&first, start());
    until(&mut first, |e| matches!(e, Event::Metrics(_)));
    first.shutdown();
    let mut second = engine();
    send(&second, Command::LoadSettings);
    let events = until(&mut second, |e| matches!(e, Event::Queue(_)));
    assert_eq!(states(&events), [EntryState::Interrupted, EntryState::Waiting]);
    assert!(!newest(&events).on && !newest(&events).elsewhere);
    let quiet = second.wait(Duration::from_millis(700));
    assert!(!matches!(&quiet, Waited::Event(e) if matches!(**e, Event::State(_))), "it begins by itself");
    let id = newest(&events).entries[0].id;
    // The one after it comes first in the list; what was interrupted is resumed first all the same.
    send(&second, edit(QueueEdit::Move { id, to: 1 }));
    send(&second, edit(QueueEdit::Limit { id, max_steps: 100_000 }));
    send(&second, start());
    let events = until(&mut second, begun);
    assert!(first_step_of(&events) > 0);
    assert_eq!(states(&events), [EntryState::Waiting, EntryState::Running]);
    // Paused: it trains to its end, and no other one begins.
    send(&second, Command::Queue(QueueRequest::Pause));
    send(&second, Command::Stop);
    let events = until(&mut second, queue_ended);
    assert!(matches!(states(&events)[..], [EntryState::Waiting, EntryState::Stopped { .. }]), "{events:?}");
    second.shutdown();
}

#[test]
fn the_queue_follows_a_run_that_was_begun_by_hand() {
    let _alone = alone();
    let dir = folder();
    let mut engine = engine();
    add(&engine, tiny(5), None);
    send(&engine, Command::Start { config: Box::new(tiny(30)), out: Some(dir.path().join("by hand")) });
    until(&mut engine, |e| matches!(e, Event::State(RunState::Running)));
    send(&engine, start());
    let events = until(&mut engine, queue_ended);
    assert_eq!(*end_of_queue(&events), QueueEnd::Through { trained: 1, failed: 0 });
    let ends: Vec<&RunEnd> =
        events.iter().filter_map(|e| if let Event::RunEnded(end) = e { Some(end) } else { None }).collect();
    assert_eq!(ends, [&RunEnd::Finished { step: 30 }, &RunEnd::Finished { step: 5 }]);
    engine.shutdown();
}

#[test]
fn one_program_runs_the_queue_and_another_may_change_it() {
    let _alone = alone();
    let mut first = engine();
    let mut other = engine();
    add(&first, tiny(0), None);
    send(&first, start());
    until(&mut first, |e| matches!(e, Event::Metrics(_)));
    send(&other, start());
    let events = until(&mut other, queue_ended);
    assert!(matches!(end_of_queue(&events), QueueEnd::Refused(why) if why.contains("Another program")), "{events:?}");
    assert!(newest(&events).elsewhere);
    let id = newest(&events).entries[0].id;
    send(&other, edit(QueueEdit::Remove(id)));
    let refused = |e: &Event| matches!(e, Event::Notice { text, .. } if text.contains("under way"));
    until(&mut other, refused);
    add(&other, tiny(4), None);
    until(&mut other, |e| matches!(e, Event::Queue(list) if list.entries.len() == 2));
    // It is read again before the next training: the new one is trained there.
    send(&first, Command::Stop);
    until(&mut first, queue_ended);
    send(&first, start());
    let events = until(&mut first, queue_ended);
    assert_eq!(*end_of_queue(&events), QueueEnd::Through { trained: 1, failed: 0 });
    assert!(matches!(states(&events)[..], [EntryState::Stopped { .. }, EntryState::Done { step: 4 }]), "{events:?}");
    first.shutdown();
    other.shutdown();
}

#[test]
fn a_run_that_is_resumed_keeps_its_place_wherever_the_program_was_started() {
    let _alone = alone();
    let dir = folder();
    let run = dir.path().join("run");
    super::train(tiny(5), &run);
    let mut engine = engine();
    let options = purrtrait::engine::ResumeOptions { max_steps: Some(9), ..Default::default() };
    let training = QueuedTraining::Resume { run: run.clone(), options: Box::new(options) };
    send(&engine, edit(QueueEdit::Add { name: "Longer".into(), training }));
    let events = until(&mut engine, |e| matches!(e, Event::Queue(list) if list.entries.len() == 1));
    let entry = &newest(&events).entries[0];
    assert_eq!((&*entry.name, entry.resumes, &*entry.end), ("Longer", true, "9 steps"));
    let relative = QueuedTraining::Resume { run: Path::new("some/run").into(), options: Default::default() };
    send(&engine, edit(QueueEdit::Add { name: String::new(), training: relative }));
    let events = until(&mut engine, |e| matches!(e, Event::Queue(list) if list.entries.len() == 2));
    let here = std::path::absolute("some/run").unwrap();
    assert!(newest(&events).entries[1].trouble.contains(&here.display().to_string()), "{events:?}");
    send(&engine, start());
    let events = until(&mut engine, queue_ended);
    assert!(matches!(states(&events)[..], [EntryState::Done { step: 9 }, EntryState::Failed { .. }]), "{events:?}");
    engine.shutdown();
}
