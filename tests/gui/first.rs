//! The first minute: what the pictures will lead to, how long a recipe takes, which one suits, and the next folder while
//! a run trains.

use crate::explore::Player;
use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::config::{AppSettings, DataSource, DeviceInfo, FaceMode, Motion, Preset, RunConfig};
use purrtrait::engine::{
    Advice, Command, DatasetReport, Event, ExploreCommand, ExploreSource, Remedy, RunState, StepSpeed,
};
use purrtrait::ui::Screen;
use std::sync::Arc;

/// A folder with so many usable pictures, prepared.
fn folder(stage: &mut Stage, usable: usize, advice: Vec<Advice>) {
    stage.with_app(|app| app.user.folder_text = "/pictures/mimi".into());
    stage.harness.run_steps(2);
    stage.press("Open");
    stage.tell(Event::DataReady(Arc::new(DatasetReport { usable, advice, ..report() })));
}

fn choose(stage: &mut Stage, preset: &str) {
    stage.harness.get_by_role_and_label(Role::RadioButton, &format!("Preset: {preset}")).click_accesskit();
    stage.harness.run_steps(3);
    let size = stage.with_app(|app| app.user.config.model.size);
    stage.tell(Event::DataReady(Arc::new(DatasetReport { size, ..report() })));
}

/// Seconds of a step on a small processor: wide networks take long.
fn processor(config: &RunConfig) -> f64 {
    match (config.model.size, config.model.g_width) {
        (32, _) => 0.04,
        (64, 12) => 0.07,
        (64, _) => 9.0,
        _ => 54.0,
    }
}

fn bad(text: &str, remedies: &[Remedy]) -> Advice {
    Advice { good: false, text: text.into(), remedies: remedies.to_vec() }
}

/// Few pictures, and a recipe that takes days: what the snapshots show.
pub fn slow_and_few(stage: &mut Stage) {
    let settings = stage.with_app(|app| app.state.settings.clone()).unwrap();
    stage.tell(Event::Settings(AppSettings { all_settings: false, ..settings }));
    let text = "Only 3 pictures: the networks learn to copy them instead of drawing new cats. With fewer than 50, none \
                are held out, quality is not measured, and nothing watches for copies.";
    let few = bad(text, &[Remedy::OtherPictures, Remedy::DrawnCats]);
    let faces = bad("95 of 238 photos show a face well: crop to the faces.", &[Remedy::CutToFaces]);
    folder(stage, 3, vec![few.clone(), faces.clone()]);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Preset: Article 128").click_accesskit();
    stage.harness.run_steps(3);
    stage.tell(Event::DataReady(Arc::new(DatasetReport { size: 128, advice: vec![few, faces], ..report() })));
    stage.measure(processor);
}

#[test]
fn the_window_says_how_long_a_recipe_takes() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    assert!(stage.shows("Measuring how long this takes here"));
    let asked = stage.to_measure().unwrap();
    assert_eq!((asked.model.size, asked.batch), (32, 32));
    stage.tell(Event::Speed { config: Box::new(asked), found: Ok(StepSpeed { step: 0.04, first_step: 0.1 }) });
    assert!(stage.shows("First cats in about 20 seconds, good ones in about 1 minute."));
    assert!(stage.shows("Quick 32 is recommended here."), "drawn cats on a processor");
    assert!(stage.to_measure().is_none(), "nothing is measured twice");
    stage.press("Measure again");
    assert!(stage.to_measure().is_some(), "but when that is asked for");
}

#[test]
fn a_recipe_that_takes_days_offers_one_that_works() {
    let mut stage = Stage::usual();
    folder(&mut stage, 4270, Vec::new());
    choose(&mut stage, "Article 128");
    stage.measure(processor);
    assert!(stage.shows("the run ends after about 9 days"), "article-128 on a processor");
    choose(&mut stage, "Modern 64");
    stage.measure(processor);
    assert!(stage.shows("good ones in about 20 hours"), "modern-64 at full width");
    stage.press("Use Modern 64, narrow instead");
    let config = stage.with_app(|app| app.user.config.clone());
    assert_eq!((config.model.g_width, config.model.d_width, config.batch), (12, 24, 8));
    assert_eq!((config.tunables.lr_g, config.preset.as_str()), (1e-3, "modern-64"));
    assert_eq!(config.data.source, DataSource::Folder(std::path::absolute("/pictures/mimi").unwrap()));
    assert!(stage.shows("First cats in about 1 minute, good ones in about 9 minutes."));
    assert!(stage.shows("Modern 64, narrow is recommended here."));
}

