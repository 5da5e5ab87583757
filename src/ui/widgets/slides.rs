//! A slider as all of the window are.

use crate::ui::focus;
use egui::{Response, Slider, Ui, Widget};

/// Shows that it has the keyboard, and obeys Home, End, Page Up and Page Down beside the arrows.
pub(crate) struct Slides<'a>(pub Slider<'a>);

impl Widget for Slides<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let response = ui.add(self.0);
        // While its number is typed, that has the keyboard and shows it.
        if response.has_focus() && !ui.ctx().text_edit_focused() {
            focus::is_slider(ui, response.id);
            focus::ring(ui, &response);
        }
        response
    }
}
