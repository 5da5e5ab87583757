//! A setting's line in a dialog.

use super::ends;
use crate::ui::theme::CONTROL;
use egui::Ui;

/// A name at the left and its control at the right.
pub(crate) fn setting(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let left = |ui: &mut Ui, _: &mut ()| {
        ui.label(name);
    };
    ends(ui, CONTROL, &mut (), left, |ui, ()| add(ui));
}
