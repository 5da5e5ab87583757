//! All pictures of a filter as a grid, of which only the rows in sight are drawn.

use super::tile::{Tile, Tiles};
use super::{menu, tile};
use crate::engine::PreparedPictures;
use crate::ui::action::Action;
use crate::ui::curation::{CurationAction, TILES};
use crate::ui::focus::in_area;
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::view::View;
use crate::ui::widgets::{GAP, Places, keep_arrows, modifiers_at_click, moves, pictures_id, take_keyboard};
use egui::scroll_area::ScrollSource;
use egui::{
    Align, Label, PointerButton, Rect, Response, RichText, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    accesskit::Role, vec2,
};
use std::ops::Range;
use std::sync::Arc;

/// Room for the scroll bar, in points.
const BAR: f32 = 10.0;
/// How fast the grid scrolls while a rectangle is drawn beyond its edge, in points per point and second.
const PULL: f32 = 12.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let Some(pictures) = view.user.curation.pictures().cloned() else { return };
    egui::Frame::new().fill(palette(ui).well).corner_radius(8).inner_margin(GAP).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        if view.user.curation.shown().is_empty() {
            return nothing(ui, view);
        }
        zoom(ui, view);
        let source = ScrollSource::SCROLL_BAR | ScrollSource::MOUSE_WHEEL;
        let area = ScrollArea::vertical().id_salt("pictures").auto_shrink(false).scroll_source(source);
        area.show_viewport(ui, |ui, _| in_area(ui, |ui| draw(ui, view, &pictures)));
    });
}

fn nothing(ui: &mut Ui, view: &View) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.4).max(8.0));
        let line = view.user.curation.filter().empty();
        ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap().halign(Align::Center));
    });
}

/// Ctrl with the wheel, or two fingers, change the size of the pictures.
fn zoom(ui: &Ui, view: &mut View) {
    if ui.rect_contains_pointer(ui.max_rect()) {
        let tile = &mut view.user.curation.tile;
        *tile = (*tile * ui.input(|i| i.zoom_delta())).clamp(*TILES.start(), *TILES.end());
    }
}

fn draw(ui: &mut Ui, view: &mut View, pictures: &Arc<PreparedPictures>) {
    let width = ui.available_width() - BAR;
    let places = Places::new(width, view.user.curation.tile, view.user.curation.shown().len());
    let (rect, _) = ui.allocate_exact_size(vec2(width, places.height().max(ui.clip_rect().height())), Sense::hover());
    // Marks around the pictures of the first row, and of the last one, reach beyond them.
    ui.set_clip_rect(ui.clip_rect().expand(GAP / 2.0));
    let grid = ui.interact(rect, pictures_id(), Sense::CLICK | Sense::DRAG | Sense::FOCUSABLE);
    // In the frame of the click itself, egui takes the keyboard away from what lies below the pressed picture.
    if std::mem::take(&mut view.user.curation.selection.focus) {
        take_keyboard(ui.ctx(), grid.id);
    }
    let sight = ui.clip_rect().translate(-rect.min.to_vec2());
    let visible = places.rows(sight.top(), sight.bottom());
    by_keys(ui, view, &grid, places, &visible);
    by_rectangle(ui, view, &grid, places);
    if grid.clicked() && !ui.input(|i| i.modifiers.any()) {
        view.user.curation.selection.clear();
    }
    announce(ui, view, &grid);

    view.textures.atlas.begin(ui.ctx(), pictures.side, places.side * ui.pixels_per_point());
    let mut pressed = grid.clone();
    let mut tiles = Tiles::new(grid.has_focus());
    for position in visible {
        let index = view.user.curation.shown()[position];
        let place = places.rect(position).translate(rect.min.to_vec2());
        let tile = ui.interact(place, tile::id(index), Sense::CLICK);
        if tile.clicked() || tile.secondary_clicked() {
            by_click(ui, view, &tile, index);
        }
        if tile.double_clicked() {
            view.ask(Action::Curate(CurationAction::Open(Some(index))));
        }
        if let Some(tile) = Tile::new(ui, view, pictures, index, place, &tile) {
            tiles.add(tile);
        }
        if tile.secondary_clicked() {
            pressed |= tile;
        }
    }
    tiles.paint(ui);
    if view.textures.atlas.behind() {
        ui.ctx().request_repaint();
    }
    rectangle(ui, view, &grid);
    menu::show(&pressed, view);
    if std::mem::take(&mut view.user.curation.selection.reveal)
        && let Some(at) = view.user.curation.cursor_position()
    {
        ui.scroll_to_rect(places.rect(at).translate(rect.min.to_vec2()).expand(GAP), None);
    }
}

