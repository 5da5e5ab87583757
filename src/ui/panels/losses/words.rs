//! What the readings of a run mean, which depends on its loss.

use crate::engine::{StepMetrics, loss_reference, needs_real};
use crate::ui::curves::{Curves, Reading, XAxis};
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::Palette;
use egui::Color32;
use egui_plot::HoverPosition;
use std::ops::RangeInclusive;

/// A curve of "What D believes".
pub(super) struct Belief {
    pub reading: Reading,
    pub name: &'static str,
    pub colour: Color32,
    pub tip: String,
}

/// What says most about the discriminator under this loss, and how strongly pictures are augmented where that adapts.
pub(super) fn beliefs(run: &RunView, p: &Palette) -> Vec<Belief> {
    let newest = run.metrics.last();
    let mut all = if compares(run) && newest.is_some_and(|m| m.r_t.is_some()) {
        let tip = "The share of real pictures that the discriminator rates above the average generated one. 1: \
                   always; 0.5: it guesses. This loss only compares, so the output for a single picture means nothing.";
        vec![Belief { reading: Reading::Sure, name: "real rated higher", colour: p.discriminator, tip: tip.into() }]
    } else {
        let tip = if compares(run) {
            "This loss only compares real with generated pictures: the gap between the curves matters, not their \
             height. Without a gap the discriminator is guessing."
        } else {
            "1: the discriminator is certain that the pictures are real. Near 0.5 for both, neither network is winning."
        };
        let belief = |reading, name, colour| Belief { reading, name, colour, tip: tip.to_owned() };
        vec![belief(Reading::Real, "D(real)", p.discriminator), belief(Reading::Fake, "D(generated)", p.generator)]
    };
    if newest.is_some_and(|m| m.augmented.is_some()) {
        let target = run.info.as_ref().map_or(0.0, |info| info.config.augment_target);
        let tip = format!(
            "The share of pictures that are augmented before the discriminator sees them. It rises while the \
             discriminator classifies more than {:.0} % of the real pictures as real (target {}), and falls otherwise.",
            share(target),
            text::value(target)
        );
        all.push(Belief { reading: Reading::Augmented, name: "augmented", colour: p.good, tip });
    }
    all
}

/// Whether 0.5 means that the discriminator cannot tell.
pub(super) fn has_middle(run: &RunView) -> bool {
    !compares(run) || run.metrics.last().is_some_and(|m| m.r_t.is_some())
}

fn compares(run: &RunView) -> bool {
    run.loss().is_some_and(needs_real)
}

/// A mean sign as a percentage of pictures.
fn share(mean_sign: f64) -> f64 {
    (mean_sign + 1.0) * 50.0
}

/// What the discriminator's loss is, with the numbers to compare it with.
pub(super) fn discriminator_loss(run: Option<&RunView>) -> String {
    let what = "Discriminator loss: high if it confuses real and generated pictures";
    let Some((run, loss)) = run.and_then(|run| Some((run, run.loss()?))) else { return what.to_owned() };
    let [guessing, best] = loss_reference(loss, run.tunables.smoothing);
    format!("{what}: {guessing:.3} if it guesses, {} at best.", text::value((best * 1e3).round() / 1e3))
}

/// The reading nearest to the pointer, in words.
pub(super) fn readout(run: &RunView, curves: &Curves, axis: XAxis, at: &HoverPosition<'_>) -> String {
    let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position }) = at;
    let metrics = &run.metrics;
    let after = metrics.partition_point(|m| axis.of(m) < position.x);
    let distance = |m: &StepMetrics| (axis.of(m) - position.x).abs();
    let nearest = [after.saturating_sub(1), after]
        .into_iter()
        .filter(|&i| i < metrics.len())
        .min_by(|&a, &b| distance(&metrics[a]).total_cmp(&distance(&metrics[b])));
    let Some(index) = nearest else { return String::new() };
    let m = &metrics[index];
    let smooth = |reading| curves.smoothed(reading, index).map_or(String::new(), |s| format!(" (smoothed {s:.3})"));
    let mut words = format!(
        "step {}, epoch {:.2}\nD loss {:.3}{}\nG loss {:.3}{}",
        text::count(m.step),
        m.epoch,
        m.loss_d,
        smooth(Reading::LossD),
        m.loss_g,
        smooth(Reading::LossG),
    );
    for line in more(run, m) {
        words.push('\n');
        words += &line;
    }
    words
}

/// What the curves of these readings show in the visible range of x: where they begin and where they end.
pub(super) fn seen(
    run: &RunView,
    curves: &Curves,
    axis: XAxis,
    x: RangeInclusive<f64>,
    readings: &[Reading],
) -> String {
    let metrics = &run.metrics;
    let [first, after] =
        [metrics.partition_point(|m| axis.of(m) < *x.start()), metrics.partition_point(|m| axis.of(m) <= *x.end())];
    let (Some(from), Some(to)) = (metrics.get(first).filter(|_| first < after), metrics.get(after.wrapping_sub(1)))
    else {
        return "no readings in view".to_owned();
    };
    let mut words = match axis {
        XAxis::Steps => format!("steps {} to {}", text::count(from.step), text::count(to.step)),
        XAxis::Epochs => format!("epochs {:.2} to {:.2}", from.epoch, to.epoch),
    };
    for &reading in readings {
        let value = reading.of(to).and(curves.smoothed(reading, after - 1));
        words += &value.map_or(String::new(), |value| format!(", {} {value:.2}", name(reading)));
    }
    words
}

