//! What a press sends to the worker, and what the worker's messages show.

use crate::favourites::toast;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::config::{DataSource, Family, Manners, PRESETS, RateDecay, Share, TrainingPlace, Tunables};
use purrtrait::engine::{Cause, Command, DataPhase, DataProgress, Event, FileUse, Level, RunEnd, RunState};
use purrtrait::ui::TeamForm;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whether exactly one of the commands is of this kind.
macro_rules! one {
    ($commands:expr, $kind:pat) => {
        $commands.iter().filter(|c| matches!(c, $kind)).count() == 1
    };
}

/// So many of 2,000 pictures are prepared.
fn preparing(done: usize) -> DataProgress {
    DataProgress { phase: DataPhase::Preparing, done, total: 2000 }
}

#[test]
fn the_window_asks_for_settings_and_devices_at_once() {
    let mut stage = Stage::usual();
    let asked = stage.asked();
    assert!(one!(asked, Command::LoadSettings) && one!(asked, Command::ListDevices), "{asked:?}");
}

#[test]
fn demo_cats_then_start_sends_the_recipe() {
    let mut stage = Stage::usual();
    stage.asked();
    stage.press("Try drawn cats");
    let asked = stage.asked();
    assert!(
        matches!(&asked[..], [Command::ScanData { data, size: 32 }] if data.source == DataSource::Demo),
        "{asked:?}"
    );
    stage.tell(Event::DataProgress(DataProgress { phase: DataPhase::Looking, done: 12, total: 48 }));
    assert!(stage.shows("Looking for faces in some photos: 12 of 48"));
    stage.tell(Event::DataProgress(preparing(500)));
    assert!(stage.shows("500 of 2,000 pictures"));
    stage.press("Start training");
    assert!(stage.asked().is_empty(), "nothing to train on yet");
    stage.tell(Event::DataReady(Arc::new(report())));
    stage.press("Start training");
    let asked = stage.asked();
    let [Command::Start { config, out: None }] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(**config, PRESETS[0].config());
}

#[test]
fn a_scan_can_be_cancelled() {
    let mut stage = Stage::usual();
    stage.press("Try drawn cats");
    stage.asked();
    stage.press("Cancel");
    assert!(one!(stage.asked(), Command::CancelScan));
    stage.tell(Event::DataFailed("Cancelled.".into()));
    assert!(stage.shows("Cancelled."));
}

#[test]
fn a_typed_folder_is_opened_and_remembered() {
    let mut stage = Stage::usual();
    stage.asked();
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of pictures").focus();
    stage.harness.run_steps(1);
    stage.harness.get_by_role_and_label(Role::TextInput, "Folder of pictures").type_text("/pictures/my cats");
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    let mut asked = stage.asked();
    stage.tell(Event::DataReady(Arc::new(report())));
    asked.extend(stage.asked());
    let folder = std::path::absolute("/pictures/my cats").unwrap();
    assert!(asked.iter().any(|c| matches!(c, Command::SaveSettings(s) if s.recent_folders[0] == folder)), "{asked:?}");
    assert!(
        asked
            .iter()
            .any(|c| matches!(c, Command::ScanData { data, .. } if data.source == DataSource::Folder(folder.clone()))),
        "{asked:?}"
    );
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("a folder".into())
    }
}

#[test]
fn a_dropped_folder_is_opened() {
    let mut stage = Stage::usual();
    stage.asked();
    stage.harness.input_mut().dropped_files.push(Arc::new(Dropped("/pictures/dropped".into())));
    let asked = stage.asked();
    assert!(one!(asked, Command::ScanData { .. }), "{asked:?}");
    assert!(stage.shows("dropped"));
}

/// The scanner and the dialogs read the same table of file formats.
#[test]
fn a_dropped_picture_of_any_format_stands_for_its_folder() {
    let mut stage = Stage::usual();
    for extension in FileUse::Picture.extensions() {
        stage.asked();
        let picture = format!("/pictures/{extension}/cat.{}", extension.to_uppercase());
        stage.harness.input_mut().dropped_files.push(Arc::new(Dropped(picture.into())));
        let asked = stage.asked();
        let folder = DataSource::Folder(format!("/pictures/{extension}").into());
        assert!(
            asked.iter().any(|c| matches!(c, Command::ScanData { data, .. } if data.source == folder)),
            "{asked:?}"
        );
    }
}

