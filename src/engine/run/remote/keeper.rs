//! Keeps the line to the machine that trains: sends what the run begins with, passes on what both sides say, and comes
//! back when the line breaks.

use super::link::Link;
use super::mirror::Mirror;
use super::ssh::{Errand, Trouble};
use crate::config::{Machine, Manners, Tunables};
use crate::data::PackedSquares;
use crate::engine::pipe::Arrived;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd};
use crate::engine::protocol::handle::{COMMANDS, EVENTS};
use crate::train::Outgoing;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use std::collections::VecDeque;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// Pauses between attempts to connect again; the last one again and again.
pub(super) const WAITS: [u64; 6] = [1, 2, 4, 8, 15, 30];
/// A run that is to stop while the line is broken is left alone after this time.
const LAST_TRY: Duration = Duration::from_secs(45);
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// A run that trains on another machine.
pub(crate) struct RemoteRun {
    wishes: Sender<Command>,
    told: Receiver<Event>,
}

impl RemoteRun {
    /// Passes a request on.
    pub(crate) fn ask(&self, command: Command) {
        // Its queue is full only while as many requests wait for a broken line.
        let _ = self.wishes.try_send(command);
    }

    /// What was told since the last call. The last event is [`Event::RunEnded`].
    pub(crate) fn told(&self) -> Vec<Event> {
        let mut events: Vec<Event> = self.told.try_iter().collect();
        if let (None, Err(crossbeam_channel::TryRecvError::Disconnected)) = (events.last(), self.told.try_recv()) {
            let text = "the connection to the other machine ended because of an internal error".to_owned();
            events.push(Event::RunEnded(RunEnd::Failed { cause: Cause::Internal, text }));
        }
        events
    }
}

/// What the line is kept for.
pub(super) struct Training {
    pub machine: Machine,
    pub job: String,
    pub mirror: Mirror,
    pub squares: PackedSquares,
    /// The settings as the other machine has them.
    pub settings: Vec<u8>,
}

impl Training {
    /// Has a thread keep the line.
    ///
    /// # Errors
    /// The system refuses a thread.
    pub(super) fn keep(self) -> io::Result<RemoteRun> {
        let ((wishes, asked), (events, told)) = (bounded(COMMANDS), bounded(EVENTS));
        let keeper = Keeper {
            about: self,
            asked,
            events,
            wishes: Vec::new(),
            phase: Phase::Waiting,
            beginning: VecDeque::new(),
            met: false,
            begun: false,
            losses: 0,
            tunables: None,
            manners: None,
            paused: false,
            stopping: None,
        };
        thread::Builder::new().name("purrtrait-line".into()).spawn(move || keeper.run())?;
        Ok(RemoteRun { wishes, told })
    }
}

/// What is sent now.
pub(super) enum Phase {
    /// Nothing before an answer.
    Waiting,
    /// The squares, from this byte on; the tenth of them that was told last.
    Squares {
        at: u64,
        told: u64,
    },
    Files(VecDeque<Outgoing>),
    /// What people want.
    Following,
}

/// Why a connection is over.
pub(super) enum Over {
    /// The run has ended, or nobody wants to hear of it any more.
    Ended,
    /// Another connection may help.
    Line(String),
    Useless(String),
}

pub(super) struct Keeper {
    pub(super) about: Training,
    asked: Receiver<Command>,
    events: Sender<Event>,
    /// What was asked for and not sent yet.
    pub(super) wishes: Vec<Command>,
    pub(super) phase: Phase,
    /// What is sent after the squares.
    pub(super) beginning: VecDeque<Outgoing>,
    /// The other machine has said how far the run is: from then on trouble is one of the line.
    pub(super) met: bool,
    /// It trains there, as far as is known.
    pub(super) begun: bool,
    pub(super) losses: u32,
    /// What a run that was lost there must get again.
    pub(super) tunables: Option<Tunables>,
    pub(super) manners: Option<Manners>,
    pub(super) paused: bool,
    /// Since when the run is to stop.
    pub(super) stopping: Option<Instant>,
}

