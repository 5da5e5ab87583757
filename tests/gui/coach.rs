//! The coach: what it shows, and what its buttons ask for.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use purrtrait::config::{RunConfig, Tunables};
use purrtrait::engine::{
    Change, Command, Event, Finding, FindingKind, RunEnd, RunState, Severity, Suggestion, TunablesChange,
};

const APPLY: &str = "Apply: Discriminator learning rate 2e-4 \u{2192} 1e-4";

pub fn winning() -> Finding {
    Finding {
        kind: FindingKind::DiscriminatorWins,
        severity: Severity::Warning,
        since_step: 412,
        text: "Its loss is 0.331 on average; pure guessing would give 1.39, and 0.33 is the best it can reach. Its \
               output averages 0.90 for real and 0.01 for generated pictures, where 1 means certainly real. The \
               generator learns nothing from a discriminator that is always right."
            .into(),
        suggestion: Suggestion::Set(vec![Change {
            key: "lr-d",
            label: "Discriminator learning rate",
            from: 2e-4,
            to: 1e-4,
        }]),
    }
}

pub fn collapsed() -> Finding {
    Finding {
        kind: FindingKind::Collapse,
        severity: Severity::Alarm,
        since_step: 560,
        text: "Two samples differ only 12 % as much as two training pictures do. The generator has collapsed: \
               almost all samples are one picture that fools the discriminator."
            .into(),
        suggestion: Suggestion::RollBack { step: 500, lower: 0.5 },
    }
}

#[test]
fn the_coach_is_quiet_while_all_is_well() {
    let mut stage = Stage::usual();
    stage.with_run(100);
    assert!(stage.shows("too early to tell"));
    stage.with_run(600);
    assert!(stage.shows("training looks healthy"));
    stage.tell(Event::RunEnded(RunEnd::Stopped { step: 600 }));
    assert!(!stage.shows("Coach"));
}

/// What is not watched is said with what would change that.
#[test]
fn the_coach_tells_what_it_does_not_watch_and_the_remedy() {
    let mut stage = Stage::usual();
    let never = Tunables { measure_every: 0.0, ..Tunables::default() };
    stage.with_run_of(RunConfig::default(), vec![FindingKind::Overfitting], 600);
    assert!(stage.shows("Not monitored: overfitting (nothing is held out; set \"Held-out pictures\" to 5"));
    assert!(!stage.shows("copies ("));
    stage.tell(mark(601, never));
    assert!(stage.shows("copies (picture quality is not measured"));
}

#[test]
fn a_suggestion_is_applied_with_one_press_and_can_be_taken_back() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.tell(Event::Findings(vec![winning()]));
    stage.asked();
    assert!(stage.shows("Warning: The discriminator is winning.") && stage.shows("Since step 412."));
    stage.press(APPLY);
    let asked = stage.asked();
    let wanted = Tunables { lr_d: 1e-4, ..Tunables::default() };
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if *t == wanted), "{asked:?}");
    stage.tell(mark(601, wanted));
    // The engine takes the finding back, and the settings get their time.
    stage.tell(Event::Findings(Vec::new()));
    assert!(stage.shows("training looks healthy"));
    stage.key(Modifiers::COMMAND, Key::Z);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if *t == Tunables::default()), "{asked:?}");
}

#[test]
fn the_keyboard_reaches_the_buttons() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.tell(Event::Findings(vec![winning()]));
    stage.asked();
    stage.harness.get_by_role_and_label(Role::Button, APPLY).focus();
    stage.harness.run_steps(1);
    stage.key(Modifiers::NONE, Key::Enter);
    let asked = stage.asked();
    assert!(matches!(&asked[..], [Command::SetTunables(t)] if t.lr_d == 1e-4), "{asked:?}");
}

