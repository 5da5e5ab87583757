//! The process that trains for another machine.

use super::hub::Hub;
use super::job::{Job, SOCKET};
use crate::engine::protocol::error::EngineError;
use crate::interrupt::{self, Plan};
use crossbeam_channel::bounded;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

/// Serves the job of this name until nobody needs it any more.
///
/// # Errors
/// The folder of the job cannot be used, or the system refuses the socket or a thread.
pub(crate) fn listen(name: &str) -> Result<(), EngineError> {
    let job = Job::open(name)?;
    let other = |e: io::Error| EngineError::Other(format!("{}: {e}", job.folder().display()));
    let Some(_lock) = job.lock().map_err(other)? else { return Ok(()) };
    interrupt::watch(Plan {
        first: Box::new(|| {}),
        second: Box::new(|| {}),
        patience: None,
        given_up: Box::new(|| {}),
    });
    job.tidy();
    std::env::set_current_dir(job.folder()).map_err(other)?;
    // Nobody else has the lock, so it was left behind by an engine that was killed.
    let _ = std::fs::remove_file(SOCKET);
    let listener = UnixListener::bind(SOCKET).map_err(other)?;
    let (sender, connections) = bounded::<UnixStream>(4);
    let accept = move || listener.incoming().flatten().try_for_each(|stream| sender.send(stream));
    thread::Builder::new().name("purrtrait-connections".into()).spawn(move || _ = accept()).map_err(other)?;
    Hub::new(&job).serve(&connections);
    let _ = std::fs::remove_file(SOCKET);
    Ok(())
}