#[test]
fn a_recent_run_is_resumed_with_one_press() {
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    stage.asked();
    stage.press("Resume 0007-cats, step 12,345 · 5 minutes ago");
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::Resume { run, .. }] if run == Path::new("/runs/0007-cats")), "{asked:?}");
}

#[test]
fn a_moved_slider_is_sent_and_its_effect_is_shown() {
    let mut stage = Stage::usual();
    stage.with_run(200);
    stage.asked();
    stage.harness.get_by_role_and_label(Role::Slider, "Generator learning rate").set_value_accesskit(1e-4);
    let asked = stage.asked();
    let wanted = Tunables { lr_g: 1e-4, ..Tunables::default() };
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if *t == wanted), "{asked:?}");
    assert!(stage.shows("Takes effect at the next step"));
    stage.tell(mark(201, wanted));
    assert!(stage.shows("Applied at step 201."));
    // And back.
    stage.press("↩ Undo");
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if *t == Tunables::default()), "{asked:?}");
}

/// A drag passes many positions; each would be a mark on the plots.
#[test]
fn a_dragged_slider_counts_once_it_is_let_go() {
    let mut stage = Stage::usual();
    stage.with_run(200);
    stage.asked();
    let handle = stage.harness.get_by_role_and_label(Role::Slider, "Generator learning rate").rect().center();
    stage.harness.hover_at(handle);
    stage.harness.drag_at(handle);
    for step in 1..4 {
        stage.harness.hover_at(handle + egui::vec2(step as f32 * 10.0, 0.0));
        let asked = stage.asked();
        assert!(asked.is_empty(), "{asked:?}");
    }
    stage.harness.drop_at(handle + egui::vec2(30.0, 0.0));
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if t.lr_g != Tunables::default().lr_g), "{asked:?}");
}

/// Types a number into a setting, letter by letter, without ending it.
pub fn type_number(stage: &mut Stage, name: &str, typed: &str) {
    stage.harness.get_by_role_and_label(Role::SpinButton, name).focus();
    stage.harness.run_steps(2);
    for letter in typed.chars() {
        stage.harness.input_mut().events.push(egui::Event::Text(letter.to_string()));
        stage.harness.run_steps(1);
    }
}

/// 3e-4 begins with 3: what is half typed must not reach the run.
#[test]
fn a_typed_setting_counts_once_it_is_entered() {
    let mut stage = Stage::usual();
    stage.with_run(200);
    stage.asked();
    type_number(&mut stage, "Generator learning rate", "3e-4");
    assert!(stage.asked().is_empty());
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if t.lr_g == 3e-4), "{asked:?}");
    // A shortcut ends the typing, too.
    type_number(&mut stage, "Discriminator learning rate", "5e-5");
    stage.key(Modifiers::COMMAND, Key::S);
    let asked = stage.asked();
    assert!(one!(asked, Command::SaveNow), "{asked:?}");
    assert!(asked.iter().any(|c| matches!(c, Command::SetTunables(t) if t.lr_d == 5e-5)), "{asked:?}");
}

/// Whole numbers are shown with separators, and a limit of 0 in words: both are understood when typed.
#[test]
fn limits_are_read_as_they_are_shown() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    for (typed, steps) in [("12,000", 12_000), ("no limit", 0), ("1 000 steps", 1000), ("0", 0)] {
        type_number(&mut stage, "Maximum steps", typed);
        stage.key(Modifiers::NONE, Key::Enter);
        assert_eq!(stage.with_app(|app| app.user.config.max_steps), steps, "{typed}");
    }
    let shown = stage.harness.get_by_role_and_label(Role::SpinButton, "Maximum steps").value();
    assert_eq!(shown.as_deref(), Some("no limit"));
}

/// What cannot be taken is told: it is neither dropped nor changed without a word.
#[test]
fn numbers_that_cannot_be_used_are_told() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    let before = stage.with_app(|app| app.user.config.max_steps);
    type_number(&mut stage, "Maximum steps", "abc");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(toast(&stage, "Maximum steps: \"abc\" is not a number, so nothing was changed."));
    assert_eq!(stage.with_app(|app| app.user.config.max_steps), before);
    type_number(&mut stage, "Maximum steps", "-5");
    // Leaving the field enters it, too.
    stage.harness.get_by_role_and_label(Role::SpinButton, "Maximum epochs").focus();
    stage.harness.run_steps(3);
    assert!(toast(&stage, "Maximum steps: -5 is outside 0 to"));
    assert_eq!(stage.with_app(|app| app.user.config.max_steps), 0);
    stage.with_app(|app| app.user.dialog = Some(purrtrait::ui::Dialog::Film));
    stage.harness.run_steps(3);
    type_number(&mut stage, "Frames", "many");
    stage.key(Modifiers::NONE, Key::Enter);
    let told = stage.harness.query_all_by_label_contains("Frames: \"many\" is not a number").count();
    assert_eq!(told, 1, "it is told once");
}

