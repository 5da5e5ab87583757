//! Exit codes, so that scripts can tell what went wrong.

use crate::config::SettingError;
use crate::engine::{Cause, EngineError};
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// Any failure that has no code of its own.
    Other = 1,
    /// Also what the argument parser uses.
    Usage = 2,
    /// Pictures missing or unreadable.
    Data = 3,
    /// Device missing or broken.
    Device = 4,
    /// A loss or weight is NaN or infinite.
    Diverged = 5,
    /// Run folder, checkpoint or model file.
    Run = 6,
    /// Stopped by a signal or a closed console.
    Interrupted = crate::interrupt::EXIT_CODE,
}

/// The end of the help: what scripts need to know.
pub(crate) const FOR_SCRIPTS: &str = "\
Environment:
  PURRTRAIT_HOME  folder for the cache, the settings and new runs, instead of the system's usual folders
  RUST_LOG        what to log, such as debug or purrtrait=debug

Exit codes:
    0  done
    1  any other failure
    2  usage: unknown command or flag, or a setting outside its range
    3  pictures: none found, folder missing or unreadable, or not those that a resumed run was trained on
    4  device: missing, broken, or its driver computes wrong results
    5  training diverged (a loss or weight became NaN or infinite)
    6  run folder, checkpoint or model file: missing, damaged or not writable
  130  stopped by Ctrl+C, SIGTERM, SIGHUP or a closed console: a training run is saved, and other
       commands leave nothing half-written; a second Ctrl+C, or any signal more than a second after the
       first, ends at once, without saving (1)";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

impl Exit {
    /// What `--json` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Exit::Ok => "ok",
            Exit::Other => "other",
            Exit::Usage => "setting",
            Exit::Data => "data",
            Exit::Device => "device",
            Exit::Diverged => "diverged",
            Exit::Run => "run",
            Exit::Interrupted => "interrupted",
        }
    }
}

impl From<Cause> for Exit {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Setting => Exit::Usage,
            Cause::Data | Cause::OtherPictures => Exit::Data,
            Cause::Device | Cause::Worker => Exit::Device,
            Cause::Run => Exit::Run,
            Cause::Internal | Cause::Other => Exit::Other,
        }
    }
}

/// A failure, in words for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    pub exit: Exit,
    pub text: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    /// A job that somebody stopped.
    pub(super) fn stopped() -> Self {
        Self::new(Exit::Interrupted, "stopped before it was done; nothing half-written is left")
    }

    /// A job that somebody stopped and that did not end by itself.
    pub(super) fn abandoned() -> Self {
        Self::new(Exit::Interrupted, "ended at once, as it did not stop by itself; a temporary file may be left")
    }
}

impl From<SettingError> for Failure {
    fn from(error: SettingError) -> Self {
        Self::new(Exit::Usage, error.to_string())
    }
}

impl From<EngineError> for Failure {
    fn from(error: EngineError) -> Self {
        let exit = match &error {
            EngineError::Cancelled => return Self::stopped(),
            EngineError::Setting(_) => Exit::Usage,
            EngineError::Data(_) | EngineError::OtherPictures(_) => Exit::Data,
            EngineError::Device(_) | EngineError::Member(_) => Exit::Device,
            EngineError::Run(_) => Exit::Run,
            EngineError::Diverged(_) => Exit::Diverged,
            EngineError::Other(_) => Exit::Other,
        };
        Self::new(exit, error.to_string())
    }
}
