//! The filters.

use crate::ui::action::Action;
use crate::ui::curation::{CurationAction, Filter};
use crate::ui::text;
use crate::ui::theme::palette;
use crate::ui::view::View;
use egui::accesskit::Role;
use egui::{Button, RichText, Ui, WidgetInfo, vec2};

/// Height of a chip in points.
const HEIGHT: f32 = 24.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        ui.spacing_mut().button_padding = vec2(9.0, 1.0);
        ui.spacing_mut().interact_size.y = HEIGHT;
        for filter in Filter::ALL {
            let count = view.user.curation.counts().of(filter);
            let chosen = view.user.curation.filter() == filter;
            if count > 0 || filter.always() || chosen {
                chip(ui, view, filter, count, chosen);
            }
        }
    });
}

fn chip(ui: &mut Ui, view: &mut View, filter: Filter, count: usize, chosen: bool) {
    let p = palette(ui);
    let count = text::count(count as u64);
    let words = format!("{} {count}", filter.label());
    let (ink, fill) = if chosen { (p.on_accent, p.accent) } else { (p.text, p.control) };
    let text = RichText::new(&words).size(12.5).color(ink);
    let width = ui.painter().layout_no_wrap(words, egui::FontId::proportional(12.5), ink).size().x + 18.0;
    if width > ui.available_size_before_wrap().x {
        // Whole on the next line rather than cut on this one.
        ui.end_row();
    }
    let response = ui.add(Button::new(text).fill(fill).corner_radius(12).min_size(vec2(0.0, HEIGHT)));
    response.widget_info(|| {
        WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, format!("Filter {}: {count}", filter.label()))
    });
    if response.on_hover_text(filter.tip()).clicked() {
        view.ask(Action::Curate(CurationAction::Filter(filter)));
    }
}