#[test]
fn escape_ends_typing_and_closes_menus_before_it_asks() {
    let mut stage = Stage::usual();
    stage.with_run(200);
    stage.asked();
    type_number(&mut stage, "Generator learning rate", "3e-4");
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Stop this run?") && stage.asked().is_empty());
    assert_eq!(stage.with_app(|app| app.user.tuner.edit.clone()), Tunables::default(), "what was typed is dropped");
    stage.key(Modifiers::COMMAND, Key::Num4);
    stage.harness.get_by_role_and_label(Role::ComboBox, "Generator").click();
    stage.harness.run_steps(2);
    assert!(stage.shows("Open a file or folder…"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Open a file or folder…") && !stage.shows("Stop this run?"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.shows("Stop this run?"));
}

#[test]
fn preparing_is_counted_and_can_be_given_up() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.press("Start training");
    stage.tell(Event::State(RunState::Preparing));
    stage.tell(Event::DataProgress(preparing(500)));
    assert!(stage.shows("500 of 2,000 pictures"));
    stage.asked();
    stage.press("Cancel");
    assert!(one!(stage.asked(), Command::Stop));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 0 }));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("cancelled before its first step") && !stage.shows("Everything is saved"));
    stage.key(Modifiers::COMMAND, Key::Num2);
    assert!(!stage.shows("500 of 2,000 pictures"), "nothing is being prepared any more");
}

#[test]
fn a_run_whose_device_is_gone_goes_on_with_another() {
    use purrtrait::config::DeviceChoice;
    let mut stage = Stage::usual();
    stage.tell(Event::Runs(runs()));
    stage.press("Resume 0007-cats, step 12,345 · 5 minutes ago");
    stage.tell(Event::State(RunState::Preparing));
    let text = "There is no adapter gpu:1.".into();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Device, text }));
    stage.tell(Event::State(RunState::Idle));
    stage.asked();
    stage.press("Resume on the CPU");
    let with = |commands: &[Command], device| match commands {
        [Command::Resume { run, options }] => {
            run == Path::new("/runs/0007-cats") && options.device == Some(TrainingPlace::Here(device))
        }
        _ => false,
    };
    let asked = stage.asked();
    assert!(with(&asked, DeviceChoice::Cpu), "{asked:?}");
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 0 }));
    stage.tell(Event::State(RunState::Idle));
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.harness.get_by_role_and_label(Role::ComboBox, "Device to resume on").click();
    stage.harness.run_steps(2);
    stage.press("A painted graphics card (Vulkan)");
    stage.asked();
    stage.press("Resume 0007-cats, step 12,345 · 5 minutes ago");
    let asked = stage.asked();
    assert!(with(&asked, DeviceChoice::Adapter(0)), "{asked:?}");
}

#[test]
fn the_recipe_can_be_read_while_a_run_begins() {
    // High enough that the opened group needs no scrolling.
    let mut stage = Stage::window(egui_kittest::Harness::builder(), 1280.0, 1000.0, egui::Theme::Dark);
    stage.with_pictures(report());
    stage.tell(Event::State(RunState::Preparing));
    stage.key(Modifiers::COMMAND, Key::Num2);
    stage
        .harness
        .get_by(|node| {
            node.role() == Role::DisclosureTriangle && node.label().is_some_and(|l| l.starts_with("Networks"))
        })
        .click();
    stage.harness.run_steps(12);
    let latent = stage.harness.get_by_role_and_label(Role::SpinButton, "Latent dimensions");
    assert!(latent.accesskit_node().is_disabled());
}

#[test]
fn a_setting_without_effect_says_why() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| {
        app.user.config.rate_decay = RateDecay::Cosine;
        (app.user.config.max_steps, app.user.config.max_epochs) = (0, 0);
    });
    stage.harness.run_steps(2);
    assert!(stage.shows("this run has no end yet"));
    type_number(&mut stage, "Maximum epochs", "30");
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(!stage.shows("this run has no end yet"));
    assert_eq!(stage.with_app(|app| app.user.config.max_epochs), 30);
}

