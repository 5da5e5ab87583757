//! What is found in recorded and made-up courses of a training.

mod suggestions;

use super::level::reference;
use super::*;
use crate::metrics::SignMean;

/// Losses of real steps; the file says of which run.
const HEALTHY: &str = include_str!("../../../tests/reference/healthy_losses.txt");
/// `(step, diversity)` of the sample sheets of two healthy runs, 64 px, batch 32, measured on the sheets with NumPy, as
/// by `tests/reference/healthy.py diversity RUN CATS`: one slow, one with a dip.
const DIVERSITY: [&[(u64, f64)]; 2] = [
    &[(1, 0.002), (200, 0.238), (400, 0.323), (600, 0.582), (800, 0.65), (1000, 0.749), (1200, 0.942), (1400, 0.983)],
    &[(1, 0.002), (250, 0.346), (500, 0.688), (750, 0.738), (1000, 0.62), (1250, 0.963), (1500, 1.054), (2000, 0.922)],
];

struct Course {
    guardian: Guardian,
    step: u64,
    tunables: Tunables,
}

impl Course {
    fn new(loss: LossKind) -> Self {
        Self { guardian: Guardian::new(loss, 32, 0), step: 0, tunables: Tunables::default() }
    }

    /// So many steps with these losses.
    fn steps(&mut self, count: u64, [loss_d, d_real, d_fake]: [f32; 3]) -> &mut Self {
        for _ in 0..count {
            self.step += 1;
            let read = ReadStep { step: self.step, values: [loss_d, 1.0, d_real, d_fake, 0.0, 0.0] };
            self.guardian.losses(&read, &self.tunables);
        }
        self
    }

    /// So many steps with a measure of the pictures after every tenth.
    fn pictures(&mut self, count: u64, signals: Signals) -> &mut Self {
        for _ in 0..count / 10 {
            self.step += 10;
            self.guardian.quality(self.step, &signals);
        }
        self
    }

    fn findings(&self) -> Vec<Finding> {
        self.with_checkpoints(&[])
    }

    fn with_checkpoints(&self, checkpoints: &[u64]) -> Vec<Finding> {
        self.guardian.findings(&Situation { tunables: &self.tunables, checkpoints, lower: 0.5, side: 64 })
    }

    fn found(&self) -> Vec<(FindingKind, Severity)> {
        self.findings().iter().map(|f| (f.kind, f.severity)).collect()
    }
}

fn diverse(diversity: f64) -> Signals {
    Signals { diversity: Some(diversity), ..Signals::default() }
}

/// Usual losses: D is better than guessing and far from perfect.
const USUAL: [f32; 3] = [0.9, 0.65, 0.25];

#[test]
fn a_recorded_healthy_run_raises_nothing() {
    let mut course = Course::new(LossKind::Bce);
    let mut lines = 0;
    for line in HEALTHY.lines().filter(|l| !l.starts_with('#')) {
        let numbers: Vec<f32> = line.split(' ').map(|n| n.parse().unwrap()).collect();
        course.steps(1, [numbers[0], numbers[1], numbers[2]]);
        assert_eq!(course.found(), [], "step {}", course.step);
        lines += 1;
    }
    assert_eq!(lines, 2000);
}

#[test]
fn samples_that_become_diverse_slowly_raise_nothing() {
    for run in DIVERSITY {
        let mut guardian = Guardian::new(LossKind::Bce, 32, 0);
        // Every sheet counts as often as if it were drawn every ten steps: the hardest case.
        for (step, diversity) in run {
            for i in 0..20 {
                guardian.quality(step + 10 * i, &diverse(*diversity));
            }
            let tunables = Tunables::default();
            let situation = Situation { tunables: &tunables, checkpoints: &[], lower: 0.5, side: 64 };
            assert_eq!(guardian.findings(&situation), [], "step {step}");
        }
    }
}

#[test]
fn the_scale_of_mastery_fits_the_losses() {
    // 0 at guessing, 1 at the best; the values of guessing for BCE and RpGAN from Goodfellow 2014 and R3GAN: 2 ln 2, ln
    // 2.
    assert!((reference(LossKind::Bce, 0.1)[0] - 1.386_294).abs() < 1e-6);
    assert!((reference(LossKind::Bce, 0.1)[1] - 0.325_083).abs() < 1e-6);
    assert_eq!(reference(LossKind::Bce, 0.0)[1], 0.0);
    assert!((reference(LossKind::Rpgan, 0.0)[0] - 2f64.ln()).abs() < 1e-6);
    assert!((mastery(LossKind::Hinge, 1.0, 0.0) - 0.5).abs() < 1e-12);
}

