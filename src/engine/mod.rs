//! The engine: the only door between a front end and the work.
//!
//! A front end calls [`start`], sends [`Command`]s and receives [`Event`]s. One worker thread owns the session, the
//! trainer, the device and the run folder; nothing is shared and nothing is locked. The functions in `tools` do one job
//! each without a worker, for the command line.

mod active_run;
mod app_dirs;
mod bench;
mod command;
mod error;
mod event;
mod handle;
mod intake;
mod models;
mod outbox;
mod runs;
mod session;
mod tools;
mod worker;

pub use bench::{BenchReport, BenchRequest, bench};
pub use command::{Command, Limits};
pub use error::EngineError;
pub use event::*;
pub use handle::{EngineHandle, Waited};
pub use models::{ExportReport, ExportRequest, ModelFormat, export_model, import_model, load_generator};
pub use tools::{GenerateReport, GenerateRequest, check_dataset, generate, list_devices, write_demo};
pub use worker::start;
