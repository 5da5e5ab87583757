//! What the keeper of a line sends, and what follows from what it hears.

use super::keeper::{Keeper, Over, Phase};
use super::link::Link;
use super::talk::{Ask, JobState, Told};
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Event, Level, RunState};
use crate::printable::{self, thousands};
use crate::train::{FilePart, Outgoing, RunFile};
use std::collections::VecDeque;

/// Bytes of the squares in one message.
const PART: usize = 64 << 10;
/// So often in a row a run is resumed there that was lost without a checkpoint in between.
const LOSSES: u32 = 3;

impl Keeper {
    /// Sends the next message, if there is one.
    pub(super) fn send(&mut self, link: &mut Link) -> bool {
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
    pub(super) fn hear(&mut self, link: &mut Link, told: Told) -> Option<Over> {
        let news = match told {
            Told::Pulse | Told::Held(_) => return None,
            Told::Failed(text) => {
                let text = printable::line(&text).into_owned();
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
        if let Some(manners) = self.manners {
            self.wish(Command::SetManners(manners));
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
}
