//! The worker in a process of its own, so that a crash of a driver, a lost GPU or an out-of-memory kill costs a message
//! and a resume, never the window.
//!
//! `answer` is what it says, `whole` reads and writes all that goes through a pipe. `serve` is the engine's
//! process: the worker of `run` between standard input and standard output. In the window's process, `supervisor` keeps
//! one such process (`child`) alive behind the usual [`EngineHandle`](super::EngineHandle); `memory` knows from what
//! was said what a new process has to be told. `resident` is the same worker for another machine, where it outlives its
//! connections. `showing` sends another machine what is new of a run that somebody trains here; `sending` knows which
//! files another machine lacks, and `shown` is all of that in one piece.

mod answer;
pub(super) mod child;
mod memory;
mod outcome;
#[cfg(unix)]
pub(super) mod resident;
mod run_memory;
mod sending;
pub(super) mod serve;
pub(super) mod showing;
pub(super) mod shown;
mod stdio;
pub(super) mod supervisor;
pub(super) mod whole;
