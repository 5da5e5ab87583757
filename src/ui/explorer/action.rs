//! What the panels of the explorer ask for.

use crate::engine::{DirectionMethod, ExploreSource, LatentSpec};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq)]
pub enum ExploreAction {
    /// Play this generator and, once it is open, go to the goal.
    Open {
        source: ExploreSource,
        goal: Option<LatentSpec>,
    },
    /// Show this place.
    Go(LatentSpec, Gesture),
    /// The truncation was changed.
    Psi,
    Random,
    Mutate,
    Undo,
    Redo,
    TogglePlay,
    AddFavourite,
    UseAsBase,
    AtStep(Option<u64>),
    FindDirections(DirectionMethod),
    Learn,
    Rename(usize),
    Save,
    Copy,
    Film,
    /// Write the generator to the file that is typed.
    Export,
    Search(PathBuf),
    /// Search for the picture on the clipboard.
    Paste,
    Restore(PathBuf),
    Curate,
    Neighbours,
    Cancel,
}

/// Which steps are one movement, and so one point of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gesture {
    /// A movement by itself.
    Single,
    /// The first step of a drag.
    Begin(&'static str),
    /// A further step of a drag.
    Continue(&'static str),
    /// One movement with its neighbours in time: keys and sliders.
    Timed(&'static str),
}

impl Gesture {
    pub(crate) fn tag(self) -> Option<&'static str> {
        match self {
            Self::Single => None,
            Self::Begin(tag) | Self::Continue(tag) | Self::Timed(tag) => Some(tag),
        }
    }
}
