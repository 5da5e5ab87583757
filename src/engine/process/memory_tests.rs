use super::*;
use crate::config::{DeviceInfo, RunConfig, Share, Tunables};
use crate::engine::protocol::event::{Level, RunInfo, TunablesChange};
use std::sync::Arc;

fn info(first_step: u64) -> Event {
    let config = RunConfig::default();
    Event::RunStarted(Arc::new(RunInfo {
        path: "runs/cats".into(),
        config,
        device: DeviceInfo::processor(),
        pictures: 10,
        held_out: 0,
        unwatched: Vec::new(),
        steps_per_epoch: 1,
        generator_parameters: 1,
        discriminator_parameters: 1,
        first_step,
    }))
}

fn saved(step: u64) -> Event {
    Event::Saved { step, path: "runs/cats/checkpoints".into() }
}

/// What the engine is asked for on this event.
fn hear(memory: &mut Memory, event: &Event) -> Vec<Command> {
    match memory.told(event) {
        Verdict::Pass(ask) => ask,
        Verdict::Lost(text) => panic!("{event:?}: {text}"),
    }
}

fn training() -> Memory {
    let mut memory = Memory::default();
    memory.asked(&Command::Start { config: Box::default(), out: None });
    for event in [Event::State(RunState::Preparing), info(0), Event::State(RunState::Running)] {
        assert!(hear(&mut memory, &event).is_empty());
    }
    memory
}

/// What was told and asked, in short.
fn after(memory: &mut Memory) -> (String, Vec<Command>) {
    let Next { tell, again } = memory.lost("It was killed.");
    let told = |event: Event| match event {
        Event::Restarted { text, resuming } => format!("restarted, resuming {resuming}: {text}"),
        Event::RunEnded(RunEnd::Failed { text, .. }) => format!("failed: {text}"),
        Event::WorkerDied(text) => format!("dead: {text}"),
        Event::PhotoFailed { path, .. } => format!("no photo {}", path.display()),
        Event::DataFailed(_) => "no pictures".to_owned(),
        Event::ModelInspected { found: Err(_), .. } => "no model".to_owned(),
        Event::State(RunState::Idle) => "idle".to_owned(),
        other => panic!("{other:?}"),
    };
    (tell.into_iter().map(told).collect::<Vec<_>>().join("; "), again.map_or(Vec::new(), |(_, ask)| ask))
}

fn resumes(ask: &[Command]) -> bool {
    ask.iter().any(|c| matches!(c, Command::Resume { run, .. } if run.ends_with("cats")))
}

#[test]
fn a_run_is_resumed_with_its_settings_and_its_pause() {
    let mut memory = training();
    let tunables = Tunables { lr_g: 3e-5, ..Tunables::default() };
    memory.asked(&Command::SetTunables(tunables.clone()));
    hear(&mut memory, &saved(1200));
    memory.asked(&Command::ShareWeights(true));
    memory.asked(&Command::Pause);
    let (told, ask) = after(&mut memory);
    assert_eq!(
        told,
        "restarted, resuming true: It was killed. Training resumes from the checkpoint of step 1,200 (attempt 1 of 3)."
    );
    assert!(resumes(&ask), "{ask:?}");
    // The past of the run is no wish.
    let old =
        TunablesChange { step: 1, revision: 1, text: String::new(), tunables: Tunables::default(), rolled_back: false };
    for event in [info(1200), Event::TunablesApplied(old)] {
        assert!(hear(&mut memory, &event).is_empty());
    }
    let then = hear(&mut memory, &Event::State(RunState::Running));
    assert!(
        matches!(&then[..], [Command::SetTunables(t), Command::Pause, Command::ShareWeights(true)] if *t == tunables),
        "{then:?}"
    );
    assert!(hear(&mut memory, &Event::State(RunState::Running)).is_empty(), "once");
}

#[test]
fn three_times_in_a_row_and_a_checkpoint_counts_as_progress() {
    let mut memory = training();
    for n in 1..=3 {
        let (told, ask) = after(&mut memory);
        assert!(
            told.contains(&format!("Training starts over, because no checkpoint was saved yet (attempt {n} of 3)"))
        );
        assert!(resumes(&ask));
        hear(&mut memory, &info(0));
    }
    hear(&mut memory, &saved(5));
    for n in 1..=3 {
        let (told, ask) = after(&mut memory);
        assert!(told.contains(&format!("step 5 (attempt {n} of 3)")) && resumes(&ask), "{told}");
    }
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("failed: It was killed. That happened 4 times in a row") && told.ends_with("idle"));
    assert!(!resumes(&ask) && !ask.is_empty(), "a new process, without the run");
    let (told, _) = after(&mut memory);
    assert!(told.starts_with("restarted, resuming false"), "{told}");
}

