//! Training with several devices: the members of a team that are threads here, and those at the other end of a line.
//!
//! `purrtrait worker` serves a device ([`serve`]); the run's trainer connects ([`remote`]). Both prove that they know
//! the token of the worker, without sending it; what follows is neither secret nor safe from changes on its way, so a
//! line that others share belongs into a tunnel. [`gather`] puts a team together.

mod line;
mod proof;
mod remote;
mod talk;
mod whole;

pub(crate) mod gather;
pub(crate) mod serve;

pub use whole::{worker_answers_from_bytes, worker_answers_to_bytes, worker_orders_from_bytes, worker_orders_to_bytes};
