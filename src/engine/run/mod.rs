//! A training run, from the pictures to the end: the worker thread, its session, the active run and what it writes.

pub(super) mod active_run;
pub(super) mod held_out;
pub(super) mod history;
pub(super) mod intake;
pub(super) mod measure;
pub(super) mod readings;
pub(super) mod resumed_pictures;
pub(super) mod runs;
pub(super) mod session;
pub(super) mod sheets;
pub(super) mod unwatched;
pub(super) mod worker;
