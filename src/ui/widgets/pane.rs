//! A part of the window with a given size.

use egui::{Align, Layout, Ui, Vec2};

/// Room of exactly this size, filled from the top whatever the layout around it.
pub(crate) fn pane<R>(ui: &mut Ui, size: Vec2, add: impl FnOnce(&mut Ui) -> R) -> R {
    ui.allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
        ui.set_min_size(size);
        add(ui)
    })
    .inner
}
