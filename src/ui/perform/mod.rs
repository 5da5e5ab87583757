//! What actions and messages do to what the window knows, and what is to be done then.

mod actions;
mod curate;
mod evaluate;
mod files;
mod follow;
mod outlook;
mod part;
mod pictures;
mod queue;
mod racing;
mod runs;
mod starting;
#[cfg(test)]
mod tests;

pub(super) use part::Performer;