#[test]
fn one_press_takes_the_recipe_that_suits() {
    let mut stage = Stage::usual();
    folder(&mut stage, 4270, Vec::new());
    stage.measure(processor);
    assert!(stage.shows("Recommended: Modern 64, narrow") && stage.shows("suit a processor"));
    stage.asked();
    stage.press("Use this recipe");
    assert!(stage.asked().iter().any(|c| matches!(c, Command::ScanData { size: 64, .. })), "another size");
    let narrow = stage.with_app(|app| (app.user.config.model.g_width, app.user.preset.name));
    assert_eq!(narrow, (12, "modern-64"));
    // A device too slow even for that gets the smallest recipe.
    let mut stage = Stage::usual();
    folder(&mut stage, 4270, Vec::new());
    stage.measure(|config| if config.model.size == 32 { 0.9 } else { 60.0 });
    assert!(stage.shows("Quick 32 is recommended here."));
}

#[test]
fn what_cannot_be_measured_is_said_and_a_run_is_not_measured_beside() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    let asked = stage.to_measure().unwrap();
    let why = "device gpu:0: cannot be opened.";
    stage.tell(Event::Speed { config: Box::new(asked), found: Err(why.into()) });
    assert!(stage.shows("How long this takes is not known. device gpu:0"));
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_run(10);
    stage.with_app(|app| app.user.screen = Screen::Setup);
    assert!(stage.to_measure().is_none());
    assert!(stage.shows("measured once no run is in progress"));
}

#[test]
fn pictures_are_judged_in_words_with_what_helps() {
    let mut stage = Stage::usual();
    let few = bad(
        "Only 3 pictures: the networks learn to copy them.",
        &[Remedy::OtherPictures, Remedy::StartFromKnownCats, Remedy::DrawnCats],
    );
    let faces = bad("95 of 238 photos show a face well: crop to the faces.", &[Remedy::CutToFaces]);
    folder(&mut stage, 3, vec![few, faces]);
    assert!(stage.shows("Only 3 pictures") && stage.shows("95 of 238"));
    assert!(
        stage.harness.query_by_role_and_label(Role::Button, "Start from known cats").is_none(),
        "there is no such model in this build"
    );
    stage.asked();
    stage.press("Crop to the faces");
    let asked = stage.asked();
    let cut = |c: &Command| matches!(c, Command::ScanData { data, .. } if data.faces == FaceMode::On);
    assert!(asked.iter().any(cut), "{asked:?}");
    stage.harness.get_by_role_and_label(Role::Button, "Try drawn cats").click_accesskit();
    let demo = |c: &Command| matches!(c, Command::ScanData { data, .. } if data.source == DataSource::Demo);
    assert!(stage.asked().iter().any(demo));
}

#[test]
fn the_next_folder_is_prepared_while_a_run_trains() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.with_run(10);
    stage.key(Modifiers::COMMAND, Key::Num1);
    stage.asked();
    folder(&mut stage, 4270, Vec::new());
    let asked = stage.asked();
    assert!(asked.iter().any(|c| matches!(c, Command::ScanData { .. })), "{asked:?}");
    assert!(stage.shows("This is the recipe of the next one"));
    choose(&mut stage, "Modern 64");
    assert_eq!(stage.with_app(|app| app.user.config.model.size), 64);
    let blocked = stage.with_app(|app| app.user.blocked(&app.state));
    assert_eq!(blocked.as_deref(), Some("A run is in progress. Stop it first, or add this one to the queue."));
    assert!(stage.shows("A run is in progress. Stop it first, or add"), "what is disabled says why");
    // Of a run that is about to begin, pictures and recipe are on show.
    stage.tell(Event::State(RunState::Preparing));
    stage.with_app(|app| app.user.screen = Screen::Home);
    stage.asked();
    stage.press("Open");
    let asked = stage.asked();
    assert!(!asked.iter().any(|c| matches!(c, Command::ScanData { .. })), "{asked:?}");
}

#[test]
fn a_folder_is_recent_once_it_has_been_opened() {
    let mut stage = Stage::usual();
    stage.with_app(|app| app.user.folder_text = "/nowhere/at all".into());
    stage.harness.run_steps(2);
    stage.press("Open");
    stage.tell(Event::DataFailed("Cannot open the folder /nowhere/at all.".into()));
    let saved = |c: &Command| matches!(c, Command::SaveSettings(s) if !s.recent_folders.is_empty());
    assert!(!stage.asked().iter().any(saved));
    stage.with_app(|app| app.user.screen = Screen::Home);
    folder(&mut stage, 100, Vec::new());
    assert!(stage.asked().iter().any(saved));
}

#[test]
fn a_recipe_says_what_it_takes_of_a_graphics_card() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    stage.harness.get_by_label("Run").click_accesskit();
    stage.harness.run_steps(3);
    assert!(!stage.shows("Takes about"), "on a processor");
    let card = |memory| DeviceInfo { kind: "discrete".into(), preferred: true, memory, ..devices().remove(1) };
    stage.tell(Event::Devices(vec![card(None)]));
    assert!(stage.shows("of the graphics card's memory."));
    stage.tell(Event::Devices(vec![card(Some(8 << 30))]));
    assert!(stage.shows("of the graphics card's 8.0 GB of memory."));
    assert!(!stage.shows("choose fewer pictures at once"));
    choose(&mut stage, "Modern 256");
    stage.with_app(|app| app.user.config.batch = 256);
    stage.harness.run_steps(2);
    assert!(stage.shows("the graphics card has 8.0 GB: choose fewer pictures at once"));
}