/// A reading as it is said.
fn name(reading: Reading) -> &'static str {
    match reading {
        Reading::LossD => "discriminator",
        Reading::LossG => "generator",
        Reading::Real => "D(real)",
        Reading::Fake => "D(generated)",
        Reading::Sure => "real rated higher",
        Reading::Augmented => "augmented",
    }
}

/// What is known of a step beside its losses, a line each.
fn more(run: &RunView, m: &StepMetrics) -> Vec<String> {
    let mut lines = vec![format!("D(real) {:.2}, D(generated) {:.2}", m.d_real, m.d_fake)];
    if let Some(r_t) = m.r_t {
        let sure = share(f64::from(r_t));
        lines.push(match compares(run) {
            true => format!("{sure:.0} % of real pictures rated above the average generated one"),
            false => format!("{sure:.0} % of real pictures classified as real"),
        });
    }
    if let Some(augmented) = m.augmented {
        lines.push(format!("{:.0} % augmented", augmented * 100.0));
    }
    if let Some([g, d]) = run.decayed_rates(m) {
        lines.push(format!("learning rates {} (generator), {} (discriminator)", text::value(g), text::value(d)));
    }
    if let Some(mark) = run.marks.iter().rev().find(|mark| mark.step <= m.step && mark.revision > 0) {
        lines.push(format!("since step {}: {}", text::count(mark.step), mark.text));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{LossKind, RunConfig, Tunables};
    use crate::engine::{DeviceInfo, RunInfo, TunablesChange};
    use std::sync::Arc;

    fn reading(r_t: Option<f32>, augmented: Option<f32>) -> StepMetrics {
        StepMetrics {
            step: 1200,
            epoch: 12.0,
            loss_d: 0.5,
            loss_g: 1.0,
            d_real: 0.7,
            d_fake: 0.6,
            lr_g: 5e-5,
            lr_d: 1e-4,
            r_t,
            augmented,
            revision: 1,
            seconds: 60.0,
        }
    }

    fn run(loss: LossKind, newest: StepMetrics) -> RunView {
        let mut config = RunConfig { augment_target: 0.6, ..RunConfig::default() };
        config.model.loss = loss;
        let device = DeviceInfo::processor();
        let info = RunInfo {
            path: "runs/1".into(),
            config,
            device,
            pictures: 100,
            held_out: 0,
            unwatched: Vec::new(),
            steps_per_epoch: 10,
            generator_parameters: 1,
            discriminator_parameters: 1,
            first_step: 0,
        };
        RunView { info: Some(Arc::new(info)), metrics: vec![newest], ..RunView::default() }
    }

    fn names(run: &RunView) -> Vec<&'static str> {
        beliefs(run, Palette::of(true)).iter().map(|b| b.name).collect()
    }

    #[test]
    fn losses_that_compare_show_what_they_compare() {
        let compared = run(LossKind::Rpgan, reading(Some(0.5), None));
        assert_eq!(names(&compared), ["real rated higher"]);
        assert!(has_middle(&compared));
        // Metrics of older versions do not have it: then the gap counts, and no height is special.
        let old = run(LossKind::Rpgan, reading(None, None));
        assert_eq!(names(&old), ["D(real)", "D(generated)"]);
        assert!(!has_middle(&old) && beliefs(&old, Palette::of(true))[0].tip.contains("the gap"));
        let plain = run(LossKind::Hinge, reading(Some(0.5), None));
        assert_eq!(names(&plain), ["D(real)", "D(generated)"]);
        assert!(has_middle(&plain));
    }

    #[test]
    fn the_strength_of_the_augmentation_is_shown_where_it_adapts() {
        let run = run(LossKind::Bce, reading(Some(0.5), Some(0.34)));
        assert_eq!(names(&run), ["D(real)", "D(generated)", "augmented"]);
        assert!(beliefs(&run, Palette::of(true))[2].tip.contains("more than 80 % of the real pictures"));
        let lines = more(&run, &run.metrics[0]);
        assert_eq!(lines[1..3], ["75 % of real pictures classified as real", "34 % augmented"]);
    }

    #[test]
    fn rates_are_told_where_they_are_not_those_of_the_settings() {
        let mut run = run(LossKind::Rpgan, reading(Some(-0.5), None));
        let lines = more(&run, &run.metrics[0]);
        assert_eq!(lines[1], "25 % of real pictures rated above the average generated one");
        assert_eq!(lines[2], "learning rates 5e-5 (generator), 1e-4 (discriminator)");
        let tunables = Tunables { lr_g: 5e-5, lr_d: 1e-4, ..Tunables::default() };
        run.marks.push(TunablesChange { step: 900, revision: 1, text: "Rates".into(), tunables, rolled_back: false });
        assert_eq!(more(&run, &run.metrics[0])[2..], ["since step 900: Rates"]);
    }

    #[test]
    fn every_loss_has_its_numbers_to_compare_with() {
        let text = |loss| discriminator_loss(Some(&run(loss, reading(None, None))));
        assert!(text(LossKind::Bce).ends_with(": 1.386 if it guesses, 0.325 at best."), "{}", text(LossKind::Bce));
        assert!(text(LossKind::Hinge).ends_with(": 2.000 if it guesses, 0 at best."));
        assert!(text(LossKind::Rpgan).ends_with(": 0.693 if it guesses, 0 at best."));
        assert!(!discriminator_loss(None).contains("guesses"));
    }
}
