//! How the window looks: compared picture by picture, and checked for controls without a name or room.

use crate::explore::Player;
use crate::stage::*;
use egui::{Theme, Vec2};
use egui_kittest::wgpu::WgpuTestRenderer;
use egui_kittest::{Harness, SnapshotOptions, SnapshotResults};
use purrtrait::config::Tunables;
use purrtrait::engine::{Cause, Event, ExploreEvent, RunEnd};
use purrtrait::ui::panels::PANELS;
use purrtrait::ui::{Dialog, PadMode};

/// The one place that says how much two pictures may differ: drivers round the edges of letters differently.
fn options() -> SnapshotOptions {
    SnapshotOptions::new().threshold(1.5).max_failed_pixels(60)
}

/// A renderer, or none where there is no graphics adapter at all.
fn renderer() -> Option<WgpuTestRenderer> {
    std::panic::catch_unwind(WgpuTestRenderer::new).ok()
}

pub type Scene = (&'static str, fn(&mut Stage));

/// What a person sees, in the order in which they see it.
pub static SCENES: &[Scene] = &[
    ("start", |stage| {
        let mut player = Player::default();
        player.opened(stage);
        player.play(stage);
        stage.tell(Event::Runs(runs()));
    }),
    ("compare", crate::runs::compared),
    ("story", crate::runs::story),
    ("slow", crate::first::slow_and_few),
    ("pictures", |stage| stage.with_pictures(report())),
    ("filtered", |stage| {
        let mut pictures = pictures(6);
        pictures.pictures.iter_mut().for_each(|picture| picture.left_out = None);
        let pictures = Some(std::sync::Arc::new(pictures));
        stage.with_pictures(purrtrait::engine::DatasetReport { pictures, ..report() });
        stage.harness.run_steps(12);
        crate::curation::filter(stage, "Left out: 0");
    }),
    ("preparation", |stage| {
        stage.with_pictures(report());
        stage.with_app(|app| app.user.curation.side = purrtrait::ui::Side::Preparation);
    }),
    ("photo", crate::photo::two_faces),
    ("training", training),
    ("coach", |stage| {
        training(stage);
        stage.tell(Event::Findings(vec![crate::coach::collapsed(), crate::coach::winning()]));
    }),
    ("manners", crate::behaviour::manners_on_battery),
    ("quality", |stage| {
        stage.with_run(4290);
        stage.tell(sample(4290, true));
        crate::quality::measured(stage);
    }),
    ("explore", |stage| explore(stage, PadMode::Plane)),
    ("directions", |stage| explore(stage, PadMode::Directions)),
    ("favourites", |stage| explore(stage, PadMode::Favourites)),
    ("all_favourites", |stage| {
        stage.with_app(|app| app.user.explore.export_folder = "/home/someone/Pictures/favourites".into());
        crate::favourites::listed(stage, 120);
        stage.press("Minka");
    }),
    ("film", |stage| {
        explore(stage, PadMode::Plane);
        stage.with_app(|app| app.user.explore.film.out = "/home/someone/Pictures/cats.webm".into());
        stage.with_app(|app| app.user.dialog = Some(Dialog::Film));
    }),
    ("crop", |stage| {
        explore(stage, PadMode::Plane);
        crate::explore::cropped(stage);
    }),
    ("search", |stage| {
        explore(stage, PadMode::Plane);
        crate::explore::cropped(stage);
        stage.press("Find");
        let best = Some(crate::explore::found_cat());
        stage.explorer_tells(ExploreEvent::Projecting { done: 1240, total: 4280, best });
    }),
    ("found", |stage| {
        explore(stage, PadMode::Plane);
        crate::explore::cropped(stage);
        stage.press("Find");
        stage.explorer_tells(ExploreEvent::Projected(crate::explore::found_cat()));
        stage.with_app(|app| app.user.explore.cat.out = "/home/someone/Pictures/my-cat.safetensors".into());
    }),
    ("switching", |stage| {
        explore(stage, PadMode::Directions);
        stage.with_app(|app| {
            app.user.explore.model_text = "/runs/0007-cats".into();
            app.user.dialog = Some(Dialog::OpenModel);
        });
        stage.harness.run_steps(3);
        stage.press("Open");
    }),
    ("closing", |stage| {
        crate::closing::film(stage);
        crate::closing::press_close(stage);
    }),
    ("wrong_number", |stage| {
        stage.with_pictures(report());
        crate::behaviour::type_number(stage, "Maximum steps", "abc");
        stage.key(egui::Modifiers::NONE, egui::Key::Enter);
    }),
    ("queue_empty", crate::queue::empty),
    ("queue", crate::queue::under_way),
    ("queue_waits", crate::queue::waits_at_home),
    ("race_recipe", crate::race::set_up),
    ("race", crate::race::under_way),
    ("watching", crate::watching::watched),
    ("watchable", crate::watching::listed),
    ("vanished", crate::runs::vanished),
    ("names", crate::names::named),
    ("evaluate", crate::evaluate::results),
    ("failed", |stage| {
        training(stage);
        let text = "runs/0007-cats: the disk is full.".into();
        stage.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Run, text }));
        // Toasts have gone by then.
        stage.harness.run_steps(60);
    }),
];