#[test]
fn all_settings_are_shown_to_who_wants_them_and_to_who_has_a_fault() {
    let mut stage = Stage::usual();
    stage.tell(Event::Settings(AppSettings::default()));
    stage.with_pictures(report());
    assert!(!stage.shows("Networks") && stage.shows("Maximum steps"));
    stage.asked();
    stage.harness.get_by_role_and_label(Role::RadioButton, "Settings shown: All").click_accesskit();
    stage.harness.run_steps(2);
    assert!(stage.shows("Networks") && stage.shows("Training (live settings)"));
    assert!(stage.asked().iter().any(|c| matches!(c, Command::SaveSettings(s) if s.all_settings)));
    stage.tell(Event::Settings(AppSettings::default()));
    assert!(!stage.shows("Networks"));
    stage.with_app(|app| app.user.config.model.kernel = 99);
    stage.harness.run_steps(2);
    assert!(stage.shows("Networks"), "a hidden fault would block the start without a word");
}

#[test]
fn every_recipe_says_in_a_line_what_it_is_for() {
    let mut stage = Stage::usual();
    stage.with_pictures(report());
    for label in ["Quick 32", "Modern 64", "Article 128"] {
        choose(&mut stage, label);
        let preset = stage.with_app(|app| app.user.preset);
        assert!(stage.shows(preset.line), "{label}");
    }
    for preset in purrtrait::config::PRESETS {
        assert!(preset.line.len() < 90 && !preset.line.contains("GAN"), "{}", preset.name);
    }
    assert_eq!(Preset::find("quick-32").unwrap().config().held_out, 5.0, "copies and overfitting are watched");
}

/// Points that were asked for since the last look.
fn shown(stage: &mut Stage) -> usize {
    stage.harness.run_steps(4);
    stage.explored.try_iter().filter(|c| matches!(c, ExploreCommand::Show { .. })).count()
}

#[test]
fn the_start_screen_is_alive_and_rests_when_asked_to() {
    let builder = egui_kittest::Harness::builder().with_step_dt(0.1);
    let mut stage = Stage::window(builder, 1280.0, 720.0, egui::Theme::Dark);
    assert!(matches!(stage.opened[..], [ExploreCommand::Open(ExploreSource::Bundled)]));
    assert_eq!(stage.with_app(|app| app.user.screen), Screen::Home, "opening it leaves the screen");
    stage.press("▶ Move");
    let mut player = Player::default();
    player.opened(&mut stage);
    let before = stage.with_app(|app| app.user.explore.plane.at);
    player.play(&mut stage);
    let after = stage.with_app(|app| app.user.explore.plane.at);
    assert_ne!(before, after, "it moves by itself");
    stage.press("‖ Rest");
    player.play(&mut stage);
    shown(&mut stage);
    assert_eq!(shown(&mut stage), 0);
    assert!(stage.asked().iter().any(|c| matches!(c, Command::SaveSettings(s) if s.motion == Motion::Reduced)));
    assert_eq!(stage.harness.ctx.global_style().animation_time, 0.0);
    stage.press("▶ Move");
    assert!(shown(&mut stage) > 0);
    player.play(&mut stage);
    // A run needs the processor.
    stage.with_run(10);
    stage.with_app(|app| app.user.screen = Screen::Home);
    player.play(&mut stage);
    shown(&mut stage);
    assert_eq!(shown(&mut stage), 0);
}

#[test]
fn the_systems_wish_for_less_motion_holds_until_the_person_decides() {
    let builder = egui_kittest::Harness::builder().with_step_dt(0.1);
    let mut stage = Stage::window(builder, 1280.0, 720.0, egui::Theme::Dark);
    let animates = |stage: &Stage| stage.harness.ctx.global_style().animation_time > 0.0;
    let wish = stage.with_app(|app| app.stillness());
    stage.tell(Event::Settings(AppSettings::default()));
    assert!(stage.shows("‖ Rest") && animates(&stage));
    wish.store(true, std::sync::atomic::Ordering::Relaxed);
    stage.harness.run_steps(2);
    assert!(stage.shows("▶ Move") && !animates(&stage));
    stage.press("▶ Move");
    assert!(stage.shows("‖ Rest") && animates(&stage));
    assert!(stage.asked().iter().any(|c| matches!(c, Command::SaveSettings(s) if s.motion == Motion::Full)));
    wish.store(false, std::sync::atomic::Ordering::Relaxed);
    stage.press("‖ Rest");
    assert!(!animates(&stage), "the person's word counts");
}
