//! The engine for a window in another process, or for another machine.

use super::exit::{Exit, Failure};
use crate::config::DeviceChoice;
use crate::engine::{serve_stdio, show, try_spirv};
use crate::interrupt;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(super) struct EngineArgs {
    /// Requests come on standard input and answers go to standard output, as messages of this version of Purrtrait;
    /// logs go to standard error. When standard input ends, the run is saved and the engine ends
    #[arg(long)]
    stdio: bool,
    /// The same for another machine, which starts this with ssh (`train --device ssh://HOST`): standard input and
    /// output are passed on to the engine of this job, which goes on when the connection ends and is started if needed
    #[arg(long, value_name = "JOB")]
    relay: Option<String>,
    /// Sends another machine, which starts this with ssh (`watch ssh://HOST/RUN`), what is new of the run in this
    /// folder
    #[arg(long, value_name = "RUN")]
    show: Option<PathBuf>,
    /// The engine of a job itself: it listens in the folder of the job until its run has ended
    #[arg(long, value_name = "JOB")]
    listen: Option<String>,
    /// Whether this GPU's driver is up to SPIR-V, in words for the program that starts this: a driver that is not may
    /// crash
    #[arg(long, value_name = "DEVICE")]
    try_spirv: Option<DeviceChoice>,
}

pub(super) fn engine(args: EngineArgs) -> Result<Exit, Failure> {
    match (args.relay, args.listen, args.show, args.try_spirv) {
        (Some(job), ..) => relay(&job)?,
        (_, Some(job), ..) => listen(&job)?,
        (_, _, Some(run), _) => show(&run)?,
        (.., Some(device)) => try_spirv(device)?,
        (None, None, None, None) => serve_stdio()?,
    }
    Ok(if interrupt::asked() { Exit::Interrupted } else { Exit::Ok })
}

#[cfg(unix)]
use crate::engine::{listen, relay};

#[cfg(windows)]
fn relay(_: &str) -> Result<(), Failure> {
    Err(Failure::new(Exit::Other, "a machine that trains for another one needs Linux or macOS"))
}

#[cfg(windows)]
use relay as listen;
