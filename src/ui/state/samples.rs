//! The sample grids of a run: all their steps, and the pictures of the few that were shown last.

use crate::pixels::{Frame, GridLayout};
use std::collections::HashMap;
use std::sync::Arc;

/// Grids kept in memory, and how many bytes they may take together. The others are read again when wanted.
const GRIDS: usize = 64;
const BYTES: usize = 96 << 20;
/// An unanswered request is repeated after this many seconds.
const PATIENCE: f64 = 3.0;

/// One sheet of pictures, all of the same latents as its neighbours in time.
#[derive(Debug, Clone)]
pub struct Grid {
    pub step: u64,
    pub frame: Arc<Frame>,
    pub tiles: u32,
    pub side: u32,
}

impl Grid {
    /// How the pictures of this sample grid are arranged.
    pub fn layout(&self) -> GridLayout {
        GridLayout::new(self.tiles, self.side)
    }
}

/// The sample grids of a run that are known, and those in memory.
#[derive(Default)]
pub struct Samples {
    steps: Vec<u64>,
    /// With the time of the last look, in looks.
    grids: HashMap<u64, (Grid, u64)>,
    asked: HashMap<u64, f64>,
    looks: u64,
    bytes: usize,
}

impl Samples {
    /// All steps that have a grid, oldest first.
    pub fn steps(&self) -> &[u64] {
        &self.steps
    }

    /// The step of the newest sample grid.
    pub fn newest(&self) -> Option<u64> {
        self.steps.last().copied()
    }

    /// Adds the steps found in the run folder.
    pub(crate) fn set_steps(&mut self, mut steps: Vec<u64>) {
        steps.extend(self.grids.keys());
        steps.sort_unstable();
        steps.dedup();
        self.steps = steps;
    }

    /// Takes steps off the timeline whose grids are no longer in the run folder. One that is in memory stays there for
    /// whoever is looking at it, as long as there is room.
    pub fn remove(&mut self, gone: &[u64]) {
        self.steps.retain(|step| !gone.contains(step));
        self.asked.retain(|step, _| !gone.contains(step));
    }

    /// Takes in a grid. A fresh one ends the timeline: later steps belong to a past that was rolled back.
    pub fn insert(&mut self, grid: Grid, fresh: bool) {
        let step = grid.step;
        self.asked.remove(&step);
        let at = self.steps.partition_point(|&s| s < step);
        if fresh {
            for later in self.steps.split_off(at) {
                self.forget(later);
            }
        }
        if self.steps.get(at) != Some(&step) {
            self.steps.insert(at, step);
        }
        self.forget(step);
        self.looks += 1;
        self.bytes += grid.frame.data.len();
        self.grids.insert(step, (grid, self.looks));
        self.make_room(step);
    }

    /// The grid of this step, if it is in memory.
    pub fn grid(&self, step: u64) -> Option<&Grid> {
        self.grids.get(&step).map(|(grid, _)| grid)
    }

    /// Notes that the grid is on show, so that it stays.
    pub fn look(&mut self, step: u64) {
        self.looks += 1;
        if let Some((_, looked)) = self.grids.get_mut(&step) {
            *looked = self.looks;
        }
    }

    /// Whether to ask the engine for this step now.
    pub(crate) fn should_ask(&mut self, step: u64, now: f64) -> bool {
        let waiting = self.asked.get(&step).is_some_and(|&at| now - at < PATIENCE);
        if waiting || self.grids.contains_key(&step) || self.steps.binary_search(&step).is_err() {
            return false;
        }
        self.asked.insert(step, now);
        true
    }

    /// The step itself if it has a grid, else the last one before it that has, else the first.
    pub(crate) fn nearest(&self, step: u64) -> Option<u64> {
        self.steps.get(self.index_of(step)).copied()
    }

    /// The last step at or before this one, else the first.
    pub(crate) fn index_of(&self, step: u64) -> usize {
        self.steps.partition_point(|&s| s <= step).saturating_sub(1)
    }

    fn forget(&mut self, step: u64) {
        if let Some((grid, _)) = self.grids.remove(&step) {
            self.bytes -= grid.frame.data.len();
        }
    }

    fn make_room(&mut self, keep: u64) {
        while self.grids.len() > 1 && (self.grids.len() > GRIDS || self.bytes > BYTES) {
            let newest = self.newest();
            let oldest = self
                .grids
                .iter()
                .filter(|&(&step, _)| step != keep && Some(step) != newest)
                .min_by_key(|(_, (_, looked))| *looked)
                .map(|(&step, _)| step);
            match oldest {
                Some(step) => self.forget(step),
                None => return,
            }
        }
    }
}
