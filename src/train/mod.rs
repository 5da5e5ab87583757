//! Training: losses, one step, the state that a run is made of, and how it is kept on disk.

mod adam;
mod augment;
mod check;
mod checkpoint;
mod guardian;
mod loss;
mod material;
mod memory;
mod milestones;
mod penalty;
mod pieces;
mod pictures;
mod precision;
mod pretrained;
mod project;
mod run_dir;
mod schedule;
mod share;
mod step;
mod sum;
mod team;
mod thinning;
mod trainer;
mod verdict;
mod work;

pub(crate) use adam::{Adam, Betas};
pub(crate) use check::check_device;
pub use checkpoint::{Checkpoint, CheckpointError, CheckpointMeta};
pub use guardian::{Change, Finding, FindingKind, Severity, Suggestion, spread};
pub(crate) use guardian::{Guardian, Signals, Situation, loss_reference};
pub use loss::middle;
pub(crate) use loss::needs_real;
pub(crate) use memory::device_memory;
pub(crate) use milestones::Milestones;
pub(crate) use precision::choose_precision;
#[cfg(test)]
pub(crate) use precision::errors as half_errors;
pub use project::{
    FoundLatent, Likeness, LikenessWord, PivotPicture, ProjectError, ProjectSettings, Projection, TuneSettings,
    TunedGenerator, Tuning, project, tune,
};
pub use run_dir::{AboutRun, RunDir, RunDirError, RunPictures};
pub(crate) use run_dir::{CHECKPOINT, Extent, FilePart, FileVersion, HISTORIES, Incoming, Outgoing, RunFile};
pub(crate) use run_dir::{Elsewhere, Holder, Kept, MeasuredStep, RunHistory, best};
pub(crate) use run_dir::{LONGEST_RUN_NAME, LONGEST_RUN_NOTES};
pub(crate) use schedule::{Done, planned_steps, run_length};
pub(crate) use share::Share;
pub use team::MemberError;
pub(crate) use team::{Answer, Flat, Judge, Link, LocalMember, Member, Network, Order, Team, lengths};
pub(crate) use thinning::{Thinner, surplus};
pub use trainer::{ReadStep, TrainError, Trainer};
pub(crate) use verdict::in_words;
pub use work::step_bytes;
