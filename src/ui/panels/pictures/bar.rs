//! What can be done with the selected pictures, and how large all are drawn.

use super::menu;
use crate::ui::action::Action;
use crate::ui::curation::{CurationAction, TILES};
use crate::ui::shortcuts::tip;
use crate::ui::text;
use crate::ui::theme::palette;
use crate::ui::view::View;
use crate::ui::widgets::{Slides, ends, icon_button};
use egui::{Label, RichText, Slider, Ui};

/// Room for the buttons, in points.
pub(super) const HEIGHT: f32 = 32.0;
/// Width of the slider in points.
const SLIDER: f32 = 72.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let some = !view.user.curation.targets().is_empty();
    let left = |ui: &mut Ui, view: &mut View| {
        for entry in menu::ENTRIES {
            let button = ui.add_enabled(some, egui::Button::new(entry.label));
            let button = button.on_hover_text(tip(entry.tip, entry.key));
            if button.on_disabled_hover_text("Select pictures first.").clicked() {
                view.ask((entry.action)(view));
            }
        }
        let selected = match view.user.curation.selection.len() {
            0 => String::new(),
            n => format!("{} selected", text::count(n as u64)),
        };
        ui.add(Label::new(RichText::new(selected).size(12.0).color(palette(ui).weak)).truncate());
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ends(ui, HEIGHT, view, left, |ui, view| {
            history(ui, view);
            size(ui, view);
        });
    });
}

fn size(ui: &mut Ui, view: &mut View) {
    ui.spacing_mut().slider_width = SLIDER;
    let slider = Slider::new(&mut view.user.curation.tile, TILES).show_value(false).integer();
    ui.add(Slides(slider))
        .accessible_name("Size of the pictures")
        .on_hover_text("How large the pictures are (Ctrl+wheel).");
}

fn history(ui: &mut Ui, view: &mut View) {
    let history = &view.user.curation.history;
    let (undo, redo) = (history.can_undo(), history.can_redo());
    let line = tip("Undo the last change of the pictures", "Ctrl+Z");
    if icon_button(ui, "↩", "Undo", &line, undo).clicked() {
        view.ask(Action::Curate(CurationAction::Undo));
    }
    let line = tip("Redo the change that was undone last", "Ctrl+Shift+Z");
    if icon_button(ui, "↪", "Redo", &line, redo).clicked() {
        view.ask(Action::Curate(CurationAction::Redo));
    }
}
