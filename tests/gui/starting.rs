//! What the networks of the next run begin with: chosen, recommended, typed.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::config::{ModelConfig, PRESETS, Preset, StartModel};
use purrtrait::engine::{Command, DatasetReport, Event, RunState, StartInfo};
use purrtrait::ui::Origin;
use std::path::Path;
use std::sync::Arc;

fn model(source: &str, discriminator: bool) -> StartInfo {
    let mut model = Preset::find("modern-64").unwrap().config().model;
    (model.g_width, model.d_width) = (16, 24);
    let start = StartModel { source: source.into(), name: source.into(), step: 12_000, ..StartModel::default() };
    StartInfo { start, model, discriminator }
}

fn inspected(info: StartInfo) -> Event {
    Event::ModelInspected { source: info.start.source.clone(), found: Ok(Box::new(info)) }
}

/// The recipe beside so many pictures of a folder, with this model in the program.
fn with_folder(usable: usize, bundled: StartInfo) -> Stage {
    let mut stage = Stage::usual();
    stage.tell(inspected(bundled));
    type_path(&mut stage, "Folder of pictures", "/pictures/mimi");
    assert_eq!(scanned(&mut stage), [32], "the first preset's size");
    stage.tell(ready(usable, 32));
    stage
}

fn type_path(stage: &mut Stage, field: &str, path: &str) {
    stage.harness.get_by_role_and_label(Role::TextInput, field).focus();
    stage.harness.run_steps(1);
    stage.harness.get_by_role_and_label(Role::TextInput, field).type_text(path);
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
}

fn ready(usable: usize, size: u32) -> Event {
    Event::DataReady(Arc::new(DatasetReport { usable, size, ..report() }))
}

fn choose(stage: &mut Stage, label: &str) {
    let name = format!("Start from: {label}");
    stage.harness.get_by_role_and_label(Role::RadioButton, &name).click_accesskit();
    stage.harness.run_steps(3);
}

fn origin(stage: &Stage) -> Origin {
    stage.with_app(|app| app.user.starting.origin)
}

fn scanned(stage: &mut Stage) -> Vec<u32> {
    let size = |c| if let Command::ScanData { size, .. } = c { Some(size) } else { None };
    stage.asked().into_iter().filter_map(size).collect()
}

fn started(stage: &mut Stage) -> purrtrait::config::RunConfig {
    stage.press("Start training");
    let asked = stage.asked();
    let start = asked.iter().find_map(|c| if let Command::Start { config, .. } = c { Some(config) } else { None });
    *start.unwrap_or_else(|| panic!("{asked:?}")).clone()
}

#[test]
fn the_window_asks_what_it_knows_already() {
    let mut stage = Stage::usual();
    assert!(
        stage
            .asked()
            .iter()
            .any(|c| matches!(c, Command::InspectModel(path) if path.as_path() == Path::new("bundled")))
    );
}

#[test]
fn few_pictures_start_from_known_cats() {
    let mut stage = with_folder(200, model("bundled", true));
    assert_eq!((origin(&stage), scanned(&mut stage)), (Origin::Bundled, vec![64]), "the model has another size");
    stage.tell(ready(200, 64));
    assert!(stage.shows("Recommended: you have 200 pictures"));
    assert!(stage.shows("widths 16 and 24, step 12,000"));
    let config = started(&mut stage);
    let start = config.start.unwrap();
    assert_eq!((start.source.as_path(), config.preset.as_str()), ("bundled".as_ref(), "finetune"));
    assert_eq!((config.model, config.d_first), (model("bundled", true).model, 0));
    stage.tell(Event::State(RunState::Running));
    assert!(stage.shows("They start as what the model knows."));
}

/// Those who have the fewest pictures need it most.
#[test]
fn known_cats_are_chosen_for_a_handful_of_pictures_too() {
    let stage = with_folder(20, model("bundled", true));
    assert_eq!(origin(&stage), Origin::Bundled);
}

/// Nothing watches for copies there, and the recipe plans more steps than so few pictures bear.
#[test]
fn one_press_ends_a_run_on_a_handful_of_pictures_before_it_copies() {
    let offered = "End after 6,000 steps";
    let ready_with = |usable, seconds| {
        let mut stage = with_folder(usable, model("bundled", true));
        stage.tell(ready(usable, 64));
        stage.measure(|_| seconds);
        stage
    };
    assert!(ready_with(27, 9.0).shows(offered), "also where it takes long, and nothing is quicker");
    let mut stage = ready_with(27, 0.1);
    assert!(stage.shows("a limit of 6,000 steps is enough"));
    stage.press(offered);
    stage.measure(|_| 0.1);
    assert!(!stage.shows(offered) && !stage.shows("is enough"), "it is set");
    let config = started(&mut stage);
    assert_eq!((config.max_steps, config.preset.as_str()), (6000, "finetune"));
    assert!(!ready_with(200, 0.1).shows(offered), "copies end such a run by themselves");
}

