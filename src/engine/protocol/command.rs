//! What a front end can ask of the engine.

use super::in_messages::run_config;
use super::queue::QueueRequest;
use super::race::{Lane, Race};
use crate::config::{AppSettings, DataConfig, Manners, RunConfig, RunPlace, Tunables};
use crate::data::PictureEdit;
use crate::files::exact_path;
use crate::train::AboutRun;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

pub use super::resume_options::ResumeOptions;

/// One request. Each is answered by events; none is answered by waiting.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Command {
    /// List the devices: answered by `Event::Devices`.
    ListDevices,
    /// Load the remembered settings and look for runs: answered by `Event::Settings`, `Event::Runs` and
    /// `Event::Queue`. Their manners are those of trainings from now on.
    LoadSettings,
    /// Remember these settings. Their manners are those of trainings at once, also of one under way.
    SaveSettings(AppSettings),
    /// Look for runs in the runs folder and among the recent ones, and at the queue: answered by `Event::Runs` and
    /// `Event::Queue`.
    ListRuns,
    /// Give a run a name and notes; it may be training. Answered by `Event::Runs`.
    DescribeRun {
        /// Its folder.
        #[serde(with = "exact_path")]
        run: PathBuf,
        /// The name and the notes.
        about: AboutRun,
    },
    /// Write the story of a run as an HTML page: answered by `Event::Notice`.
    WriteStory {
        /// The folder of the run.
        #[serde(with = "exact_path")]
        run: PathBuf,
        /// The page; a name that is taken gets a number.
        #[serde(with = "exact_path")]
        out: PathBuf,
    },
    /// Put runs side by side: answered by `Event::Compared`. A newer request replaces an older one.
    CompareRuns(#[serde(with = "exact_path::list")] Vec<PathBuf>),
    /// Move the folder of a run to the system's bin: answered by `Event::Notice` and `Event::Runs`.
    BinRun(#[serde(with = "exact_path")] PathBuf),
    /// Scan the pictures and prepare them: `Event::DataProgress`, then `Event::DataReady` or `Event::DataFailed`. A
    /// newer request replaces an older one.
    ScanData {
        /// Where the pictures are, and how they are cropped.
        data: DataConfig,
        /// Side of the prepared pictures in pixels.
        size: u32,
    },
    /// Cancel the scan that is under way.
    CancelScan,
    /// Decide about pictures or say where the faces of a photo are, remember that, and prepare the newest pictures
    /// again as with `ScanData`. Edits take effect in their order.
    EditPictures(PictureEdit),
    /// Read a photo for the editor: answered by `Event::Photo` or `Event::PhotoFailed`. A newer request replaces an
    /// older one.
    OpenPhoto {
        /// The file.
        #[serde(with = "exact_path")]
        path: PathBuf,
        /// Longest side of the answer in pixels; a larger photo is made smaller.
        longest: u32,
    },
    /// Write the faces of all photos of the newest pictures as `.cat` files below a folder, with the names and
    /// subfolders of the photos: answered by `Event::Notice`.
    WriteLandmarks {
        /// Where to write; existing files are not overwritten.
        #[serde(with = "exact_path")]
        folder: PathBuf,
    },
    /// Look at a model that a run may start from: answered by `Event::ModelInspected`.
    InspectModel(#[serde(with = "exact_path")] PathBuf),
    /// Measure the time of a training step with these settings, in a few seconds: answered by `Event::Speed`. A newer
    /// request replaces an older one, and a run that begins ends the measurement without an answer.
    MeasureSpeed(#[serde(with = "run_config")] Box<RunConfig>),
    /// Give the measurement up; it is not answered any more.
    CancelSpeed,
    /// Start a new run.
    Start {
        /// All settings of the run.
        #[serde(with = "run_config")]
        config: Box<RunConfig>,
        /// Its folder, which must not hold a run; none means a new numbered folder in the runs folder.
        #[serde(with = "exact_path::maybe")]
        out: Option<PathBuf>,
    },
    /// Resume a run from its newest usable checkpoint.
    Resume {
        /// The run folder.
        #[serde(with = "exact_path")]
        run: PathBuf,
        /// What is changed of its settings.
        options: ResumeOptions,
    },
    /// Have two runs take turns on one device, so that both have trained for the same time: `Event::Turn` says which of
    /// them the events that follow are about.
    Race(Race),
    /// Whatever is asked of a run is for this one of a race from now on; at first it is the first.
    ShowLane(Lane),
    /// Ask something of the queue of trainings: answered by `Event::Queue`.
    Queue(QueueRequest),
    /// Watch a run that another program trains, reading only: `Event::Watched`, then what a run tells, until it ends. A
    /// newer request replaces an older one, and a run that begins here ends the watching.
    Watch(RunPlace),
    /// Watch no more; the run goes on. Answered by `Event::Watched`.
    Unwatch,
    /// Stop after the step under way; everything stays in memory.
    Pause,
    /// Continue after a pause. On battery the run then trains on, until the computer is plugged in and unplugged again;
    /// but not after a pause because the run folder could not be written: that is only tried again.
    Continue,
    /// Use these settings from the next step on. The newest request wins.
    SetTunables(Tunables),
    /// Treat the computer like this from now on, also while training; not remembered. No weight depends on it.
    SetManners(Manners),
    /// Roll back to the newest usable checkpoint up to a step, and resume from there with lower learning rates. The
    /// present state is saved first; what is newer is set aside until the run has reached that step again. Works for a
    /// run that is being prepared, too.
    Rollback {
        /// The checkpoint's step at most.
        step: u64,
        /// Both learning rates are multiplied by this, from 0.01 to 1; anything else counts as 0.5.
        learning_rate_factor: f64,
    },
    /// Generate a sample grid after the step under way.
    SampleNow,
    /// Save a checkpoint after the step under way.
    SaveNow,
    /// Save a checkpoint and end the run.
    Stop,
    /// Give the explorer the newest EMA weights of the run every few seconds, or stop doing so. Sent by the explorer.
    ShareWeights(bool),
    /// Read a sample grid from the run folder: answered by `Event::Sample`.
    LoadSample {
        /// The training step that the grid belongs to.
        step: u64,
    },
    /// Save, end the run and the worker thread.
    Shutdown,
}