#[test]
fn a_lost_device_is_a_reason_to_resume_and_a_wrong_setting_is_not() {
    let failed = |cause| Event::RunEnded(RunEnd::Failed { cause, text: "gone.".into() });
    for cause in [Cause::Device, Cause::Internal] {
        assert!(matches!(training().told(&failed(cause)), Verdict::Lost(_)), "{cause:?}");
    }
    for cause in [Cause::Run, Cause::Data, Cause::Setting, Cause::Other] {
        assert!(matches!(training().told(&failed(cause)), Verdict::Pass(_)), "{cause:?}");
    }
    let mut memory = Memory::default();
    memory.asked(&Command::Start { config: Box::default(), out: None });
    assert!(matches!(memory.told(&failed(Cause::Device)), Verdict::Pass(_)), "it has not begun");
}

#[test]
fn a_run_that_has_not_begun_or_is_being_stopped_is_not_resumed() {
    let mut memory = Memory::default();
    memory.asked(&Command::Start { config: Box::default(), out: None });
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("failed: It was killed. What was not saved is lost") && !resumes(&ask), "{told}");
    let mut memory = training();
    memory.asked(&Command::Stop);
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("failed: ") && !resumes(&ask), "{told}");
}

#[test]
fn what_was_asked_for_when_it_happened_is_answered_and_not_asked_again() {
    let mut memory = Memory::default();
    let scan = Command::ScanData { data: DataConfig::default(), size: 32 };
    let settings = AppSettings { zoom: 2.0, ..AppSettings::default() };
    hear(&mut memory, &Event::Settings(settings.clone()));
    memory.asked(&Command::ListDevices);
    memory.asked(&scan);
    memory.asked(&Command::OpenPhoto { path: "cat.png".into(), longest: 100 });
    memory.asked(&Command::InspectModel("bundled".into()));
    let (told, ask) = after(&mut memory);
    assert_eq!(
        told,
        "no photo cat.png; no model; no pictures; restarted, resuming false: It was killed. It was started again."
    );
    assert!(
        matches!(&ask[..], [Command::SaveSettings(s), Command::ListDevices, Command::ListRuns] if *s == settings),
        "{ask:?}"
    );
    // Pictures that were there are prepared again.
    memory.asked(&scan);
    hear(&mut memory, &Event::DataFailed("none".into()));
    let (_, ask) = after(&mut memory);
    assert!(matches!(ask.last(), Some(Command::ScanData { size: 32, .. })), "{ask:?}");
}

#[test]
fn a_process_that_never_says_a_word_is_not_started_for_ever() {
    let mut memory = Memory::default();
    hear(&mut memory, &Event::Notice { level: Level::Info, text: String::new() });
    for _ in 0..3 {
        assert!(after(&mut memory).0.starts_with("restarted"));
    }
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("dead: ") && ask.is_empty(), "{told}");
    hear(&mut memory, &Event::Notice { level: Level::Info, text: String::new() });
    assert!(after(&mut memory).0.starts_with("restarted"), "one that works may be started again");
}

/// The battery is looked at by the new process itself: it is no pause by hand, which would outlast the plug.
#[test]
fn a_new_process_treats_the_computer_as_the_one_before() {
    let mut memory = training();
    let manners = Manners { share: Share::Background, ..Manners::default() };
    memory.asked(&Command::SaveSettings(AppSettings::default()));
    memory.asked(&Command::SetManners(manners));
    hear(&mut memory, &Event::State(RunState::OnBattery));
    let (_, ask) = after(&mut memory);
    let asked = |wanted: fn(&Command) -> bool| ask.iter().position(wanted);
    let own = asked(|c| matches!(c, Command::SetManners(m) if m.share == Share::Background));
    assert!(own.unwrap() > asked(|c| matches!(c, Command::SaveSettings(_))).unwrap(), "{ask:?}");
    assert!(own.unwrap() < asked(|c| matches!(c, Command::Resume { .. })).unwrap(), "{ask:?}");
    assert!(hear(&mut memory, &info(0)).is_empty());
    let then = hear(&mut memory, &Event::State(RunState::Running));
    assert!(!then.iter().any(|c| matches!(c, Command::Pause)), "{then:?}");
    // Settings count from then on.
    memory.asked(&Command::SaveSettings(AppSettings::default()));
    assert!(!after(&mut memory).1.iter().any(|c| matches!(c, Command::SetManners(_))));
}

