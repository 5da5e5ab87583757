//! Points that the person keeps: all of them, those that lie on the canvas, and arithmetic with them. They are on the
//! disk; what is on its way there is in [`Store`].

use super::store::Store;
use crate::engine::{FavouriteEdit, Keepsake, Latent, LatentSpec};
use crate::pixels::Frame;
use crate::ui::curation::Selection;
use std::collections::HashMap;
use std::f32::consts::TAU;
use std::ops::Range;
use std::sync::Arc;

/// Favourites that lie on the canvas at once: between more of them nobody finds the way.
pub(crate) const MOST: usize = 8;
/// Examples on a side, and pictures in a slot of the arithmetic.
pub(crate) const EXAMPLES: usize = 3;

/// What a favourite is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    Has,
    HasNot,
}

/// A point that the person keeps, with its picture.
#[derive(Debug, Clone)]
pub struct Favourite {
    pub kept: Arc<Keepsake>,
    /// Its picture, and the count of weights that it was made with; none until it was in sight.
    pub(super) picture: Option<(Arc<Frame>, u64)>,
    /// Its position on the canvas, from 0 to 1; none while it is not there.
    pub at: Option<[f32; 2]>,
    pub example: Option<Example>,
    /// Its slot in A - B + C.
    pub slot: Option<usize>,
}

impl Favourite {
    pub(crate) fn frame(&self) -> Option<&Arc<Frame>> {
        self.picture.as_ref().map(|(frame, _)| frame)
    }
}

/// Name and notes of a favourite as they are being typed.
#[derive(Debug, Clone)]
pub struct Typed {
    pub latent: Latent,
    pub name: String,
    pub notes: String,
}

/// The favourites, where they lie on the canvas, and the slots of the arithmetic.
#[derive(Debug)]
pub struct Favourites {
    pub list: Vec<Favourite>,
    pub cursor: [f32; 2],
    pub selected: Option<usize>,
    /// The one that is being dragged on the canvas.
    pub grabbed: Option<usize>,
    /// Those that are selected in the list of all.
    pub(crate) chosen: Selection,
    /// The typed part of a name: only those that have it are listed.
    pub filter: String,
    pub typed: Option<Typed>,
    /// What is on its way to the disk.
    pub store: Store,
    /// Those that were removed, the newest last: they can come back.
    removed: Vec<Vec<Favourite>>,
    /// Those in sight in this frame.
    pub(super) seen: Vec<usize>,
    /// Those in sight in the newest frame that showed any.
    pub(super) sight: Range<usize>,
    /// Whose pictures were asked for, and the number of that request.
    pub(super) asked: Vec<Latent>,
    pub(super) stamp: u64,
}

impl Default for Favourites {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            cursor: [0.5; 2],
            selected: None,
            grabbed: None,
            chosen: Selection::default(),
            filter: String::new(),
            typed: None,
            store: Store::default(),
            removed: Vec::new(),
            seen: Vec::new(),
            sight: 0..0,
            asked: Vec::new(),
            stamp: 0,
        }
    }
}

impl Favourites {
    /// Keeps points, with their pictures and the count of weights behind them. Gives how many were not kept already.
    pub(crate) fn add(&mut self, new: Vec<(Arc<Keepsake>, Arc<Frame>)>, weights: u64) -> usize {
        let mut kept = Vec::new();
        for (keepsake, frame) in new {
            if self.holds(&keepsake.latent) {
                continue;
            }
            kept.push(keepsake.clone());
            let at = self.free_spot();
            let picture = Some((frame, weights));
            self.list.push(Favourite { kept: keepsake, picture, at, example: None, slot: None });
            self.selected = at.map(|_| self.list.len() - 1).or(self.selected);
        }
        let count = kept.len();
        if count > 0 {
            self.store.push(FavouriteEdit::Keep(kept));
        }
        count
    }

    /// Whether this latent is already a favourite.
    pub fn holds(&self, latent: &Latent) -> bool {
        self.list.iter().any(|f| f.kept.latent == *latent)
    }

    /// Another generator is open, of another latent size: none of these is a point of it.
    pub(crate) fn clear(&mut self) {
        *self = Self { store: std::mem::take(&mut self.store), ..Self::default() };
    }

    /// The favourites of the open generator as they are on the disk, with what is not there yet.
    pub(crate) fn take(&mut self, list: Vec<Arc<Keepsake>>) {
        let key = |latent: &Latent| latent.iter().map(|value| value.to_bits()).collect::<Vec<u32>>();
        let mut before: HashMap<Vec<u32>, Favourite> =
            self.list.drain(..).map(|favourite| (key(&favourite.kept.latent), favourite)).collect();
        let list = self.store.with_unsaved(list);
        let same = list.iter().any(|kept| before.contains_key(&key(&kept.latent)));
        let made = |kept: Arc<Keepsake>| match before.remove(&key(&kept.latent)) {
            Some(favourite) => Favourite { kept, ..favourite },
            None => Favourite { kept, picture: None, at: None, example: None, slot: None },
        };
        self.list = list.into_iter().map(made).collect();
        if !same {
            // Those of another generator, or of an earlier session: the newest lie on the canvas.
            for i in self.list.len().saturating_sub(MOST)..self.list.len() {
                self.list[i].at = self.free_spot();
            }
            (self.selected, self.typed, self.removed) = (None, None, Vec::new());
        }
        self.settle();
    }

