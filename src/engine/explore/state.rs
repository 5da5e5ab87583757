//! What the explorer's thread holds.

use super::job_thread::{Emit, Job};
use super::open_model::OpenModel;
use crate::engine::app_dirs::AppDirs;
use crate::engine::jobs::blend::BlendModel;
use crate::engine::jobs::neighbours::NeighbourIndex;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::RequestKind;
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::LatentSpec;
use crate::latent::Direction;
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crossbeam_channel::Sender;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// Requested pictures that are not generated yet.
#[derive(Default)]
pub(super) struct Pending {
    pub show: Option<(u64, LatentSpec, f64)>,
    pub thumbnails: VecDeque<PendingThumbnails>,
    /// The newest picture, to be sharpened once nothing newer is asked for.
    pub sharpen: Option<Unsharpened>,
}

/// A picture that rests.
pub(super) struct Unsharpened {
    pub stamp: u64,
    pub frame: Arc<Frame>,
    /// When it has rested long enough.
    pub due: Instant,
}

/// Proposed names of directions.
pub(super) struct NamedDirections {
    /// Of the generator.
    pub hash: String,
    /// The directions as they were.
    pub before: Vec<Direction>,
    pub names: Vec<Option<String>>,
}

/// A request for small pictures, of which those before `next` are done.
pub(super) struct PendingThumbnails {
    pub purpose: &'static str,
    pub stamp: u64,
    pub next: usize,
    pub specs: Vec<LatentSpec>,
    pub psi: f64,
}

/// The state of the explorer; what it does with it stands in the files beside.
pub(super) struct ExplorerThread {
    pub dirs: AppDirs,
    /// To the training's thread.
    pub training: Sender<Command>,
    pub emit: Emit,
    /// The open generator.
    pub model: Option<OpenModel>,
    pub pending: Pending,
    /// The search, film, ranking or comparison under way.
    pub job: Option<Job>,
    /// Names are being looked for.
    pub naming: Option<Job>,
    /// Where they go.
    pub named: Sender<NamedDirections>,
    /// The evaluation under way, which opening another generator does not end.
    pub evaluation: Option<Job>,
    /// The training pictures of the model's run, filled by the first comparison.
    pub neighbours: Arc<OnceLock<NeighbourIndex>>,
    /// The training was asked for its newest weights, and they are still wanted.
    pub live: bool,
    /// The folder of the run whose newest weights are shown.
    pub run: Option<PathBuf>,
    /// A checkpoint was chosen: until the newest step is wanted again, newer weights wait in `newest`.
    pub chosen: bool,
    /// Pictures on show are sharpened.
    pub sharpening: bool,
    pub newest: Option<SavedGenerator>,
    /// The model that the open one was blended with last, and what it was opened from.
    pub other: Option<(PathBuf, Arc<BlendModel>)>,
}

impl ExplorerThread {
    pub(super) fn new(dirs: AppDirs, training: Sender<Command>, named: Sender<NamedDirections>, emit: Emit) -> Self {
        Self {
            dirs,
            training,
            emit,
            model: None,
            pending: Pending::default(),
            job: None,
            naming: None,
            named,
            evaluation: None,
            neighbours: Arc::default(),
            live: false,
            run: None,
            chosen: false,
            sharpening: false,
            newest: None,
            other: None,
        }
    }

    /// Reports that a request failed.
    pub(super) fn failed(&self, about: RequestKind, error: &EngineError) {
        (self.emit)(ExploreEvent::Failed { about, text: error.to_string() });
    }

    /// No picture waits.
    pub(super) fn is_idle(&self) -> bool {
        self.model.is_none() || (self.pending.show.is_none() && self.pending.thumbnails.is_empty())
    }

    /// The open generator.
    ///
    /// # Errors
    /// When none is open.
    pub(super) fn model(&self) -> Result<&OpenModel, EngineError> {
        self.model.as_ref().ok_or_else(|| EngineError::Other("open a generator first".to_owned()))
    }
}