#[test]
fn a_discriminator_that_stays_perfect_wins_whatever_the_loss() {
    for (loss, value) in [
        (LossKind::Bce, 0.33),
        (LossKind::Lsgan, 0.0004),
        (LossKind::Hinge, 0.003),
        (LossKind::RaLsgan, 0.001),
        (LossKind::RaHinge, 0.001),
        (LossKind::Rpgan, 0.001),
    ] {
        let mut course = Course::new(loss);
        course.steps(500, usual_of(loss)).steps(250, [value, 0.9, 0.01]);
        assert_eq!(course.found(), [], "{loss:?}: too early to tell");
        course.steps(800, [value, 0.9, 0.01]);
        assert_eq!(course.found(), [(FindingKind::DiscriminatorWins, Severity::Alarm)], "{loss:?}");
    }
}

/// Half way between guessing and the best.
fn usual_of(loss: LossKind) -> [f32; 3] {
    let [guessing, best] = reference(loss, 0.1);
    [((guessing + best) / 2.0) as f32, 0.65, 0.25]
}

#[test]
fn a_dead_discriminator_is_recognised_and_the_start_is_ignored() {
    // All logits 0.
    for (loss, value) in
        [(LossKind::Bce, 2.0 * 2f32.ln()), (LossKind::Lsgan, 0.5), (LossKind::Hinge, 2.0), (LossKind::Rpgan, 2f32.ln())]
    {
        let mut course = Course::new(loss);
        course.steps(START_STEPS + 250, [value, 0.5, 0.5]);
        assert_eq!(course.found(), [], "{loss:?}");
        course.steps(100, [value, 0.5, 0.5]);
        assert_eq!(course.found(), [(FindingKind::GeneratorWins, Severity::Alarm)], "{loss:?}");
    }
}

#[test]
fn losses_beyond_guessing_are_divergence() {
    let mut course = Course::new(LossKind::Bce);
    course.steps(600, USUAL).steps(400, [4.0, 0.6, 0.5]);
    assert_eq!(course.found(), [(FindingKind::Divergence, Severity::Warning)]);
    course.steps(600, [40.0, 0.6, 0.5]);
    let found = course.with_checkpoints(&[300, 500, 900]);
    assert_eq!(found[0].severity, Severity::Alarm);
    assert_eq!(found[0].suggestion, Suggestion::RollBack { step: 500, lower: 0.5 }, "500 is the last one from before");
}

#[test]
fn samples_that_become_alike_are_a_collapse() {
    let mut course = Course::new(LossKind::Bce);
    course.pictures(2000, diverse(0.9)).pictures(100, diverse(0.1));
    assert_eq!(course.found(), []);
    course.pictures(20, diverse(0.1));
    assert_eq!(course.found(), [(FindingKind::Collapse, Severity::Alarm)]);
    let finding = &course.findings()[0];
    assert_eq!(finding.since_step, 2010);
    assert!(finding.text.contains("10 %"), "{}", finding.text);
    assert_eq!(course.guardian.healthy_step(course.step), 2000);
    // It recovers.
    course.pictures(200, diverse(0.9));
    assert_eq!(course.found(), []);
    // A dip to the edge is no alarm, and one reading is nothing.
    course.pictures(200, diverse(0.6)).pictures(10, diverse(0.2));
    assert_eq!(course.found(), [(FindingKind::Collapse, Severity::Warning)]);
}

/// A fresh network may draw noise of many colours, which training then makes alike.
#[test]
fn noise_at_the_start_is_not_taken_for_diversity() {
    let mut course = Course::new(LossKind::Bce);
    course.pictures(500, diverse(0.9)).pictures(1500, diverse(0.1));
    assert_eq!(course.found(), []);
}

