//! The plot of the pictures' quality: reached by mouse and keyboard, and what it says.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;
use purrtrait::config::{LossKind, RunConfig, Tunables};
use purrtrait::engine::{Event, Floor, Measures, NETWORK, Quality, QualityPoint, RunEnd, StepMetrics, TunablesChange};
use std::sync::Arc;

pub fn measures(distance: f64, share: f64) -> Measures {
    Measures {
        swd: 4.0 + distance / 20.0,
        swd_levels: vec![(32, 4.0), (16, 5.0)],
        colour: 0.8 + distance / 40.0,
        kid: distance,
        kid_error: 1.0,
        density: share * 1.1,
        coverage: share,
        precision: share,
        recall: share * 0.9,
        diversity: 0.4 + share * 0.6,
    }
}

/// A generator that gets better.
pub fn point(step: u64) -> Event {
    let x = step as f64 / 330.0;
    Event::Quality(Arc::new(QualityPoint {
        step,
        seconds: 2.34,
        quality: Quality {
            pictures: 500,
            side: 64,
            network: NETWORK,
            measures: measures(400.0 / x + 20.0 * (x * 5.0).sin(), 1.0 - 0.9 / x.sqrt()),
            floor: measures(2.5, 0.97),
            floor_from: Floor::Training,
            floor_pictures: 500,
            memorisation: Some(1.1 - 0.01 * x),
            r_train: Some(0.2 + 0.02 * x),
            r_held: Some(0.2 - 0.01 * x),
            notes: Vec::new(),
        },
    }))
}

fn open(stage: &mut Stage) {
    stage.harness.get_by_role_and_label(Role::RadioButton, "Plot: Quality").click();
    stage.harness.run_steps(3);
}

/// Twelve measurements, the next one under way.
pub fn measured(stage: &mut Stage) {
    for i in 1..=12 {
        stage.tell(point(330 * i));
    }
    stage.tell(Event::Measuring(Some(4290)));
    open(stage);
}

#[test]
fn before_the_first_measurement_it_says_when_that_comes() {
    let mut stage = Stage::usual();
    stage.with_run(100);
    open(&mut stage);
    assert!(stage.shows("The first measurement is due at step 330, then every 5 epochs."));
    stage.tell(Event::Measuring(Some(330)));
    assert!(stage.shows("measuring step 330") && stage.shows("The first measurement is in progress"));
    stage.tell(mark(331, Tunables { measure_every: 0.0, ..Tunables::default() }));
    stage.tell(Event::Measuring(None));
    assert!(stage.shows("Measuring is off."));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 340 }));
    assert!(stage.shows("were not measured"));
}

#[test]
fn measures_are_chosen_from_a_list_with_words() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    measured(&mut stage);
    assert!(stage.shows("KID ") && stage.shows("measuring step 4,290"));
    stage.harness.get_by_role_and_label(Role::ComboBox, "Metric").click();
    stage.harness.run_steps(3);
    stage.harness.get_by_label("Memorisation").click();
    stage.harness.run_steps(3);
    assert!(stage.shows("memorisation 0.98"));
    stage.harness.check_accessibility();
    stage.tell(point(4290));
    assert!(!stage.shows("measuring step"));
}

#[test]
fn the_keyboard_reaches_the_plot_and_its_list() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.tell(point(330));
    stage.harness.get_by_role_and_label(Role::RadioButton, "Plot: Quality").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.shows("KID "));
    stage.harness.get_by_role_and_label(Role::ComboBox, "Metric").focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    assert!(stage.shows("Coverage and density"));
}

#[test]
fn a_run_that_rolled_back_forgets_later_measurements() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    for step in [330, 660, 990] {
        stage.tell(point(step));
    }
    let steps = |stage: &Stage| {
        stage.with_app(|app| app.state.run.as_ref().unwrap().quality.iter().map(|p| p.step).collect::<Vec<_>>())
    };
    let text = "Went back".into();
    let mark = TunablesChange { step: 701, revision: 1, text, tunables: Tunables::default(), rolled_back: true };
    stage.tell(Event::TunablesApplied(mark));
    assert_eq!(steps(&stage), [330, 660]);
    stage.tell(point(660));
    stage.tell(point(1000));
    assert_eq!(steps(&stage), [330, 660, 1000]);
}

#[test]
fn where_nothing_is_measured_the_reason_stays() {
    let mut stage = Stage::usual();
    stage.with_run(400);
    open(&mut stage);
    let why = "Picture quality is not measured: 20 pictures are too few to measure; 50 are needed.";
    stage.tell(Event::NotMeasured(why.into()));
    assert!(stage.shows("20 pictures are too few to measure") && !stage.shows("was due"));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 400 }));
    assert!(stage.shows("20 pictures are too few to measure"));
}

/// A run of an older version of the program that goes on: what two feature networks measured never shares an axis.
#[test]
fn measurements_by_an_older_feature_network_are_not_drawn_beside_newer_ones() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    let Event::Quality(mut old) = point(330) else { unreachable!("a point is a measurement") };
    Arc::make_mut(&mut old).quality.network = NETWORK - 1;
    stage.tell(Event::Quality(old));
    open(&mut stage);
    let note = "1 measurement by an older feature network not shown.";
    let older = "relatives are by an older feature network";
    assert!(stage.shows("measures more closely") && stage.shows(older) && !stage.shows(note), "alone it is drawn");
    stage.tell(point(660));
    stage.harness.run_steps(3);
    assert!(stage.shows(note) && !stage.shows(older));
}

#[test]
fn it_says_what_its_numbers_are_not_good_for() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    measured(&mut stage);
    assert!(stage.shows("measures more closely, so its numbers differ.") && stage.shows("× 1,000"));
    let Event::Quality(mut noted) = point(4620) else { unreachable!("a point is a measurement") };
    Arc::make_mut(&mut noted).quality.notes.push("compared with pictures that were trained on".into());
    stage.tell(Event::Quality(noted));
    assert!(stage.shows("Compared with pictures that were trained on. Quick measurements:"));
}

/// Words first, with the numbers behind them; chance below 0 is no riddle.
#[test]
fn the_quality_is_said_in_words() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    measured(&mut stage);
    assert!(stage.shows("Close to real pictures, still improving;"));
    assert!(stage.shows("no copies."));
    let Event::Quality(mut best) = point(4620) else { unreachable!("a point is a measurement") };
    let quality = &mut Arc::make_mut(&mut best).quality;
    (quality.measures.kid, quality.floor.kid, quality.memorisation) = (-4.45, -1.2, None);
    (quality.measures.coverage, quality.measures.diversity) = (0.96, 1.0);
    stage.tell(Event::Quality(best));
    assert!(stage.shows("As good as real pictures") && stage.shows("variety good; copies not watched."));
    assert!(stage.shows("KID 0.00 (real 0.00)") && !stage.shows("-4.45"));
    stage.harness.check_accessibility();
}

#[test]
fn what_d_believes_fits_the_loss() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    assert!(stage.shows("D(real)") && !stage.shows("augmented") && !stage.shows("learning rates"));
    let mut config = RunConfig { augment_target: 0.6, ..RunConfig::default() };
    config.model.loss = LossKind::Rpgan;
    let mut stage = Stage::usual();
    stage.with_run_of(config, Vec::new(), 600);
    assert!(stage.shows("real rated higher") && !stage.shows("D(real)"));
    stage.tell(Event::Metrics(vec![StepMetrics { augmented: Some(0.2), lr_g: 1e-4, ..metrics(601) }]));
    assert!(stage.shows("augmented") && stage.shows("learning rates 1e-4, 2e-4"));
    stage.harness.check_accessibility();
}