#[test]
fn another_machine_is_typed_checked_and_remembered() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.machine_text = Some("ssh://-oProxyCommand=x".to_owned()));
    stage.asked();
    stage.press("Use");
    assert!(stage.shows("begin with no dash"));
    assert_eq!(stage.with_app(|app| app.user.config.machine.clone()), None);
    stage.with_app(|app| app.user.machine_text = Some("ssh://anna@gpu-box".to_owned()));
    stage.asked();
    stage.press("Use");
    let machine = "ssh://anna@gpu-box".parse().expect("an address");
    assert_eq!(stage.with_app(|app| app.user.config.place()), TrainingPlace::There(machine));
    assert_eq!(stage.with_app(|app| app.user.machine_text.clone()), None);
    stage.asked();
    stage.key(Modifiers::COMMAND, Key::Enter);
    let asked = stage.asked();
    let started =
        asked.iter().find_map(|c| if let Command::Start { config, .. } = c { Some(config.clone()) } else { None });
    let config = *started.expect("it starts");
    stage.with_run_of(config, Vec::new(), 3);
    let kept = |c: &Command| matches!(c, Command::SaveSettings(s) if s.machines.len() == 1);
    assert!(stage.asked().iter().any(kept), "the machine is remembered");
}

#[test]
fn a_run_that_lost_a_worker_is_resumed_on_the_rest() {
    let mut stage = Stage::usual();
    let mut config = purrtrait::config::RunConfig::default();
    config.set_place("cpu,worker://box:7000,worker://attic:7000".parse().expect("a list"));
    stage.with_run_of(config, Vec::new(), 3);
    let text = "worker attic:7000 (A card): it closed the connection. Step 3 is saved".to_owned();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Worker, text }));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("Or start the worker again"));
    stage.asked();
    stage.press("Resume on the rest");
    let asked = stage.asked();
    let resumed = asked.iter().find_map(|c| if let Command::Resume { options, .. } = c { Some(options) } else { None });
    let place = resumed.expect("it resumes").device.clone().expect("elsewhere");
    assert_eq!(place.to_string(), "cpu,worker://box:7000");
}

#[test]
fn several_devices_are_ticked_checked_and_remembered() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    let form = |workers: &str| Some(TeamForm { devices: Vec::new(), workers: workers.to_owned() });
    stage.with_app(|app| app.user.team_form = form("worker://gpu"));
    stage.asked();
    assert!(stage.shows("first device must be one of this machine"));
    let first = devices()[0].clone();
    let name = format!("{}: {}", first.id, first.name);
    stage.harness.get_by_role_and_label(Role::CheckBox, &name).click_accesskit();
    stage.asked();
    assert!(stage.with_app(|app| app.user.team_form.clone()).is_some_and(|form| form.devices == ["cpu"]));
    let type_in = |stage: &Stage, workers: &str| {
        stage.with_app(|app| app.user.team_form.as_mut().expect("still open").workers = workers.to_owned());
    };
    type_in(&stage, "worker://gpu box");
    stage.asked();
    assert!(stage.shows("is not auto, gpu, cpu, gpu:N or worker://HOST:PORT"));
    stage.press("Use");
    assert_eq!(stage.with_app(|app| app.user.config.team.clone()), None);
    let workers = "worker://box:7000?token-file=/t";
    type_in(&stage, workers);
    stage.asked();
    stage.press("Use");
    let team = format!("{},{workers}", first.id);
    assert_eq!(stage.with_app(|app| app.user.config.place().to_string()), team);
    assert!(stage.with_app(|app| app.user.team_form.is_none()));
    let config = stage.with_app(|app| app.user.config.clone());
    stage.with_run_of(config, Vec::new(), 3);
    let kept = |c: &Command| matches!(c, Command::SaveSettings(s) if s.teams.len() == 1);
    assert!(stage.asked().iter().any(kept), "the devices are remembered");
}

#[test]
fn a_device_that_is_not_here_is_named_and_start_waits() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.config.device = "gpu:7".parse().expect("a device"));
    stage.asked();
    assert!(stage.shows("Device gpu:7 is not available. Choose another device."));
    stage.key(Modifiers::COMMAND, Key::Enter);
    assert!(!stage.asked().iter().any(|c| matches!(c, Command::Start { .. })));
}

