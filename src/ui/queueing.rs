//! The queue of trainings, as the person handles it.

use crate::engine::QueueEdit;
use std::path::PathBuf;

/// What is asked for about the queue.
#[derive(Debug, Clone, PartialEq)]
pub enum QueueAction {
    /// Add a run with the recipe on show.
    Add,
    /// Add the run in this folder, to be resumed.
    AddRun(PathBuf),
    /// Change the list.
    Edit(QueueEdit),
    /// Begin with the first training that waits, or after the one under way.
    Start,
    /// Begin no other training.
    Pause,
}

/// The dialog that shows the queue.
#[derive(Debug, Clone)]
pub struct QueueForm {
    /// The limit that is offered for an entry without one, in steps.
    pub limit: u64,
    /// The entry that is asked about before it is taken out.
    pub removing: Option<u64>,
    /// The entry whose name is being typed, and what was typed.
    pub renaming: Option<(u64, String)>,
}

impl Default for QueueForm {
    fn default() -> Self {
        Self { limit: 20_000, removing: None, renaming: None }
    }
}
