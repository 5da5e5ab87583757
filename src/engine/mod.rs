//! The engine: the only door between a front end and the work.
//!
//! A front end calls [`start`], sends [`Command`]s and receives [`Event`]s. One worker thread owns the session, the
//! trainer, the device and the run folder; nothing is shared and nothing is locked. The functions in `tools` do one job
//! each without a worker, for the command line.

mod app_dirs;
mod bundled;
mod device;
mod explore;
mod format;
mod jobs;
mod loaded_generator;
mod protocol;
mod run;

pub(crate) use crate::formats::PLACEHOLDERS;
pub use crate::formats::{ModelStamp, Point, Recipe, UPSCALE_WGSL};
pub use crate::metrics::{Floor, Measures, Quality, RELATIVE_ONLY};
pub(crate) use crate::train::{loss_reference, needs_real};
pub use jobs::bench::{BenchReport, BenchRequest, bench};
pub(crate) use jobs::bench_explore::bench_explore;
pub use jobs::curate::{CurateReport, CurateRequest, Neighbour, curate};
pub use protocol::command::{Command, Limits};

pub use device::FormTimes;
pub(crate) use device::bench_forms;
pub use explore::{
    DirectionInfo, Drawn, Evaluation, ExploreCommand, ExploreModel, ExploreSource, Latent, LatentSpec, Photo,
    RequestKind, Way,
};
pub use format::thousands;
pub use jobs::directions::{DirectionMethod, DirectionsReport, DirectionsRequest, directions};
pub(crate) use jobs::evaluate::RowMark;
pub use jobs::evaluate::{EvaluateReport, EvaluateRequest, Row, evaluate};
pub use jobs::films::{
    Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TimelapseRequest, interpolate, timelapse,
};
pub(crate) use jobs::films::{FPS, TIMELAPSE_SECONDS, WALK_STRIDE, WalkRequest, film_walk};
pub(crate) use jobs::generate::MAX_UPSCALE;
pub use jobs::generate::{GenerateReport, GenerateRequest, generate};
pub use jobs::inception::InceptionReport;
pub(crate) use jobs::models::{ExportRequest, export_model};
pub use jobs::models::{ModelFormat, import_model, load_generator};
pub use jobs::project::{ProjectReport, ProjectRequest, ProjectSettings, project};
pub use jobs::restore::{RestoreReport, RestoreRequest, recipe_of, restore};
pub(crate) use jobs::tools::{check_dataset, list_devices};
pub use jobs::tools::{limit_threads, write_demo};
pub use protocol::error::EngineError;
pub use protocol::event::*;
pub use protocol::handle::{EngineHandle, Waited};
pub(crate) use run::readings::thin_readings;
pub use run::worker::start;

/// Where the window may remember its size and place.
pub(crate) fn window_file() -> std::path::PathBuf {
    app_dirs::AppDirs::find().window()
}
