//! Where the pictures of a grid stand, and how the keyboard and the pointer select among them.

use crate::ui::curation::Move;
use egui::{Event, EventFilter, Id, Key, Modifiers, Rect, Ui, Vec2, vec2};
use std::ops::Range;

/// Between two pictures, in points.
pub(crate) const GAP: f32 = 6.0;

/// Where the pictures stand: equal squares that fill the width.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Places {
    pub columns: usize,
    /// Of a square, in points.
    pub side: f32,
    count: usize,
}

impl Places {
    pub(crate) fn new(width: f32, wanted: f32, count: usize) -> Self {
        let columns = (((width + GAP) / (wanted + GAP)).floor() as usize).max(1);
        let side = (width - GAP * (columns - 1) as f32) / columns as f32;
        Self { columns, side: side.min(width), count }
    }

    fn step(&self) -> f32 {
        self.side + GAP
    }

    pub(crate) fn height(&self) -> f32 {
        (self.count.div_ceil(self.columns) as f32 * self.step() - GAP).max(0.0)
    }

    /// From the top left corner of the first.
    pub(crate) fn rect(&self, position: usize) -> Rect {
        let (row, column) = (position / self.columns, position % self.columns);
        let at = vec2(column as f32, row as f32) * self.step();
        Rect::from_min_size(at.to_pos2(), Vec2::splat(self.side))
    }

    /// The pictures in these rows.
    pub(crate) fn rows(&self, top: f32, bottom: f32) -> Range<usize> {
        let row = |y: f32| (y.max(0.0) / self.step()) as usize;
        let (first, end) = (row(top) * self.columns, (row(bottom) + 1) * self.columns);
        first.min(self.count)..end.min(self.count)
    }

    /// Positions of the pictures that a rectangle touches.
    pub(crate) fn touched(&self, rect: Rect) -> impl Iterator<Item = usize> {
        let places = *self;
        self.rows(rect.top(), rect.bottom()).filter(move |at| places.rect(*at).intersects(rect))
    }
}

/// Leaves the arrow keys and Escape to the grid that has the keyboard.
pub(crate) fn keep_arrows(ui: &Ui, grid: Id) {
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(grid, filter));
}

/// What the pressed keys do with the cursor of a grid of which these pictures are in sight.
pub(crate) fn moves(ui: &Ui, places: Places, visible: &Range<usize>) -> Vec<(Move, Modifiers)> {
    let row = places.columns as isize;
    let page = (visible.len() / places.columns).saturating_sub(2).max(1) as isize * row;
    let all = [
        (Key::ArrowLeft, Move::By(-1)),
        (Key::ArrowRight, Move::By(1)),
        (Key::ArrowUp, Move::By(-row)),
        (Key::ArrowDown, Move::By(row)),
        (Key::PageUp, Move::By(-page)),
        (Key::PageDown, Move::By(page)),
        (Key::Home, Move::First),
        (Key::End, Move::Last),
    ];
    ui.input(|i| {
        let press = |event: &Event| match event {
            Event::Key { key, pressed: true, modifiers, .. } => {
                all.iter().find(|(of, _)| of == key).map(|(_, by)| (*by, *modifiers))
            }
            _ => None,
        };
        i.events.iter().filter_map(press).collect()
    })
}

/// The modifiers as they were at the newest click: in a slow frame they are up again by its end.
pub(crate) fn modifiers_at_click(ui: &Ui) -> Modifiers {
    ui.input(|i| {
        let click = |event: &Event| match event {
            Event::PointerButton { pressed: false, modifiers, .. } => Some(*modifiers),
            _ => None,
        };
        i.events.iter().rev().find_map(click).unwrap_or(i.modifiers)
    })
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
