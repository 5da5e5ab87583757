//! Favourites on a canvas, and adding and subtracting them.

use super::request::ask;
use super::scale::Scale;
use super::strip::{self, small_picture};
use crate::ui::action::{Action, Dialog};
use crate::ui::explorer::{Exploration, ExploreAction, Gesture};
use crate::ui::text;
use crate::ui::theme::{CONTROL, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, primary, small};
use egui::{Align2, Button, FontId, Pos2, Rect, Stroke as Line, StrokeKind, Ui, Vec2};

/// Side of a favourite on the canvas, as a share of it.
const SIDE: f32 = 0.17;
/// Longer lines are hard to read, in points.
const LINE: f32 = 640.0;

fn tile(scale: Scale, at: [f32; 2]) -> Rect {
    Rect::from_center_size(scale.to_screen(at.map(f64::from)), Vec2::splat(scale.rect.width() * SIDE))
}

/// The favourite at this point of the screen; the newest lies on top.
pub(super) fn under(explore: &Exploration, scale: Scale, pos: Pos2) -> Option<usize> {
    explore.favourites.on_canvas().rev().find(|(.., at)| tile(scale, *at).contains(pos)).map(|(i, ..)| i)
}

pub(crate) fn canvas(ui: &Ui, view: &mut View, scale: Scale) {
    let p = palette(ui);
    let favourites = &mut view.user.explore.favourites;
    let cursor = scale.to_screen(favourites.cursor.map(f64::from));
    let places: Vec<(usize, Rect)> = favourites.on_canvas().map(|(i, _, at)| (i, tile(scale, at))).collect();
    if places.len() > 1 {
        for (_, rect) in &places {
            ui.painter().line_segment([cursor, rect.center()], Line::new(1.0, p.border_strong));
        }
    }
    for (i, rect) in &places {
        favourites.see(*i);
        small_picture(ui, view.textures, favourites.list[*i].frame(), *rect);
        let chosen = favourites.selected == Some(*i);
        let line = if chosen { Line::new(2.0, p.accent) } else { Line::new(1.0, p.border_strong) };
        ui.painter().rect_stroke(*rect, 6.0, line, StrokeKind::Outside);
    }
    if places.len() < 2 {
        let line = "Keep pictures (F), then move\nbetween two to eight of them here";
        let font = FontId::proportional(13.0);
        ui.painter().text(scale.rect.center(), Align2::CENTER_CENTER, line, font, p.weak);
    }
}

pub(super) fn controls(ui: &mut Ui, view: &mut View) {
    all(ui, view);
    strip::show(ui, view);
    let selected = view.user.explore.favourites.selected;
    ui.horizontal(|ui| {
        let favourites = &mut view.user.explore.favourites;
        let why = "Select a favourite first.";
        for (slot, label) in ["A", "B", "C"].into_iter().enumerate() {
            let on = selected.and_then(|i| favourites.list.get(i)).is_some_and(|f| f.slot == Some(slot));
            let tip = ["The picture that has it.", "A picture like A without it.", "The picture to add it to."][slot];
            let button = Button::new(label).selected(on);
            let response = ui.add_enabled(selected.is_some(), button);
            response.widget_info(|| {
                egui::WidgetInfo::selected(egui::accesskit::Role::Button, true, on, format!("Put into {label}"))
            });
            if response.on_hover_text(tip).disabled_because(why).clicked()
                && let Some(favourite) = selected.and_then(|i| favourites.list.get_mut(i))
            {
                favourite.slot = if on { None } else { Some(slot) };
            }
        }
        let remove = ui.add_enabled(selected.is_some(), Button::new("Remove"));
        let remove = remove.on_hover_text("Remove the selected favourite.").disabled_because(why);
        let gone = selected.filter(|_| remove.clicked());
        if let Some(i) = gone {
            ask(view, ExploreAction::RemoveFavourites(vec![i]));
        }
    });
    mix(ui, view);
    let line = "Drag on the canvas to move between favourites; drag a picture to rearrange them. To give one favourite \
                what another has, put favourites into A, B and C and mix them.";
    ui.scope(|ui| {
        ui.set_max_width(ui.available_width().min(LINE));
        small(ui, line);
    });
}

/// A picture that is put together from three.
fn mix(ui: &mut Ui, view: &mut View) {
    let sum = view.user.explore.favourites.arithmetic();
    let enabled = ui.is_enabled() && sum.is_some();
    let show = primary(ui, "Mix: A without B, with C", CONTROL, enabled)
        .on_hover_text(
            "Show C with what A has and B lacks: with an orange cat in A, a grey one in B and a kitten in \
                        C, an orange kitten.",
        )
        .disabled_because("Put one favourite into A, another into B and a third into C.");
    if let Some(sum) = sum.filter(|_| show.clicked()) {
        ask(view, ExploreAction::Go(sum, Gesture::Single));
    }
}

/// The way to the list of all.
fn all(ui: &mut Ui, view: &mut View) {
    let count = view.user.explore.favourites.list.len();
    let tip = "All favourites of this generator: names, notes, export. Eight of them lie on the canvas (Ctrl+F).";
    let label = format!("All favourites ({})…", text::count(count as u64));
    if ui.add_enabled(count > 0, Button::new(label)).on_hover_text(tip).disabled_because(tip).clicked() {
        view.ask(Action::Dialog(Some(Dialog::Favourites)));
    }
}