fn training(stage: &mut Stage) {
    stage.with_run(600);
    stage.tell(sample(590, true));
    stage.tell(sample(600, true));
    stage.tell(mark(300, Tunables { lr_g: 1e-4, ..Tunables::default() }));
}

/// A generator is open, and the pad works like this.
fn explore(stage: &mut Stage, mode: PadMode) {
    let mut player = Player::open(stage);
    player.favourites(stage, 4);
    stage.with_app(|app| app.user.explore.enter(mode));
    player.play(stage);
}

/// Scenes of which one picture is enough: a message and a dialog are the same everywhere.
const ONE: [&str; 18] = [
    "race_recipe",
    "queue_empty",
    "queue_waits",
    "manners",
    "filtered",
    "preparation",
    "failed",
    "film",
    "search",
    "coach",
    "evaluate",
    "story",
    "switching",
    "closing",
    "wrong_number",
    "vanished",
    "watchable",
    "names",
];

#[test]
fn the_screens_look_as_they_did() {
    if renderer().is_none() {
        let required = std::env::var_os("PURRTRAIT_REQUIRE_GPU").is_some_and(|v| v == "1");
        assert!(!required, "PURRTRAIT_REQUIRE_GPU is set, but there is no graphics adapter");
        println!("skipped: there is no graphics adapter to draw with");
        return;
    }
    let mut results = SnapshotResults::new();
    let sizes = [(1280.0, 720.0, Theme::Dark), (1280.0, 720.0, Theme::Light), (900.0, 600.0, Theme::Dark)];
    for (name, play) in SCENES {
        let count = if ONE.contains(name) { 1 } else { sizes.len() };
        // A window of 900 x 600 with letters of 130 %.
        let enlarged = ["start", "slow", "pictures", "training", "explore", "directions", "favourites"].contains(name);
        let enlarged = enlarged.then_some(&(692.0, 461.0, Theme::Dark));
        for &(width, height, theme) in sizes[..count].iter().chain(enlarged) {
            let Some(renderer) = renderer() else { panic!("the graphics adapter went away") };
            let mut stage = Stage::window(Harness::builder().renderer(renderer), width, height, theme);
            play(&mut stage);
            stage.harness.remove_cursor();
            stage.harness.run_steps(4);
            let theme = if theme == Theme::Dark { "dark" } else { "light" };
            results.add(stage.harness.try_snapshot_options(format!("{name}_{theme}_{width}"), &options()));
        }
    }
}

/// Panels are as large as their place, at the widths they have in a large and in a small window, and every control in
/// them has a name. A glyph that no font has would panic here, too.
#[test]
fn every_panel_fits_and_names_its_controls() {
    for panel in PANELS {
        for theme in [Theme::Dark, Theme::Light] {
            for share in [1.0, 0.7] {
                // Side panels keep a minimum width.
                let width = (panel.size[0] * share).max(290.0_f32.min(panel.size[0]));
                let mut stage = Stage::panel(panel, theme, width);
                stage.tell(Event::Runs(runs()));
                stage.tell(Event::DataReady(std::sync::Arc::new(report())));
                training(&mut stage);
                if panel.name == "explore" {
                    explore(&mut stage, PadMode::Plane);
                    for mode in [PadMode::Favourites, PadMode::Directions] {
                        stage.with_app(|app| app.user.explore.enter(mode));
                        stage.harness.run_steps(2);
                        stage.harness.check_accessibility();
                    }
                }
                if panel.name == "losses" {
                    crate::quality::measured(&mut stage);
                    stage.harness.check_accessibility();
                    assert!(stage.used().x <= width + 1.0, "the quality takes {} of {width}", stage.used());
                    stage.with_app(|app| app.user.plot.quality = false);
                }
                if panel.name == "coach" {
                    stage.tell(Event::Findings(vec![crate::coach::collapsed(), crate::coach::winning()]));
                }
                if panel.name == "banner" {
                    stage.tell(Event::RunEnded(RunEnd::Diverged { step: 600, text: "NaN.".into() }));
                }
                stage.harness.run_steps(2);
                stage.harness.check_accessibility();
                let used = stage.used();
                let room = Vec2::new(width, panel.size[1]);
                let fits = used.x <= room.x + 1.0 && (used.y <= room.y + 1.0 || panel.name == "banner");
                assert!(fits, "{} takes {used} of {room}", panel.name);
            }
        }
    }
}

#[test]
fn a_window_at_4k_and_one_with_large_letters_are_drawn() {
    for (size, zoom) in [((3840.0, 2160.0), 1.0), ((3840.0, 2160.0), 2.0), ((900.0, 600.0), 1.5)] {
        for (_, play) in SCENES {
            let mut stage = Stage::window(Harness::builder(), size.0 / zoom, size.1 / zoom, Theme::Dark);
            stage.harness.set_pixels_per_point(zoom);
            stage.harness.run_steps(4);
            play(&mut stage);
            stage.harness.check_accessibility();
        }
    }
}