/// Says where the cursor is: each picture is a node of its own.
fn announce(ui: &Ui, view: &View, grid: &Response) {
    let curation = &view.user.curation;
    grid.widget_info(|| {
        let (shown, selected) = (curation.shown().len(), curation.selection.len());
        let words =
            format!("Prepared pictures: {} on show, {}", text::count(shown as u64), text::count(selected as u64));
        WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), format!("{words} selected"))
    });
    if let Some(cursor) = curation.selection.cursor() {
        let active = tile::id(cursor).accesskit_id();
        ui.ctx().accesskit_node_builder(grid.id, |node| node.set_active_descendant(active));
    }
}

fn by_click(ui: &Ui, view: &mut View, tile: &Response, index: u32) {
    view.user.curation.selection.focus = true;
    let modifiers = modifiers_at_click(ui);
    let curation = &mut view.user.curation;
    // The menu is about all selected pictures, if this is one of them.
    if tile.secondary_clicked() && curation.selection.contains(index) {
        return;
    }
    curation.click(index, modifiers.command, modifiers.shift);
}

fn by_keys(ui: &Ui, view: &mut View, grid: &Response, places: Places, visible: &Range<usize>) {
    if !grid.has_focus() {
        return;
    }
    keep_arrows(ui, grid.id);
    let curation = &mut view.user.curation;
    if curation.cursor_position().is_none() {
        curation.put_cursor(visible.start);
    }
    for (by, modifiers) in moves(ui, places, visible) {
        curation.go(by, modifiers.shift, modifiers.command);
    }
}

/// Dragging over the grid selects what the rectangle touches.
fn by_rectangle(ui: &Ui, view: &mut View, grid: &Response, places: Places) {
    let corner = grid.rect.min;
    let curation = &mut view.user.curation;
    if grid.drag_started_by(PointerButton::Primary)
        && let Some(origin) = ui.input(|i| i.pointer.press_origin())
    {
        take_keyboard(ui.ctx(), grid.id);
        curation.begin_rectangle(origin - corner, ui.input(|i| i.modifiers.command || i.modifiers.shift));
    }
    let Some(pos) = grid.interact_pointer_pos().filter(|_| grid.dragged_by(PointerButton::Primary)) else {
        curation.selection.rectangle = None;
        return;
    };
    let Some((_, start)) = &curation.selection.rectangle else { return };
    let rect = Rect::from_two_pos(start.to_pos2(), (pos - corner).to_pos2());
    let touched: Vec<usize> = places.touched(rect).collect();
    curation.draw_rectangle(&touched);
    let sight = ui.clip_rect();
    let beyond = (sight.top() - pos.y).max(0.0) - (pos.y - sight.bottom()).max(0.0);
    if beyond != 0.0 {
        ui.scroll_with_delta(vec2(0.0, beyond * PULL * ui.input(|i| i.stable_dt).min(0.1)));
        ui.ctx().request_repaint();
    }
}

fn rectangle(ui: &Ui, view: &View, grid: &Response) {
    let start = view.user.curation.selection.rectangle.as_ref().map(|(_, start)| grid.rect.min + *start);
    if let Some((start, pos)) = start.zip(grid.interact_pointer_pos()) {
        let rect = Rect::from_two_pos(start, pos);
        ui.painter().rect_filled(rect, 2.0, palette(ui).accent.gamma_multiply(0.15));
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, theme::ON_PICTURE), StrokeKind::Outside);
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(1.0, palette(ui).accent), StrokeKind::Inside);
    }
}
