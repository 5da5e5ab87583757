//! What the explorer answers.

use crate::config::ModelConfig;
use crate::engine::protocol::evaluate::EvaluateReport;
use crate::engine::protocol::explore_command::{ExploreSource, RequestKind};
use crate::engine::protocol::latent::{FoundCat, Latent, OpenedPhoto, PutInReport};
use crate::engine::protocol::sharpen::{SharpenInfo, SharpenReport};
use crate::formats::{FavouriteEdit, Keepsake};
use crate::metrics::Originality;
use crate::pixels::Frame;
use std::path::PathBuf;
use std::sync::Arc;

/// An opened generator.
#[derive(Debug, Clone, PartialEq)]
pub struct ExploreModel {
    /// A name for people.
    pub label: String,
    /// Where it comes from.
    pub source: ExploreSource,
    /// Its architecture.
    pub config: ModelConfig,
    /// Hash of its weights.
    pub hash: String,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// The seed of the run, if it comes from one: its sample grids are generated from it.
    pub run_seed: Option<u64>,
    /// Whether the discriminator that it was trained with is there, too.
    pub discriminator: bool,
    /// The checkpoints that [`AtStep`](super::explore_command::ExploreCommand::AtStep) can use.
    pub steps: RunSteps,
}

/// The checkpoints of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunSteps {
    /// Their steps, oldest first.
    pub all: Vec<u64>,
    /// The best one, if that is known.
    pub best: Option<u64>,
}

impl RunSteps {
    /// How [`AtStep`](super::explore_command::ExploreCommand::AtStep) asks for this one: the newest, which changes
    /// while the run trains, has no step there.
    pub(crate) fn wish(&self, step: u64) -> Option<u64> {
        Some(step).filter(|step| self.all.last() != Some(step))
    }
}

/// A picture that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedPicture {
    /// That of the request.
    pub stamp: u64,
    /// The latent before truncation.
    pub latent: Latent,
    /// The picture.
    pub frame: Arc<Frame>,
    /// From taking up the request to the finished picture.
    pub seconds: f64,
}

/// A direction, for people.
#[derive(Debug, Clone, PartialEq)]
pub struct DirectionInfo {
    /// Its name.
    pub name: String,
    /// From 0 to 1, relative to the strongest of its kind.
    pub strength: f32,
}

/// A training picture near to a generated one.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbour {
    /// The training picture.
    pub frame: Frame,
    /// Its mirror image is nearer, and shown.
    pub mirrored: bool,
    /// Root mean square difference of a channel, from 0 to 255, at 16 x 16 pixels.
    pub distance: f32,
    /// The beginning of its digest: what [`crate::config::PictureUse`] calls it by.
    pub digest: String,
    /// The photo that it was cut from; none for a drawn cat.
    pub photo: Option<PathBuf>,
}

/// What a blend looks like.
#[derive(Debug, Clone, PartialEq)]
pub struct BlendPreview {
    /// The other model.
    pub with: PathBuf,
    /// Pictures of the same latents by the open generator, by the blend and by the other generator.
    pub rows: [Vec<Arc<Frame>>; 3],
    /// That the two have no training in common, if so.
    pub warning: Option<String>,
}

