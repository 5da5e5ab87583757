//! What the engine reports to a front end.

use super::comparison::RunComparison;
use super::in_messages::{picture, run_config, shared};
use super::queue::{QueueEnd, QueueList};
use super::race::Lane;
use crate::config::{AppSettings, RunConfig, Tunables};
use crate::data::report_message;
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::speed::StepSpeed;
use crate::engine::protocol::start_info::StartInfo;
use crate::files::exact_path;
use crate::metrics::Quality;
use crate::pixels::Frame;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

pub use super::data_progress::{DataPhase, DataProgress};
pub use crate::config::DeviceInfo;
pub use crate::data::{
    Advice, Burst, DatasetReport, FaceReport, LeftOut, MarkedFace, PhotoFile, PictureEdit, PictureId, Placement,
    PreparedPicture, PreparedPictures, Remedy, SkippedFile, Square, Trait, Verdict,
};
pub use crate::finder::{HeadBox, PixelPoint};
use crate::train::AboutRun;
pub use crate::train::{Change, Finding, FindingKind, Severity, Suggestion};

/// One message. The order of events is the order in which things happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Event {
    /// The devices of this machine.
    Devices(Vec<DeviceInfo>),
    /// The remembered settings.
    Settings(AppSettings),
    /// The runs that were found, the one saved last first.
    Runs(Vec<RunSummary>),
    /// The runs side by side, or why they cannot be compared.
    Compared(Result<Box<RunComparison>, String>),
    /// How many pictures are prepared.
    DataProgress(DataProgress),
    /// The pictures are prepared; thumbnails and skipped files are inside.
    DataReady(#[serde(with = "report_message")] Arc<DatasetReport>),
    /// There is nothing to train on, or the scan was cancelled; says why.
    DataFailed(String),
    /// A photo for the editor.
    Photo {
        /// The file.
        #[serde(with = "exact_path")]
        path: PathBuf,
        /// The upright photo, perhaps made smaller.
        #[serde(with = "shared")]
        frame: Arc<Frame>,
        /// Width and height of the whole photo in pixels, upright.
        size: (u32, u32),
    },
    /// The photo that was asked for cannot be shown; says why.
    PhotoFailed {
        /// The file.
        #[serde(with = "exact_path")]
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// A model that a run may start from.
    ModelInspected {
        /// As it was asked for.
        #[serde(with = "exact_path")]
        source: PathBuf,
        /// What is known of it, or why it cannot be used.
        found: Result<Box<StartInfo>, String>,
    },
    /// The time of a training step.
    Speed {
        /// The settings as they were asked for.
        #[serde(with = "run_config")]
        config: Box<RunConfig>,
        /// What was measured, or why that cannot be.
        found: Result<StepSpeed, String>,
    },
    /// The state of the run changed.
    State(RunState),
    /// The run of the events that follow is only watched: another program trains it. Or that is over.
    Watched(bool),
    /// What is being done before the first step, for the status line.
    Preparing(String),
    /// A run was started or resumed; everything about it that does not change.
    RunStarted(#[serde(with = "shared")] Arc<RunInfo>),
    /// Losses, read from the device together. On resume the run's whole history comes first.
    Metrics(Vec<StepMetrics>),
    /// How far the run is, and how fast.
    Progress(Progress),
    /// Changed settings took effect. On resume the run's whole history comes first.
    TunablesApplied(TunablesChange),
    /// What the guardian finds wrong with the run, worst first; replaces earlier findings. Empty: all is well.
    Findings(Vec<Finding>),
    /// The pictures of this step are being measured; none when that ended without a result.
    Measuring(Option<u64>),
    /// The pictures of this run are not measured, or not any more; says why.
    NotMeasured(String),
    /// Measured quality of the pictures of a step. On resume the run's whole history comes first.
    Quality(#[serde(with = "shared")] Arc<QualityPoint>),
    /// Which checkpoint is the best by the measurements so far; none: none of those on disk was measured, or all of
    /// them make copies. On resume it comes after the history.
    Best(Option<BestCheckpoint>),
    /// A sample grid.
    Sample {
        /// The training step that it belongs to.
        step: u64,
        /// It was just generated, not read from the run folder.
        fresh: bool,
        /// The whole grid.
        #[serde(with = "shared")]
        frame: Arc<Frame>,
        /// Number of pictures in it.
        tiles: u32,
        /// Side of one picture in pixels.
        side: u32,
    },
    /// The steps for which the run folder holds sample grids, oldest first (on resume).
    SampleSteps(Vec<u64>),
    /// The run folder has no sample grids of these steps any more: old ones are thinned out.
    SamplesGone(Vec<u64>),
    /// A checkpoint was saved.
    Saved {
        /// The training step that it holds.
        step: u64,
        /// The checkpoint's folder.
        #[serde(with = "exact_path")]
        path: PathBuf,
    },
    /// A message for a person.
    Notice {
        /// How serious it is.
        level: Level,
        /// Whole sentences.
        text: String,
    },
    /// The run is over.
    RunEnded(RunEnd),
    /// The events about a run that follow are about this one of a race; none: the race is over.
    Turn(Option<Lane>),
    /// The trainings that wait, whenever something about them has changed.
    Queue(QueueList),
    /// No other training of the queue begins.
    QueueEnded(QueueEnd),
    /// The explorer's answers. It is in the front end's own process.
    #[serde(skip)]
    Explore(ExploreEvent),
    /// The engine ended unexpectedly, or its device was lost, and it was started again.
    Restarted {
        /// What happened and what follows, in whole sentences.
        text: String,
        /// The run that was in progress is being resumed from its last checkpoint: what a resumed run tells follows.
        resuming: bool,
    },
    /// The engine ended unexpectedly and will not be started again. The run can be resumed after a restart of the
    /// program.
    WorkerDied(String),
}

/// The state of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RunState {
    /// No run.
    #[default]
    Idle,
    /// Scanning pictures, building networks, compiling shaders.
    Preparing,
    /// Taking one step after another.
    Running,
    /// Waiting between two steps.
    Paused,
    /// The same, saved, until the computer is plugged in or somebody continues: see `Manners::pause_on_battery`.
    OnBattery,
    /// Saving before the end.
    Stopping,
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// Good to know.
    Info,
    /// Something succeeded.
    Good,
    /// Something may need attention.
    Warning,
    /// Something failed.
    Error,
}

/// What is known of a run before it is opened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// The run folder.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// Name of the preset that the run was started with.
    pub preset: String,
    /// Name of the folder of pictures, or of the demo cats.
    pub source: String,
    /// Training steps of the newest checkpoint.
    pub step: u64,
    /// When the newest checkpoint was saved, in seconds since 1970.
    pub saved_at: u64,
    /// Another process trains it now, as far as that can be seen from here.
    pub training: bool,
    /// What the person calls it, and wrote about it.
    pub about: AboutRun,
    /// The newest sample grid.
    #[serde(with = "picture")]
    pub thumbnail: Option<Arc<Frame>>,
}

/// The unchanging facts of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// The run folder.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// All settings as the session began with them.
    #[serde(with = "run_config")]
    pub config: RunConfig,
    /// The device that the run trains on.
    pub device: DeviceInfo,
    /// Number of training pictures.
    pub pictures: usize,
    /// Number of held-out pictures.
    pub held_out: usize,
    /// What is not watched for in this run, because there are too few pictures, or too few held-out ones.
    pub unwatched: Vec<FindingKind>,
    /// Training pictures divided by batch size, rounded up.
    pub steps_per_epoch: u64,
    /// Trainable numbers of the generator.
    pub generator_parameters: usize,
    /// Trainable numbers of the discriminator.
    pub discriminator_parameters: usize,
    /// The step from which this session resumes; 0 for a new run.
    pub first_step: u64,
}