fn queue(on: bool) -> Event {
    Event::Queue(crate::engine::protocol::queue::QueueList { on, ..Default::default() })
}

fn requests(ask: &[Command]) -> Vec<QueueRequest> {
    ask.iter().filter_map(|c| if let Command::Queue(request) = c { Some(request.clone()) } else { None }).collect()
}

/// A run whose turn has come is resumed as one that was asked for, and the queue goes on after it.
#[test]
fn a_loss_does_not_end_the_queue() {
    let mut memory = Memory::default();
    memory.asked(&Command::Queue(QueueRequest::Start));
    for event in [queue(true), Event::State(RunState::Preparing), info(0), Event::State(RunState::Running)] {
        hear(&mut memory, &event);
    }
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("restarted, resuming true") && resumes(&ask), "{told}");
    assert_eq!(requests(&ask), [QueueRequest::Start]);
    let resume = ask.iter().position(|c| matches!(c, Command::Resume { .. }));
    let start = ask.iter().position(|c| matches!(c, Command::Queue(_)));
    assert!(resume < start, "the run comes first: {ask:?}");
    // Given up, it is marked and not begun again; the next one is.
    for _ in 0..TRIES - 1 {
        hear(&mut memory, &info(0));
        after(&mut memory);
    }
    let (told, ask) = after(&mut memory);
    assert!(told.contains("failed: ") && !resumes(&ask), "{told}");
    assert!(matches!(&requests(&ask)[..], [QueueRequest::GivenUp(_), QueueRequest::Start]), "{ask:?}");
    // Between two trainings, too.
    let (_, ask) = after(&mut memory);
    assert_eq!(requests(&ask), [QueueRequest::Start]);
    hear(&mut memory, &queue(false));
    let (_, ask) = after(&mut memory);
    assert!(requests(&ask).is_empty());
}

/// Both runs of a race are resumed, and the one on show stays so; one that has ended is not begun again.
#[test]
fn a_loss_does_not_end_a_race() {
    use crate::engine::protocol::queue::QueuedTraining;
    use crate::engine::protocol::race::{Lane, Race};
    let resumed = || QueuedTraining::Resume { run: "runs/cats".into(), options: Box::default() };
    let mut memory = Memory::default();
    memory.asked(&Command::Race(Race { lanes: [resumed(), resumed()], seconds: 60.0 }));
    let turn = |lane| Event::Turn(Some(lane));
    for event in [turn(Lane::A), info(0), Event::State(RunState::Running), turn(Lane::B), info(0), turn(Lane::A)] {
        hear(&mut memory, &event);
    }
    memory.asked(&Command::ShowLane(Lane::B));
    let (told, ask) = after(&mut memory);
    assert!(told.starts_with("restarted, resuming true"), "{told}");
    let race =
        |c: &Command| matches!(c, Command::Race(Race { seconds: 60.0, lanes }) if *lanes == [resumed(), resumed()]);
    assert!(ask.iter().any(race), "{ask:?}");
    hear(&mut memory, &info(3));
    let then = hear(&mut memory, &Event::State(RunState::Running));
    assert!(matches!(then[..], [Command::ShowLane(Lane::B)]), "{then:?}");
    hear(&mut memory, &turn(Lane::A));
    hear(&mut memory, &Event::RunEnded(RunEnd::Finished { step: 9 }));
    hear(&mut memory, &turn(Lane::B));
    let (_, ask) = after(&mut memory);
    assert!(resumes(&ask) && !ask.iter().any(race), "{ask:?}");
    hear(&mut memory, &Event::RunEnded(RunEnd::Finished { step: 9 }));
    let (told, _) = after(&mut memory);
    assert!(told.starts_with("restarted, resuming false"), "{told}");
}
