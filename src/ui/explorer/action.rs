//! What the panels of the explorer ask for.

use crate::engine::{DirectionMethod, ExploreSource, Keepsake, LatentSpec};
use std::path::PathBuf;
use std::sync::Arc;

/// What can be done with the photo that is open.
#[derive(Debug, Clone, PartialEq)]
pub enum CatAction {
    /// Search for the picture that is most like the square.
    Find,
    /// Put the square where it was proposed.
    ProposedSquare,
    /// Take the largest square in the middle.
    WholePhoto,
    /// Go back to the square.
    Adjust,
    /// Go back to choosing a photo.
    OtherPhoto,
    /// Put the cat into the model file that is typed.
    PutIn,
}

/// What can be done with a generator.
#[derive(Debug, Clone, PartialEq)]
pub enum ExploreAction {
    /// Play a generator.
    Open {
        /// Where it comes from.
        source: ExploreSource,
        /// Where to go once it is open.
        goal: Option<LatentSpec>,
    },
    /// Show this point, as a step of a movement.
    Go(LatentSpec, Gesture),
    /// The truncation was changed.
    Psi,
    /// Go to a random point.
    Random,
    /// Go a little away from the point on show.
    Mutate,
    /// Go back to the point before.
    Undo,
    /// Go forward again.
    Redo,
    /// Start or stop the animation.
    TogglePlay,
    /// Keep the point on show.
    AddFavourite,
    /// Keep pictures of "Best of 1,000", by their positions.
    KeepBest(Vec<usize>),
    /// Keep a tile of a run's sample grid as a favourite of the run.
    KeepTile {
        /// The run folder.
        run: PathBuf,
        /// Index of the tile.
        tile: u32,
        /// Tiles in the grid.
        count: u32,
        /// The step of the grid.
        step: u64,
    },
    /// Keep these favourites no longer, by their positions.
    RemoveFavourites(Vec<usize>),
    /// Bring back those that were removed last.
    UndoRemove,
    /// Write these points as pictures and latents into the folder that is typed.
    ExportPictures(Vec<Arc<Keepsake>>),
    /// Let the directions begin at the point on show.
    UseAsBase,
    /// Use the weights of this checkpoint; none is the newest.
    AtStep(Option<u64>),
    /// Look for what the generator can change.
    FindDirections(DirectionMethod),
    /// Learn a direction from favourites that have something and others that lack it.
    Learn,
    /// Take over the typed name of the direction at this index.
    Rename(usize),
    /// Save the picture on show.
    Save,
    /// Copy the picture on show.
    Copy,
    /// Sharpen the pictures on show, or stop; without a network for it, offer to train one.
    ToggleSharpen,
    /// Train the network that sharpens the pictures, for as long as is filled in.
    TrainSharpener,
    /// Make a film, as filled in.
    Film,
    /// Write the generator to the file that is typed.
    Export,
    /// Save the blend to the file that is typed.
    SaveBlend,
    /// Open the photo in this file, to search for its most similar picture.
    Search(PathBuf),
    /// Go on with the photo that is open.
    Cat(CatAction),
    /// Search for the picture on the clipboard.
    Paste,
    /// Go to the point that a saved picture shows.
    Restore(PathBuf),
    /// Let the discriminator rank generated pictures.
    Curate,
    /// Look for the training pictures nearest to the one on show.
    Neighbours,
    /// Cancel the search, the film, the ranking or the comparison.
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
