//! Which pictures are selected, by pointer and keyboard.

use std::collections::HashSet;
use std::ops::RangeInclusive;

/// A way to go with the cursor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Move {
    /// By so many pictures.
    By(isize),
    /// To the first.
    First,
    /// To the last.
    Last,
}

/// The selected pictures, as indices of all pictures, and the cursor among those on show.
#[derive(Debug, Default)]
pub(crate) struct Selection {
    chosen: HashSet<u32>,
    cursor: Option<u32>,
    /// Where a range begins.
    anchor: Option<u32>,
    /// A picture was clicked: the grid gets the keyboard.
    pub focus: bool,
    /// The cursor was moved: it must be seen.
    pub reveal: bool,
    /// What was selected before a rectangle was drawn, and where that began, in points of the grid.
    pub rectangle: Option<(HashSet<u32>, egui::Vec2)>,
}

impl Selection {
    pub(crate) fn contains(&self, index: u32) -> bool {
        self.chosen.contains(&index)
    }

    pub(crate) fn len(&self) -> usize {
        self.chosen.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.chosen.is_empty()
    }

    pub(crate) fn cursor(&self) -> Option<u32> {
        self.cursor
    }

    /// The selected pictures, in their order.
    pub(crate) fn chosen(&self) -> Vec<u32> {
        let mut all: Vec<u32> = self.chosen.iter().copied().collect();
        all.sort_unstable();
        all
    }

    /// Selects these alone; the cursor stays.
    pub(crate) fn set(&mut self, chosen: impl IntoIterator<Item = u32>) {
        self.chosen = chosen.into_iter().collect();
    }

    /// Also puts the cursor somewhere.
    pub(crate) fn place(&mut self, cursor: Option<u32>, chosen: impl IntoIterator<Item = u32>) {
        self.set(chosen);
        (self.cursor, self.anchor) = (cursor, cursor);
    }

    pub(crate) fn clear(&mut self) {
        self.chosen.clear();
        self.anchor = self.cursor;
    }

    /// A click on a picture: alone, as one more (`toggle`), or everything from the anchor to here (`range`).
    pub(crate) fn click(&mut self, shown: &[u32], index: u32, toggle: bool, range: bool) {
        if range {
            self.extend(shown, index, toggle);
        } else {
            if toggle {
                self.flip(index);
            } else {
                self.set([index]);
            }
            self.anchor = Some(index);
        }
        self.cursor = Some(index);
    }

    /// Selects one more, or one less.
    pub(crate) fn flip(&mut self, index: u32) {
        if !self.chosen.remove(&index) {
            self.chosen.insert(index);
        }
    }

    /// Moves the cursor. It takes the selection along, or extends it; with `keep` it only moves.
    pub(crate) fn go(&mut self, shown: &[u32], by: Move, extend: bool, keep: bool) {
        let Some(last) = shown.len().checked_sub(1) else { return };
        let at = self.cursor.and_then(|index| position(shown, index));
        let to = match (by, at) {
            (Move::First, _) => 0,
            (Move::Last, _) => last,
            (Move::By(_), None) => 0,
            // A row that is not there leaves the cursor where it is.
            (Move::By(by), Some(at)) => at.checked_add_signed(by).filter(|to| *to <= last).unwrap_or(at),
        };
        let index = shown[to];
        if extend {
            self.anchor = self.anchor.or(self.cursor).or(Some(index));
            self.extend(shown, index, false);
        } else if !keep {
            self.set([index]);
            self.anchor = Some(index);
        }
        self.cursor = Some(index);
        self.reveal = true;
    }

    fn extend(&mut self, shown: &[u32], to: u32, keep: bool) {
        let anchor = self.anchor.or(self.cursor).unwrap_or(to);
        self.anchor = Some(anchor);
        let range = between(shown, anchor, to);
        let range = shown.get(range).unwrap_or_default().iter().copied();
        if keep {
            self.chosen.extend(range);
        } else {
            self.set(range.collect::<Vec<_>>());
        }
    }

    /// The pictures on show changed: what is hidden is not selected, and the cursor goes to what took its place.
    pub(crate) fn restrict(&mut self, before: &[u32], shown: &[u32]) {
        self.chosen.retain(|index| position(shown, *index).is_some());
        let Some(cursor) = self.cursor.filter(|index| position(shown, *index).is_none()) else { return };
        let place = before.partition_point(|index| *index < cursor);
        let next = before[place..].iter().find(|index| position(shown, **index).is_some());
        self.cursor = next.or(shown.last()).copied();
        self.anchor = self.cursor;
    }
}

/// Where a picture stands among those on show, which are in order.
pub(crate) fn position(shown: &[u32], index: u32) -> Option<usize> {
    shown.binary_search(&index).ok()
}

fn between(shown: &[u32], a: u32, b: u32) -> RangeInclusive<usize> {
    let at = |index| position(shown, index).unwrap_or(0);
    let (a, b) = (at(a), at(b));
    a.min(b)..=a.max(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: [u32; 6] = [1, 3, 5, 7, 9, 11];

    #[test]
    fn clicks_select_one_more_and_ranges() {
        let mut selection = Selection::default();
        selection.click(&SHOWN, 3, false, false);
        selection.click(&SHOWN, 9, false, true);
        assert_eq!(selection.chosen(), [3, 5, 7, 9]);
        selection.click(&SHOWN, 5, true, false);
        assert_eq!(selection.chosen(), [3, 7, 9]);
        selection.click(&SHOWN, 11, true, true);
        assert_eq!(selection.chosen(), [3, 5, 7, 9, 11], "from the newest click on");
        selection.click(&SHOWN, 1, false, false);
        assert_eq!(selection.chosen(), [1]);
    }

    #[test]
    fn the_cursor_moves_and_stays_inside() {
        let mut selection = Selection::default();
        selection.go(&SHOWN, Move::By(1), false, false);
        assert_eq!(selection.cursor(), Some(1), "it begins at the first");
        selection.go(&SHOWN, Move::By(3), false, false);
        selection.go(&SHOWN, Move::By(3), false, false);
        assert_eq!(selection.cursor(), Some(7), "there is no row below");
        selection.go(&SHOWN, Move::Last, true, false);
        assert_eq!(selection.chosen(), [7, 9, 11]);
        selection.go(&SHOWN, Move::By(-1), true, false);
        assert_eq!(selection.chosen(), [7, 9]);
        selection.go(&SHOWN, Move::First, false, true);
        assert_eq!((selection.cursor(), selection.len()), (Some(1), 2));
        selection.go(&[], Move::First, false, false);
        assert_eq!(selection.cursor(), Some(1));
    }

    #[test]
    fn what_is_hidden_is_not_selected() {
        let mut selection = Selection::default();
        selection.click(&SHOWN, 5, false, false);
        selection.click(&SHOWN, 11, true, false);
        selection.click(&SHOWN, 5, true, true);
        selection.restrict(&SHOWN, &[1, 3, 9, 11]);
        assert_eq!((selection.chosen(), selection.cursor()), (vec![9, 11], Some(9)));
        selection.restrict(&[1, 3, 9, 11], &[1, 3]);
        assert_eq!((selection.len(), selection.cursor()), (0, Some(3)));
    }
}
