//! The window's own controls. Each has a tooltip and a name for screen readers, and works from the keyboard.

mod buttons;
mod edge;
mod ends;
mod image_grid;
mod lines;
mod number;
mod pane;
mod param_row;
#[cfg(test)]
mod param_row_tests;
mod path_field;
mod places;
mod reason;
mod setting;
mod slides;

pub(crate) use buttons::{big, chip, icon_button, legend, primary, segmented, status_dot, toggle};
pub(crate) use edge::{EDGE, upper_edge};
pub(crate) use ends::{at_right, ends, remember, remembered};
pub(crate) use image_grid::{ImageGrid, tile_uv};
pub(crate) use lines::{brief, small, weak};
pub(crate) use number::{complaints, plain, told};
pub(crate) use pane::pane;
pub(crate) use param_row::ParamRow;
pub(crate) use path_field::{PathEvent, TIPS, path_field, path_field_id};
pub(crate) use places::{GAP, Places, keep_arrows, modifiers_at_click, moves};
pub(crate) use reason::{Reasoned, enabled_unless, unless};
pub(super) use setting::setting;
pub(crate) use slides::Slides;

/// Gives a widget the keyboard. A frame follows at once: only then egui leaves the arrows to the widget, and one that
/// is pressed before would take the keyboard elsewhere.
pub(crate) fn take_keyboard(ctx: &egui::Context, id: egui::Id) {
    ctx.memory_mut(|memory| memory.request_focus(id));
    ctx.request_repaint();
}

/// The grid of prepared pictures: it, too, leaves keys of one letter to their shortcuts.
pub(crate) fn pictures_id() -> egui::Id {
    egui::Id::unique("pictures")
}

/// The photo in the editor, which has keys of its own.
pub(crate) fn photo_id() -> egui::Id {
    egui::Id::unique("photo")
}

/// The explorer's pad among the widgets: keys of one letter work although it has the keyboard.
pub(crate) fn pad_id() -> egui::Id {
    egui::Id::unique("explore pad")
}