    /// Removes favourites by their positions in the list.
    pub(crate) fn remove(&mut self, indices: &[usize]) -> usize {
        let mut kept = Vec::with_capacity(self.list.len());
        let mut gone = Vec::new();
        for (i, favourite) in std::mem::take(&mut self.list).into_iter().enumerate() {
            if indices.contains(&i) { gone.push(favourite) } else { kept.push(favourite) }
        }
        self.list = kept;
        let count = gone.len();
        if count > 0 {
            self.store.push(FavouriteEdit::Remove(gone.iter().map(|f| f.kept.latent.clone()).collect()));
            self.removed.push(gone);
        }
        self.settle();
        count
    }

    /// Brings back those that were removed last. Gives how many.
    pub(crate) fn undo_remove(&mut self) -> usize {
        let Some(mut back) = self.removed.pop() else { return 0 };
        back.retain(|favourite| !self.holds(&favourite.kept.latent));
        let count = back.len();
        self.store.push(FavouriteEdit::Keep(back.iter().map(|f| f.kept.clone()).collect()));
        for mut favourite in back {
            favourite.at = favourite.at.and_then(|_| self.free_spot());
            self.list.push(favourite);
        }
        count
    }

    pub(crate) fn can_undo_remove(&self) -> bool {
        !self.removed.is_empty()
    }

    /// What is selected must still be there.
    fn settle(&mut self) {
        self.grabbed = None;
        let last = self.list.len().checked_sub(1);
        self.selected = self.selected.zip(last).map(|(selected, last)| selected.min(last));
        self.chosen = Selection::default();
    }

    /// Puts favourites on the canvas, as far as there is room, or takes them off.
    pub(crate) fn place(&mut self, indices: &[usize], on: bool) {
        for &i in indices {
            let there = self.list.get(i).and_then(|favourite| favourite.at);
            let at = if on { there.or_else(|| self.free_spot()) } else { None };
            self.list.get_mut(i).into_iter().for_each(|favourite| favourite.at = at);
        }
    }

    /// Those on the canvas, with their positions in the list.
    pub(crate) fn on_canvas(&self) -> impl DoubleEndedIterator<Item = (usize, &Favourite, [f32; 2])> {
        self.list.iter().enumerate().filter_map(|(i, favourite)| Some((i, favourite, favourite.at?)))
    }

    /// The point under the cursor, between those on the canvas; needs two of them.
    pub fn spec(&self) -> Option<LatentSpec> {
        let points: Vec<_> = self.on_canvas().map(|(_, f, at)| (f.kept.latent.clone(), at)).collect();
        (points.len() > 1).then_some(LatentSpec::Between { points, at: self.cursor })
    }

    pub(crate) fn examples(&self, example: Example) -> Vec<Latent> {
        self.list.iter().filter(|f| f.example == Some(example)).map(|f| f.kept.latent.clone()).collect()
    }

    /// The latents that are in a slot of the arithmetic.
    pub fn slot(&self, slot: usize) -> Vec<Latent> {
        self.list.iter().filter(|f| f.slot == Some(slot)).map(|f| f.kept.latent.clone()).collect()
    }

    /// A - B + C, once all three have a picture.
    pub(crate) fn arithmetic(&self) -> Option<LatentSpec> {
        let [a, b, c] = [0, 1, 2].map(|slot| self.slot(slot));
        (!a.is_empty() && !b.is_empty() && !c.is_empty()).then_some(LatentSpec::Arithmetic { a, b, c })
    }

    /// Those that a film or an export is about: the selected ones, if there are several, or else all.
    pub(crate) fn wanted(&self) -> Vec<Arc<Keepsake>> {
        let chosen = self.chosen.chosen();
        if chosen.len() > 1 {
            return chosen.iter().filter_map(|i| Some(self.list.get(*i as usize)?.kept.clone())).collect();
        }
        self.list.iter().map(|favourite| favourite.kept.clone()).collect()
    }

    /// The spot on a circle that is farthest from all points; none while the canvas is full.
    fn free_spot(&self) -> Option<[f32; 2]> {
        let taken: Vec<[f32; 2]> = self.on_canvas().map(|(.., at)| at).collect();
        let spots = (0..MOST).map(|i| {
            let angle = TAU * (i as f32 / MOST as f32 - 0.25);
            [0.5 + 0.36 * angle.cos(), 0.5 + 0.36 * angle.sin()]
        });
        let nearest = |p: &[f32; 2]| {
            let far = |at: &[f32; 2]| (at[0] - p[0]).powi(2) + (at[1] - p[1]).powi(2);
            taken.iter().map(far).fold(f32::INFINITY, f32::min)
        };
        // Of equal ones the first: the order is the same on every computer.
        let mut best = ([0.5, 0.14], -1.0);
        for spot in spots {
            let far = nearest(&spot);
            if far > best.1 + 1e-4 {
                best = (spot, far);
            }
        }
        (taken.len() < MOST).then_some(best.0)
    }
}

#[cfg(test)]
#[path = "favourites_tests.rs"]
mod tests;
