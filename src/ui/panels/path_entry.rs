//! A path that is typed or chosen: what the widget asks for becomes an action, and the text is kept in the form.

use crate::ui::action::{Action, Purpose};
use crate::ui::user::UserState;
use crate::ui::view::View;
use crate::ui::widgets::{PathEvent, TIPS, path_field};
use egui::Ui;
use std::path::PathBuf;

/// What is special about one path.
pub(super) struct PathEntry {
    pub name: &'static str,
    pub hint: &'static str,
    /// The button that takes the typed path; without it the text is read when it is needed.
    pub go: Option<&'static str>,
    /// What the system's dialog is opened for.
    pub browse: Purpose,
}

impl PathEntry {
    /// Shows the field over the whole width. Returns the typed path in the frame in which it is entered.
    pub(super) fn show(self, ui: &mut Ui, view: &mut View, text: fn(&mut UserState) -> &mut String) -> Option<PathBuf> {
        self.show_with(ui, view, text, TIPS)
    }

    /// The same with other tips: what can be typed, and what the button does.
    pub(super) fn show_with(
        self,
        ui: &mut Ui,
        view: &mut View,
        text: fn(&mut UserState) -> &mut String,
        tips: [&str; 2],
    ) -> Option<PathBuf> {
        let width = ui.available_width();
        match path_field(ui, text(view.user), self.name, self.hint, self.go, tips, width)? {
            PathEvent::Entered(path) => Some(path),
            PathEvent::Browse => {
                view.ask(Action::Browse(self.browse));
                None
            }
        }
    }
}
