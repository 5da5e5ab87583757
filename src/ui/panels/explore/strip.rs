//! The favourites on the canvas, in a row.

use super::request::ask;
use crate::engine::LatentSpec;
use crate::pixels::Frame;
use crate::ui::explorer::{Example, ExploreAction, Favourite, Gesture, MOST};
use crate::ui::textures::Textures;
use crate::ui::theme::{Palette, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::weak;
use egui::{Align2, FontId, Pos2, Rect, Sense, Stroke as Line, StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role};
use std::sync::Arc;

/// Draws those on the canvas; a press chooses one and goes there.
pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    let favourites = &view.user.explore.favourites;
    if favourites.list.is_empty() {
        let line = "Press Keep (F) for each picture that you like. They are collected here and stay on your disk.";
        weak(ui, line);
        return;
    }
    let on_canvas: Vec<usize> = favourites.on_canvas().map(|(i, ..)| i).collect();
    let side = ((ui.available_width() - XS * (MOST - 1) as f32) / MOST as f32).min(48.0).floor();
    let mut pressed = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = XS;
        let favourites = &mut view.user.explore.favourites;
        let selected = favourites.selected;
        for i in on_canvas {
            favourites.see(i);
            let favourite = &favourites.list[i];
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
            let label = favourites.label(i);
            let name = format!("{label}{}", spoken(favourite));
            response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), selected == Some(i), &name));
            small_picture(ui, view.textures, favourite.frame(), rect);
            let line = match (selected == Some(i), response.hovered() || response.has_focus()) {
                (true, _) => Line::new(2.0, p.accent),
                (false, true) => Line::new(2.0, p.border_strong),
                (false, false) => Line::new(1.0, p.border),
            };
            ui.painter().rect_stroke(rect, 6.0, line, StrokeKind::Inside);
            badges(ui, p, rect, favourite);
            if response.on_hover_text(format!("{label}: go there.")).clicked() {
                pressed = Some(i);
            }
        }
    });
    if let Some(i) = pressed {
        let favourites = &mut view.user.explore.favourites;
        favourites.selected = Some(i);
        let latent = favourites.list[i].kept.latent.clone();
        ask(view, ExploreAction::Go(LatentSpec::Latent(latent), Gesture::Single));
    }
}

/// A picture that may not have been generated yet.
pub(crate) fn small_picture(ui: &Ui, textures: &mut Textures, frame: Option<&Arc<Frame>>, rect: Rect) {
    match frame {
        Some(frame) => {
            let texture = textures.small(ui.ctx(), frame);
            egui::Image::from_texture(&texture).corner_radius(6).paint_at(ui, rect);
        }
        None => _ = ui.painter().rect_filled(rect, 6.0, palette(ui).control),
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
