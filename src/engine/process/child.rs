//! One process of the engine, seen from the window.

use super::answer::{ANSWER, Answer, REQUEST};
use super::outcome;
use crate::engine::pipe::{Arrived, Pipe};
use crate::engine::protocol::command::Command;
use crate::engine::protocol::handle::COMMANDS;
use crate::engine::spawn::in_background;
use crossbeam_channel::{Receiver, Sender};
use std::io;
use std::path::Path;
use std::process::{self, Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Answers that may wait here; the pipe holds more of them back.
const ANSWERS: usize = 16;
/// A process that has closed its output ends within this time, or is made to.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// A running process.
pub(super) struct EngineChild {
    child: Child,
    requests: Sender<Command>,
    pub arrived: Receiver<Arrived<Answer>>,
}

impl EngineChild {
    /// Starts `program` as an engine, with two threads that write to it and read from it.
    ///
    /// # Errors
    /// When the system refuses the process or a thread.
    pub(super) fn start(program: &Path) -> io::Result<Self> {
        let mut command = process::Command::new(program);
        command.args(["engine", "--stdio"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        in_background(&mut command);
        let mut child = command.spawn()?;
        let (input, output) = child.stdin.take().zip(child.stdout.take()).ok_or(io::ErrorKind::BrokenPipe)?;
        // An error ends the process: both pipes are closed then.
        let Pipe { out: requests, arrived } = Pipe::open(input, output, [COMMANDS, ANSWERS], [REQUEST, ANSWER])?;
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