#[test]
fn a_rollback_is_asked_for_and_the_sliders_follow() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    // A change of the person's own, which the way back undoes.
    stage.harness.get_by_role_and_label(Role::Slider, "Generator learning rate").set_value_accesskit(4e-4);
    stage.tell(Event::Findings(vec![collapsed(), winning()]));
    stage.asked();
    assert!(stage.shows("Alarm: Mode collapse: the samples look alike."));
    stage.press("Apply: Roll back to the checkpoint of step 500 and resume with half the learning rates");
    let asked = stage.asked();
    assert!(matches!(asked[..], [Command::Rollback { step: 500, learning_rate_factor: 0.5 }]), "{asked:?}");
    let tunables = Tunables { lr_g: 1e-4, lr_d: 1e-4, ..Tunables::default() };
    let text = "Went back from step 600 to 500".into();
    stage.tell(Event::TunablesApplied(TunablesChange {
        step: 501,
        revision: 3,
        text,
        tunables: tunables.clone(),
        rolled_back: true,
    }));
    assert_eq!(stage.with_app(|app| app.user.tuner.edit.clone()), tunables);
    assert!(stage.asked().is_empty(), "the lower rates are not sent back");
}

/// What ended the run stays on show, and the way back is one press away.
#[test]
fn after_a_bad_end_a_rollback_resumes_the_run() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    let path = stage.with_app(|app| app.state.run.as_ref().unwrap().info.as_ref().unwrap().path.clone());
    stage.tell(Event::Findings(vec![collapsed(), winning()]));
    stage.tell(Event::RunEnded(RunEnd::Diverged { step: 600, text: "It was tried twice.".into() }));
    stage.tell(Event::State(RunState::Idle));
    assert!(stage.shows("Alarm: Mode collapse: the samples look alike."));
    stage.harness.check_accessibility();
    stage.asked();
    // There is no run whose rate could be changed.
    assert!(stage.harness.get_by_role_and_label(Role::Button, APPLY).accesskit_node().is_disabled());
    stage.press("Apply: Roll back to the checkpoint of step 500 and resume with half the learning rates");
    let asked = stage.asked();
    let [Command::Resume { run, .. }, Command::Rollback { step: 500, learning_rate_factor: 0.5 }] = &asked[..] else {
        panic!("{asked:?}")
    };
    assert_eq!(*run, path);
    assert!(!stage.shows("Mode collapse: the samples look alike."), "the run is being prepared");
}

#[test]
fn a_dismissed_finding_stays_away_until_it_is_worse_or_new() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    stage.tell(Event::Findings(vec![winning()]));
    stage.press("Dismiss: The discriminator is winning");
    assert!(!stage.shows("Since step 412.") && stage.shows("Coach: 1 finding dismissed."));
    stage.tell(Event::Findings(vec![winning()]));
    assert!(!stage.shows("Since step 412."));
    stage.tell(Event::Findings(vec![Finding { severity: Severity::Alarm, ..winning() }]));
    assert!(stage.shows("Alarm: The discriminator is winning."));
    stage.press("Dismiss: The discriminator is winning");
    stage.tell(Event::Findings(Vec::new()));
    stage.tell(Event::Findings(vec![winning()]));
    assert!(stage.shows("Since step 412."), "it was over, so this is another one");
}

/// In a small window, findings take their share and the rest is still there.
#[test]
fn findings_leave_room_in_small_windows() {
    for (width, height) in [(1280.0, 720.0), (900.0, 600.0)] {
        let mut stage = Stage::window(Harness::builder(), width, height, Theme::Dark);
        stage.with_run(600);
        let advice = Finding {
            kind: FindingKind::Overfitting,
            suggestion: Suggestion::Advice("For the next run: more pictures.".into()),
            ..winning()
        };
        stage.tell(Event::Findings(vec![collapsed(), winning(), advice]));
        stage.harness.run_steps(3);
        stage.harness.check_accessibility();
        let slider = stage.harness.get_by_role_and_label(Role::Slider, "Generator learning rate").rect();
        assert!(slider.bottom() < height - 28.0, "{slider} in {width} x {height}");
    }
}
