//! A run under way: when to step, read, generate samples, measure and save.
//!
//! The first files are the parts of [`state::ActiveRun`]; none of them knows of it. The files after it are what is done
//! with it, each with the help of those above it only.

pub(super) mod error;
pub(super) mod sheets;
mod best;
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
