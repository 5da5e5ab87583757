//! The controls of the plane: its seed, snapping, and the way back.

use super::pad;
use crate::ui::explorer::Gesture;
use crate::ui::theme::{S, palette};
use crate::ui::view::View;
use crate::ui::widgets::toggle;
use egui::{DragValue, RichText, Ui};

pub fn controls(ui: &mut Ui, view: &mut View) {
    let mut moved = false;
    ui.horizontal(|ui| {
        let explore = &mut view.user.explore;
        ui.label("Seed");
        let seed = DragValue::new(&mut explore.plane.seed).range(0..=u64::from(u32::MAX)).speed(1.0);
        let tip = "Each seed is a plane of its own. Type a number or drag.";
        moved |= ui.add(seed).accessible_name("Seed of the plane").on_hover_text(tip).changed();
        if ui.button("New plane").on_hover_text("Another seed, drawn at random").clicked() {
            explore.plane.seed = explore.roll();
            moved = true;
        }
        if ui.button("Reset").on_hover_text("Back to the middle, at the usual size").clicked() {
            explore.plane.reset();
            moved = true;
        }
    });
    ui.horizontal(|ui| {
        let explore = &mut view.user.explore;
        let tip = "Only the pictures of the map, nothing between them";
        moved |= toggle(ui, &mut explore.plane.snap, "Snap").on_hover_text(tip).changed();
        ui.label("Snap to the map");
        ui.add_space(S);
        let [x, y] = explore.position();
        ui.label(RichText::new(format!("x {x:.2}  y {y:.2}")).color(palette(ui).weak));
    });
    if moved {
        pad::go(view, Gesture::Timed("plane"));
    }
}
