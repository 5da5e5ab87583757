//! One process of the engine, seen from the window.

use super::outcome;
use super::wire::{ANSWER, Answer, REQUEST, WireError, be_greeted, greet, read_message, write_message};
use crate::engine::protocol::command::Command;
use crate::engine::protocol::handle::COMMANDS;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::process::{self, Child, ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Answers that may wait here; the pipe holds more of them back.
const ANSWERS: usize = 16;
/// A process that has closed its output ends within this time, or is made to.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// What comes from the process.
pub(super) enum Arrived {
    /// It is this version of this program.
    Greeted,
    Answer(Answer),
    /// Nothing more will come: it closed the pipe, or cannot be understood.
    Over(Result<(), WireError>),
}

/// A running process.
pub(super) struct EngineChild {
    child: Child,
    requests: Sender<Command>,
    pub arrived: Receiver<Arrived>,
}

/// This program's own file. After an update that replaced the file, Linux still has the one that is running.
pub(crate) fn this_program() -> PathBuf {
    let file = std::env::current_exe().unwrap_or_default();
    let running = Path::new("/proc/self/exe");
    if !file.is_file() && running.exists() { running.to_owned() } else { file }
}

impl EngineChild {
    /// Starts `program` as an engine, with two threads that write to it and read from it.
    ///
    /// # Errors
    /// When the system refuses the process or a thread.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut command = process::Command::new(program);
        command.args(["engine", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        by_itself(&mut command);
        let mut child = command.spawn()?;
        let (requests, to_write) = bounded(COMMANDS);
        let (to_window, arrived) = bounded(ANSWERS);
        let pipes = child.stdin.take().zip(child.stdout.take()).ok_or(io::ErrorKind::BrokenPipe)?;
        let (input, output) = pipes;
        let writer = thread::Builder::new().name("purrtrait-requests".into());
        let reader = thread::Builder::new().name("purrtrait-answers".into());
        // From here on an error ends the process: both pipes are closed then.
        writer.spawn(move || write(input, &to_write))?;
        reader.spawn(move || read(output, &to_window))?;
        Ok(Self { child, requests, arrived })
    }

    /// Whether [`Self::send`] has room for a request.
    pub(super) fn has_room(&self) -> bool {
        !self.requests.is_full()
    }

    /// Sends a request, as far as there is room and somebody who reads.
    pub(super) fn send(&self, command: Command) {
        // A process that is gone is noticed by its answers.
        let _ = self.requests.try_send(command);
    }

    /// Waits until the process has ended, and kills one that does not. Says what became of it; none if it ended well.
    pub(super) fn end(mut self) -> Option<String> {
        let since = Instant::now();
        while since.elapsed() < LAST_BREATH {
            match self.child.try_wait() {
                Ok(Some(status)) => return (!status.success()).then(|| outcome::words(status)),
                Ok(None) => thread::sleep(Duration::from_millis(10)),
                Err(e) => return Some(format!("The training process cannot be watched any more ({e}).")),
            }
        }
        self.kill();
        Some("The training process did not end by itself.".to_owned())
    }

    /// Ends the process at once.
    pub(super) fn kill(mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Neither Ctrl+C in the window's terminal nor a second one reaches the process: it saves once the window asks, or is
/// gone.
#[cfg(unix)]
fn by_itself(command: &mut process::Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

/// The same, and no console window opens for it.
#[cfg(windows)]
fn by_itself(command: &mut process::Command) {
    use std::os::windows::process::CommandExt;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// Writes requests until there are no more, or nobody reads them.
fn write(pipe: ChildStdin, requests: &Receiver<Command>) {
    let mut pipe = BufWriter::new(pipe);
    let mut sent = greet(&mut pipe);
    for command in requests {
        if matches!(sent, Err(WireError::Broken(_))) {
            return;
        }
        sent = write_message(&mut pipe, &command, REQUEST);
        if let Err(WireError::Unwritable(why)) = &sent {
            log::error!("a request does not reach the engine: {why}");
        }
    }
}

/// Reads answers until there are no more, or nobody wants them.
fn read(pipe: ChildStdout, arrived: &Sender<Arrived>) {
    let mut pipe = BufReader::new(pipe);
    let mut message = be_greeted(&mut pipe).map(|()| Arrived::Greeted);
    loop {
        let (over, next) = match message {
            Ok(next) => (matches!(next, Arrived::Over(_)), next),
            Err(e) => (true, Arrived::Over(Err(e))),
        };
        if arrived.send(next).is_err() || over {
            return;
        }
        let answer = read_message(&mut pipe, ANSWER);
        message = answer.map(|answer| answer.map_or(Arrived::Over(Ok(())), Arrived::Answer));
    }
}
