//! Plots are moved and zoomed by the wheel and by keys, and say what they show.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, Pos2, TouchPhase, pos2, vec2};
use egui_kittest::kittest::{NodeT, Queryable};

const PLOT: &str = "Losses";

/// What is seen of the plot: from and to, along both axes.
fn seen(stage: &Stage) -> [[f64; 2]; 2] {
    let memory =
        egui_plot::PlotMemory::load(&stage.harness.ctx, egui::Id::unique("purrtrait_losses")).expect("it was drawn");
    let bounds = memory.bounds();
    [0, 1].map(|axis| [bounds.min()[axis], bounds.max()[axis]])
}

fn wheel(stage: &mut Stage, at: Pos2, points: f32) {
    stage.harness.hover_at(at);
    stage.harness.run_steps(2);
    let delta = vec2(0.0, points);
    let (unit, phase, modifiers) = (MouseWheelUnit::Point, TouchPhase::Move, Modifiers::NONE);
    stage.harness.event(Event::MouseWheel { unit, delta, phase, source: MouseWheelSource::Unknown, modifiers });
    stage.harness.run_steps(20);
}

fn span([from, to]: [f64; 2]) -> f64 {
    to - from
}

#[test]
fn the_wheel_zooms_the_axis_under_the_pointer() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    let rect = stage.harness.get_by_role_and_label(Role::Canvas, PLOT).rect();
    let places = [
        ("both", rect.center(), [true, true]),
        ("x", pos2(rect.center().x, rect.bottom() + 6.0), [true, false]),
        ("y", pos2(rect.left() - 6.0, rect.center().y), [false, true]),
    ];
    for (name, at, zoomed) in places {
        let before = seen(&stage);
        wheel(&mut stage, at, 60.0);
        let after = seen(&stage);
        for axis in [0, 1] {
            let smaller = span(after[axis]) < 0.95 * span(before[axis]);
            assert_eq!(smaller, zoomed[axis], "over {name}, axis {axis}: {before:?}, then {after:?}");
        }
    }
}

#[test]
fn plots_are_moved_by_keys_and_say_what_they_show() {
    let mut stage = Stage::usual();
    stage.with_run(600);
    let words = |stage: &Stage| {
        stage.harness.get_by_role_and_label(Role::Canvas, PLOT).accesskit_node().value().unwrap_or_default()
    };
    let whole = words(&stage);
    assert!(whole.contains("600"), "{whole}");
    stage.harness.get_by_role_and_label(Role::Canvas, PLOT).focus();
    stage.harness.run_steps(8);
    let before = seen(&stage);
    stage.key(Modifiers::NONE, Key::Plus);
    let closer = seen(&stage);
    assert!((0..2).all(|axis| span(closer[axis]) < 0.9 * span(before[axis])), "{before:?}, then {closer:?}");
    stage.key(Modifiers::NONE, Key::ArrowRight);
    let moved = seen(&stage);
    assert!(moved[0][0] > closer[0][0] && (moved[1][0] - closer[1][0]).abs() < 1e-9, "{closer:?}, then {moved:?}");
    assert_ne!(words(&stage), whole);
    stage.key(Modifiers::NONE, Key::Home);
    stage.harness.run_steps(4);
    let reset = seen(&stage);
    let near = |a: f64, b: f64| (a - b).abs() < 0.02 * span(before[0]).max(1.0);
    assert!(near(reset[0][0], before[0][0]) && near(reset[0][1], before[0][1]), "{before:?}, then {reset:?}");
}
