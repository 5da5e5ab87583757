//! Lines that explain, in quiet letters.

use crate::ui::theme::palette;
use egui::{Label, Response, RichText, Ui};

fn quiet(ui: &Ui, line: impl Into<String>) -> RichText {
    RichText::new(line).color(palette(ui).weak)
}

/// A line in the size of running text; it wraps.
pub(crate) fn weak(ui: &mut Ui, line: impl Into<String>) -> Response {
    let line = quiet(ui, line);
    ui.add(Label::new(line).wrap())
}

/// A line of remarks, smaller; it wraps.
pub(crate) fn small(ui: &mut Ui, line: impl Into<String>) -> Response {
    let line = quiet(ui, line).size(12.0);
    ui.add(Label::new(line).wrap())
}

/// As [`small`], but it stays one line: what does not fit is cut off.
pub(crate) fn brief(ui: &mut Ui, line: impl Into<String>) -> Response {
    let line = quiet(ui, line).size(12.0);
    ui.add(Label::new(line).truncate())
}
