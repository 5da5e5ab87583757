//! All pictures of a filter as a grid, of which only the rows in sight are drawn.

use super::tile::{Tile, Tiles};
use super::{menu, tile};
use crate::engine::PreparedPictures;
use crate::ui::action::Action;
use crate::ui::curation::{CurationAction, Move, TILES};
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::view::View;
use crate::ui::widgets::{pictures_id, take_keyboard};
use egui::scroll_area::ScrollSource;
use egui::{
    Align, Event, EventFilter, Key, Label, Modifiers, PointerButton, Rect, Response, RichText, ScrollArea, Sense,
    Stroke, StrokeKind, Ui, Vec2, WidgetInfo, accesskit::Role, vec2,
};
use std::ops::Range;
use std::sync::Arc;

/// Between two pictures, in points.
const GAP: f32 = 6.0;
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
        area.show_viewport(ui, |ui, _| draw(ui, view, &pictures));
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

/// Where the pictures stand: equal squares that fill the width.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Places {
    columns: usize,
    side: f32,
    count: usize,
}

impl Places {
    fn new(width: f32, wanted: f32, count: usize) -> Self {
        let columns = (((width + GAP) / (wanted + GAP)).floor() as usize).max(1);
        let side = (width - GAP * (columns - 1) as f32) / columns as f32;
        Self { columns, side: side.min(width), count }
    }

    fn step(&self) -> f32 {
        self.side + GAP
    }

    fn height(&self) -> f32 {
        (self.count.div_ceil(self.columns) as f32 * self.step() - GAP).max(0.0)
    }

    /// From the top left corner of the first.
    fn rect(&self, position: usize) -> Rect {
        let (row, column) = (position / self.columns, position % self.columns);
        let at = vec2(column as f32, row as f32) * self.step();
        Rect::from_min_size(at.to_pos2(), Vec2::splat(self.side))
    }

    /// The pictures in these rows.
    fn rows(&self, top: f32, bottom: f32) -> Range<usize> {
        let row = |y: f32| (y.max(0.0) / self.step()) as usize;
        let (first, end) = (row(top) * self.columns, (row(bottom) + 1) * self.columns);
        first.min(self.count)..end.min(self.count)
    }

    /// Positions of the pictures that a rectangle touches.
    fn touched(&self, rect: Rect) -> impl Iterator<Item = usize> {
        let places = *self;
        self.rows(rect.top(), rect.bottom()).filter(move |at| places.rect(*at).intersects(rect))
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
    // As they were at the click: in a slow frame they are up again by its end.
    let modifiers = ui.input(|i| {
        let click = |event: &Event| match event {
            Event::PointerButton { pressed: false, modifiers, .. } => Some(*modifiers),
            _ => None,
        };
        i.events.iter().rev().find_map(click).unwrap_or(i.modifiers)
    });
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
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(grid.id, filter));
    let curation = &mut view.user.curation;
    if curation.cursor_position().is_none() {
        curation.put_cursor(visible.start);
    }
    let row = places.columns as isize;
    let page = (visible.len() / places.columns).saturating_sub(2).max(1) as isize * row;
    let moves = [
        (Key::ArrowLeft, Move::By(-1)),
        (Key::ArrowRight, Move::By(1)),
        (Key::ArrowUp, Move::By(-row)),
        (Key::ArrowDown, Move::By(row)),
        (Key::PageUp, Move::By(-page)),
        (Key::PageDown, Move::By(page)),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
    ];
    for (key, by) in moves {
        let presses: Vec<Modifiers> = ui.input(|i| {
            let press = |event: &Event| match event {
                Event::Key { key: pressed, pressed: true, modifiers, .. } if *pressed == key => Some(*modifiers),
                _ => None,
            };
            i.events.iter().filter_map(press).collect()
        });
        for modifiers in presses {
            curation.go(by, modifiers.shift, modifiers.command);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_squares_fill_the_width_and_rows_are_found() {
        let places = Places::new(500.0, 96.0, 23);
        assert_eq!(places.columns, 4);
        assert!((places.rect(3).right() - 500.0).abs() < 0.01 && places.side >= 96.0);
        assert_eq!(places.rows(0.0, 10.0), 0..4);
        assert_eq!(places.rows(places.step() * 1.5, places.step() * 2.5), 4..12);
        assert_eq!(places.rows(1e6, 2e6), 23..23, "below the last");
        assert!((places.height() - places.rect(22).bottom()).abs() < 0.01);
        let two = Rect::from_two_pos(places.rect(5).center(), places.rect(6).center());
        assert_eq!(places.touched(two).collect::<Vec<_>>(), [5, 6]);
    }

    #[test]
    fn one_column_fits_into_any_width() {
        let places = Places::new(40.0, 96.0, 3);
        assert_eq!((places.columns, places.side), (1, 40.0));
    }
}