/// Its pictures are on show by then; Start would take those that were chosen before.
#[test]
fn a_resume_that_fails_gives_the_chosen_pictures_back() {
    let mut stage = Stage::usual();
    let fails = |stage: &mut Stage| {
        stage.tell(Event::Runs(runs()));
        stage.key(Modifiers::COMMAND, Key::Num1);
        stage.press("Resume 0007-cats, step 12,345 · 5 minutes ago");
        stage.tell(Event::State(RunState::Preparing));
        stage.tell(Event::DataReady(Arc::new(report())));
        let text = "There is no adapter gpu:1.".into();
        stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Device, text }));
        stage.tell(Event::State(RunState::Idle));
        stage.asked()
    };
    fails(&mut stage);
    let blocked = stage.with_app(|app| app.user.blocked(&app.state));
    assert_eq!(blocked.as_deref(), Some("Choose pictures first."));
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.with_pictures(report());
    let chosen = stage.with_app(|app| app.user.config.data.clone());
    let asked = fails(&mut stage);
    assert!(asked.iter().any(|c| matches!(c, Command::ScanData { data, .. } if *data == chosen)), "{asked:?}");
}

#[test]
fn the_run_folder_is_for_one_run() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.out_text = "/runs/mine".into());
    stage.press("Start training");
    let text = "/runs/mine: already holds a run".to_owned();
    stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Run, text }));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("Enter another run folder"));
    stage.with_run(10);
    assert_eq!(stage.with_app(|app| app.user.out_text.clone()), "");
}

#[test]
fn skipped_files_are_listed_with_their_reasons() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.press("2 files are not used");
    assert!(stage.shows("2 left out"));
    assert!(stage.shows("2019/IMG_0012") && stage.shows("The file is truncated."));
    assert!(stage.shows("IMG_0031") && stage.shows("The file is empty."));
}

#[test]
fn a_folder_that_cannot_be_used_says_why_and_what_else() {
    let mut stage = Stage::usual();
    stage.press("Try drawn cats");
    stage.tell(Event::DataFailed("/pictures/none does not exist.".into()));
    assert!(stage.shows("/pictures/none does not exist."));
    stage.asked();
    stage.press("Try drawn cats");
    assert!(one!(stage.asked(), Command::ScanData { .. }));
}

#[test]
fn a_setting_that_cannot_be_used_is_named_and_start_waits() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.config.model.family = Family::Article);
    stage.asked();
    assert!(stage.shows("article takes 3 or 5"));
    let start = stage.harness.get_by_role_and_label(Role::Button, "Start training");
    assert!(start.accesskit_node().is_disabled());
    stage.key(Modifiers::COMMAND, Key::Enter);
    assert!(stage.asked().is_empty());
}

#[test]
fn changed_picture_settings_are_prepared_anew_after_a_moment() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.asked();
    stage.harness.get_by_role_and_label(Role::RadioButton, "Settings: Preparation").click();
    stage.harness.run_steps(2);
    stage.harness.get_by_role_and_label(Role::CheckBox, "Horizontal flip").click();
    stage.harness.run_steps(8);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::ScanData { data, .. }] if !data.flip), "{asked:?}");
}

#[test]
fn the_keyboard_steers_the_run() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.asked();
    stage.key(Modifiers::NONE, Key::Space);
    assert!(one!(stage.asked(), Command::Pause));
    stage.tell(Event::State(RunState::Paused));
    stage.key(Modifiers::NONE, Key::Space);
    assert!(one!(stage.asked(), Command::Continue));
    stage.key(Modifiers::NONE, Key::G);
    assert!(one!(stage.asked(), Command::SampleNow));
    stage.key(Modifiers::COMMAND, Key::S);
    assert!(one!(stage.asked(), Command::SaveNow));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(stage.shows("Stop this run?") && stage.asked().is_empty());
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(one!(stage.asked(), Command::Stop));
}

#[test]
fn escape_in_the_question_keeps_training() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.asked();
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Stop this run?") && stage.asked().is_empty());
}

#[test]
fn keys_start_and_f1_explains() {
    let mut stage = Stage::usual();
    stage.key(Modifiers::COMMAND, Key::D);
    stage.tell(Event::DataReady(Arc::new(report())));
    stage.asked();
    stage.key(Modifiers::NONE, Key::F1);
    assert!(stage.shows("Save a checkpoint now"));
    stage.key(Modifiers::COMMAND, Key::Enter);
    assert!(stage.asked().is_empty(), "a dialog keeps the keyboard");
    stage.key(Modifiers::NONE, Key::Escape);
    stage.key(Modifiers::COMMAND, Key::Enter);
    assert!(one!(stage.asked(), Command::Start { .. }));
}

