//! Exit codes, so that scripts can tell what went wrong.

use crate::config::SettingError;
use crate::engine::{Cause, EngineError};
use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    Ok = 0,
    Other = 1,
    /// Also what the argument parser uses.
    Usage = 2,
    Data = 3,
    Device = 4,
    Diverged = 5,
    Run = 6,
    /// However somebody asked for the end.
    Interrupted = crate::interrupt::EXIT_CODE,
}

/// The end of the help: what scripts need to know.
pub(crate) const FOR_SCRIPTS: &str = "\
Environment:
  PURRTRAIT_HOME  folder for the cache, the settings and new runs instead of the system's usual places
  RUST_LOG        what to log, such as debug or purrtrait=debug

Exit codes:
    0  done
    1  another failure
    2  wrong use: unknown command or flag, or a setting outside its range
    3  the pictures: none found, folder missing or unreadable, or not those that a resumed run was trained on
    4  the device: missing, broken, or its driver gives wrong results
    5  training diverged (a loss or weight became NaN or infinite)
    6  the run folder or its checkpoints
  130  stopped by Ctrl+C, SIGTERM, SIGHUP or a closed console: a training is saved, and other work leaves
       nothing half-written; a second Ctrl+C or signal ends at once, without saving (1)";

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
            Cause::Device => Exit::Device,
            Cause::Run => Exit::Run,
            Cause::Other => Exit::Other,
        }
    }
}

/// An end that is not a success, in words for a person.
#[derive(Debug)]
pub(crate) struct Failure {
    pub exit: Exit,
    pub text: String,
}

impl Failure {
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, text: text.into() }
    }

    /// A job that somebody ended.
    pub fn stopped() -> Self {
        Self::new(Exit::Interrupted, "stopped before it was done; nothing half-written is left")
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
            EngineError::Device(_) => Exit::Device,
            EngineError::Run(_) => Exit::Run,
            EngineError::Diverged(_) => Exit::Diverged,
            EngineError::Other(_) => Exit::Other,
        };
        Self::new(exit, error.to_string())
    }
}
