//! What two machines say to each other about a run.
//!
//! The machine that trains begins with the state of the run ([`Told::Job`]). What it lacks is sent: squares, settings,
//! a checkpoint. Then one message lets it train, and another one lets it tell: files of the run as they change, and the
//! events that are in no file, always after the files that belong to them.

use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::Event;
use crate::train::{Extent, FilePart, HISTORIES, Holder, RunDir, RunFile};
use serde::{Deserialize, Serialize};

/// The most bytes of a message in either direction: far more than a part of a file and any of the commands and events
/// that are passed on.
pub(in crate::engine) const LONGEST: u32 = 16 << 20;
/// Messages that may wait on each side: few, as files follow quickly.
pub(in crate::engine) const ROOM: [usize; 2] = [4, 16];
/// Digits of the name of a training on another machine.
const JOB_DIGITS: usize = 16;

/// What the machine with the run folder asks.
#[derive(Serialize, Deserialize)]
pub(in crate::engine) enum Ask {
    /// The squares of this name are needed: answered by [`Told::Squares`].
    Squares { name: String, bytes: u64 },
    /// A piece of them.
    SquaresPart {
        at: u64,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// A piece of a file that the run begins with.
    Part(FilePart),
    /// Train with what is there.
    Begin,
    /// Tell what is new, beside this. Of a run that is only shown, all else is no answer.
    Follow(Known),
    /// Something that a person wants of the run.
    Command(Box<Command>),
    /// The run has ended, and is to begin again: answered by [`Told::Job`].
    Again,
    /// The run has ended and all of it has arrived.
    Done,
}

/// What is in the run folder already.
#[derive(Default, Serialize, Deserialize)]
pub(in crate::engine) struct Known {
    /// Of each of [`crate::train::HISTORIES`].
    pub histories: [Extent; 3],
    pub held_out: bool,
    /// Steps with a sample grid.
    pub samples: Vec<u64>,
    /// Steps with a map.
    pub maps: Vec<u64>,
    /// Steps with a checkpoint.
    pub checkpoints: Vec<u64>,
}

impl Known {
    /// What is in this folder.
    pub(in crate::engine) fn of(dir: &RunDir) -> Self {
        Self {
            histories: HISTORIES.map(|file| dir.extent(file, u64::MAX)),
            held_out: dir.place_of(RunFile::HeldOut).exists(),
            samples: dir.sample_steps(),
            maps: dir.map_steps(),
            checkpoints: dir.checkpoint_steps().into_iter().map(|(step, _)| step).collect(),
        }
    }
}

/// What the machine that trains says.
#[derive(Serialize, Deserialize)]
pub(in crate::engine) enum Told {
    Job(JobState),
    /// So many bytes of the squares are there; all of them are the right ones.
    Squares {
        have: u64,
    },
    /// It cannot go on; why, in a sentence.
    Failed(String),
    Part(FilePart),
    /// The checkpoints that there are.
    Checkpoints(Vec<u64>),
    Event(Box<Event>),
    /// Who trains the run, of one that is only shown. All that was there when this was found out has been sent.
    Held(Holder),
    /// Nothing new; the line is alive.
    Pulse,
}

/// How far a run is on the machine that trains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::engine) enum JobState {
    /// Nobody trains. The newest checkpoint, if there is one.
    Waiting { saved: Option<u64> },
    /// It trains.
    Training,
    /// It has ended, and its end was not told yet.
    Ended,
}

/// A new name for a training on another machine: sixteen random hexadecimal digits.
pub(in crate::engine) fn new_job() -> String {
    use std::hash::BuildHasher;
    // Keyed by the system's random numbers: every instance anew.
    format!("{:016x}", std::hash::RandomState::new().hash_one(std::time::SystemTime::now()))
}

/// Whether a text is such a name: it leads to no other folder, and no shell sees more than a word in it.
pub(in crate::engine) fn is_job(text: &str) -> bool {
    text.len() == JOB_DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// Whether a request is one about a run that trains.
pub(in crate::engine) fn about_the_run(command: &Command) -> bool {
    use Command::{Continue, Pause, Rollback, SampleNow, SaveNow, SetManners, SetTunables, Stop};
    matches!(command, SetTunables(_) | SetManners(_) | Pause | Continue | Rollback { .. } | SampleNow | SaveNow | Stop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_jobs_differ_and_lead_nowhere() {
        let names = [new_job(), new_job()];
        assert!(names.iter().all(|name| is_job(name)) && names[0] != names[1], "{names:?}");
        for text in ["", "..", "0123456789abcdeg", "0123456789ABCDEF", "0123456789abcde/", "0123456789abcdef0"] {
            assert!(!is_job(text), "{text}");
        }
    }
}