#[test]
fn how_a_run_ended_is_said_with_the_next_step() {
    let ends = [
        (RunEnd::Finished { step: 50 }, "Finished at step 50.", "Double the limit and resume"),
        (RunEnd::Stopped { step: 50 }, "Stopped at step 50.", "Resume"),
        (RunEnd::Copying { step: 50 }, "Stopped at step 50: copies had begun.", "Resume"),
        (
            RunEnd::Diverged { step: 50, text: "The generator's loss became NaN.".into() },
            "The generator's loss became NaN.",
            "Resume from the last good checkpoint",
        ),
        (
            RunEnd::Failed { cause: Cause::Device, text: "The graphics card was lost.".into() },
            "The graphics card was lost.",
            "Restart Purrtrait",
        ),
    ];
    for (end, text, button) in ends {
        let mut stage = Stage::usual();
        stage.with_run(50);
        stage.tell(Event::RunEnded(end));
        assert!(stage.shows(text), "{text}");
        assert!(stage.harness.query_by_role_and_label(Role::Button, button).is_some(), "{button}");
    }
}

#[test]
fn a_diverged_run_goes_on_from_its_newest_checkpoint() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::RunEnded(RunEnd::Diverged { step: 50, text: "NaN.".into() }));
    stage.asked();
    stage.press("Resume from the last good checkpoint");
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::Resume { run, .. }] if run == Path::new("runs/0007-cats")), "{asked:?}");
}

#[test]
fn a_dead_worker_leaves_the_window_alive() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.kill_worker();
    assert!(stage.shows("Training has crashed."));
    for key in [Key::Num1, Key::Num2, Key::Num3, Key::L] {
        stage.key(Modifiers::COMMAND, key);
    }
    assert!(stage.shows("Copy all"), "the log opens");
    stage.key(Modifiers::COMMAND, Key::Num2);
    let start = stage.harness.get_by_role_and_label(Role::Button, "Start training");
    assert!(start.accesskit_node().is_disabled());
}

pub fn commands_to_the_window(stage: &Stage) -> Vec<ViewportCommand> {
    stage.harness.output().viewport_output.get(&ViewportId::ROOT).map_or(Vec::new(), |v| v.commands.clone())
}

#[test]
fn closing_waits_until_the_run_is_saved() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.asked();
    let root = stage.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
    root.events.push(ViewportEvent::Close);
    stage.harness.step();
    assert!(commands_to_the_window(&stage).contains(&ViewportCommand::CancelClose));
    let asked = stage.asked();
    assert!(one!(asked, Command::Stop) && !one!(asked, Command::Shutdown), "saving may fail: {asked:?}");
    assert!(stage.shows("Saving…"));
    stage.tell(Event::State(RunState::Stopping));
    stage.tell(Event::State(RunState::Idle));
    assert!(one!(stage.asked(), Command::Shutdown));
    assert!(!commands_to_the_window(&stage).contains(&ViewportCommand::Close));
    stage.events = None;
    stage.harness.step();
    assert!(commands_to_the_window(&stage).contains(&ViewportCommand::Close));
    assert!(!stage.shows("Training has crashed."));
}

#[test]
fn the_timeline_goes_back_and_live_follows_again() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::SampleSteps(vec![10, 20, 30]));
    stage.tell(sample(40, true));
    assert!(stage.shows("step 40"));
    stage.asked();
    stage.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(1.0);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::LoadSample { step: 20 }]), "{asked:?}");
    stage.tell(sample(20, false));
    stage.tell(sample(50, true));
    assert!(stage.shows("step 20"), "the chosen place stays");
    stage.harness.get_by_role_and_label(Role::CheckBox, "Live").click();
    stage.harness.run_steps(3);
    assert!(stage.shows("step 50"));
}

#[test]
fn the_timeline_follows_when_old_pictures_are_thinned_out() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(Event::SampleSteps(vec![10, 20, 30]));
    stage.tell(sample(40, true));
    stage.harness.get_by_role_and_label(Role::Slider, "Timeline").set_value_accesskit(1.0);
    stage.asked();
    stage.tell(sample(20, false));
    assert!(stage.shows("step 20"));
    stage.asked();
    // The place that is on show is gone: its neighbour is asked for, and until that is here the old picture stays.
    stage.tell(Event::SamplesGone(vec![20, 30]));
    assert!(stage.shows("step 20"));
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::LoadSample { step: 10 }]), "{asked:?}");
    stage.tell(sample(10, false));
    assert!(stage.shows("step 10"));
    stage.with_app(|app| assert_eq!(app.state.run.as_ref().unwrap().samples.steps(), [10, 40]));
    stage.press("Timelapse");
    for _ in 0..20 {
        stage.harness.run_steps(4);
    }
    assert!(stage.shows("step 40"), "it plays to the end");
    assert!(stage.asked().iter().all(|c| !matches!(c, Command::LoadSample { step: 20 | 30 })));
}

