//! Buttons, switches and small marks.

use super::reason::Reasoned;
use crate::ui::theme::{self, BIG_CONTROL, CONTROL, S, palette};
use egui::{
    Button, Color32, CornerRadius, Response, RichText, Sense, Stroke, StrokeKind, Ui, WidgetInfo, accesskit::Role, vec2,
};

/// The one thing to do next.
pub(crate) fn primary(ui: &mut Ui, text: &str, height: f32, enabled: bool) -> Response {
    ui.scope(|ui| {
        let p = palette(ui);
        let widgets = &mut ui.visuals_mut().widgets;
        for (widget, fill) in
            [(&mut widgets.inactive, p.accent), (&mut widgets.hovered, p.accent_hover), (&mut widgets.active, p.accent)]
        {
            widget.weak_bg_fill = fill;
            widget.bg_fill = fill;
            widget.fg_stroke.color = p.on_accent;
            widget.bg_stroke = Stroke::NONE;
        }
        widgets.active.bg_stroke = Stroke::new(2.0, p.text);
        let text = theme::bold(text).size(if height > CONTROL { 15.0 } else { 14.0 });
        ui.add_enabled(enabled, Button::new(text).min_size(vec2(0.0, height)))
    })
    .inner
}

/// A button as tall as the primary one beside it.
pub(crate) fn big(label: &str) -> Button<'_> {
    Button::new(label).min_size(vec2(0.0, BIG_CONTROL))
}

/// A button with a sign instead of words; the name is what a screen reader says. It is disabled where `off` says why.
pub(crate) fn icon_button(ui: &mut Ui, icon: &str, name: &str, tip: &str, off: Option<&str>) -> Response {
    let button = Button::new(RichText::new(icon).size(15.0)).min_size(vec2(CONTROL + 4.0, CONTROL));
    let response = ui.add_enabled(off.is_none(), button).on_hover_text(tip);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, response.enabled(), name));
    response.disabled_because(off.unwrap_or(tip))
}

/// An on/off switch that shows its state by position and colour.
pub(crate) fn toggle(ui: &mut Ui, on: &mut bool, name: &str) -> Response {
    let (rect, mut response) = ui.allocate_exact_size(vec2(38.0, 22.0), Sense::click());
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), *on, name));
    if ui.is_rect_visible(rect) {
        let p = palette(ui);
        let t = ui.ctx().animate_bool_responsive(response.id, *on);
        let radius = rect.height() / 2.0;
        let off = if response.hovered() { p.border_strong } else { p.control_hover };
        ui.painter().rect_filled(rect, radius, off.lerp_to_gamma(p.accent, t));
        if response.has_focus() {
            ui.painter().rect_stroke(rect.expand(2.0), radius + 2.0, Stroke::new(1.5, p.accent), StrokeKind::Outside);
        }
        let x = egui::lerp(rect.left() + radius..=rect.right() - radius, t);
        let knob = if *on { p.on_accent } else { p.card.lerp_to_gamma(Color32::WHITE, 0.6) };
        ui.painter().circle_filled(egui::pos2(x, rect.center().y), radius - 4.0, knob);
    }
    response
}

/// A row of choices of which one is taken. Returns the index that was pressed.
pub(crate) fn segmented(ui: &mut Ui, name: &str, labels: &[&str], chosen: usize, tips: &[&str]) -> Option<usize> {
    let p = palette(ui);
    let mut pressed = None;
    egui::Frame::new().fill(p.control).corner_radius(8).inner_margin(2).show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(8.0, 2.0);
        ui.spacing_mut().interact_size.y = CONTROL - 4.0;
        ui.horizontal(|ui| {
            for (i, label) in labels.iter().enumerate() {
                let selected = i == chosen;
                let text = RichText::new(*label).color(if selected { p.text } else { p.weak });
                let fill = if selected { p.card } else { Color32::TRANSPARENT };
                let button = Button::new(text).fill(fill).corner_radius(6).min_size(vec2(0.0, CONTROL - 4.0));
                let response = ui.add(button);
                response.widget_info(|| {
                    WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, format!("{name}: {label}"))
                });
                let response = match tips.get(i) {
                    Some(tip) if !tip.is_empty() => response.on_hover_text(*tip).disabled_because(*tip),
                    _ => response,
                };
                if response.clicked() {
                    pressed = Some(i);
                }
            }
        });
    });
    pressed
}

/// A short fact on a tinted ground.
pub(crate) fn chip(ui: &mut Ui, text: impl Into<String>, colour: Color32) -> Response {
    let text = text.into();
    let width = ui.painter().layout_no_wrap(text.clone(), egui::FontId::proportional(12.0), colour).size().x + 16.0;
    if ui.layout().main_wrap() && width > ui.available_size_before_wrap().x {
        // Whole on the next line rather than cut on this one.
        ui.end_row();
    }
    let text = RichText::new(text).size(12.0).color(colour);
    let fill = palette(ui).tinted(colour, theme::CHIP);
    egui::Frame::new()
        .fill(fill)
        .corner_radius(CornerRadius::same(10))
        .inner_margin(egui::Margin::symmetric(8, 2))
        .show(ui, |ui| ui.add(egui::Label::new(text).truncate()))
        .inner
}

/// A coloured dot with a name: which curve is which.
pub(crate) fn legend(ui: &mut Ui, text: &str, colour: Color32, tip: &str) {
    let response = ui
        .horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let (rect, _) = ui.allocate_exact_size(vec2(S, S), Sense::hover());
            ui.painter().circle_filled(rect.center(), 4.0, colour);
            ui.label(RichText::new(text).size(12.0).color(palette(ui).weak));
        })
        .response;
    response.on_hover_text(tip);
}

/// A dot that says how things stand.
pub(crate) fn status_dot(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(vec2(S, CONTROL.min(ui.available_height())), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, colour);
}
