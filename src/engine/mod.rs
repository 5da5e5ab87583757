//! The engine: the only door between a front end and the work.
//!
//! A front end calls [`start`], sends [`Command`]s and receives [`Event`]s. One worker thread owns the session, the
//! trainer, the device and the run folder; nothing is shared and nothing is locked. The functions in `tools` do one job
//! each without a worker, for the command line.

mod app_dirs;
mod bench;
mod bundled;
mod device;
mod explore;
mod format;
mod jobs;
mod loaded_generator;
mod protocol;
mod run;
mod run_pictures;

pub use crate::files::{FileUse, ModelFormat};
pub(crate) use crate::formats::PLACEHOLDERS;
pub use crate::formats::{ModelStamp, Point, Recipe, UPSCALE_WGSL};
pub use crate::metrics::{Floor, Measures, Quality, RELATIVE_ONLY};
pub(crate) use crate::train::{loss_reference, needs_real};
pub(crate) use bench::explore::bench_explore;
pub use bench::training::{BenchReport, BenchRequest, bench};
pub use jobs::curate::{CurateReport, CurateRequest, curate};
pub use protocol::command::{Command, ResumeOptions};

pub(crate) use device::bench_conv_algorithms;
pub use format::thousands;
pub use jobs::directions::{DirectionsReport, DirectionsRequest, directions};
pub(crate) use jobs::evaluate::RowMark;
pub use jobs::evaluate::{Row, evaluate};
pub use jobs::films::{
    Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TimelapseRequest, interpolate, timelapse,
};
pub(crate) use jobs::films::{FPS, TIMELAPSE_SECONDS, WALK_STRIDE, WalkRequest, film_walk};
pub(crate) use jobs::generate::MAX_UPSCALE;
pub use jobs::generate::{GenerateReport, GenerateRequest, generate};
pub(crate) use jobs::models::{ExportRequest, export_model};
pub use jobs::models::{import_model, load_generator};
pub use jobs::project::{ProjectReport, ProjectRequest, ProjectSettings, project};
pub use jobs::restore::{RestoreReport, RestoreRequest, recipe_of, restore};
pub(crate) use jobs::tools::{check_dataset, list_devices};
pub use jobs::tools::{limit_threads, write_demo};
pub use protocol::error::EngineError;
pub use protocol::evaluate::{EvaluateReport, EvaluateRequest, InceptionReport};
pub use protocol::event::*;
pub use protocol::explore::{
    DirectionInfo, DirectionMethod, Evaluation, ExploreCommand, ExploreEvent, ExploreModel, ExploreSource, FilmPath,
    GeneratedPicture, Latent, LatentSpec, Neighbour, Photo, RequestKind,
};
pub use protocol::handle::{EngineHandle, Waited};
pub(crate) use run::readings::thin_readings;
pub use run::worker::start;

/// Where the window may remember its size and place.
pub(crate) fn window_file() -> std::path::PathBuf {
    app_dirs::AppDirs::find().window()
}