/// What the explorer answers.
#[derive(Debug, Clone)]
pub enum ExploreEvent {
    /// A generator is open.
    Opened(Arc<ExploreModel>),
    /// Newer weights of the run that is training arrived; the pictures on show are outdated.
    Refreshed {
        /// Training steps behind the weights.
        step: u64,
    },
    /// The answer to the newest `Show`.
    Picture(GeneratedPicture),
    /// Some pictures of a request.
    Thumbnails {
        /// That of the request.
        purpose: &'static str,
        /// That of the request.
        stamp: u64,
        /// Index of the first of these pictures in the request.
        first: usize,
        /// Latents before truncation, and their pictures.
        pictures: Vec<(Latent, Arc<Frame>)>,
    },
    /// All directions of the generator that are known now.
    Directions(Vec<DirectionInfo>),
    /// New names of the same directions, after what they change in the pictures.
    DirectionsNamed(Vec<DirectionInfo>),
    /// The checkpoints that the open run has now.
    Steps(RunSteps),
    /// A photo is open.
    PhotoOpened(OpenedPhoto),
    /// Progress of a search.
    Projecting {
        /// Pictures compared.
        done: usize,
        /// Pictures in all, as far as that is known: a search may end early.
        total: usize,
        /// The best one so far, if it was looked at just now.
        best: Option<FoundCat>,
    },
    /// The result of a search.
    Projected(FoundCat),
    /// Progress of tuning.
    Tuning {
        /// Steps done.
        done: usize,
        /// Steps in all.
        total: usize,
        /// The picture by now and its mean difference of a channel from the photo, from 0 to 255, if it was looked at
        /// just now.
        picture: Option<(Arc<Frame>, f64)>,
    },
    /// The photo is in a model of its own.
    PutIn {
        /// The latent whose picture it is.
        latent: Latent,
        /// The picture.
        frame: Arc<Frame>,
        /// Where it is, and how well that went.
        report: PutInReport,
    },
    /// The latent that a saved picture shows.
    Restored {
        /// Before truncation.
        latent: Latent,
        /// The picture file.
        path: PathBuf,
    },
    /// A picture was saved under this name.
    Saved(PathBuf),
    /// The generator was exported to this file.
    Exported(PathBuf),
    /// What a blend looks like.
    Blended(Arc<BlendPreview>),
    /// The favourites of the open generator, after it was opened or another part of the program changed them.
    Favourites {
        /// Where they are kept.
        file: PathBuf,
        /// In the order in which they were kept.
        list: Vec<Arc<Keepsake>>,
        /// What to tell a person: the file was damaged, or cannot be read.
        notice: Option<String>,
    },
    /// A change of the favourites is on the disk.
    FavouritesSaved,
    /// A change of the favourites could not be written; it is to be asked for again.
    FavouritesNotSaved {
        /// The file.
        file: PathBuf,
        /// The change.
        edit: FavouriteEdit,
        /// Names the file and the reason.
        text: String,
    },
    /// A tile of a sample grid is a favourite of this run now.
    TileKept {
        /// The run folder.
        run: PathBuf,
        /// Index of the tile, row by row.
        tile: u32,
    },
    /// Progress of an export of pictures.
    Exporting {
        /// Pictures written.
        done: usize,
        /// Pictures in all.
        total: usize,
    },
    /// Pictures were written with their latents.
    PicturesExported {
        /// Where they are.
        folder: PathBuf,
        /// How many.
        count: usize,
    },
    /// Progress of a film.
    Filming {
        /// Frames written.
        done: usize,
        /// Frames in all.
        total: usize,
    },
    /// The film is there.
    Filmed {
        /// The file.
        out: PathBuf,
        /// Sentences about why it does not play everywhere, and the remedy.
        note: Option<String>,
    },
    /// Progress of a ranking.
    Ranking {
        /// Pictures ranked.
        done: usize,
        /// Pictures in all.
        total: usize,
    },
    /// The best pictures of a ranking, best first, with their latents.
    Curated(Vec<(Latent, Arc<Frame>)>),
    /// Training pictures are being prepared for a comparison.
    Comparing {
        /// Pictures prepared.
        done: usize,
        /// Pictures in all.
        total: usize,
    },
    /// The training pictures nearest to a generated one.
    Neighbours {
        /// The latent of the generated picture.
        latent: Latent,
        /// Nearest first.
        found: Vec<Neighbour>,
        /// Whether the picture is new, and its distance to the nearest one as a share of how far training pictures lie
        /// apart; none where they are too few to say so.
        verdict: Option<(Originality, f32)>,
    },
    /// The sharpening network of the open generator's run; none where there is none.
    Sharpener(Option<SharpenInfo>),
    /// The picture on show, larger and with details.
    Sharpened {
        /// That of the request.
        stamp: u64,
        /// The picture.
        frame: Arc<Frame>,
    },
    /// Progress of the training of a sharpening network.
    Sharpening {
        /// What is being done.
        what: String,
        /// How much of it is done.
        done: usize,
        /// How much there is; 0 while that is not known.
        total: usize,
    },
    /// The sharpening network is trained and saved.
    SharpenerTrained(Arc<SharpenReport>),
    /// A request failed.
    Failed {
        /// What the failure ends.
        about: RequestKind,
        /// Names the file or setting.
        text: String,
    },
    /// A search, film, ranking, comparison or the training of a sharpening network was cancelled.
    Cancelled,
    /// How a measurement is going.
    Evaluation(Evaluation),
}

/// How a measurement is going.
#[derive(Debug, Clone)]
pub enum Evaluation {
    /// It is under way.
    Progress {
        /// What is being done.
        what: String,
        /// How much of it is done.
        done: usize,
        /// How much there is.
        total: usize,
    },
    /// The results.
    Done(Arc<EvaluateReport>),
    /// It failed; names the file or setting.
    Failed(String),
    /// It was cancelled.
    Cancelled,
}
