//! Actions and messages without a window: what becomes of what is known, and what is to be done.

use super::Performer;
use crate::config::{AppSettings, DataSource, RunConfig, StartModel};
use crate::engine::{
    Cause, Command, DatasetReport, DeviceInfo, Event, ExploreCommand, Level, RunEnd, RunInfo, RunState,
};
use crate::ui::action::{Action, Dialog, Screen};
use crate::ui::closing::Closing;
use crate::ui::effect::Effect;
use crate::ui::evaluate::EvaluateAction;
use crate::ui::state::{Counted, DatasetState, EngineState};
use crate::ui::user::UserState;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Default)]
struct Table {
    state: EngineState,
    user: UserState,
    closing: Closing,
}

impl Table {
    fn new() -> Self {
        let mut table = Self::default();
        table.state.apply(Event::Settings(AppSettings::default()), 0.0);
        table
    }

    fn part(&mut self) -> Performer<'_> {
        let Self { state, user, closing } = self;
        Performer { state, user, closing, now: 1.0, effects: Vec::new() }
    }

    fn act(&mut self, action: Action) -> Vec<Effect> {
        self.part().perform(action)
    }

    /// Watches for the end of the window; `pressed` tells that its cross was.
    fn watch(&mut self, pressed: bool) -> Vec<Effect> {
        self.closing.watch(pressed, &mut self.state, 1.0)
    }
}

fn sent(effects: &[Effect]) -> Vec<&Command> {
    effects.iter().filter_map(|effect| if let Effect::Send(command) = effect { Some(command) } else { None }).collect()
}

fn info() -> RunInfo {
    let mut config = RunConfig::default();
    config.data.source = DataSource::Folder("/cats".into());
    RunInfo {
        path: "/runs/1".into(),
        config,
        device: DeviceInfo::processor(),
        pictures: 100,
        held_out: 10,
        unwatched: Vec::new(),
        steps_per_epoch: 10,
        generator_parameters: 1,
        discriminator_parameters: 1,
        first_step: 0,
    }
}

