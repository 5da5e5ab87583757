//! What has the keyboard is in view and can be told from the rest, and sliders obey all keys that people expect.

use crate::stage::*;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, Shape, Theme};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT, Queryable};
use purrtrait::engine::Command;

/// The name and the place of what has the keyboard.
pub fn focused(stage: &Stage) -> Option<(String, Rect)> {
    let node = stage.harness.query_all(By::new().predicate(|node| node.is_focused())).last()?;
    Some((node.accesskit_node().label().unwrap_or_default(), node.rect()))
}

/// In a low window the recipe is longer than its room: Tab never leads to where nothing can be seen.
#[test]
fn what_gains_the_keyboard_is_scrolled_into_view() {
    let mut stage = Stage::window(Harness::builder(), 900.0, 600.0, Theme::Dark);
    stage.with_pictures(report());
    stage.harness.run_steps(4);
    let window = Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(900.0 + MARGINS, 600.0 + MARGINS));
    let (mut met, mut hidden, mut device) = (0, Vec::new(), None);
    for _ in 0..80 {
        stage.key(Modifiers::NONE, Key::Tab);
        stage.harness.run_steps(12);
        let Some((name, rect)) = focused(&stage) else { continue };
        met += 1;
        if rect.height() < 96.0 && !window.contains_rect(rect) {
            hidden.push(format!("{name:?} at {rect:?}"));
        }
        if name.starts_with("Device") {
            device = Some(rect);
        }
    }
    assert!(met > 30, "{met} stops");
    assert!(hidden.is_empty(), "out of view:\n{}", hidden.join("\n"));
    let device = device.expect("the device is one of the stops");
    let start = stage.harness.get_by_role_and_label(Role::Button, "Start training").rect();
    assert!(device.bottom() <= start.top(), "{device:?} lies under the button at {start:?}");
}

/// Whether a rectangle with a visible line is drawn close around this one.
fn is_ringed(stage: &Stage, rect: Rect) -> bool {
    fn any(shape: &Shape, rect: Rect) -> bool {
        match shape {
            Shape::Vec(all) => all.iter().any(|shape| any(shape, rect)),
            Shape::Rect(drawn) => {
                let near = drawn.rect.expand(4.0).contains_rect(rect) && rect.expand(4.0).contains_rect(drawn.rect);
                near && drawn.stroke.width >= 1.0 && drawn.stroke.color.a() > 0
            }
            _ => false,
        }
    }
    stage.harness.output().shapes.iter().any(|clipped| any(&clipped.shape, rect))
}

#[test]
fn sliders_go_to_their_ends_and_show_that_they_have_the_keyboard() {
    let mut stage = Stage::usual();
    stage.with_run(60);
    let is_slider =
        |node: &egui_kittest::kittest::AccessKitNode<'_>| node.role() == Role::Slider && !node.is_disabled();
    let count = stage.harness.query_all(By::new().predicate(is_slider)).count();
    assert!(count >= 3, "{count} sliders");
    for i in 0..count {
        let node = |stage: &Stage| {
            let all = stage.harness.query_all(By::new().predicate(is_slider));
            let node = all.into_iter().nth(i).expect("it is still there");
            let known = node.accesskit_node();
            let numbers = [known.numeric_value(), known.min_numeric_value(), known.max_numeric_value()];
            (known.label().unwrap_or_default(), numbers.map(|n| n.expect("a slider has a range")), node.rect())
        };
        let (name, _, rect) = node(&stage);
        assert!(!is_ringed(&stage, rect), "{name} without the keyboard");
        let all = stage.harness.query_all(By::new().predicate(is_slider));
        all.into_iter().nth(i).expect("it is still there").focus();
        stage.harness.run_steps(8);
        let rect = node(&stage).2;
        assert!(is_ringed(&stage, rect), "{name} with the keyboard");
        stage.key(Modifiers::NONE, Key::End);
        let [value, low, high] = node(&stage).1;
        assert!((value - high).abs() <= 1e-3 * (high - low), "{name}: {value} of {low} to {high} after End");
        stage.key(Modifiers::NONE, Key::PageDown);
        let paged = node(&stage).1[0];
        assert!(paged < high || high == low, "{name}: {paged} after Page Down");
        stage.key(Modifiers::NONE, Key::Home);
        let value = node(&stage).1[0];
        assert!((value - low).abs() <= 1e-3 * (high - low), "{name}: {value} of {low} to {high} after Home");
        stage.key(Modifiers::NONE, Key::Tab);
    }
    let tuned = stage.asked().into_iter().filter(|c| matches!(c, Command::SetTunables(_))).count();
    assert!(tuned > 0, "the run is told");
}
