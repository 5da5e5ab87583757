//! What can be done with the selected pictures, and how large all are drawn.

use super::menu;
use crate::ui::action::Action;
use crate::ui::curation::{CurationAction, TILES};
use crate::ui::shortcuts::tip;
use crate::ui::text;
use crate::ui::theme::palette;
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, Slides, ends, icon_button};
use egui::accesskit::Role;
use egui::{Label, RichText, Slider, Ui, WidgetInfo};

/// Room for the buttons, in points.
pub(super) const HEIGHT: f32 = 32.0;
/// Width of the slider in points, and in a narrow window.
const SLIDER: f32 = 72.0;
const SLIDER_NARROW: f32 = 40.0;
/// Below this width in points, the buttons are narrower and the rarest one is in the menu beside them.
const NARROW: f32 = 460.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let some = !view.user.curation.targets().is_empty();
    let narrow = ui.available_width() < NARROW;
    let left = |ui: &mut Ui, view: &mut View| {
        if narrow {
            ui.spacing_mut().button_padding.x = 8.0;
        }
        let most = if narrow { menu::ENTRIES.len() - 1 } else { menu::ENTRIES.len() };
        for entry in &menu::ENTRIES[..most] {
            let button = ui.add_enabled(some, egui::Button::new(entry.label));
            let button = button.on_hover_text(tip(entry.tip, entry.key));
            if button.disabled_because("Select pictures first.").clicked() {
                view.ask((entry.action)(view));
            }
        }
        if narrow {
            more(ui, view, some);
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
            size(ui, view, if narrow { SLIDER_NARROW } else { SLIDER });
        });
    });
}

/// What has no room beside the others.
fn more(ui: &mut Ui, view: &mut View, some: bool) {
    let menu = ui.add_enabled_ui(some, |ui| ui.menu_button("…", |ui| menu::entries(ui, view)).response).inner;
    menu.widget_info(|| WidgetInfo::labeled(Role::Button, some, "More for the selected pictures"));
    menu.on_hover_text("All that can be done with the selected pictures.").disabled_because("Select pictures first.");
}

fn size(ui: &mut Ui, view: &mut View, width: f32) {
    ui.spacing_mut().slider_width = width;
    let slider = Slider::new(&mut view.user.curation.tile, TILES).show_value(false).integer();
    ui.add(Slides(slider))
        .accessible_name("Size of the pictures")
        .on_hover_text("How large the pictures are (Ctrl+wheel).");
}

fn history(ui: &mut Ui, view: &mut View) {
    let history = &view.user.curation.history;
    let (undo, redo) = (history.can_undo(), history.can_redo());
    let line = tip("Undo the last change of the pictures", "Ctrl+Z");
    if icon_button(ui, "↩", "Undo", &line, (!undo).then_some("Nothing was changed.")).clicked() {
        view.ask(Action::Curate(CurationAction::Undo));
    }
    let line = tip("Redo the change that was undone last", "Ctrl+Shift+Z");
    if icon_button(ui, "↪", "Redo", &line, (!redo).then_some("Nothing was undone.")).clicked() {
        view.ask(Action::Curate(CurationAction::Redo));
    }
}
