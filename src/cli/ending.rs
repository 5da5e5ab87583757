//! What people and programs are told when somebody asks for the end.

use super::args::Task;
use super::exit::Failure;
use super::output::{Output, write_stderr};
use crate::interrupt::{self, Plan};
use std::time::Duration;

/// So long may a job other than a training take to end by itself before it is given up: each looks far more often, unless
/// a driver or a disk hangs.
const PATIENCE: Duration = Duration::from_secs(3);

/// Watches for Ctrl+C and its kind from now on, as is right for this command.
pub fn watch(task: Option<&Task>, out: Output) {
    let saves = matches!(task, None | Some(Task::Train(_) | Task::Resume(_)));
    let first = if saves { "Saving, then stopping." } else { "Stopping." };
    let lost = if saves { ", without saving: what was learned since the last save is lost" } else { "" };
    interrupt::watch(Plan {
        first: Box::new(move || write_stderr(&format!("{first} Ctrl+C once more ends at once.\n"))),
        second: Box::new(move || write_stderr(&format!("Ended at once{lost}.\n"))),
        patience: (!saves).then_some(PATIENCE),
        given_up: Box::new(move || out.failure(&Failure::stopped())),
    });
}
