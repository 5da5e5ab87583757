//! The favourites in a row.

use super::request::ask;
use crate::engine::LatentSpec;
use crate::ui::explorer::{Example, ExploreAction, Favourite, Gesture, MOST};
use crate::ui::theme::{Palette, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::weak;
use egui::{Align2, FontId, Pos2, Rect, Sense, Stroke as Line, StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role};

/// Draws them; a press chooses one and goes there.
pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    if view.user.explore.favourites.list.is_empty() {
        let line = "Press Keep (F) for each picture that you like. They are collected here.";
        weak(ui, line);
        return;
    }
    let side = ((ui.available_width() - XS * (MOST - 1) as f32) / MOST as f32).min(48.0).floor();
    let mut pressed = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = XS;
        let selected = view.user.explore.favourites.selected;
        for (i, favourite) in view.user.explore.favourites.list.iter().enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
            let name = format!("Favourite {}{}", i + 1, spoken(favourite));
            response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected == Some(i), &name));
            let texture = view.textures.small(ui.ctx(), &favourite.frame);
            egui::Image::from_texture(&texture).corner_radius(6).paint_at(ui, rect);
            let line = match (selected == Some(i), response.hovered() || response.has_focus()) {
                (true, _) => Line::new(2.0, p.accent),
                (false, true) => Line::new(2.0, p.border_strong),
                (false, false) => Line::new(1.0, p.border),
            };
            ui.painter().rect_stroke(rect, 6.0, line, StrokeKind::Inside);
            badges(ui, p, rect, favourite);
            if response.on_hover_text("Go to this favourite.").clicked() {
                pressed = Some(i);
            }
        }
    });
    if let Some(i) = pressed {
        let favourites = &mut view.user.explore.favourites;
        favourites.selected = Some(i);
        let latent = favourites.list[i].point.latent.clone();
        ask(view, ExploreAction::Go(LatentSpec::Latent(latent), Gesture::Single));
    }
}

fn letter(favourite: &Favourite) -> Option<&'static str> {
    favourite.slot.and_then(|slot| ["A", "B", "C"].get(slot).copied())
}

fn sign(favourite: &Favourite) -> Option<&'static str> {
    favourite.example.map(|e| if e == Example::Has { "+" } else { "−" })
}

fn spoken(favourite: &Favourite) -> String {
    let example = match favourite.example {
        Some(Example::Has) => ", has it",
        Some(Example::HasNot) => ", lacks it",
        None => "",
    };
    letter(favourite).map_or_else(|| example.to_owned(), |slot| format!("{example}, {slot}"))
}

/// What it stands for, in its corners.
fn badges(ui: &Ui, p: &Palette, rect: Rect, favourite: &Favourite) {
    let badge = |centre: Pos2, words: &str| {
        ui.painter().circle_filled(centre, 8.0, p.accent);
        ui.painter().text(centre, Align2::CENTER_CENTER, words, FontId::proportional(12.0), p.on_accent);
    };
    if let Some(words) = letter(favourite) {
        badge(rect.left_bottom() + Vec2::new(9.0, -9.0), words);
    }
    if let Some(words) = sign(favourite) {
        badge(rect.right_bottom() + Vec2::new(-9.0, -9.0), words);
    }
}
