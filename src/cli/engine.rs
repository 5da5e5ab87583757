//! The engine for a window in another process.

use super::exit::{Exit, Failure};
use crate::engine::serve_stdio;
use crate::interrupt;

#[derive(Debug, clap::Args)]
pub(super) struct EngineArgs {
    /// Requests come on standard input and answers go to standard output, as messages of this version of Purrtrait;
    /// logs go to standard error. When standard input ends, the run is saved and the engine ends
    #[arg(long, required = true)]
    stdio: bool,
}

pub(super) fn engine(_args: EngineArgs) -> Result<Exit, Failure> {
    serve_stdio()?;
    Ok(if interrupt::asked() { Exit::Interrupted } else { Exit::Ok })
}
