//! A training run, from the pictures to the end, in reading order: the thread, what it decides, what a run under way
//! does, or a run elsewhere or of somebody else, how the computer is treated; then what a run remembers and reports.

pub(super) mod worker;
mod session;

mod active_run;
mod at_once;
pub(super) mod power;
mod rest;
pub(super) mod remote;
pub(super) mod watch;
mod retell;

mod held_out;
mod history;
pub(super) mod readings;
mod resumed_pictures;
mod unwatched;

#[cfg(test)]
mod lost_device_tests;

pub(crate) use session::{own_manners, own_runs};
