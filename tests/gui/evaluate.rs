//! The dialog that measures a generator: what it asks for, how it follows, and what it shows.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::engine::{
    Command, EvaluateReport, EvaluateRequest, Evaluation, ExploreCommand, ExploreEvent, Floor, InceptionReport,
    NETWORK, Quality,
};
use purrtrait::ui::{Dialog, Screen};
use std::path::Path;
use std::sync::Arc;

/// Numbers of a run with Inception beside them.
pub fn measured_run() -> EvaluateReport {
    EvaluateReport {
        source: "runs/0007-cats".into(),
        folder: "/home/someone/Pictures/other cats".into(),
        model: Some("0123".into()),
        step: Some(12_000),
        quality: Quality {
            pictures: 2000,
            side: 64,
            network: NETWORK,
            measures: crate::quality::measures(33.4, 0.61),
            floor: crate::quality::measures(2.5, 0.97),
            floor_from: Floor::Training,
            floor_pictures: 2000,
            memorisation: Some(0.97),
            r_train: Some(0.31),
            r_held: Some(0.24),
            notes: vec![
                "3 of the 2000 real pictures were also trained on; they are excluded".into(),
                "only 10000 of 12000 training pictures were searched for copies".into(),
            ],
        },
        features: purrtrait::engine::RELATIVE_ONLY,
        inception: Some(InceptionReport {
            file: "pt_inception-2015-12-05-6726825d.pth".into(),
            published: true,
            pictures: 2000,
            fid: 41.27,
            kid: 21.5,
            kid_error: 1.9,
            kid_subsets: true,
            floor_fid: 9.81,
            floor_kid: 0.12,
            advice: vec!["never compare FIDs of different numbers of pictures"],
            seconds: 300.0,
        }),
        seconds: 345.6,
        measuring_seconds: 321.0,
    }
}

fn told(stage: &mut Stage, event: Evaluation) {
    stage.explorer_tells(ExploreEvent::Evaluation(event));
}

fn asked(stage: &mut Stage) -> Vec<ExploreCommand> {
    stage.harness.run_steps(2);
    stage.explored.try_iter().collect()
}

/// The dialog with results.
pub fn results(stage: &mut Stage) {
    stage.with_run(600);
    stage.key(Modifiers::COMMAND, Key::E);
    stage.press("Start evaluation");
    told(stage, Evaluation::Done(Arc::new(measured_run())));
    // Toasts have gone by then.
    stage.harness.run_steps(60);
}