#[test]
fn the_timelapse_plays_to_the_end() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    for step in [10, 20, 30] {
        stage.tell(sample(step, true));
    }
    stage.press("Timelapse");
    let mut seen = Vec::new();
    for _ in 0..60 {
        seen.push(stage.with_app(|app| app.user.timeline.shown));
        stage.harness.step();
    }
    seen.dedup();
    assert!(seen.windows(2).any(|w| w == [Some(20), Some(30)]), "{seen:?}");
    assert_eq!(seen.last(), Some(&Some(30)));
    assert_eq!(stage.with_app(|app| app.user.timeline.at), None, "then it is live again");
}

#[test]
fn a_grid_is_uploaded_once_and_not_once_per_frame() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(sample(40, true));
    let before = stage.with_app(|app| app.uploads());
    stage.harness.run_steps(20);
    assert_eq!(stage.with_app(|app| app.uploads()), before);
    stage.tell(sample(50, true));
    assert_eq!(stage.with_app(|app| app.uploads()), before + 1);
}

#[test]
fn a_pressed_tile_is_shown_large() {
    let mut stage = Stage::usual();
    stage.with_run(50);
    stage.tell(sample(40, true));
    let sheet = stage.harness.get_by_role_and_label(Role::Button, "Sample pictures of step 40").rect();
    // Not the middle: a gap between the tiles is there.
    stage.harness.drag_at(sheet.center() + egui::vec2(20.0, 20.0));
    stage.harness.drop_at(sheet.center() + egui::vec2(20.0, 20.0));
    stage.harness.run_steps(3);
    assert!(stage.shows(", step 40") && stage.shows("Picture "));
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Picture "));
}

#[test]
fn notices_become_toasts_and_lines_of_the_log() {
    let mut stage = Stage::usual();
    let text = "The disk is nearly full.".to_owned();
    stage.tell(Event::Notice { level: Level::Warning, text: text.clone() });
    assert!(stage.shows(&text) && stage.shows("Log (1)"));
    stage.press("Close the message");
    assert!(!stage.shows(&text));
    stage.key(Modifiers::COMMAND, Key::L);
    assert!(stage.shows(&text) && !stage.shows("Log (1)"), "now it is seen");
}

#[test]
fn theme_and_zoom_are_remembered() {
    let mut stage = Stage::usual();
    stage.asked();
    stage.press("Theme");
    assert!(stage.asked().iter().any(|c| matches!(c, Command::SaveSettings(_))));
    stage.harness.ctx.set_zoom_factor(1.5);
    let asked = stage.asked();
    assert!(asked.iter().any(|c| matches!(c, Command::SaveSettings(s) if (s.zoom - 1.5).abs() < 0.01)), "{asked:?}");
}

#[test]
fn a_software_adapter_is_warned_about() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_app(|app| app.user.config.device = "gpu:0".parse().expect("a device"));
    stage.asked();
    assert!(stage.shows("a graphics card in name only"));
}

/// What somebody wants to know who does something else meanwhile, and nothing that this person did or sees anyway.
#[test]
fn who_looks_elsewhere_is_notified() {
    let mut stage = Stage::usual();
    let told = stage.notified.clone();
    let told = move || std::mem::take(&mut *told.borrow_mut());
    stage.with_app(|app| app.user.screen = purrtrait::ui::Screen::Training);
    stage.with_run(50);
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 50 }));
    assert_eq!(told(), [""; 0], "the window is in front");

    stage.harness.input_mut().focused = false;
    stage.with_run(50);
    stage.press("‖ Pause");
    stage.tell(Event::State(RunState::Paused));
    stage.press("▶ Resume");
    stage.tell(Event::State(RunState::Running));
    assert_eq!(told(), [""; 0], "somebody paused it");
    let full = "runs/0007-cats: no space left on the device. Training is paused until there is room";
    stage.tell(Event::Notice { level: Level::Error, text: full.into() });
    stage.tell(Event::State(RunState::Paused));
    assert_eq!(told(), [full]);
    stage.tell(Event::State(RunState::Running));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 50 }));
    assert_eq!(told(), [""; 0], "somebody stopped it");

    for (end, text) in [
        (RunEnd::Finished { step: 60 }, "finished at step 60"),
        (RunEnd::Copying { step: 60 }, "copies had begun"),
        (RunEnd::Diverged { step: 60, text: "All is NaN.".into() }, "diverged"),
        (RunEnd::Failed { cause: Cause::Internal, text: "The graphics card is gone.".into() }, "is gone"),
    ] {
        stage.with_run(60);
        stage.tell(Event::RunEnded(end));
        let told = told();
        assert!(told.len() == 1 && told[0].contains(text), "{told:?}");
    }

    stage.asked();
    stage.harness.get_by_role_and_label(Role::CheckBox, "Notifications").click_accesskit();
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SaveSettings(settings)] if !settings.notifications), "{asked:?}");
    stage.with_run(70);
    stage.tell(Event::RunEnded(RunEnd::Finished { step: 70 }));
    assert_eq!(told(), [""; 0], "they are turned off");
}

