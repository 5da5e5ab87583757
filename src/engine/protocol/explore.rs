//! What a front end can ask of the explorer, and what the explorer answers.

use crate::config::ModelConfig;
use crate::engine::protocol::evaluate::{EvaluateReport, EvaluateRequest};
use crate::latent::Easing;
use crate::pixels::Frame;
use crossbeam_channel::{Receiver, Sender};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// A point of latent space: what a generator turns into a picture.
pub type Latent = Arc<[f32]>;

/// Where a generator comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExploreSource {
    /// The one that comes with the program.
    Bundled,
    /// A run folder, a checkpoint, or a model file.
    File(PathBuf),
    /// The run that is training: its newest averaged weights, again and again.
    Live,
}

/// What can be asked of the explorer. Each is answered by an [`ExploreEvent`].
#[derive(Debug, Clone)]
pub enum ExploreCommand {
    /// Play this generator: `Opened`, for a live run as soon as its weights arrive.
    Open(ExploreSource),
    /// Draw a place: `Picture` with the same stamp. Only the newest request is answered.
    Show { stamp: u64, spec: LatentSpec, psi: f64 },
    /// Draw several places when there is nothing else to do: `Thumbnails` with the same stamp, in pieces. A newer
    /// request takes the place of an older one with the same `purpose`.
    Thumbnails { purpose: &'static str, stamp: u64, specs: Vec<LatentSpec>, psi: f64 },
    /// Draw from now on with the generator as it was at this checkpoint; none is the newest. While a checkpoint is
    /// chosen, newer weights of a run that trains wait.
    AtStep(Option<u64>),
    /// Look for what the generator can change: `Directions`.
    FindDirections(DirectionMethod),
    /// A direction from the pictures that lack something to those that have it: `Directions`.
    LearnDirection { name: String, with: Vec<Latent>, without: Vec<Latent> },
    /// Names are kept for this generator.
    RenameDirection { index: usize, name: String },
    /// Search for the latent whose picture is closest: `Projecting`, then `Projected`.
    Project(Photo),
    /// Take the point that a saved picture shows: `Restored`.
    Restore(PathBuf),
    /// Save a picture as PNG with its recipe under the first free name: `Saved`.
    Save { spec: LatentSpec, psi: f64, upscale: u32, folder: PathBuf, template: String },
    /// Film a way: `Filming`, then `Filmed`. Where the file is taken, its name gets the first free number.
    Film { path: FilmPath, closed: bool, easing: Easing, frames: u32, fps: u32, upscale: u32, out: PathBuf },
    /// Write the generator to a file whose extension selects the format: `Exported`. Where the
    /// file is taken, its name gets the first free number.
    Export { out: PathBuf },
    /// Draw `count` pictures of a seed and keep those that the discriminator finds most real: `Ranking`, then `Curated`.
    Curate { seed: u64, count: usize, keep: usize },
    /// The training pictures nearest to a place: `Neighbours`. The first time the pictures are prepared: `Comparing`.
    FindNeighbours { spec: LatentSpec, psi: f64, count: usize },
    /// Give up the search, the film, the ranking or the comparison that is under way.
    Cancel,
    /// Measure a generator or a folder, beside everything else: `Evaluation`s. A newer one takes the place of an older one.
    Evaluate(Box<EvaluateRequest>),
    /// Give that up.
    CancelEvaluation,
    /// End the thread.
    Shutdown,
}

/// What a request is about: a failure ends that and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// Opening a generator.
    Opening,
    /// A picture.
    Drawing,
    /// Going to a checkpoint.
    Step,
    /// The search, film, ranking or comparison; there is one at a time.
    Job,
    Other,
}

impl ExploreCommand {
    pub(crate) fn concern(&self) -> RequestKind {
        match self {
            Self::Open(_) => RequestKind::Opening,
            Self::Show { .. } | Self::Thumbnails { .. } => RequestKind::Drawing,
            Self::AtStep(_) => RequestKind::Step,
            Self::Project(_) | Self::Film { .. } | Self::Curate { .. } | Self::FindNeighbours { .. } => {
                RequestKind::Job
            }
            _ => RequestKind::Other,
        }
    }
}

/// Where a film leads.
#[derive(Debug, Clone, PartialEq)]
pub enum FilmPath {
    /// From point to point.
    Points(Vec<Latent>),
    /// From here to somewhere, with a new direction each second.
    Walk { start: Latent, seed: u64 },
    /// One point at every checkpoint of the run, a frame for each.
    Training { point: Latent },
}

/// A picture of yours.
#[derive(Debug, Clone, PartialEq)]
pub enum Photo {
    File(PathBuf),
    Pasted(Arc<Frame>),
}

