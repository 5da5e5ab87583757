//! A sheet of square pictures that can be clicked tile by tile.

use crate::pixels::GridLayout;
use crate::ui::theme::palette;
use egui::{
    Key, Pos2, Rect, Response, Sense, Stroke, StrokeKind, TextureHandle, Ui, Vec2, WidgetInfo, accesskit::Role,
};

pub(crate) struct ImageGrid<'a> {
    pub texture: &'a TextureHandle,
    pub layout: GridLayout,
    /// What a screen reader says.
    pub name: String,
    /// Whether tiles react to the pointer and the keyboard.
    pub clickable: bool,
}

impl ImageGrid<'_> {
    /// Draws the sheet as large as fits, centred. Returns the tile that was chosen.
    pub(crate) fn show(self, ui: &mut Ui, space: Vec2) -> (Response, Option<u32>) {
        let (width, height) = self.layout.size();
        let sheet = Vec2::new(width as f32, height as f32);
        let size = sheet * crisp_scale(sheet, space, ui.pixels_per_point());
        let sense = if self.clickable { Sense::click() } else { Sense::hover() };
        let (outer, mut response) = ui.allocate_exact_size(Vec2::new(space.x, size.y), sense);
        let rect = Rect::from_center_size(outer.center(), size);
        // Whole pixels, or the first row of each tile would be smeared.
        let ppp = ui.pixels_per_point();
        let rect = rect.translate((rect.min * ppp).round() / ppp - rect.min);
        let role = if self.clickable { Role::Button } else { Role::Image };
        response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), &self.name));
        ui.painter().image(
            self.texture.id(),
            rect,
            Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0)),
            egui::Color32::WHITE,
        );
        if !self.clickable {
            return (response, None);
        }
        let mut hovered = response.hover_pos().and_then(|pos| tile_under(&self.layout, rect, pos));
        if hovered.is_some() {
            response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        } else if response.has_focus() {
            hovered = Some(0);
        }
        if let Some(tile) = hovered {
            let p = palette(ui);
            ui.painter().rect_stroke(
                tile_rect(&self.layout, rect, tile),
                2.0,
                Stroke::new(2.0, p.accent),
                StrokeKind::Outside,
            );
        }
        let entered = response.has_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let chosen = if response.clicked() || entered { hovered } else { None };
        (response, chosen)
    }
}

/// Enlarged by a whole number of screen pixels where that fills most of the space; smaller sheets stay sharp.
fn crisp_scale(sheet: Vec2, space: Vec2, pixels_per_point: f32) -> f32 {
    let fit = (space.x / sheet.x).min(space.y / sheet.y).max(0.05);
    let physical = fit * pixels_per_point;
    let whole = physical.floor();
    if whole >= 1.0 && whole / physical > 0.72 { whole / pixels_per_point } else { fit }
}

fn scale(layout: &GridLayout, rect: Rect) -> f32 {
    rect.width() / layout.size().0 as f32
}

fn tile_under(layout: &GridLayout, rect: Rect, pos: Pos2) -> Option<u32> {
    let at = (pos - rect.min) / scale(layout, rect);
    if at.x < 0.0 || at.y < 0.0 { None } else { layout.tile_at(at.x as u32, at.y as u32) }
}

fn tile_rect(layout: &GridLayout, rect: Rect, tile: u32) -> Rect {
    let (x, y) = layout.origin(tile);
    let scale = scale(layout, rect);
    Rect::from_min_size(rect.min + Vec2::new(x as f32, y as f32) * scale, Vec2::splat(layout.side as f32 * scale))
}

/// The part of the sheet's texture that holds one tile.
pub(crate) fn tile_uv(layout: &GridLayout, tile: u32) -> Rect {
    let (width, height) = layout.size();
    let (x, y) = layout.origin(tile);
    let side = layout.side as f32;
    let size = Vec2::new(width as f32, height as f32);
    Rect::from_min_size((Vec2::new(x as f32, y as f32) / size).to_pos2(), Vec2::splat(side) / size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_on_the_screen_finds_its_tile() {
        let layout = GridLayout::new(4, 10);
        let (width, height) = layout.size();
        let rect = Rect::from_min_size(Pos2::new(100.0, 50.0), Vec2::new(width as f32, height as f32) * 3.0);
        for tile in 0..4 {
            assert_eq!(tile_under(&layout, rect, tile_rect(&layout, rect, tile).center()), Some(tile));
        }
        assert_eq!(tile_under(&layout, rect, rect.min - Vec2::splat(1.0)), None);
    }

    #[test]
    fn enlargement_is_by_whole_pixels_where_it_can_be() {
        let sheet = Vec2::splat(100.0);
        assert_eq!(crisp_scale(sheet, Vec2::splat(250.0), 1.0), 2.0);
        assert_eq!(crisp_scale(sheet, Vec2::splat(250.0), 2.0), 2.5);
        assert_eq!(crisp_scale(sheet, Vec2::splat(160.0), 1.0), 1.6);
        assert_eq!(crisp_scale(sheet, Vec2::splat(50.0), 1.0), 0.5);
    }
}
