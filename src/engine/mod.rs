//! The engine: the only door between a front end and the work.
//!
//! A front end calls [`start`], sends [`Command`]s and receives [`Event`]s. One worker thread owns the session, the
//! trainer, the device and the run folder; nothing is shared and nothing is locked. The functions in `tools` do one job
//! each without a worker, for the command line.

mod active_run;
mod app_dirs;
mod bench;
mod bench_explore;
mod bundled;
mod command;
mod curate;
mod device;
mod directions;
mod error;
mod evaluate;
mod event;
mod explore;
mod films;
mod handle;
mod held_out;
mod history;
mod inception;
mod intake;
mod measure;
mod models;
mod numbers;
mod outbox;
mod project;
mod pictures;
mod readings;
mod restore;
mod run_pictures;
mod runs;
mod session;
mod sheets;
mod studio;
mod tools;
mod unwatched;
mod worker;

pub(crate) use crate::formats::PLACEHOLDERS;
pub use crate::formats::{ModelStamp, Point, Recipe, UPSCALE_WGSL};
pub use crate::metrics::{Floor, Measures, Quality, RELATIVE_ONLY};
pub(crate) use crate::train::{loss_reference, needs_real};
pub use bench::{BenchReport, BenchRequest, bench};
pub(crate) use bench_explore::bench_explore;
pub use command::{Command, Limits};
pub use curate::{CurateReport, CurateRequest, Neighbour, curate};

pub use device::FormTimes;
pub(crate) use device::bench_forms;
pub use directions::{DirectionMethod, DirectionsReport, DirectionsRequest, directions};
pub use error::EngineError;
pub(crate) use evaluate::RowMark;
pub use evaluate::{EvaluateReport, EvaluateRequest, Row, evaluate};
pub use event::*;
pub use explore::{
    DirectionInfo, Drawn, Evaluation, ExploreCommand, ExploreModel, ExploreSource, Latent, LatentSpec, Photo,
    RequestKind, Way,
};
pub use films::{
    Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TimelapseRequest, interpolate, timelapse,
};
pub(crate) use films::{FPS, FilmProgress, TIMELAPSE_SECONDS, WALK_STRIDE, WalkRequest, film_walk};
pub use handle::{EngineHandle, Waited};
pub use inception::InceptionReport;
pub(crate) use models::{ExportRequest, export_model};
pub use models::{ModelFormat, import_model, load_generator};
pub use numbers::thousands;
pub(crate) use pictures::MAX_UPSCALE;
pub use pictures::{GenerateReport, GenerateRequest, generate};
pub use project::{ProjectReport, ProjectRequest, ProjectSettings, project};
pub(crate) use readings::thin_readings;
pub use restore::{RestoreReport, RestoreRequest, recipe_of, restore};
pub(crate) use tools::{check_dataset, list_devices};
pub use tools::{limit_threads, write_demo};
pub use worker::start;

/// Where the window may remember its size and place.
pub(crate) fn window_file() -> std::path::PathBuf {
    app_dirs::AppDirs::find().window()
}