#[test]
fn who_wants_to_start_from_scratch_does() {
    let mut stage = with_folder(200, model("bundled", true));
    stage.tell(ready(200, 64));
    stage.asked();
    choose(&mut stage, "Scratch");
    assert_eq!(scanned(&mut stage), [32], "the preset's size again");
    stage.tell(ready(200, 32));
    assert_eq!(origin(&stage), Origin::Scratch);
    assert!(stage.shows("200 pictures are too few to learn from scratch"));
    let config = started(&mut stage);
    assert_eq!((config.start, config.model), (None, PRESETS[0].config().model));
    stage.tell(Event::State(RunState::Running));
    assert!(stage.shows("They start as noise."));
}

#[test]
fn nothing_is_chosen_for_many_pictures_or_without_a_discriminator() {
    for (usable, discriminator) in [(2000, true), (200, false)] {
        let stage = with_folder(usable, model("bundled", discriminator));
        assert_eq!(origin(&stage), Origin::Scratch, "{usable} {discriminator}");
    }
}

#[test]
fn a_model_is_typed_looked_at_and_taken() {
    let mut stage = with_folder(4000, model("bundled", true));
    stage.asked();
    choose(&mut stage, "Run or file");
    stage.press("Start training");
    assert!(stage.asked().is_empty() && stage.shows("Choose a model to start from first."));
    type_path(&mut stage, "Model to start from", "/runs/7");
    assert!(
        stage
            .asked()
            .iter()
            .any(|c| matches!(c, Command::InspectModel(path) if path.as_path() == Path::new("/runs/7")))
    );
    assert!(stage.shows("Opening the model"));
    let failed = Event::ModelInspected { source: "/runs/7".into(), found: Err("/runs/7: is no model".into()) };
    stage.tell(failed);
    assert!(stage.shows("/runs/7: is no model"));
    stage.press("Use");
    assert!(stage.asked().iter().any(|c| matches!(c, Command::InspectModel(_))));
    stage.tell(inspected(StartInfo { start: model("/runs/7", false).start, ..model("x", false) }));
    assert!(stage.shows("This model has no discriminator"));
    stage.tell(ready(4000, 64));
    stage.press("Start training");
    let asked = stage.asked();
    assert!(!asked.iter().any(|c| matches!(c, Command::Start { .. })), "{asked:?}");
    assert!(stage.shows("/runs/7 has no discriminator"));
    stage.with_app(|app| app.user.config.d_first = 200);
    let config = started(&mut stage);
    assert_eq!((config.start.unwrap().name.as_str(), config.d_first), ("/runs/7", 200));
}

/// A model of 64 px is trained further at 128: its networks grow by a stage, and every stage keeps its channels.
#[test]
fn a_model_grows_into_larger_pictures() {
    let mut stage = with_folder(200, model("bundled", true));
    stage.tell(ready(200, 64));
    stage.asked();
    choose_size(&mut stage, 128);
    assert_eq!(scanned(&mut stage), [128], "the pictures are looked at anew");
    stage.tell(ready(200, 128));
    let config = started(&mut stage);
    let grown = ModelConfig { size: 128, g_width: 8, d_width: 12, ..model("bundled", true).model };
    assert_eq!((config.model, config.start.unwrap().name.as_str()), (grown, "bundled"));
}

/// It says so beside the size, and starts nothing.
#[test]
fn a_model_that_is_too_narrow_to_grow_says_so() {
    let mut narrow = model("bundled", true);
    narrow.model.d_width = 15;
    let mut stage = with_folder(200, narrow);
    stage.tell(ready(200, 64));
    choose_size(&mut stage, 128);
    stage.tell(ready(200, 128));
    stage.asked();
    stage.press("Start training");
    assert!(!stage.asked().iter().any(|c| matches!(c, Command::Start { .. })));
    assert!(stage.shows("is 15, and growing halves it: it must be even"));
    choose_size(&mut stage, 64);
    stage.tell(ready(200, 64));
    assert_eq!(started(&mut stage).model.d_width, 15, "as it is, it still starts");
}

fn choose_size(stage: &mut Stage, size: u32) {
    let name = format!("Picture size: {size}");
    if stage.harness.query_by_role_and_label(Role::RadioButton, &name).is_none() {
        let section = stage.harness.get_by(|node| {
            node.role() == Role::DisclosureTriangle && node.label().is_some_and(|label| label.starts_with("Networks"))
        });
        section.click_accesskit();
        stage.harness.run_steps(20);
    }
    stage.harness.get_by_role_and_label(Role::RadioButton, &name).click_accesskit();
    stage.harness.run_steps(3);
}
