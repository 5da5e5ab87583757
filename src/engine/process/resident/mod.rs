//! The engine of a run whose folder is on another machine. It outlives the connection over which it was started.
//!
//! `relay` is what `ssh` starts: it passes bytes on between the connection and the engine, and starts that if it is not
//! there. `engine` is that process: it listens on a socket in the folder of its job, which belongs to its user alone.
//! `hub` serves one connection at a time, the newest, and the worker that trains; `receiving` takes in what a run
//! begins with, `last_known` is what a new connection hears first.

pub(in crate::engine) mod engine;
mod hub;
mod job;
mod last_known;
mod receiving;
pub(in crate::engine) mod relay;
