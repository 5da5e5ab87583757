//! What a front end and the engine say to each other: commands in, events out, and the errors that both know.

pub(super) mod command;
pub(super) mod error;
pub(super) mod evaluate;
pub(super) mod event;
pub(super) mod explore;
pub(super) mod handle;
pub(super) mod outbox;
