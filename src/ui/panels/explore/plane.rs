//! The controls of the plane: its seed, snapping, and the reset.

use super::request::go;
use crate::ui::explorer::Gesture;
use crate::ui::theme::{S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{plain, toggle, told};
use egui::{DragValue, RichText, Ui};

pub(super) fn controls(ui: &mut Ui, view: &mut View) {
    let mut moved = false;
    ui.horizontal(|ui| {
        let explore = &mut view.user.explore;
        ui.label("Seed");
        let seed = DragValue::new(&mut explore.plane.seed).speed(1.0);
        let seed = told(seed, ui.ctx(), "Seed", 0.0..=f64::from(u32::MAX), |typed| plain(typed, ""));
        let tip = "Each seed is another plane. Type a number or drag.";
        moved |= ui.add(seed).accessible_name("Seed of the plane").on_hover_text(tip).changed();
        if ui.button("New plane").on_hover_text("Choose a random seed.").clicked() {
            explore.plane.seed = explore.roll();
            moved = true;
        }
        if ui.button("Reset").on_hover_text("Back to the centre, at the usual zoom.").clicked() {
            explore.plane.reset();
            moved = true;
        }
    });
    ui.horizontal(|ui| {
        let explore = &mut view.user.explore;
        let tip = "Show only the pictures at grid points, nothing in between.";
        moved |= toggle(ui, &mut explore.plane.snap, "Snap").on_hover_text(tip).changed();
        ui.label("Snap to grid");
        ui.add_space(S);
        let [x, y] = explore.position();
        ui.label(RichText::new(format!("x {x:.2}  y {y:.2}")).color(palette(ui).weak));
    });
    if moved {
        go(view, Gesture::Timed("plane"));
    }
}
