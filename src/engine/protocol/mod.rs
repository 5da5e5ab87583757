//! What front ends and the engine say to each other: commands in, events out, and the errors that both
//! know. `handle` is the front end's end of the channels and `outbox` the worker's.

pub(super) mod command;
pub(super) mod comparison;
mod data_progress;
pub(super) mod error;
pub(super) mod evaluate;
pub(super) mod event;
pub(super) mod explore_command;
pub(super) mod explore_event;
pub(super) mod handle;
mod in_messages;
pub(super) mod latent;
pub(super) mod outbox;
pub(super) mod queue;
pub(super) mod race;
mod resume_options;
pub(super) mod session_record;
pub(super) mod sharpen;
pub(super) mod speed;
pub(super) mod start_info;
