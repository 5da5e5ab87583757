//! Training: losses, one step, the state that a run is made of, and how it is kept on disk.

mod adam;
mod augment;
mod checkpoint;
mod guardian;
mod loss;
mod penalty;
mod pictures;
mod pretrained;
mod project;
mod run_dir;
mod schedule;
mod step;
mod thinning;
mod trainer;
mod work;

pub use checkpoint::{Checkpoint, CheckpointError, CheckpointMeta};
pub use guardian::{
    Change, Finding, FindingKind, Guardian, Severity, Signals, Situation, Suggestion, loss_reference, spread,
};
pub use loss::{middle, needs_real};
pub use project::{Found, ProjectError, ProjectSettings, Projection, project};
pub use run_dir::{RunDir, RunDirError, RunPictures};
pub use step::Losses;
pub use thinning::{Thinner, surplus};
pub use trainer::{ReadStep, TrainError, Trainer, check_precision};
pub use work::step_flop;
