//! Everything that can go wrong, sorted by what it is about.

use crate::compute::DeviceError;
use crate::config::SettingError;
use crate::data::DataError;
use crate::engine::protocol::event::Cause;
use crate::formats::{ExportError, ModelFileError};
use crate::interrupt::Cancelled;
use crate::metrics::MetricError;
use crate::train::{CheckpointError, ProjectError, RunDirError, TrainError};
use std::any::Any;

/// An error for a person: the text names the file or setting and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A setting is outside its range, or does not fit the others.
    #[error("{0}")]
    Setting(#[from] SettingError),
    /// Pictures are missing, too few or unusable.
    #[error("{0}")]
    Data(String),
    /// Pictures that a run was not trained on; the person may say that they are wanted.
    #[error("{0}")]
    OtherPictures(String),
    /// A device is not there, or failed.
    #[error("{0}")]
    Device(String),
    /// A worker that shares the batches of a training is lost, or cannot be used.
    #[error("{0}")]
    Member(String),
    /// A run folder, a checkpoint or a model file cannot be used.
    #[error("{0}")]
    Run(String),
    /// NaN or infinity in a training.
    #[error("{0}")]
    Diverged(String),
    /// Somebody cancelled the job.
    #[error("cancelled")]
    Cancelled,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl EngineError {
    /// What the error is about.
    pub fn cause(&self) -> Cause {
        match self {
            Self::Setting(_) => Cause::Setting,
            Self::Data(_) => Cause::Data,
            Self::OtherPictures(_) => Cause::OtherPictures,
            Self::Device(_) => Cause::Device,
            Self::Run(_) => Cause::Run,
            Self::Member(_) => Cause::Worker,
            Self::Diverged(_) | Self::Cancelled | Self::Other(_) => Cause::Other,
        }
    }
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<DataError> for EngineError {
    fn from(e: DataError) -> Self {
        match e {
            DataError::Cancelled => Self::Cancelled,
            other => Self::Data(other.to_string()),
        }
    }
}

impl From<DeviceError> for EngineError {
    fn from(e: DeviceError) -> Self {
        Self::Device(e.to_string())
    }
}

impl From<RunDirError> for EngineError {
    fn from(e: RunDirError) -> Self {
        Self::Run(e.to_string())
    }
}

impl From<ExportError> for EngineError {
    fn from(e: ExportError) -> Self {
        Self::Other(e.to_string())
    }
}

impl From<CheckpointError> for EngineError {
    fn from(e: CheckpointError) -> Self {
        Self::Run(e.to_string())
    }
}

impl From<TrainError> for EngineError {
    fn from(e: TrainError) -> Self {
        match e {
            TrainError::Setting(e) => Self::Setting(e),
            TrainError::Device(e) => e.into(),
            TrainError::Member(e) => Self::Member(e.to_string()),
            TrainError::Checkpoint(e) => e.into(),
            TrainError::Generator(e) => Self::Other(e.to_string()),
            diverged @ TrainError::Diverged { .. } => Self::Diverged(diverged.to_string()),
        }
    }
}

impl From<MetricError> for EngineError {
    fn from(e: MetricError) -> Self {
        match e {
            MetricError::Cancelled => Self::Cancelled,
            MetricError::Device(e) => e.into(),
            MetricError::Network(_) | MetricError::NotFinite { .. } => Self::Other(e.to_string()),
            MetricError::TooFew { .. } | MetricError::Sides { .. } | MetricError::Side { .. } => {
                Self::Data(e.to_string())
            }
        }
    }
}

impl From<ProjectError> for EngineError {
    fn from(e: ProjectError) -> Self {
        match e {
            ProjectError::Cancelled => Self::Cancelled,
            ProjectError::Device(e) => e.into(),
            size @ ProjectError::Size { .. } => Self::Data(size.to_string()),
        }
    }
}

impl From<ModelFileError> for EngineError {
    fn from(e: ModelFileError) -> Self {
        Self::Run(e.to_string())
    }
}

/// The message of a panic.
pub(crate) fn panic_text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => panic.downcast::<&str>().map_or_else(|_| "unknown".to_owned(), |text| (*text).to_owned()),
    }
}