/// What happened in one training step; a line of `metrics.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepMetrics {
    /// Steps done, this one included.
    pub step: u64,
    /// Passes over the training pictures so far.
    pub epoch: f64,
    /// Loss of the discriminator, without its penalties.
    pub loss_d: f32,
    /// Loss of the generator.
    pub loss_g: f32,
    /// Mean of sigmoid(D(x)) over the real pictures of the step: 1 means that D is sure they are real.
    pub d_real: f32,
    /// Mean of sigmoid(D(G(z))) before the generator's update.
    pub d_fake: f32,
    /// The generator's learning rate in this step, decay included.
    pub lr_g: f64,
    /// The discriminator's learning rate in this step, decay included.
    pub lr_d: f64,
    /// Mean sign of the discriminator's logits for the real pictures, from -1 to 1; for losses that only compare, of
    /// how far they are above the generated pictures' mean. r_t of adaptive augmentation. None in older files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r_t: Option<f32>,
    /// Probability of augmentation, where that adapts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub augmented: Option<f32>,
    /// Counts the changes of the tunables; tells which settings the step ran under.
    pub revision: u64,
    /// Seconds of training so far, pauses not counted.
    pub seconds: f64,
}

/// Measured quality of the EMA generator after a step; a line of `quality.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QualityPoint {
    /// Training steps done.
    pub step: u64,
    /// What generating and measuring the pictures took, beside the training.
    pub seconds: f64,
    /// The measures.
    #[serde(flatten)]
    pub quality: Quality,
}