impl Keeper {
    fn run(mut self) {
        let mut waits = WAITS.iter().copied();
        let mut broken = false;
        loop {
            let (over, connected) = self.connect(broken);
            let what = match over {
                Over::Ended => return,
                Over::Useless(text) => return self.fail(text),
                Over::Line(text) if !self.met => return self.fail(text),
                Over::Line(text) => text,
            };
            let host = self.about.machine.host().to_owned();
            if connected || !broken {
                // Further attempts are told once they succeed.
                let goes_on = if self.begun { " Training goes on there." } else { "" };
                self.tell(Event::Notice {
                    level: Level::Warning,
                    text: format!("{what}{goes_on} Connecting to {host} again…"),
                });
                waits = WAITS.iter().copied();
            }
            broken = true;
            let wait = waits.next().unwrap_or(WAITS[WAITS.len() - 1]);
            if !self.pause(Duration::from_secs(wait)) {
                return;
            }
        }
    }

    /// Waits for the next attempt. False where there is to be none.
    fn pause(&mut self, wait: Duration) -> bool {
        let until = Instant::now() + wait;
        loop {
            match self.asked.recv_deadline(until) {
                Ok(command) => self.wish(command),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
            if self.given_up() {
                return false;
            }
        }
    }

    /// Whether a run that is to stop has not begun, or cannot be reached for too long; says so.
    fn given_up(&mut self) -> bool {
        let Some(since) = self.stopping else { return false };
        if !self.begun {
            self.tell(Event::RunEnded(RunEnd::Stopped { step: self.about.mirror.saved().unwrap_or(0) }));
            return true;
        }
        if since.elapsed() < LAST_TRY {
            return false;
        }
        let host = self.about.machine.host();
        let text = format!(
            "{host} cannot be reached, so the training goes on there for now. Resume the run once the line is back: \
             that finds the training, and Stop ends it"
        );
        self.fail(text);
        true
    }

    /// One connection, from its beginning to its end; and whether the other machine was heard.
    fn connect(&mut self, again: bool) -> (Over, bool) {
        self.phase = Phase::Waiting;
        self.about.mirror.reconnected();
        if !again {
            self.tell(Event::Preparing(format!("Connecting to {}", self.about.machine.host())));
        }
        let mut link = match Link::open(&self.about.machine, Errand::Train(&self.about.job)) {
            Ok(link) => link,
            Err(Trouble::Useless(text)) => return (Over::Useless(text), false),
            Err(Trouble::Line(text)) => return (Over::Line(text), false),
        };
        let mut heard = false;
        let over = loop {
            if link.has_room() && self.send(&mut link) {
                continue;
            }
            select! {
                recv(link.arrived()) -> arrived => {
                    match link.hear(arrived.unwrap_or(Arrived::Over(Ok(())))) {
                        Ok(None) => {}
                        Ok(Some(told)) => {
                            if again && !std::mem::replace(&mut heard, true) {
                                let text = format!("The line to {} is back.", self.about.machine.host());
                                self.tell(Event::Notice { level: Level::Good, text });
                            }
                            heard = true;
                            if let Some(over) = self.hear(&mut link, told) {
                                break over;
                            }
                        }
                        Err(why) => {
                            return match link.over(&self.about.machine, &why) {
                                Trouble::Useless(text) => (Over::Useless(text), heard),
                                Trouble::Line(text) => (Over::Line(text), heard),
                            };
                        }
                    }
                }
                recv(self.asked) -> command => match command {
                    Ok(command) => self.wish(command),
                    Err(_) => break Over::Ended,
                },
                default(LOOK_EVERY) => {}
            }
            if link.is_silent() {
                break Over::Line(format!("{} says nothing any more.", self.about.machine.host()));
            }
            if !heard && self.given_up() {
                break Over::Ended;
            }
        };
        (over, heard)
    }

    /// Takes note of what somebody wants; of several settings only the newest is of interest.
    pub(super) fn wish(&mut self, command: Command) {
        match &command {
            Command::SetTunables(tunables) => {
                self.wishes.retain(|wish| !matches!(wish, Command::SetTunables(_)));
                self.tunables = Some(tunables.clone());
            }
            Command::SetManners(manners) => {
                self.wishes.retain(|wish| !matches!(wish, Command::SetManners(_)));
                self.manners = Some(*manners);
            }
            Command::Pause => self.paused = true,
            Command::Continue => self.paused = false,
            Command::Stop => _ = self.stopping.get_or_insert_with(Instant::now),
            _ => {}
        }
        if self.wishes.len() < COMMANDS {
            self.wishes.push(command);
        }
    }

    pub(super) fn fail(&self, text: String) {
        self.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Other, text }));
    }

    /// Tells the session.
    pub(super) fn tell(&self, event: Event) {
        // A session that is gone needs to know nothing; one that is busy makes everybody wait.
        let _ = self.events.send(event);
    }
}
