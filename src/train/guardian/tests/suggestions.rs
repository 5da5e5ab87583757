//! What is suggested, and what it changes.

use super::*;

#[test]
fn copies_are_reported() {
    let mut course = Course::new(LossKind::Bce);
    let signals = |ratio| Signals { memorisation: Some(ratio), ..Signals::default() };
    course.pictures(100, signals(0.95));
    assert_eq!(course.found(), []);
    course.pictures(100, signals(0.2));
    assert_eq!(course.found(), [(FindingKind::Copying, Severity::Alarm)]);
    assert_eq!(course.findings()[0].suggestion.words(), "R1 penalty 0 \u{2192} 0.1");
    // The change gets its time, and a second look may find that it did not help.
    course.guardian.settings_changed();
    assert_eq!(course.found(), []);
    course.pictures(20, signals(0.2));
    assert_eq!(course.found(), [(FindingKind::Copying, Severity::Alarm)]);
}

/// From the recipes' R1 of the side over two raises to a lower rate; each step is one suggestion, and it can be made.
#[test]
fn memorising_is_answered_step_by_step() {
    let mut course = Course::new(LossKind::Rpgan);
    course.pictures(1000, judged(0.9, Some((0.1, 64))));
    let words = |side, tunables: &mut Tunables| {
        let situation = Situation { tunables, checkpoints: &[], lower: 0.5, side };
        let suggestion = course.guardian.findings(&situation).remove(0).suggestion;
        let changed = suggestion.applied(tunables);
        *tunables = changed.unwrap_or(tunables.clone());
        suggestion.words()
    };
    let mut t = Tunables { d_steps: 2, lr_d: 2e-7, ..Tunables::default() };
    assert_eq!(words(64, &mut t), "Discriminator steps 2 \u{2192} 1");
    for expected in ["R1 penalty 0 \u{2192} 0.1", "R1 penalty 0.1 \u{2192} 0.4", "R1 penalty 0.4 \u{2192} 1.6"] {
        assert_eq!(words(64, &mut t), expected);
    }
    assert_eq!(words(64, &mut t), "Discriminator learning rate 2e-7 \u{2192} 1e-7");
    assert!(words(64, &mut t).contains("No setting is left"));
    assert_eq!((t.d_steps, t.r1, t.lr_d), (1, 1.6, 1e-7));
    // Four times the weight for twice the side, up to the end of the range.
    for (side, expected) in [(32, 0.025), (128, 0.4), (256, 1.6)] {
        let mut t = Tunables::default();
        words(side, &mut t);
        assert_eq!(t.r1, expected);
    }
    let mut t = Tunables { r1: 6.4, ..Tunables::default() };
    assert_eq!(words(256, &mut t), "R1 penalty 6.4 \u{2192} 10");
    assert_eq!(words(256, &mut t), "Discriminator learning rate 2e-4 \u{2192} 1e-4");
}

#[test]
fn a_suggestion_names_its_change_and_makes_no_other() {
    let mut course = Course::new(LossKind::Bce);
    course.steps(1500, [0.33, 0.9, 0.01]);
    let suggestion = course.findings().remove(0).suggestion;
    assert_eq!(suggestion.words(), "Discriminator learning rate 2e-4 \u{2192} 1e-4");
    let changed = suggestion.applied(&course.tunables).unwrap();
    assert_eq!(changed, Tunables { lr_d: 1e-4, ..course.tunables.clone() });
    // Several updates of D are the first thing to give up.
    course.tunables.d_steps = 3;
    let changed = course.findings()[0].suggestion.applied(&course.tunables).unwrap();
    assert_eq!(changed, Tunables { d_steps: 2, ..course.tunables.clone() });
    // At the end of the scale nothing is left to lower.
    course.tunables = Tunables { lr_d: 1e-7, ..Tunables::default() };
    assert!(matches!(course.findings()[0].suggestion, Suggestion::Advice(_)));
}

#[test]
fn a_discriminator_that_is_slower_than_the_generator_gets_its_rate() {
    let mut course = Course::new(LossKind::Bce);
    course.tunables.lr_d = 1e-6;
    course.steps(1500, [1.38, 0.5, 0.5]);
    assert_eq!(course.findings()[0].suggestion.words(), "Discriminator learning rate 1e-6 \u{2192} 2e-4");
}

#[test]
fn a_nan_suggests_the_last_healthy_checkpoint() {
    let course = Course::new(LossKind::Bce);
    let tunables = Tunables::default();
    let finding =
        course.guardian.diverged(70, &Situation { tunables: &tunables, checkpoints: &[30, 60], lower: 0.5, side: 64 });
    assert_eq!((finding.kind, finding.severity), (FindingKind::Divergence, Severity::Alarm));
    assert_eq!(finding.suggestion, Suggestion::RollBack { step: 60, lower: 0.5 });
    let finding =
        course.guardian.diverged(70, &Situation { tunables: &tunables, checkpoints: &[], lower: 0.5, side: 64 });
    assert_eq!(
        finding.suggestion.words(),
        "Generator learning rate 2e-4 \u{2192} 1e-4, Discriminator learning rate 2e-4 \u{2192} 1e-4"
    );
}
