//! What `ssh` starts: bytes from the connection to the engine and back.

use super::job::{Job, SOCKET};
use crate::engine::process::stdio::take_stdout;
use crate::engine::protocol::error::EngineError;
use crate::engine::spawn::{detached, this_program};
use crate::files;
use std::io::{self, IsTerminal};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// An engine that cannot be reached after this time will not be.
const START: Duration = Duration::from_secs(30);
const LOOK_EVERY: Duration = Duration::from_millis(30);
/// Of a log, for a person.
const LONGEST_LOG: u64 = 64 << 10;

/// Passes bytes on between standard input and output and the engine of a job, which is started if it is not there.
///
/// # Errors
/// A terminal instead of a program, a name that is none, or an engine that cannot be started.
pub(crate) fn relay(name: &str) -> Result<(), EngineError> {
    if io::stdin().is_terminal() || io::stdout().is_terminal() {
        let text =
            "this speaks with Purrtrait on another machine, not with a terminal: use `--device ssh://HOST` there";
        return Err(EngineError::Other(text.to_owned()));
    }
    let other = |e: io::Error| EngineError::Other(format!("the engine cannot be reached: {e}"));
    let mut output = take_stdout().map_err(other)?;
    let job = Job::open(name)?;
    let mut engine = connect(&job, name)?;
    let mut requests = engine.try_clone().map_err(other)?;
    let reader = thread::Builder::new().name("purrtrait-requests".into());
    reader
        .spawn(move || {
            // However it ends, the engine hears that nobody asks any more.
            let _ = io::copy(&mut io::stdin().lock(), &mut requests);
            let _ = requests.shutdown(Shutdown::Both);
        })
        .map_err(other)?;
    // A connection that broke is no error here: the engine goes on.
    let _ = io::copy(&mut engine, &mut output);
    Ok(())
}

fn connect(job: &Job, name: &str) -> Result<UnixStream, EngineError> {
    let other = |e: io::Error| EngineError::Other(format!("the engine cannot be started: {e}{}", files::remedy(&e)));
    std::env::set_current_dir(job.folder()).map_err(other)?;
    let since = Instant::now();
    let mut starting: Option<Child> = None;
    loop {
        match UnixStream::connect(SOCKET) {
            Ok(stream) => return Ok(stream),
            Err(e) if [io::ErrorKind::NotFound, io::ErrorKind::ConnectionRefused].contains(&e.kind()) => {}
            Err(e) => return Err(other(e)),
        }
        let ended = match &mut starting {
            None => {
                starting = Some(start(job, name).map_err(other)?);
                None
            }
            Some(child) => child.try_wait().ok().flatten(),
        };
        // One that ends well has found that another one is there already.
        if since.elapsed() > START || ended.is_some_and(|status| !status.success()) {
            let log = files::read(&job.log(), files::Links::Refuse, LONGEST_LOG).unwrap_or_default();
            let log = String::from_utf8_lossy(&log);
            let last = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
            return Err(EngineError::Other(format!("the engine does not start: {last}")));
        }
        thread::sleep(LOOK_EVERY);
    }
}

/// Starts the engine of the job, which outlives this process and its connection.
fn start(job: &Job, name: &str) -> io::Result<Child> {
    let log = files::open_in_place(&job.log())?;
    log.set_len(0)?;
    let mut command = Command::new(this_program());
    command.args(["engine", "--listen", name]).current_dir(job.folder());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    if let Some(home) = std::env::var_os("PURRTRAIT_HOME").filter(|home| !home.is_empty()) {
        // `Job::open` has taken a relative one from the folder that this process began in.
        let above = job.folder().parent().and_then(|jobs| jobs.parent());
        command.env("PURRTRAIT_HOME", above.map_or(home, |above| above.as_os_str().to_owned()));
    }
    detached(&mut command);
    command.spawn()
}
