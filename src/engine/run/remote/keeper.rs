//! Keeps the line to the machine that trains: sends what the run begins with, passes on what both sides say, and comes
//! back when the line breaks.

use super::link::Link;
use super::mirror::Mirror;
use super::ssh::Trouble;
use super::talk::{Ask, JobState, Told};
use crate::config::{Machine, Tunables};
use crate::data::PackedSquares;
use crate::engine::pipe::Arrived;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd, RunState};
use crate::engine::protocol::handle::{COMMANDS, EVENTS};
use crate::printable::thousands;
use crate::train::{FilePart, Outgoing, RunFile};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use std::collections::VecDeque;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of the squares in one message.
const PART: usize = 64 << 10;
/// Pauses between attempts to connect again; the last one again and again.
const WAITS: [u64; 6] = [1, 2, 4, 8, 15, 30];
/// A run that is to stop while the line is broken is left alone after this time.
const LAST_TRY: Duration = Duration::from_secs(45);
/// So often in a row a run is resumed there that was lost without a checkpoint in between.
const LOSSES: u32 = 3;
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
            paused: false,
            stopping: None,
        };
        thread::Builder::new().name("purrtrait-line".into()).spawn(move || keeper.run())?;
        Ok(RemoteRun { wishes, told })
    }
}

/// What is sent now.
enum Phase {
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
enum Over {
    /// The run has ended, or nobody wants to hear of it any more.
    Ended,
    /// Another connection may help.
    Line(String),
    Useless(String),
}

struct Keeper {
    about: Training,
    asked: Receiver<Command>,
    events: Sender<Event>,
    /// What was asked for and not sent yet.
    wishes: Vec<Command>,
    phase: Phase,
    /// What is sent after the squares.
    beginning: VecDeque<Outgoing>,
    /// The other machine has said how far the run is: from then on trouble is one of the line.
    met: bool,
    /// It trains there, as far as is known.
    begun: bool,
    losses: u32,
    /// What a run that was lost there must get again.
    tunables: Option<Tunables>,
    paused: bool,
    /// Since when the run is to stop.
    stopping: Option<Instant>,
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
        let mut link = match Link::open(&self.about.machine, &self.about.job) {
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
    fn wish(&mut self, command: Command) {
        match &command {
            Command::SetTunables(tunables) => {
                self.wishes.retain(|wish| !matches!(wish, Command::SetTunables(_)));
                self.tunables = Some(tunables.clone());
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

    /// Sends the next message, if there is one.
    fn send(&mut self, link: &mut Link) -> bool {
        match &mut self.phase {
            Phase::Waiting => false,
            Phase::Squares { at, told } => {
                let (all, part) = (self.about.squares.len(), self.about.squares.part(*at, PART));
                if part.is_empty() {
                    self.phase = Phase::Waiting;
                    return false;
                }
                let sent = Ask::SquaresPart { at: *at, bytes: part };
                *at = (*at + PART as u64).min(all);
                let tenth = *at * 10 / all;
                let new = std::mem::replace(told, tenth) != tenth;
                link.ask(sent);
                if new {
                    self.tell_sending(tenth);
                }
                true
            }
            Phase::Files(files) => {
                match files.front_mut().map(Outgoing::next) {
                    Some(Ok(Some(part))) => link.ask(Ask::Part(part)),
                    Some(Ok(None)) => _ = files.pop_front(),
                    Some(Err(e)) => {
                        log::error!("a file of the run cannot be read: {e}");
                        files.pop_front();
                    }
                    None => {
                        link.ask(Ask::Begin);
                        self.begun = true;
                        self.follow(link);
                    }
                }
                true
            }
            Phase::Following if self.wishes.is_empty() => false,
            Phase::Following => {
                link.ask(Ask::Command(Box::new(self.wishes.remove(0))));
                true
            }
        }
    }

    fn tell_sending(&self, tenth: u64) {
        let mib = self.about.squares.len() as f64 / f64::from(1 << 20);
        let host = self.about.machine.host();
        self.tell(Event::Preparing(format!("Sending the squares to {host}: {} % of {mib:.1} MiB", tenth * 10)));
    }

    /// What happens there is heard from now on.
    fn follow(&mut self, link: &mut Link) {
        link.ask(Ask::Follow(self.about.mirror.known()));
        self.phase = Phase::Following;
    }

    /// Acts on a message. Some when the connection is over.
    fn hear(&mut self, link: &mut Link, told: Told) -> Option<Over> {
        let news = match told {
            Told::Pulse => return None,
            Told::Failed(text) => {
                let text = crate::printable::line(&text).into_owned();
                return Some(Over::Useless(format!("{}: {text}", self.about.machine.host())));
            }
            Told::Job(state) => return self.job(link, state),
            Told::Squares { have } => {
                self.squares(link, have);
                return None;
            }
            Told::Checkpoints(steps) => {
                self.about.mirror.checkpoints(steps);
                return None;
            }
            Told::Event(event) => match *event {
                Event::RunEnded(end) => {
                    self.tell(Event::RunEnded(self.about.mirror.end(end)));
                    link.ask(Ask::Done);
                    link.finish();
                    return Some(Over::Ended);
                }
                event => self.about.mirror.event(event),
            },
            Told::Part(part) => self.about.mirror.part(&part),
        };
        match news {
            Ok(events) => events.into_iter().for_each(|event| {
                if matches!(event, Event::Saved { .. }) {
                    self.losses = 0;
                }
                self.tell(event);
            }),
            Err(e) => {
                let remedy = crate::files::remedy(&e);
                return Some(Over::Line(format!("A file of the run cannot be kept here: {e}{remedy}.")));
            }
        }
        None
    }

    /// How far the run is there, and what follows.
    fn job(&mut self, link: &mut Link, state: JobState) -> Option<Over> {
        let attaching = !std::mem::replace(&mut self.met, true);
        match state {
            JobState::Training => {
                if attaching {
                    let text = format!("The run is still training on {}.", self.about.machine.host());
                    self.tell(Event::Notice { level: Level::Info, text });
                }
                self.begun = true;
                self.follow(link);
            }
            JobState::Ended if self.begun => self.follow(link),
            JobState::Ended => link.ask(Ask::Again),
            JobState::Waiting { saved } => {
                if std::mem::replace(&mut self.begun, false) {
                    self.losses += 1;
                    if self.losses > LOSSES {
                        return Some(Over::Useless(format!(
                            "The training on {} was lost {} times in a row without a checkpoint in between, so it is \
                             not resumed again by itself",
                            self.about.machine.host(),
                            self.losses
                        )));
                    }
                    self.lost(saved);
                }
                let files = if saved.is_some() { Ok(VecDeque::new()) } else { self.about.mirror.beginning() };
                let squares = &self.about.squares;
                match files {
                    Ok(files) => {
                        link.ask(Ask::Squares { name: squares.name(), bytes: squares.len() });
                        self.phase = Phase::Waiting;
                        self.beginning = files;
                    }
                    Err(e) => return Some(Over::Useless(format!("The run cannot be read: {e}"))),
                }
            }
        }
        None
    }

    /// The process that trained there is gone, and the run with it.
    fn lost(&mut self, saved: Option<u64>) {
        let from = match saved {
            Some(step) => format!("Training resumes from the checkpoint of step {}", thousands(step)),
            None => "Training starts over, because no checkpoint was saved yet".to_owned(),
        };
        let (host, attempt) = (self.about.machine.host(), self.losses);
        let text = format!("The training on {host} was lost. {from} (attempt {attempt} of {LOSSES}).");
        self.tell(Event::Restarted { text, resuming: true });
        self.tell(Event::State(RunState::Preparing));
        self.about.mirror.begins_again();
        if self.paused {
            self.wishes.insert(0, Command::Pause);
        }
        if let Some(tunables) = self.tunables.clone() {
            self.wish(Command::SetTunables(tunables));
        }
    }

    /// So many bytes of the squares are there.
    fn squares(&mut self, link: &mut Link, have: u64) {
        if have < self.about.squares.len() {
            self.phase = Phase::Squares { at: have, told: u64::MAX };
            return;
        }
        let (bytes, file) = (self.about.settings.clone(), RunFile::Settings);
        link.ask(Ask::Part(FilePart { file, at: 0, total: bytes.len() as u64, bytes }));
        self.phase = Phase::Files(std::mem::take(&mut self.beginning));
    }

    fn fail(&self, text: String) {
        self.tell(Event::RunEnded(RunEnd::Failed { cause: Cause::Other, text }));
    }

    fn tell(&self, event: Event) {
        // A session that is gone needs to know nothing; one that is busy makes everybody wait.
        let _ = self.events.send(event);
    }
}
