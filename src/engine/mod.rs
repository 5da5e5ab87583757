//! The engine: the only door between a front end and the work.
//!
//! A front end calls [`start`], sends [`Command`]s and receives [`Event`]s. One worker thread owns the session, the
//! trainer, the device and the run folder; nothing is shared and nothing is locked. The command line also calls jobs
//! directly, such as [`generate`], without a worker.
//!
//! The rooms, in reading order; each uses those above it only:
//! - `protocol`: what front ends and the engine say to each other: commands, events, errors, and the channels for them.
//! - the files beside the rooms: what several rooms need, such as the program's folders, a loaded generator, and the
//!   messages between processes (`wire`, `pipe`).
//! - `team`: what shares the batches of a training: members here, and workers at the other end of a line.
//! - `jobs`: work with an end of its own: pictures, films, measurements, rankings, models.
//! - `explore`: the explorer's thread, which turns points in latent space into pictures at once.
//! - `queue`: trainings that wait for their turn, in a file that several programs share.
//! - `run`: the worker's thread, which trains a run from its pictures to its end, or has another machine train it.
//! - `process`: that worker in a process of its own, for a window or for another machine.
//! - `bench`: measuring the speed of all of these.

mod app_dirs;
mod bench;
mod bundled;
mod device;
mod explore;
mod favourites;
#[cfg(test)]
mod first_start_tests;
mod forecast;
mod jobs;
mod kept_directions;
mod load;
mod loaded_generator;
mod memory_need;
mod process;
mod protocol;
mod queue;
mod recommend;
mod run;
mod run_pictures;
mod runs;
mod scratch;
mod sharpening;
mod split_pictures;
mod pipe;
mod spawn;
mod squares;
mod start_model;
mod team;
mod trial;
mod wire;

pub(crate) use crate::files::is_picture_file;
pub use crate::files::{FileUse, ModelFormat};
pub(crate) use crate::formats::PLACEHOLDERS;
pub use crate::formats::{FavouriteEdit, Keepsake, ModelStamp, Point, Recipe, UPSCALE_WGSL, upscale};
pub(crate) use crate::formats::{LONGEST_NAME, LONGEST_NOTES};
pub use crate::metrics::{Floor, Measures, NETWORK, Originality, Quality, RELATIVE_ONLY};
pub use crate::train::{AboutRun, Likeness, LikenessWord};
pub(crate) use crate::train::{LONGEST_RUN_NAME, LONGEST_RUN_NOTES, in_words, loss_reference, needs_real};
pub use bundled::LABEL_128;

pub use protocol::command::{Command, ResumeOptions};
pub use protocol::comparison::{ComparedRun, Difference, RunComparison};
pub use protocol::error::EngineError;
pub use protocol::evaluate::{EvaluateReport, EvaluateRequest, InceptionReport};
pub use protocol::event::*;
pub use protocol::explore_command::{DirectionMethod, ExploreCommand, ExploreSource, RequestKind};
pub use protocol::explore_event::{
    BlendPreview, DirectionInfo, Evaluation, ExploreEvent, ExploreModel, GeneratedPicture, Neighbour, RunSteps,
};
pub use protocol::handle::{EngineHandle, Waited};
pub use protocol::latent::{CroppedPhoto, FilmPath, FoundCat, Latent, LatentSpec, OpenedPhoto, Photo, PutInReport};
pub use protocol::queue::{EntryState, QueueEdit, QueueEnd, QueueItem, QueueList, QueueRequest, QueuedTraining};
pub use protocol::race::{Lane, Race};
pub use protocol::sharpen::{SharpenInfo, SharpenLimit, SharpenMeasures, SharpenReport, SharpenRequest};
pub use protocol::speed::StepSpeed;
pub use protocol::start_info::StartInfo;

pub use forecast::{Forecast, enough_steps, speed_key};
pub use load::load_generator;
pub(crate) use load::model_path;
pub use memory_need::MemoryNeed;
pub(crate) use recommend::FEW;
pub use recommend::{RecipeChoice, Situation, recipe_choices};
pub use start_model::start_info;

pub(crate) use jobs::blend::{BlendModel, blend_to_file, strangers};
pub use jobs::compare::compare;
pub(crate) use jobs::compare::{MOST_COMPARED, recipe_differences, write_comparison_grid};
pub use jobs::curate::{CurateReport, CurateRequest, curate};
pub use jobs::directions::{DirectionsReport, DirectionsRequest, directions};
pub(crate) use jobs::evaluate::Row;
pub(crate) use jobs::evaluate::RowMark;
pub use jobs::evaluate::evaluate;
pub(crate) use jobs::faces::{FacesReport, FacesRequest, find_faces};
pub(crate) use jobs::favourites::{FavouritesRequest, favourites};
pub use jobs::films::{
    Easing, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TimelapseRequest, interpolate, timelapse,
};
pub(crate) use jobs::films::{FPS, TIMELAPSE_SECONDS, WALK_STRIDE, WalkRequest, film_walk};
pub(crate) use jobs::frames::{FRAME_SECONDS, FramesRequest, MOST_FRAMES, write_frames};
pub(crate) use jobs::generate::MAX_UPSCALE;
pub use jobs::generate::{GenerateReport, GenerateRequest, generate};
pub(crate) use jobs::landmarks::landmarks_of;
pub use jobs::models::import_model;
pub(crate) use jobs::models::{ExportReport, ExportRequest, export_model};
pub use jobs::neighbours::{NearPicture, NearestReport, NearestRequest, nearest};
pub use jobs::project::{CropWish, ProjectReport, ProjectRequest, ProjectSettings, TuneSettings, project};
pub use jobs::restore::{RestoreReport, RestoreRequest, recipe_of, restore};
pub(crate) use jobs::score::{ScoreRequest, score_finder};
pub use jobs::sharpen::sharpen;
pub use jobs::speed::step_speed;
pub use jobs::story::{StoryReport, story};
pub(crate) use jobs::tools::{check_dataset, list_devices};
pub use jobs::tools::{limit_threads, write_demo};

pub(crate) use queue::{edit_queue, queue};

pub use run::power::source::Power;
pub(crate) use run::readings::thin_readings;
pub use run::watch::look_at_run;
pub use run::worker::{start, start_on};
pub(crate) use run::{own_manners, own_runs};
pub(crate) use runs::{about_run, bin_run, check_run, describe_run};

#[cfg(unix)]
pub(crate) use process::resident::{engine::listen, relay::relay};
pub(crate) use process::serve::serve_stdio;
pub(crate) use process::showing::show;
pub use process::shown::{ask_to_show, keep_shown, show_run};
pub use process::supervisor::start_process;
pub use process::whole::{answers_from_bytes, answers_to_bytes, requests_from_bytes, requests_to_bytes};
pub(crate) use spawn::this_program;
pub(crate) use team::serve::{WorkerEvent, WorkerRequest, serve_worker};
pub use team::{worker_answers_from_bytes, worker_answers_to_bytes, worker_orders_from_bytes, worker_orders_to_bytes};
pub(crate) use trial::try_spirv;
pub use wire::WireError;

pub(crate) use bench::convolutions::bench_conv_algorithms;
pub(crate) use bench::explore::bench_explore;
pub use bench::report::{BenchReport, BenchRequest};
pub use bench::training::bench;

/// The file in which the window remembers its size and position.
pub(crate) fn window_file() -> std::path::PathBuf {
    app_dirs::AppDirs::find().window()
}