#[test]
fn pictures_are_chosen_prepared_and_trained_on() {
    let mut table = Table::new();
    assert!(matches!(table.act(Action::Start)[..], [Effect::Toast(Level::Warning, _)]), "there are no pictures");
    // A photo stands for its folder, whether it can be read or not.
    for file in ["/cats/tom.NEF", "/cats/tom.heic", "/cats/tom.mov"] {
        let effects = Table::new().act(Action::OpenFolder(file.into()));
        let folder = DataSource::Folder("/cats".into());
        let asked = |command: &&Command| matches!(command, Command::ScanData { data, .. } if data.source == folder);
        assert!(sent(&effects).iter().any(asked), "{file}: {effects:?}");
    }
    let effects = table.act(Action::OpenFolder("/cats/tom.jpg".into()));
    let [Command::ScanData { data, .. }] = sent(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((&data.source, table.user.screen), (&DataSource::Folder("/cats".into()), Screen::Setup));
    let report = DatasetReport { usable: 100, ..DatasetReport::default() };
    table.state.apply(Event::DataReady(Arc::new(report)), 1.0);
    let effects = table.part().pictures_ready();
    let [Command::SaveSettings(settings)] = sent(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(settings.recent_folders, [std::path::PathBuf::from("/cats")], "now it is known that it is there");
    table.user.out_text = " /runs/mine ".into();
    let effects = table.act(Action::Start);
    assert!(
        matches!(sent(&effects)[..], [Command::Start { out: Some(out), .. }] if out.ends_with("mine")),
        "{effects:?}"
    );
    assert!(table.state.busy());
    assert!(matches!(table.act(Action::OpenDemo)[..], [Effect::Toast(Level::Warning, _)]), "a run is in the way");
}

#[test]
fn a_run_that_begins_is_on_show_and_remembered() {
    let mut table = Table::new();
    table.user.out_text = "/runs/1".into();
    let effects = table.state.apply(Event::RunStarted(Arc::new(info())), 1.0);
    let [Effect::RunStarted(told)] = &effects[..] else { panic!("{effects:?}") };
    let effects = table.part().run_started(told);
    assert!(matches!(sent(&effects)[..], [Command::SaveSettings(_)]), "{effects:?}");
    assert_eq!((table.user.screen, table.user.out_text.as_str()), (Screen::Training, ""));
    assert_eq!(table.user.config.data.source, DataSource::Folder("/cats".into()));
}

#[test]
fn a_run_that_cannot_be_resumed_gives_the_chosen_pictures_back() {
    let mut table = Table::new();
    table.act(Action::OpenDemo);
    let options = table.user.resume_options();
    let effects = table.act(Action::Resume { run: "/runs/1".into(), options });
    assert!(matches!(sent(&effects)[..], [Command::Resume { .. }]));
    let end = RunEnd::Failed { cause: Cause::Run, text: "no checkpoint".into() };
    let effects = table.state.apply(Event::RunEnded(end), 2.0);
    assert!(
        matches!(effects[..], [Effect::Notify(_), Effect::Toast(Level::Error, _), Effect::RunEnded]),
        "{effects:?}"
    );
    let effects = table.part().run_ended();
    assert!(matches!(sent(&effects)[..], [Command::ScanData { .. }, Command::ListRuns]), "{effects:?}");
    assert!(matches!(table.state.dataset, DatasetState::Scanning(_)));
}

#[test]
fn a_measurement_begins_once_the_explorer_has_taken_it() {
    let mut table = Table::new();
    table.act(Action::Dialog(Some(Dialog::Evaluate)));
    assert_eq!((table.user.dialog, table.user.evaluate.source.as_str()), (Some(Dialog::Evaluate), "bundled"));
    table.user.evaluate.folder = "/cats".into();
    let request = |table: &mut Table| match &table.act(Action::Evaluate(EvaluateAction::Start))[..] {
        [Effect::Explore(command)] => command.clone(),
        other => panic!("{other:?}"),
    };
    let command = request(&mut table);
    let effects = table.part().asked_explorer(command, false);
    assert!(matches!(effects[..], [Effect::Toast(Level::Warning, _)]) && table.state.evaluation.running.is_none());
    let command = request(&mut table);
    let effects = table.part().asked_explorer(command, true);
    assert!(table.state.evaluation.running.is_some());
    assert!(matches!(sent(&effects)[..], [Command::SaveSettings(s)] if s.real_pictures.is_some()), "{effects:?}");
    table.part().asked_explorer(ExploreCommand::CancelEvaluation, true);
    assert!(table.state.evaluation.running.as_ref().is_some_and(|running| running.stopping));
}

#[test]
fn an_idle_window_closes_once_its_worker_has_ended() {
    let mut table = Table::new();
    let effects = table.watch(true);
    assert!(matches!(effects[..], [Effect::KeepOpen, Effect::Send(Command::Shutdown)]), "{effects:?}");
    assert!(table.watch(false).is_empty());
    table.state.apply(Event::WorkerDied("ended".into()), 1.0);
    assert!(matches!(table.watch(false)[..], [Effect::Close]));
    assert!(table.watch(true).is_empty(), "it is closing");
}

#[test]
fn a_window_with_unsaved_work_asks_and_may_wait_for_it() {
    let mut table = Table::new();
    table.state.explore.film = Some(Counted { done: 1, total: 2 });
    assert!(matches!(table.watch(true)[..], [Effect::KeepOpen, Effect::Dialog(Some(Dialog::ConfirmClose))]));
    assert!(matches!(
        table.act(Action::Leave { when_done: true })[..],
        [Effect::Dialog(None), Effect::Toast(Level::Info, _)]
    ));
    assert!(table.watch(false).is_empty());
    table.state.explore.film = None;
    assert!(matches!(table.watch(false)[..], [Effect::Send(Command::Shutdown)]));
}

#[test]
fn a_run_is_stopped_before_the_window_closes_and_kept_if_it_cannot_be_saved() {
    let mut table = Table::new();
    table.state.apply(Event::State(RunState::Running), 1.0);
    assert!(matches!(table.watch(true)[..], [Effect::KeepOpen, Effect::Send(Command::Stop)]));
    table.state.apply(Event::State(RunState::Stopping), 1.0);
    table.state.apply(Event::State(RunState::Paused), 1.0);
    assert!(matches!(table.watch(false)[..], [Effect::Dialog(Some(Dialog::ConfirmClose))]));
    assert!(table.closing.since.is_none());
}

#[test]
fn the_system_is_obeyed_without_a_question() {
    let mut table = Table::new();
    let asked: &'static AtomicBool = Box::leak(Box::new(AtomicBool::new(true)));
    table.closing.asked = asked;
    table.state.explore.film = Some(Counted { done: 1, total: 2 });
    assert!(asked.load(Ordering::SeqCst));
    assert!(matches!(table.watch(false)[..], [Effect::Send(Command::Shutdown)]));
    assert!(table.watch(false).is_empty(), "once");
}

#[test]
fn a_model_is_trained_further() {
    let mut table = Table::new();
    let effects = table.act(Action::TrainFurther("/runs/1".into()));
    let asked: Vec<_> = sent(&effects).into_iter().filter(|c| matches!(c, Command::InspectModel(_))).collect();
    assert_eq!((asked.len(), table.user.starting.text.as_str()), (1, "/runs/1"), "{effects:?}");
    assert_eq!(table.user.screen, Screen::Home, "there are no pictures yet");
    // A run from a model that was resumed: the next run cannot start from it again.
    let mut resumed = info();
    resumed.config.start = Some(StartModel { name: "cats".to_owned(), ..StartModel::default() });
    resumed.config.freeze_d = 2;
    table.part().run_started(&resumed);
    assert!(table.user.config.start.is_none() && table.user.fault().is_none());
}

#[test]
fn a_run_that_resumes_by_itself_leaves_the_person_where_they_are() {
    for (resuming, screen) in [(true, Screen::Explore), (false, Screen::Training)] {
        let mut table = Table::new();
        table.user.screen = Screen::Explore;
        table.state.apply(Event::Restarted { text: "It was killed.".into(), resuming }, 1.0);
        table.state.apply(Event::RunStarted(Arc::new(info())), 1.0);
        table.part().run_started(&info());
        assert_eq!(table.user.screen, screen);
        assert!(!table.state.recovering);
    }
}
