//! A setting's line in a dialog.

use crate::ui::theme::CONTROL;
use egui::{Align, Layout, Ui, vec2};

/// A name at the left and its control at the right.
pub(crate) fn setting(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, CONTROL), Layout::right_to_left(Align::Center), |ui| {
        add(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.label(name));
    });
}
