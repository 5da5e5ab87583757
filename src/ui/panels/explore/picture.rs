//! The large picture. Dragging on it moves like the pad.

use super::request::go;
use crate::ui::enlarge;
use crate::ui::explorer::Gesture;
use crate::ui::text;
use crate::ui::theme::{S, palette};
use crate::ui::view::View;
use egui::{Align, Id, Label, Pos2, Rect, RichText, Sense, Ui, UiBuilder, Vec2, WidgetInfo, accesskit::Role, vec2};

pub(in crate::ui::panels) fn show(ui: &mut Ui, view: &mut View, space: Vec2) {
    let (outer, _) = ui.allocate_exact_size(space, Sense::hover());
    let p = palette(ui);
    ui.painter().rect_filled(outer, 8.0, p.backdrop);
    let ppp = ui.pixels_per_point();
    let side = ((outer.size().min_elem() - S) * ppp).floor() / ppp;
    let centred = Rect::from_center_size(outer.center(), Vec2::splat(side));
    let rect = centred.translate((centred.min * ppp).round() / ppp - centred.min);
    // Not for the keyboard: there is the pad, which has keys and moves the same.
    let response = ui.interact(outer, Id::unique("explore picture"), Sense::DRAG);
    let Some(frame) = view.state.explore.shown() else {
        // Apart from the rest, whose place does not depend on this.
        let mut ui = ui.new_child(UiBuilder::new().max_rect(outer));
        let spinner = Rect::from_center_size(outer.center(), Vec2::splat(28.0));
        ui.put(spinner, egui::Spinner::new().size(28.0).color(p.accent));
        let words = match &view.state.explore.opening {
            Some(source) => format!("Loading {}…", super::source::name_of(source)),
            None => "Drawing its first picture…".to_owned(),
        };
        let below = outer.center() + vec2(0.0, 32.0);
        let label = Label::new(RichText::new(text::middle(&words, 60)).color(p.weak)).halign(Align::Center);
        ui.put(Rect::from_center_size(below, vec2(outer.width(), 20.0)), label);
        return;
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Image, ui.is_enabled(), "Current picture"));
    // The shader enlarges only.
    let larger = frame.width as f32 <= side * ppp;
    if view.user.explore.smooth && view.textures.enlarger && larger {
        enlarge::paint(ui.painter(), rect, frame);
    } else {
        let texture = view.textures.explored(ui.ctx(), frame, view.user.explore.smooth);
        let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
        ui.painter().image(texture.id(), rect, whole, egui::Color32::WHITE);
    }
    let began = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_pressed());
    if began {
        // The movement begins with the press, so that going back leads to where it began.
        view.user.explore.gesture(Gesture::Begin("picture"), view.now);
    }
    let by = response.drag_delta();
    if response.dragged() && by != Vec2::ZERO && view.user.explore.spec().is_some() {
        let share = by / side;
        view.user.explore.move_by([f64::from(share.x), f64::from(share.y)]);
        go(view, Gesture::Continue("picture"));
    }
    let grab = if response.dragged() { egui::CursorIcon::Grabbing } else { egui::CursorIcon::Grab };
    response.on_hover_cursor(grab).on_hover_text_at_pointer("Drag to move, as on the pad.");
}
