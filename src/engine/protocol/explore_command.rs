//! What a front end can ask of the explorer.

use crate::config::BlendAmounts;
use crate::engine::protocol::evaluate::EvaluateRequest;
use crate::engine::protocol::latent::{CroppedPhoto, FilmPath, Latent, LatentSpec, Photo};
use crate::formats::{FavouriteEdit, Keepsake};
use crate::latent::Easing;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a generator comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExploreSource {
    /// The one that comes with the program.
    Bundled,
    /// A run folder, a checkpoint, or a model file.
    File(PathBuf),
    /// The run that is training: its newest EMA weights, every few seconds.
    Live,
}

/// What can be asked of the explorer. Each is answered by an [`ExploreEvent`].
#[derive(Debug, Clone)]
pub enum ExploreCommand {
    /// Explore this generator: `Opened`, for a live run as soon as its weights arrive.
    Open(ExploreSource),
    /// Generate a picture: `Picture` with the same stamp. Only the newest request is answered.
    Show {
        /// Identifies the request.
        stamp: u64,
        /// The point in latent space.
        spec: LatentSpec,
        /// Truncation; 1 is none.
        psi: f64,
    },
    /// Generate several small pictures when there is nothing else to do: `Thumbnails` with the same stamp, in pieces. A
    /// newer request replaces an older one with the same `purpose`.
    Thumbnails {
        /// Tells the lists of pictures apart that are on show at the same time.
        purpose: &'static str,
        /// Identifies the request.
        stamp: u64,
        /// The points in latent space.
        specs: Vec<LatentSpec>,
        /// Truncation; 1 is none.
        psi: f64,
    },
    /// Use the generator as it was at this checkpoint from now on; none is the newest. While a checkpoint is chosen,
    /// newer weights of a run that is training wait.
    AtStep(Option<u64>),
    /// Search for what the generator can change: `Directions`.
    FindDirections(DirectionMethod),
    /// Learn a direction from the pictures that lack something to those that have it: `Directions`.
    LearnDirection {
        /// Its name for people.
        name: String,
        /// Latents of the pictures that have it.
        with: Vec<Latent>,
        /// Latents of the pictures that lack it.
        without: Vec<Latent>,
    },
    /// Rename a direction. Names are remembered for this generator.
    RenameDirection {
        /// Its position in `Directions`.
        index: usize,
        /// The new name.
        name: String,
    },
    /// Open a photo and propose the square of it that is searched for: `PhotoOpened`.
    OpenPhoto(Photo),
    /// Search for the latent whose picture is closest to the square of a photo: `Projecting`, then `Projected`.
    Project(CroppedPhoto),
    /// Tune a copy of the generator until this latent's picture is the square of the photo, and save it: `Tuning`, then
    /// `PutIn`. No file is overwritten.
    PutIn {
        /// The photo that was searched for.
        photo: CroppedPhoto,
        /// The latent that was found.
        latent: Latent,
        /// What the latent is called among the favourites of the new model.
        name: String,
        /// The model file.
        out: PathBuf,
    },
    /// Read the latent from the recipe of a saved picture: `Restored`.
    Restore(PathBuf),
    /// Save a picture as PNG with its recipe under the first free name: `Saved`.
    Save {
        /// The point in latent space.
        spec: LatentSpec,
        /// Truncation; 1 is none.
        psi: f64,
        /// Factor of the enlargement; 1 is none.
        upscale: u32,
        /// Enlarge with the sharpening network, if there is one and it can (2, 4 or 8 times).
        sharpen: bool,
        /// Where the file is saved.
        folder: PathBuf,
        /// Pattern of the file name, with placeholders.
        template: String,
    },
    /// Change the favourites in this file, which a `Favourites` named: `FavouritesSaved` or `FavouritesNotSaved`.
    EditFavourites {
        /// The file.
        file: PathBuf,
        /// The change.
        edit: FavouriteEdit,
    },
    /// Keep a tile of a run's sample grid as a favourite of the run: `TileKept`.
    KeepTile {
        /// The run folder.
        run: PathBuf,
        /// Index of the tile, row by row.
        tile: u32,
        /// Tiles in the grid.
        count: u32,
        /// The training step that the grid belongs to.
        step: u64,
    },
    /// Write pictures with their recipes, their latents and their names into a folder: `Exporting`, then
    /// `PicturesExported`. No file is overwritten.
    ExportPictures {
        /// The points.
        kept: Vec<Arc<Keepsake>>,
        /// Factor of the enlargement; 1 is none.
        upscale: u32,
        /// Enlarge with the sharpening network, if there is one and it can (2, 4 or 8 times).
        sharpen: bool,
        /// Where they are written.
        folder: PathBuf,
    },
    /// Make a film: `Filming`, then `Filmed`. If the file exists, the name gets the first free number.
    Film {
        /// The path through latent space.
        path: FilmPath,
        /// A path between points returns to its first one.
        closed: bool,
        /// How the speed changes between two points.
        easing: Easing,
        /// Number of frames.
        frames: u32,
        /// Frames in a second.
        fps: u32,
        /// Factor of the enlargement; 1 is none.
        upscale: u32,
        /// Enlarge with the sharpening network, if there is one and it can (2, 4 or 8 times).
        sharpen: bool,
        /// The file; its extension selects the format.
        out: PathBuf,
    },
    /// Export the generator: `Exported`. If the file exists, the name gets the first free number.
    Export {
        /// The file; its extension selects the format.
        out: PathBuf,
        /// With its discriminator, if the format has it: then trainings can start from the file.
        discriminator: bool,
    },
    /// Show what a blend with another model looks like: `Blended`.
    Blend {
        /// The other model: a run folder, a checkpoint, a model file, or `bundled`.
        with: PathBuf,
        /// Its share in each layer.
        amounts: BlendAmounts,
    },
    /// Save a blend with another model: `Exported`. If the file exists, the name gets the first free number.
    SaveBlend {
        /// The other model.
        with: PathBuf,
        /// Its share in each layer.
        amounts: BlendAmounts,
        /// The file; its extension selects the format.
        out: PathBuf,
    },
    /// Whether to sharpen the pictures that are shown, once nothing newer is asked for: `Sharpener`, then a `Sharpened`
    /// after each `Picture`. Without a network this changes nothing.
    Sharpen(bool),
    /// Train the sharpening network of the open generator's run for so many minutes: `Sharpening`, then
    /// `SharpenerTrained`, and `Sharpener`.
    TrainSharpener {
        /// Minutes of training.
        minutes: f64,
    },
    /// Rank pictures of a seed by the discriminator's output and keep the best: `Ranking`, then `Curated`.
    Curate {
        /// Seed of the pictures.
        seed: u64,
        /// How many are generated.
        count: usize,
        /// How many are kept.
        keep: usize,
    },
    /// Find the training pictures nearest to a generated one: `Neighbours`. The first time the pictures are prepared:
    /// `Comparing`.
    FindNeighbours {
        /// The point in latent space.
        spec: LatentSpec,
        /// Truncation; 1 is none.
        psi: f64,
        /// How many are wanted.
        count: usize,
    },
    /// Cancel the search, film, ranking or comparison that is under way.
    Cancel,
    /// Measure a generator or a folder, beside everything else: `Evaluation`s. A newer request replaces an older one.
    Evaluate(Box<EvaluateRequest>),
    /// Cancel the measurement.
    CancelEvaluation,
    /// End the thread.
    Shutdown,
}

/// What a request is about: a failure ends that and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    /// To open a generator.
    Opening,
    /// To generate a picture.
    Drawing,
    /// To use another checkpoint.
    Step,
    /// The search, film, ranking or comparison; there is one at a time.
    Job,
    /// To show a blend.
    Blend,
    /// Anything else.
    Other,
}

impl ExploreCommand {
    /// What a failure of this request ends.
    pub(crate) fn kind(&self) -> RequestKind {
        match self {
            Self::Open(_) => RequestKind::Opening,
            Self::Show { .. } | Self::Thumbnails { .. } => RequestKind::Drawing,
            Self::AtStep(_) => RequestKind::Step,
            Self::Blend { .. } => RequestKind::Blend,
            Self::OpenPhoto(_)
            | Self::Project(_)
            | Self::PutIn { .. }
            | Self::Film { .. }
            | Self::ExportPictures { .. }
            | Self::Curate { .. }
            | Self::FindNeighbours { .. }
            | Self::TrainSharpener { .. } => RequestKind::Job,
            _ => RequestKind::Other,
        }
    }
}

/// How directions are found without examples.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DirectionMethod {
    /// SeFa: what the first layer stretches most.
    Sefa,
    /// Principal components: what varies most after the first stage.
    Pca,
}
