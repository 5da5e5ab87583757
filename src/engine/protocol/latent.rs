//! Points in latent space, as front ends and the explorer name them.

use crate::data::{Placement, Square};
use crate::pixels::Frame;
use crate::train::Likeness;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// A point in latent space: what a generator turns into a picture.
pub type Latent = Arc<[f32]>;

/// A description of a point in latent space; the explorer computes the latent.
#[derive(Debug, Clone, PartialEq)]
pub enum LatentSpec {
    /// A latent itself.
    Latent(Latent),
    /// A picture of a seed, as `generate` numbers them.
    Seed {
        /// Seed of the random numbers.
        seed: u64,
        /// Number of the picture, counted from 0.
        number: u64,
    },
    /// A tile of a run's sample grid.
    Tile {
        /// Seed of the run.
        seed: u64,
        /// Index of the tile, row by row.
        tile: u32,
        /// Tiles in the grid.
        count: u32,
    },
    /// A point on the endless plane of a seed.
    Plane {
        /// Seed of the plane.
        seed: u64,
        /// Whole numbers are random latents; between them the plane interpolates.
        x: f64,
        /// As `x`.
        y: f64,
    },
    /// A latent that is moved along the directions.
    Shifted {
        /// Where the move starts.
        base: Latent,
        /// For each direction so many of its standard deviations.
        amounts: Vec<f64>,
    },
    /// Between favourites that lie on a canvas: the nearer one is, the more it counts.
    Between {
        /// Latents with their positions on the canvas, from 0 to 1.
        points: Vec<(Latent, [f32; 2])>,
        /// The position between them.
        at: [f32; 2],
    },
    /// A latent with a random change.
    Mutated {
        /// The latent before the change.
        of: Latent,
        /// From 0 (the same) to 1 (unrelated).
        strength: f64,
        /// Seed of the change.
        seed: u64,
    },
    /// Latent arithmetic on means: c + a - b.
    Arithmetic {
        /// Up to three latents of pictures that have something.
        a: Vec<Latent>,
        /// Up to three latents of pictures that lack it.
        b: Vec<Latent>,
        /// Up to three latents of pictures that get it.
        c: Vec<Latent>,
    },
}

/// The path that a film takes.
#[derive(Debug, Clone, PartialEq)]
pub enum FilmPath {
    /// From point to point.
    Points(Vec<Latent>),
    /// A random walk with a new direction each second.
    Walk {
        /// The first frame.
        start: Latent,
        /// Seed of the directions.
        seed: u64,
    },
    /// One point at every checkpoint of the run, a frame for each.
    Training {
        /// The latent of all frames.
        point: Latent,
    },
}

/// A picture of the user's own, whose nearest latent is searched.
#[derive(Debug, Clone, PartialEq)]
pub enum Photo {
    /// A picture file.
    File(PathBuf),
    /// A picture from the clipboard.
    Pasted(Arc<Frame>),
}

/// An upright photo, perhaps made smaller, and the square of it that counts.
#[derive(Debug, Clone, PartialEq)]
pub struct CroppedPhoto {
    /// The photo.
    pub frame: Arc<Frame>,
    /// In pixels of that.
    pub square: Square,
}

/// A photo that was opened, with a square to begin with.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenedPhoto {
    /// The photo and the square.
    pub photo: CroppedPhoto,
    /// What the square was placed by: a face that was found, or the middle of the photo.
    pub placement: Placement,
}

/// The best picture of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundCat {
    /// Its latent.
    pub latent: Latent,
    /// The picture.
    pub frame: Arc<Frame>,
    /// How like the photo it is.
    pub likeness: Likeness,
}

/// What came of putting a photo into a generator.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PutInReport {
    /// The model file.
    pub file: PathBuf,
    /// Hash of the new generator.
    pub model: String,
    /// Mean difference of a channel of its picture from the photo, from 0 to 255.
    pub error: f64,
    /// By how much the pictures of 100 other latents changed on average: the mean difference of a channel, from 0 to
    /// 255.
    pub moved: f64,
    /// The same of the picture that changed most.
    pub moved_most: f64,
    /// Seconds that it took.
    pub seconds: f64,
}
