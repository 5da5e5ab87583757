//! Exploring a generator: points of latent space in, pictures out, at once.
//!
//! The explorer has a thread of its own, so that a picture never waits for a training step, and generates on the CPU
//! with one processor core, so that it takes next to nothing from the training. Jobs that take long (searching for a
//! picture, filming) run on further threads, which can be cancelled.

mod blending;
mod cat;
mod directions;
mod favourites;
mod job_thread;
mod jobs;
mod open_model;
mod opening;
mod points;
mod requests;
mod state;
mod thread;

#[cfg(test)]
mod tests;

pub(crate) use opening::LiveWeights;
pub(crate) use thread::spawn;