/// A busy machine without a graphics card draws a frame a second: what is pressed and let go is clicked.
#[test]
fn a_click_counts_however_slow_the_frames_are() {
    let mut stage = Stage::window(egui_kittest::Harness::builder().with_step_dt(1.5), 1280.0, 720.0, egui::Theme::Dark);
    stage.asked();
    let button = stage.harness.get_by_role_and_label(Role::Button, "Try drawn cats").rect().center();
    stage.harness.hover_at(button);
    stage.harness.run_steps(2);
    stage.harness.drag_at(button);
    stage.harness.run_steps(1);
    stage.harness.drop_at(button);
    let asked = stage.asked();
    assert!(one!(asked, Command::ScanData { .. }), "{asked:?}");
}

/// The list opens, is walked through and closed by the keyboard alone; what is chosen is remembered and acts at once.
#[test]
fn the_share_of_a_training_is_chosen_by_keyboard() {
    let mut stage = Stage::usual();
    stage.with_app(|app| app.user.screen = purrtrait::ui::Screen::Training);
    stage.with_run(50);
    stage.asked();
    stage.harness.get_by_role_and_label(Role::ComboBox, "Share of the device").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.shows("Pause on battery"));
    stage.harness.check_accessibility();
    stage.harness.get_by_role_and_label(Role::RadioButton, "Background").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Space);
    let saved = |asked: Vec<Command>| match &asked[..] {
        [Command::SaveSettings(settings)] => settings.manners,
        other => panic!("{other:?}"),
    };
    let now = saved(stage.asked());
    assert_eq!(now, Manners { share: Share::Background, ..Manners::default() });
    stage.harness.get_by_role_and_label(Role::CheckBox, "Pause on battery").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Space);
    assert!(saved(stage.asked()).pause_on_battery);
    stage.harness.get_by_role_and_label(Role::CheckBox, "Keep the computer awake").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Space);
    let now = saved(stage.asked());
    assert_eq!(now, Manners { share: Share::Background, pause_on_battery: true, keep_awake: false });
    stage.key(Modifiers::NONE, Key::Escape);
    assert!(!stage.shows("Pause on battery") && !stage.shows("Stop this run?"));
}

#[test]
fn a_run_that_waits_for_the_plug_says_so_and_can_go_on() {
    let mut stage = Stage::usual();
    stage.with_app(|app| app.user.screen = purrtrait::ui::Screen::Training);
    stage.with_run(50);
    stage.harness.input_mut().focused = false;
    stage.tell(Event::State(RunState::OnBattery));
    assert!(stage.shows("On battery") && stage.shows("Paused on battery at step 50"));
    let notified = std::mem::take(&mut *stage.notified.borrow_mut());
    assert!(matches!(&notified[..], [text] if text.contains("battery")), "{notified:?}");
    stage.asked();
    stage.press("▶ Resume");
    assert!(one!(stage.asked(), Command::Continue));
    stage.tell(Event::State(RunState::Running));
    stage.press("‖ Pause");
    assert!(one!(stage.asked(), Command::Pause));
}

/// The list of manners is open, over a run that waits for the plug.
pub fn manners_on_battery(stage: &mut Stage) {
    let manners = Manners { share: Share::Background, pause_on_battery: true, keep_awake: true };
    stage.with_app(|app| {
        app.user.screen = purrtrait::ui::Screen::Training;
        app.state.settings.iter_mut().for_each(|settings| settings.manners = manners);
    });
    stage.with_run(50);
    stage.tell(Event::State(RunState::OnBattery));
    stage.harness.get_by_role_and_label(Role::ComboBox, "Share of the device").click_accesskit();
    stage.harness.run_steps(3);
}