fn request(commands: &[ExploreCommand]) -> &EvaluateRequest {
    match commands {
        [ExploreCommand::Evaluate(request)] => request,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_keyboard_opens_fills_starts_and_gives_up() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.key(Modifiers::COMMAND, Key::E);
    assert_eq!(stage.with_app(|app| app.user.evaluate.source.clone()), "runs/0007-cats", "the run on show");
    stage.harness.check_accessibility();
    stage.harness.get_by_role_and_label(Role::TextInput, "Real pictures").focus();
    stage.harness.run_steps(1);
    stage.harness.event(egui::Event::Text("/pictures/others".into()));
    stage.harness.run_steps(1);
    stage.harness.get_by_role_and_label(Role::TextInput, "Inception weights").focus();
    stage.harness.run_steps(1);
    stage.harness.event(egui::Event::Text("/weights/pt_inception.pth".into()));
    stage.harness.run_steps(1);
    stage.asked();
    stage.harness.get_by_role_and_label(Role::Button, "Start evaluation").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    let commands = asked(&mut stage);
    let request = request(&commands);
    assert_eq!(request.source, Path::new("runs/0007-cats"));
    assert_eq!(request.folder.as_deref(), Some(Path::new("/pictures/others")));
    assert_eq!(request.inception.as_deref(), Some(Path::new("/weights/pt_inception.pth")));
    assert_eq!((request.count, request.size, request.raw, &request.training), (None, None, false, &None));
    // What was used is remembered.
    let saved = stage.asked().into_iter().find_map(|c| if let Command::SaveSettings(s) = c { Some(s) } else { None });
    let saved = saved.expect("the settings are saved");
    assert_eq!(saved.real_pictures.as_deref(), Some(Path::new("/pictures/others")));
    assert_eq!(saved.inception.as_deref(), Some(Path::new("/weights/pt_inception.pth")));

    told(&mut stage, Evaluation::Progress { what: "pictures generated".to_owned(), done: 350, total: 2000 });
    assert!(stage.shows("Pictures generated: 350 of 2,000"));
    stage.harness.get_by_role_and_label(Role::Button, "Cancel").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(matches!(asked(&mut stage)[..], [ExploreCommand::CancelEvaluation]));
    // It ends with what it is computing, and nothing else can be begun meanwhile.
    assert!(stage.shows("Cancelling") && !stage.shows("Start evaluation"));
    told(&mut stage, Evaluation::Cancelled);
    assert!(stage.shows("Start evaluation"));
}

#[test]
fn results_stand_beside_those_of_real_pictures_and_can_be_copied() {
    let mut stage = Stage::usual();
    results(&mut stage);
    for text in ["Distance (KID x 1,000)", "33.40", "2.50", "relative only", "FID (Inception)", "41.27", "9.81"] {
        assert!(stage.shows(text), "{text}");
    }
    assert!(stage.shows("2,000 training pictures against as many") && stage.shows("they are excluded"));
    stage.harness.check_accessibility();
    let copied = |stage: &mut Stage, button: &str| {
        stage.harness.get_by_role_and_label(Role::Button, button).click();
        stage.harness.step();
        let commands = stage.harness.output().platform_output.commands.clone();
        commands.into_iter().find_map(|c| if let egui::OutputCommand::CopyText(text) = c { Some(text) } else { None })
    };
    let text = copied(&mut stage, "Copy as text").expect("text is copied");
    assert_eq!(text, measured_run().text());
    let json = copied(&mut stage, "Copy as JSON").expect("JSON is copied");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let found = [&json["kid"], &json["inception"]["floor_fid"]].map(serde_json::Value::as_f64);
    assert_eq!((found, json["floor_pictures"].as_u64()), ([Some(33.4), Some(9.81)], Some(2000)));
    stage.press("Evaluate again…");
    assert!(stage.shows("Start evaluation"));
    stage.press("Last results");
    assert!(stage.shows("41.27"));
    // Neither a failure nor a look at something else loses them, and they are not taken for those of another generator.
    stage.press("Evaluate again…");
    stage.press("Start evaluation");
    told(&mut stage, Evaluation::Failed("/pictures/none: there is no such folder".into()));
    stage.press("Last results");
    assert!(stage.shows("41.27"));
    stage.key(Modifiers::NONE, Key::Escape);
    stage.with_app(|app| app.user.evaluate.source = "/runs/other".into());
    stage.key(Modifiers::COMMAND, Key::E);
    assert!(stage.shows("Start evaluation") && !stage.shows("41.27"));
}

/// The halves that the floor of FID was measured with are told, because with fewer pictures it is larger.
#[test]
fn a_floor_of_halves_is_reported() {
    let words = "computed from 1,000 against 1,000";
    let mut report = measured_run();
    assert!(!report.text().contains(words), "{}", report.text());
    (report.quality.floor_from, report.quality.floor_pictures) = (Floor::Halves, 1000);
    assert!(report.text().contains(words), "{}", report.text());
}

#[test]
fn a_failure_is_shown_in_the_dialog_and_closing_it_does_not_end_the_work() {
    let mut stage = Stage::usual();
    stage.key(Modifiers::COMMAND, Key::E);
    assert_eq!(stage.with_app(|app| app.user.evaluate.source.clone()), "bundled", "there is no run");
    stage.press("Start evaluation");
    assert_eq!(request(&asked(&mut stage)).source, Path::new("bundled"));
    stage.key(Modifiers::NONE, Key::Escape);
    assert_eq!(stage.with_app(|app| app.user.dialog), None);
    assert!(asked(&mut stage).is_empty(), "it goes on");
    told(&mut stage, Evaluation::Failed("/pictures/none: there is no such folder".into()));
    stage.key(Modifiers::COMMAND, Key::E);
    assert!(stage.shows("/pictures/none: there is no such folder"));
    // The next one begins with a clean slate.
    stage.press("Start evaluation");
    assert!(!stage.with_app(|app| app.state.evaluation.failure.is_some()));
}

#[test]
fn the_explorer_offers_its_generator_and_typed_paths_stay() {
    let mut stage = Stage::usual();
    crate::explore::Player::open(&mut stage);
    stage.press("More");
    stage.press("Evaluate…");
    assert_eq!(stage.with_app(|app| (app.user.dialog, app.user.screen)), (Some(Dialog::Evaluate), Screen::Explore));
    assert_eq!(stage.with_app(|app| app.user.evaluate.source.clone()), "bundled");
    stage.with_app(|app| app.user.evaluate.source = "~/models/mine.safetensors".into());
    stage.key(Modifiers::NONE, Key::Escape);
    stage.with_run(20);
    stage.key(Modifiers::COMMAND, Key::E);
    assert_eq!(stage.with_app(|app| app.user.evaluate.source.clone()), "~/models/mine.safetensors");
    stage.press("Current run");
    assert_eq!(stage.with_app(|app| app.user.evaluate.source.clone()), "runs/0007-cats");
}

#[test]
fn the_quality_plot_leads_there() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.harness.get_by_role_and_label(Role::RadioButton, "Plot: Quality").click();
    stage.harness.run_steps(3);
    stage.press("Evaluate…");
    assert_eq!(stage.with_app(|app| app.user.dialog), Some(Dialog::Evaluate));
}
