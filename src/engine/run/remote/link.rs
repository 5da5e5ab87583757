//! One connection to the machine that trains.

use super::ssh::{Errand, Ssh, Trouble};
use super::talk::{Ask, LONGEST, ROOM, Told};
use crate::config::Machine;
use crate::engine::pipe::{Arrived, Pipe};
use crate::engine::wire::WireError;
use crossbeam_channel::{Receiver, TrySendError};
use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

/// A line on which nothing came for so long is broken. The other end says something every two seconds.
const SILENCE: Duration = Duration::from_secs(20);
const LAST_WORDS: Duration = Duration::from_secs(3);
/// So long a person may take to type a password, and a machine to wake up.
const GREETING: Duration = Duration::from_secs(180);

/// A connection, from the start of `ssh`.
pub(super) struct Link {
    ssh: Ssh,
    pipe: Pipe<Ask, Told>,
    /// What has no room in the pipe yet.
    waiting: VecDeque<Ask>,
    /// When something came last.
    heard: Instant,
    met: bool,
}

impl Link {
    /// Starts `ssh`; whether it gets anywhere is heard later.
    ///
    /// # Errors
    /// There is no `ssh` here, or the system refuses a process or a thread.
    pub(super) fn open(machine: &Machine, errand: Errand<'_>) -> Result<Self, Trouble> {
        let (ssh, input, output) = Ssh::start(machine, errand)?;
        let refused = |e| Trouble::Line(format!("No thread could be started: {e}."));
        let pipe = Pipe::open(input, output, ROOM, [LONGEST; 2]).map_err(refused)?;
        Ok(Self { ssh, pipe, waiting: VecDeque::new(), heard: Instant::now(), met: false })
    }

    /// What comes; every message goes through [`Self::hear`].
    pub(super) fn arrived(&self) -> &Receiver<Arrived<Told>> {
        &self.pipe.arrived
    }

    /// The message, if it is one.
    ///
    /// # Errors
    /// The connection is over.
    pub(super) fn hear(&mut self, arrived: Arrived<Told>) -> Result<Option<Told>, Result<(), WireError>> {
        self.heard = Instant::now();
        match arrived {
            Arrived::Greeted => {
                self.met = true;
                Ok(None)
            }
            Arrived::Message(told) => Ok(Some(told)),
            Arrived::Over(why) => Err(why),
        }
    }

    /// Whether nothing came for too long.
    pub(super) fn is_silent(&self) -> bool {
        self.heard.elapsed() > if self.met { SILENCE } else { GREETING }
    }

    /// Sends what waits. Whether more would be sent now.
    pub(super) fn has_room(&mut self) -> bool {
        while let Some(ask) = self.waiting.pop_front() {
            match self.pipe.out.try_send(ask) {
                Ok(()) => {}
                Err(TrySendError::Full(ask)) => {
                    self.waiting.push_front(ask);
                    return false;
                }
                // A line that broke is noticed by what comes.
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
        !self.pipe.out.is_full()
    }

    /// Asks.
    pub(super) fn ask(&mut self, ask: Ask) {
        self.waiting.push_back(ask);
    }

    /// Lets the last words out, if the line takes them.
    pub(super) fn finish(&mut self) {
        let since = Instant::now();
        while !(self.has_room() && self.pipe.out.is_empty()) && since.elapsed() < LAST_WORDS {
            thread::sleep(Duration::from_millis(10));
        }
        // The thread of the pipe may still have them in its hands.
        thread::sleep(Duration::from_millis(100));
    }

    /// Ends the connection, and says why.
    pub(super) fn over(self, machine: &Machine, why: &Result<(), WireError>) -> Trouble {
        let Self { ssh, pipe, met, .. } = self;
        // Its end of the pipe is closed first, so that it ends by itself.
        drop(pipe);
        ssh.over(machine, met, why)
    }
}
