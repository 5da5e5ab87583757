//! A run that trains on another machine. This machine keeps the run folder, complete at every checkpoint.
//!
//! `talk` is what the two machines say to each other, `ssh` and `link` the connection. `keeper` has a thread that keeps
//! the line up; `exchange` is what goes over it: the squares and the beginning of the run, then what both sides say.
//! `mirror` takes the files of the run in, and `run/retell` turns what is new in them into events, also what happened
//! while the line was broken. `fetch` copies what is new of a run that somebody else trains there, and `copies` are all
//! such copies. The other ends are `process/resident` and `process/showing`.

mod copies;
mod exchange;
pub(in crate::engine) mod fetch;
mod keeper;
mod link;
mod mirror;
pub(super) mod start;
pub(in crate::engine) mod talk;
mod ssh;

pub(super) use keeper::RemoteRun;
