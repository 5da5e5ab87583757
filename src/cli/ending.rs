//! What people and programs are told when somebody stops a command.

use super::args::Task;
use super::exit::Failure;
use super::output::{Output, write_stderr};
use crate::interrupt::{self, Plan};
use std::time::Duration;

/// How long a job other than a training may take to end before it is abandoned: each checks far more often, unless a
/// driver or a disk hangs. A frame of a film may take seconds where others use the processor, too.
const PATIENCE: Duration = Duration::from_secs(10);

/// Handles Ctrl+C and the like from now on, as this command needs it.
pub(super) fn watch(task: Option<&Task>, out: Output) {
    let saves = match task {
        None | Some(Task::Resume(_) | Task::Race(_)) => true,
        Some(Task::Train(args)) => !args.forecast,
        Some(Task::Queue(args)) => args.trains(),
        Some(_) => false,
    };
    let first = if saves { "Saving, then stopping." } else { "Stopping." };
    let lost = if saves { ", without saving: everything since the last checkpoint is lost" } else { "" };
    interrupt::watch(Plan {
        first: Box::new(move || write_stderr(&format!("{first} Press Ctrl+C again to end at once.\n"))),
        second: Box::new(move || write_stderr(&format!("Ended at once{lost}.\n"))),
        patience: (!saves).then_some(PATIENCE),
        given_up: Box::new(move || out.failure(&Failure::abandoned())),
    });
}
