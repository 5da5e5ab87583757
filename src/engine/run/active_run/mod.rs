//! A run under way: when to step, read, generate samples, measure and save.
//!
//! [`state::ActiveRun`] is what there is of a run, and the files after it are what is done with it, each with the help
//! of those above it only. The first files are its parts; none of them knows of it.

pub(super) mod error;
pub(super) mod sheets;
mod clock;
mod guard;
mod saving;
pub(super) mod measurer;
mod measuring;

pub(super) mod state;
mod recording;
mod rollback;
mod watching;
mod steps;
