//! Playing a generator: places of latent space in, pictures out, at once.
//!
//! The explorer has a thread of its own, so that a picture never waits for a training step, and draws on the CPU with
//! one processor core, so that it takes next to nothing from the training. What takes long (searching for a picture,
//! filming) runs on further threads, which can be cancelled.

mod jobs;
mod model;
mod thread;

pub(crate) use thread::{LiveWeights, spawn};
