//! The editor of a photo: the whole photo with its squares, and beside it what comes of them.

pub(super) mod canvas;
mod drag;
mod handles;
pub(super) mod keys;
mod side;
mod view;

use super::parts::head;
use crate::ui::action::Action;
use crate::ui::curation::CurationAction;
use crate::ui::shortcuts::tip;
use crate::ui::text;
use crate::ui::theme::{self, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, ends, pane, primary};
use egui::{Label, RichText, Ui, vec2};

/// What the window leaves around the dialog, its margins included, in points.
const AROUND: egui::Vec2 = vec2(72.0, 72.0);
/// Width of what stands beside the photo, in points.
const SIDE: f32 = 208.0;
/// Height of the buttons below, and of the title, in points.
const FOOT: f32 = 36.0;
const TITLE: f32 = 28.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let Some(editor) = &view.user.curation.photo else {
        return view.ask(Action::Dialog(None));
    };
    let size = ui.ctx().content_rect().size() - AROUND;
    ui.set_width(size.x);
    head(ui, view, &text::middle(&text::name(&editor.path), 60));
    let body = vec2(size.x, (size.y - TITLE - FOOT - 3.0 * S).max(160.0));
    ui.horizontal_top(|ui| {
        pane(ui, vec2(body.x - SIDE - S, body.y), |ui| {
            let path = view.user.curation.photo.as_ref().map(|editor| editor.path.clone());
            let read = view.state.photo.as_ref().filter(|photo| Some(&photo.path) == path.as_ref());
            let read = read.map(|photo| photo.frame.clone());
            canvas::show(ui, view, |user| user.curation.photo.as_mut(), read);
        });
        pane(ui, vec2(SIDE, body.y), |ui| side::show(ui, view));
    });
    foot(ui, view);
    keys::read(ui, view);
}

fn foot(ui: &mut Ui, view: &mut View) {
    let left = |ui: &mut Ui, view: &mut View| {
        for (label, key, by) in [("◀ Previous", "Page Up", -1), ("Next ▶", "Page Down", 1)] {
            let line = tip("Save what was changed, and open the photo beside this one", key);
            if ui.button(label).on_hover_text(line).clicked() {
                view.ask(Action::Curate(CurationAction::StepPhoto(by)));
            }
        }
        let note = if view.state.busy() { "A run is in progress: changes count for the next run." } else { "" };
        ui.add(Label::new(RichText::new(note).size(12.0).color(palette(ui).warn)).truncate());
    };
    ends(ui, FOOT, view, left, |ui, view| {
        if ui.button("Cancel").on_hover_text(tip("Close without saving", "Esc")).clicked() {
            view.ask(Action::Dialog(None));
        }
        let changed = view.user.curation.photo.as_ref().is_some_and(|editor| editor.changed());
        let save = primary(ui, "Save", theme::CONTROL, changed).on_hover_text(tip("Keep these faces", "Enter"));
        if save.disabled_because("Nothing was changed.").clicked() {
            view.ask(Action::Curate(CurationAction::SavePhoto));
        }
    });
}
