//! Trainings that wait for their turn.

use super::in_messages::run_config;
use super::resume_options::ResumeOptions;
use crate::config::RunConfig;
use crate::files::exact_path;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is to be trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QueuedTraining {
    /// A new run.
    Start {
        /// All settings of the run.
        #[serde(with = "run_config")]
        config: Box<RunConfig>,
        /// Its folder, which must not hold a run; none means a new numbered folder in the runs folder.
        #[serde(with = "exact_path::maybe")]
        out: Option<PathBuf>,
    },
    /// A run that is resumed.
    Resume {
        /// Its folder.
        #[serde(with = "exact_path")]
        run: PathBuf,
        /// What is changed of its settings.
        options: Box<ResumeOptions>,
    },
}

/// How far an entry of the queue is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum EntryState {
    /// It has not begun.
    #[default]
    Waiting,
    /// It is prepared or trains.
    Running,
    /// It had begun when the program ended, or the computer: it is resumed first of all.
    Interrupted,
    /// It ended by itself.
    Done {
        /// Training steps done.
        step: u64,
    },
    /// It ended by itself, because most generated pictures had become copies of training pictures.
    Copies {
        /// Training steps done.
        step: u64,
    },
    /// Somebody stopped it.
    Stopped {
        /// Training steps done.
        step: u64,
    },
    /// It could not begin, failed, or diverged.
    Failed {
        /// Why, in whole sentences.
        text: String,
    },
}

impl EntryState {
    /// Whether its turn is still to come.
    pub fn waits(&self) -> bool {
        matches!(self, Self::Waiting | Self::Interrupted)
    }
}

/// An entry of the queue, as a person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QueueItem {
    /// Tells it from the others, wherever it stands.
    pub id: u64,
    /// What the person calls it, or its pictures and its preset.
    pub name: String,
    /// How far it is.
    pub state: EntryState,
    /// The folder of its run, once there is one.
    #[serde(with = "exact_path::maybe")]
    pub run: Option<PathBuf>,
    /// It resumes a run.
    pub resumes: bool,
    /// Name of the pictures.
    pub pictures: String,
    /// Name of the preset.
    pub preset: String,
    /// Side of the pictures in pixels.
    pub size: u32,
    /// Where it trains.
    pub device: String,
    /// Where it ends by itself, such as `5,000 steps`; empty where nothing ends it.
    pub end: String,
    /// The settings that are not those of the preset, such as `Batch size 32 pictures`.
    pub differs: Vec<String>,
    /// Why nothing is known of it; empty where all is.
    pub trouble: String,
}

impl QueueItem {
    /// What happens to the entries after one that nothing ends; none where something does.
    pub fn endless(&self) -> Option<&'static str> {
        let counts = self.end.is_empty() && self.trouble.is_empty();
        (counts && (self.state.waits() || self.state == EntryState::Running)).then_some(
            "It has no limit of steps or epochs, so it trains until you stop it, and the trainings after it wait for \
             ever.",
        )
    }
}

/// The whole queue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueList {
    /// In the order of their turns.
    pub entries: Vec<QueueItem>,
    /// The next one begins when the training under way ends by itself.
    pub on: bool,
    /// Another program sees to that.
    pub elsewhere: bool,
}

impl QueueList {
    /// How many are still to come.
    pub fn waiting(&self) -> usize {
        self.entries.iter().filter(|entry| entry.state.waits()).count()
    }

    /// The entry that is prepared or trains.
    pub fn running(&self) -> Option<&QueueItem> {
        self.entries.iter().find(|entry| entry.state == EntryState::Running)
    }
}

/// A change of the queue.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueueEdit {
    /// One more training, at the end.
    Add {
        /// What it is called; empty: by its pictures and its preset.
        name: String,
        /// What is trained.
        training: QueuedTraining,
    },
    /// Another place in the order.
    Move {
        /// Which entry.
        id: u64,
        /// How many entries stand before it then.
        to: usize,
    },
    /// Another name; empty: by its pictures and its preset.
    Rename {
        /// Which entry.
        id: u64,
        /// What it is called then.
        name: String,
    },
    /// Out of the queue; its run stays. One that trains stays, too.
    Remove(u64),
    /// All out of the queue but the one that trains.
    Clear,
    /// Those out of the queue whose turn is over.
    ClearOver,
    /// A limit of steps for one whose turn is to come; 0 takes it away.
    Limit {
        /// Which entry.
        id: u64,
        /// The step at which it ends.
        max_steps: u64,
    },
    /// One more turn for an entry that was stopped or failed: its run is resumed, if there is one.
    Again(u64),
}

/// What can be asked of the queue; each request is answered by `Event::Queue`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum QueueRequest {
    /// Tell what is in it.
    List,
    /// Change it.
    Edit(QueueEdit),
    /// Begin with the first training that waits, or after the one under way; then one after another. Answered by
    /// `Event::QueueEnded`, whenever that is.
    Start,
    /// Begin no other training. The one under way goes on.
    Pause,
    /// The same, because the program is about to end: a training that is stopped from now on is resumed first when the
    /// queue goes on.
    Leave,
    /// The training under way was lost with its process and is given up; why, in whole sentences.
    GivenUp(String),
}

/// Why no further training of the queue begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QueueEnd {
    /// None waits any more.
    Through {
        /// So many ended by themselves, ...
        trained: usize,
        /// ... and so many failed.
        failed: usize,
    },
    /// It was paused, or somebody stopped the training under way.
    Paused,
    /// It could not be begun, or its file cannot be written; why, in whole sentences.
    Refused(String),
}

impl QueueEnd {
    /// For a person, in a sentence.
    pub fn sentence(&self) -> String {
        let trainings = |n: usize| if n == 1 { "1 training".to_owned() } else { format!("{n} trainings") };
        match self {
            Self::Through { trained: 0, failed: 0 } => "No training waits in the queue.".to_owned(),
            Self::Through { trained, failed: 0 } => format!("The queue is through: {} finished.", trainings(*trained)),
            Self::Through { trained, failed } => {
                format!("The queue is through: {} finished, {failed} failed.", trainings(*trained))
            }
            Self::Paused => "The queue is paused: no other training begins.".to_owned(),
            Self::Refused(why) => why.clone(),
        }
    }
}