#[test]
fn samples_that_never_become_different_are_reported_in_the_end() {
    let mut course = Course::new(LossKind::Bce);
    course.pictures(3000, diverse(0.05));
    assert_eq!(course.found(), []);
    course.pictures(500, diverse(0.05));
    assert_eq!(course.found(), [(FindingKind::Collapse, Severity::Alarm)]);
}

/// Mean signs of 64 training pictures and of so many held-out ones.
fn judged(train: f64, held: Option<(f64, usize)>) -> Signals {
    let r_held = held.map(|(mean, pictures)| SignMean { mean, pictures });
    Signals { r_train: Some(SignMean { mean: train, pictures: 64 }), r_held, ..Signals::default() }
}

#[test]
fn memorising_shows_on_held_out_pictures() {
    for (r_train, r_held, expected) in [
        (0.9, Some((0.1, 64)), Some(Severity::Alarm)),
        (0.7, Some((0.2, 64)), Some(Severity::Warning)),
        (0.9, Some((0.85, 64)), None),
        (0.5, Some((-0.2, 64)), None),
        (1.0, None, None),
        // The same gap is chance with few pictures; with as few, one that has memorised all is recognised.
        (0.7, Some((0.2, 8)), None),
        (0.9, Some((0.35, 8)), Some(Severity::Warning)),
        (0.95, Some((0.0, 8)), Some(Severity::Alarm)),
    ] {
        let mut course = Course::new(LossKind::Bce);
        course.pictures(1000, judged(r_train, r_held));
        let found = course.findings();
        assert_eq!(found.first().map(|f| f.severity), expected, "{r_train} {r_held:?}");
        let r1 = |f: &Finding| f.suggestion.words() == "R1 penalty 0 \u{2192} 0.1";
        assert!(found.iter().all(|f| f.kind == FindingKind::Overfitting && r1(f)), "{found:#?}");
    }
}

/// Without smoothing a discriminator may come close to its best loss in a healthy run; with it, that is out of reach.
#[test]
fn unsmoothed_labels_get_the_wider_limits() {
    for (smoothing, loss_d, found) in [(0.0, 0.055, false), (0.0, 0.001, true), (0.1, 0.363, true)] {
        let mut course = Course::new(LossKind::Bce);
        course.tunables.smoothing = smoothing;
        course.steps(1500, [loss_d, 0.9, 0.05]);
        assert_eq!(!course.found().is_empty(), found, "{loss_d} with {smoothing}");
    }
}

#[test]
fn a_change_of_the_settings_gets_time_to_act() {
    let mut course = Course::new(LossKind::Bce);
    course.steps(1500, [0.33, 0.9, 0.01]);
    course.guardian.settings_changed();
    assert_eq!(course.found(), []);
    course.steps(290, [0.33, 0.9, 0.01]);
    assert_eq!(course.found(), []);
    course.steps(100, [0.33, 0.9, 0.01]);
    assert_eq!(course.found(), [(FindingKind::DiscriminatorWins, Severity::Alarm)], "it did not help");
}

/// A save that falls due before the next sheet must not prune the checkpoint to roll back to.
#[test]
fn changed_settings_make_no_sick_state_healthy() {
    let mut course = Course::new(LossKind::Bce);
    course.steps(600, USUAL).pictures(400, diverse(0.9));
    course.pictures(300, diverse(0.1));
    let well = course.guardian.healthy_step(course.step);
    assert!((601..=course.step - 300).contains(&well), "{well}");
    course.guardian.settings_changed();
    assert_eq!(course.found(), [], "the new ones get their time");
    assert_eq!(course.guardian.healthy_step(course.step), well);
    course.pictures(10, diverse(0.9));
    assert_eq!(course.guardian.healthy_step(course.step), course.step, "it is well again");
}

#[test]
fn going_back_forgets_what_came_after() {
    let mut course = Course::new(LossKind::Bce);
    course.steps(600, USUAL).pictures(400, diverse(0.9)).pictures(300, diverse(0.1));
    assert_eq!(course.found().len(), 1);
    course.guardian.rolled_back(500);
    course.step = 500;
    assert_eq!(course.found(), []);
    // Again, and recognised again: that it was diverse once is not forgotten.
    course.pictures(300, diverse(0.1));
    assert_eq!(course.found(), [(FindingKind::Collapse, Severity::Alarm)]);
    assert_eq!(course.guardian.healthy_step(course.step), 500);
}