/// A place that a person can go to, before it is a latent.
#[derive(Debug, Clone, PartialEq)]
pub enum LatentSpec {
    /// A latent itself.
    Latent(Latent),
    /// Picture `number` of a seed, as `generate` counts them.
    Seed { seed: u64, number: u64 },
    /// A tile of a training's sample grid of `count` tiles.
    Tile { seed: u64, tile: u32, count: u32 },
    /// A place on the endless plane of a seed.
    Plane { seed: u64, x: f64, y: f64 },
    /// Moved along the directions, by so many standard deviations of each.
    Shifted { base: Latent, amounts: Vec<f64> },
    /// Between favourites that lie on a canvas.
    Between { points: Vec<(Latent, [f32; 2])>, at: [f32; 2] },
    /// A little different; `strength` from 0 (the same) to 1 (unrelated).
    Mutated { of: Latent, strength: f64, seed: u64 },
    /// What a has and b lacks, given to c; up to three pictures each.
    Arithmetic { a: Vec<Latent>, b: Vec<Latent>, c: Vec<Latent> },
}

/// An opened generator.
#[derive(Debug, Clone, PartialEq)]
pub struct ExploreModel {
    /// A name for people.
    pub label: String,
    pub source: ExploreSource,
    pub config: ModelConfig,
    pub hash: String,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// The seed of the run, if it comes from one: its sample grids are drawn from it.
    pub run_seed: Option<u64>,
    /// Steps of the checkpoints that [`ExploreCommand::AtStep`] can go to, oldest first.
    pub steps: Vec<u64>,
}

/// A picture of a place.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedPicture {
    pub stamp: u64,
    /// The place as a latent, before truncation.
    pub latent: Latent,
    pub frame: Arc<Frame>,
    /// From taking up the request to the finished picture.
    pub seconds: f64,
}

/// A direction, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionInfo {
    pub name: String,
    /// Compared with the strongest of its kind.
    pub strength: f32,
}

/// A training picture near to another picture.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    pub frame: Frame,
    /// It is nearer in the mirror, and shown so.
    pub mirrored: bool,
    /// Root mean square difference of a channel, from 0 to 255, at 16 x 16 pixels.
    pub distance: f32,
}

/// How directions are found without examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionMethod {
    /// What the first layer stretches most.
    Sefa,
    /// What varies most after the first stage.
    Pca,
}

/// What the explorer tells.
#[derive(Debug, Clone)]
pub enum ExploreEvent {
    Opened(Arc<ExploreModel>),
    /// Newer weights of the run that is training; pictures on show are old now.
    Refreshed {
        step: u64,
    },
    Picture(GeneratedPicture),
    /// Pictures `first`, `first + 1`, ... of a request.
    Thumbnails {
        purpose: &'static str,
        stamp: u64,
        first: usize,
        pictures: Vec<(Latent, Arc<Frame>)>,
    },
    Directions(Vec<DirectionInfo>),
    /// The checkpoints that the open run has now, oldest first.
    Steps(Vec<u64>),
    /// The best picture of a search so far; `error` is the mean difference of a channel, from 0 to 255.
    Projecting {
        done: usize,
        total: usize,
        frame: Arc<Frame>,
        error: f64,
    },
    Projected {
        latent: Latent,
        error: f64,
        steps: usize,
    },
    Restored {
        latent: Latent,
        path: PathBuf,
    },
    Saved(PathBuf),
    Exported(PathBuf),
    Filming {
        done: usize,
        total: usize,
    },
    Filmed(PathBuf),
    Ranking {
        done: usize,
        total: usize,
    },
    /// Best first.
    Curated(Vec<(Latent, Arc<Frame>)>),
    /// Training pictures prepared for a comparison.
    Comparing {
        done: usize,
        total: usize,
    },
    /// Nearest first; `latent` is the place they belong to.
    Neighbours {
        latent: Latent,
        found: Vec<Neighbour>,
    },
    /// Something asked for cannot be done; the text names the file or setting.
    Failed {
        about: RequestKind,
        text: String,
    },
    /// A search, a film, a ranking or a comparison was given up.
    Cancelled,
    Evaluation(Evaluation),
}

/// How a measurement goes.
#[derive(Debug, Clone)]
pub enum Evaluation {
    /// What is being done, how much of it is done, and how much there is.
    Progress {
        what: String,
        done: usize,
        total: usize,
    },
    Done(Arc<EvaluateReport>),
    /// Names the file or setting.
    Failed(String),
    Cancelled,
}

/// The front end's ends of the channels. Dropping them ends the thread.
pub(crate) struct ExplorerChannels {
    pub commands: Sender<ExploreCommand>,
    pub events: Receiver<ExploreEvent>,
}