/// The best checkpoint of a run by the measurements so far: of those on disk, the one with the lowest KID, smoothed
/// over three measurements, that makes no copies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BestCheckpoint {
    /// Training steps done.
    pub step: u64,
    /// Its own KID times 1,000.
    pub kid: f64,
}

/// How far a run is, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub step: u64,
    /// Passes over the training pictures so far.
    pub epoch: f64,
    /// Smoothed; 0 before the first reading.
    pub steps_per_second: f64,
    /// Steps per second times the batch size.
    pub images_per_second: f64,
    /// Seconds until the run's limit; none without a limit.
    pub eta_seconds: Option<f64>,
    /// The step at which the run ends by itself; none without a limit.
    pub last_step: Option<u64>,
}

/// Settings that changed while training, by hand or in a rollback; a mark on the plots and a line of the run's history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TunablesChange {
    /// The first step under the new settings.
    pub step: u64,
    /// Number of this change, counted from 1.
    pub revision: u64,
    /// Such as `Generator learning rate 2e-4 -> 1e-4`.
    pub text: String,
    /// All tunables after the change.
    pub tunables: Tunables,
    /// The run was rolled back to an earlier step here.
    #[serde(default, rename = "went_back", skip_serializing_if = "std::ops::Not::not")]
    pub rolled_back: bool,
}

/// Why a run is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RunEnd {
    /// It reached its limit of steps or epochs.
    Finished {
        /// Training steps done.
        step: u64,
    },
    /// Somebody stopped it.
    Stopped {
        /// Training steps done.
        step: u64,
    },
    /// Most generated pictures had become copies of training pictures; everything is saved.
    Copying {
        /// Training steps done.
        step: u64,
    },
    /// NaN, infinity or mode collapse; the last usable state is kept.
    Diverged {
        /// The step at which it was noticed.
        step: u64,
        /// What happened, for a person.
        text: String,
    },
    /// Anything else that went wrong.
    Failed {
        /// What the failure is about.
        cause: Cause,
        /// Names the file or setting.
        text: String,
    },
}

/// What a failure is about; the command line's exit codes tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A setting.
    Setting,
    /// The pictures.
    Data,
    /// Pictures that the run was not trained on: it is resumed with them once the person says so.
    OtherPictures,
    /// The device.
    Device,
    /// A worker that shared the batches.
    Worker,
    /// The run folder or its checkpoints.
    Run,
    /// An internal error.
    Internal,
    /// Anything else.
    Other,
}
