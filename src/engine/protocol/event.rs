//! What the engine tells a front end.

use crate::config::{AppSettings, RunConfig, Tunables};
use crate::engine::protocol::explore::ExploreEvent;
use crate::metrics::Quality;
use crate::pixels::Frame;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

pub use crate::config::DeviceInfo;
pub use crate::data::{DatasetReport, SkippedFile};
pub use crate::train::{Change, Finding, FindingKind, Severity, Suggestion};

/// How far preparing the pictures is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct DataProgress {
    /// Pictures prepared so far.
    pub done: usize,
    /// 0 while the folder is still being searched.
    pub total: usize,
}

/// One message. The order of events is the order in which things happened.
#[derive(Debug, Clone)]
pub enum Event {
    Devices(Vec<DeviceInfo>),
    Settings(AppSettings),
    Runs(Vec<RunSummary>),
    DataProgress(DataProgress),
    /// The pictures are prepared; thumbnails and skipped files are inside.
    DataReady(Arc<DatasetReport>),
    /// Nothing to train on, or cancelled; says why.
    DataFailed(String),
    /// The state of the run changed.
    State(RunState),
    /// What is being done before the first step, for the status line.
    Preparing(String),
    /// A run began or was resumed; everything about it that does not change.
    RunStarted(Arc<RunInfo>),
    /// Losses, read from the device together. On resume the run's whole history comes first.
    Metrics(Vec<StepMetrics>),
    Progress(Progress),
    /// Changed settings took effect from this step on. On resume the run's whole history comes first.
    TunablesApplied(TunablesChange),
    /// What the guardian finds wrong with the run, worst first; replaces what it said before. None: all is well again.
    Findings(Vec<Finding>),
    /// The pictures of this step are being measured; none when that ended without a result.
    Measuring(Option<u64>),
    /// The pictures of this run are not measured any more, or never; says why.
    NotMeasured(String),
    /// How good the pictures of a step are. On resume the run's whole history comes first.
    Quality(Arc<QualityPoint>),
    /// A sample grid; `fresh` if just drawn, else read back from the run folder.
    Sample {
        step: u64,
        fresh: bool,
        frame: Arc<Frame>,
        tiles: u32,
        side: u32,
    },
    /// The steps for which the run folder holds sample grids, oldest first (on resume).
    SampleSteps(Vec<u64>),
    /// The run folder has no sample grids of these steps any more: old ones are thinned out.
    SamplesGone(Vec<u64>),
    Saved {
        step: u64,
        path: PathBuf,
    },
    Notice {
        level: Level,
        text: String,
    },
    RunEnded(RunEnd),
    /// The explorer's answers.
    Explore(ExploreEvent),
    /// The worker thread is gone; the window stays, the run can be resumed after a restart.
    WorkerDied(String),
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RunState {
    /// No run.
    #[default]
    Idle,
    /// Scanning pictures, building networks, compiling shaders.
    Preparing,
    Running,
    Paused,
    /// Saving before the end.
    Stopping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Info,
    Good,
    Warning,
    Error,
}

/// What is known of a run before it is opened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    pub path: PathBuf,
    pub preset: String,
    pub source: String,
    pub step: u64,
    /// Seconds since 1970 of the newest checkpoint.
    pub saved_at: u64,
    /// The newest sample grid, small.
    #[serde(skip)]
    pub thumbnail: Option<Arc<Frame>>,
}

/// The unchanging facts of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunInfo {
    pub path: PathBuf,
    pub config: RunConfig,
    pub device: DeviceInfo,
    /// Pictures that are trained on, and those that are held back.
    pub pictures: usize,
    pub held_out: usize,
    /// What nobody watches for in this run, because there are too few pictures, or too few of them are held back.
    pub unwatched: Vec<FindingKind>,
    pub steps_per_epoch: u64,
    pub generator_parameters: usize,
    pub discriminator_parameters: usize,
    /// The step from which this session goes on; 0 for a new run.
    pub first_step: u64,
}

/// What happened in one training step; a line of `metrics.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Steps done, this one included.
    pub step: u64,
    pub epoch: f64,
    pub loss_d: f32,
    pub loss_g: f32,
    /// Mean of sigmoid(D(x)) over the real pictures of the step: 1 means that D is sure they are real.
    pub d_real: f32,
    /// Mean of sigmoid(D(G(z))) before the generator's update.
    pub d_fake: f32,
    /// The learning rates that the step ran under, decay included.
    pub lr_g: f64,
    pub lr_d: f64,
    /// Mean sign of the discriminator's logits for the real pictures, from -1 to 1; for losses that only compare, of how
    /// far they are above the generated pictures' mean. r_t of adaptive augmentation. None in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_t: Option<f32>,
    /// Share of the pictures that were augmented, where that adapts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented: Option<f32>,
    /// Counts the changes of the tunables; tells which settings the step ran under.
    pub revision: u64,
    /// Seconds of training so far, pauses not counted.
    pub seconds: f64,
}

/// How good the averaged generator was after a step; a line of `quality.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityPoint {
    pub step: u64,
    /// What drawing and measuring took, beside the training.
    pub seconds: f64,
    #[serde(flatten)]
    pub quality: Quality,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Progress {
    pub step: u64,
    pub epoch: f64,
    pub steps_per_second: f64,
    pub images_per_second: f64,
    /// Seconds until the run's limit; none without a limit.
    pub eta_seconds: Option<f64>,
    /// The step at which the run ends by itself; none without a limit.
    pub last_step: Option<u64>,
}

/// A labelled mark on the plots: settings that changed while training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunablesChange {
    /// The first step under the new settings.
    pub step: u64,
    pub revision: u64,
    /// Such as `Generator rate 2e-4 -> 1e-4`.
    pub text: String,
    pub tunables: Tunables,
    /// The run went back to an earlier step here.
    #[serde(default, rename = "went_back", skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

/// Why a run is over.
#[derive(Debug, Clone, PartialEq)]
pub enum RunEnd {
    /// Its limit of steps or epochs.
    Finished { step: u64 },
    /// Someone asked.
    Stopped { step: u64 },
    /// NaN or infinity; the last finite state is kept.
    Diverged { step: u64, text: String },
    /// Anything else that went wrong; names the file or setting.
    Failed { cause: Cause, text: String },
}

/// What a failure is about; the command line's exit codes tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    Setting,
    /// The pictures.
    Data,
    /// Pictures that the run was not trained on: it goes on with them once the person says so.
    OtherPictures,
    Device,
    /// The run folder or its checkpoints.
    Run,
    Other,
}
