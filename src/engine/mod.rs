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

pub use crate::formats::{ModelStamp, PLACEHOLDERS, Point, Recipe, UPSCALE_WGSL};
pub use crate::metrics::{Floor, Measures, Quality, RELATIVE_ONLY};
pub use crate::train::{loss_reference, needs_real};
pub use bench::{BenchReport, BenchRequest, bench};
pub use bench_explore::{ExploreBench, Latency, bench_explore};
pub use command::{Command, Limits};
pub use curate::{CurateReport, CurateRequest, Neighbour, Ranked, curate};
pub use device::{FormTimes, FormsBench, bench_forms};
pub use directions::{DirectionMethod, DirectionsReport, DirectionsRequest, directions};
pub use error::EngineError;
pub use evaluate::{EvaluateProgress, EvaluateReport, EvaluateRequest, Row, RowMark, evaluate};
pub use event::*;
pub use explore::{
    DirectionInfo, Drawn, Evaluation, ExploreCommand, ExploreModel, ExploreSource, Latent, LatentSpec, Photo,
    RequestKind, Way,
};
pub use films::{
    Easing, FPS, FilmFormat, FilmOptions, FilmProgress, FilmReport, InterpolateRequest, KeyPoint, TIMELAPSE_SECONDS,
    TimelapseRequest, WALK_STRIDE, WalkRequest, film_walk, interpolate, timelapse,
};
pub use handle::{EngineHandle, Waited};
pub use inception::InceptionReport;
pub use models::{ExportReport, ExportRequest, ModelFormat, export_model, import_model, load_generator};
pub use numbers::thousands;
pub use pictures::{GenerateReport, GenerateRequest, MAX_UPSCALE, generate, picture_bytes, save_picture};
pub use project::{ProjectReport, ProjectRequest, ProjectSettings, project};
pub use readings::thin_readings;
pub use restore::{RestoreReport, RestoreRequest, recipe_of, restore};
pub use tools::{check_dataset, limit_threads, list_devices, write_demo};
pub use worker::start;

/// Where the window may remember its size and place.
pub fn window_file() -> std::path::PathBuf {
    app_dirs::AppDirs::find().window()
}
