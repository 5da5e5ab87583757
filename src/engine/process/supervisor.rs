//! Keeps a process of the engine alive behind a front end's channels.

use super::answer::Answer;
use super::child::EngineChild;
use super::memory::{Memory, Next, Verdict};
use crate::engine::pipe::Arrived;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::Event;
use crate::engine::protocol::handle::{EVENTS, EngineHandle};
use crate::engine::protocol::outbox::Wake;
use crate::engine::run::worker::{WorkerEnds, start_with};
use crate::engine::wire::WireError;
use crate::interrupt;
use crossbeam_channel::{after, never, select};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// A process that has not said who it is by then will not.
const GREETING: Duration = Duration::from_secs(60);
/// How often a queue without room is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Starts the engine in a process of its own: `program engine --stdio`, and the explorer's thread in this one. Commands
/// and events are those of [`start`](super::super::start). A process that is lost is replaced, and its run resumed; a
/// front end hears of that by [`Event::Restarted`]. When this process ends, however that comes about, the engine saves
/// and ends.
///
/// Never fails: where there can be no process, the handle reports a dead worker.
pub fn start_process(program: PathBuf, wake: Wake) -> EngineHandle {
    start_with("purrtrait-engine", wake, move |ends| Supervisor { ends, memory: Memory::default() }.run(&program))
}

/// Why a process is over.
enum Over {
    /// It was to end. What went wrong while it did, if anything.
    Asked(Option<String>),
    /// It is lost; what happened, in whole sentences.
    Lost(String),
    /// Another one would be no better; why, in whole sentences.
    Useless(String),
}

struct Supervisor {
    ends: WorkerEnds,
    memory: Memory,
}

impl Supervisor {
    fn run(mut self, program: &Path) {
        let mut ask = Vec::new();
        loop {
            let over = match EngineChild::start(program) {
                Ok(child) => self.serve(child, ask),
                Err(e) => Over::Useless(format!("Cannot start {}: {e}.", program.display())),
            };
            let again = match over {
                Over::Asked(trouble) => {
                    trouble.iter().for_each(|text| log::error!("{text} The newest steps may not be saved."));
                    None
                }
                Over::Useless(text) => {
                    self.ends.out.push(Event::WorkerDied(text));
                    None
                }
                Over::Lost(what) => {
                    log::error!("{what}");
                    let Next { tell, again } = self.memory.lost(&what);
                    tell.into_iter().for_each(|event| self.ends.out.push(event));
                    self.ends.out.flush(true);
                    again
                }
            };
            let Some((wait, requests)) = again else { break };
            thread::sleep(wait);
            ask = requests;
        }
        self.ends.out.finish();
    }

    /// Passes on what both sides say, until the process is over.
    fn serve(&mut self, child: EngineChild, ask: Vec<Command>) -> Over {
        ask.into_iter().for_each(|command| child.send(command));
        let mut greeting = after(GREETING);
        loop {
            self.ends.out.flush(true);
            // What has no room here waits in the pipe, and behind it in the engine.
            let (to_engine, to_window) = (child.has_room(), self.ends.out.len() < EVENTS);
            let commands = if to_engine { self.ends.commands.clone() } else { never() };
            let arrived = if to_window { child.arrived.clone() } else { never() };
            let all_room = to_engine && self.ends.out.is_empty();
            let look = if all_room { never() } else { after(LOOK_EVERY) };
            let arrived = select! {
                recv(commands) -> command => {
                    // Without a front end the run is saved.
                    let command = command.unwrap_or(Command::Shutdown);
                    self.memory.asked(&command);
                    child.send(command);
                    continue;
                }
                recv(arrived) -> arrived => arrived.unwrap_or(Arrived::Over(Ok(()))),
                recv(greeting) -> _ => {
                    child.kill();
                    return Over::Lost("The training process does not answer.".to_owned());
                }
                recv(look) -> _ => continue,
            };
            match arrived {
                Arrived::Greeted => greeting = never(),
                Arrived::Over(why) => return self.over(child, why),
                Arrived::Message(Answer::Weights(weights)) => {
                    // An explorer that is gone or behind needs none.
                    weights.open().into_iter().for_each(|weights| _ = self.ends.weights.try_send(weights));
                }
                Arrived::Message(Answer::Event(event)) => match self.memory.told(&event) {
                    Verdict::Pass(ask) => {
                        self.ends.out.push(*event);
                        ask.into_iter().for_each(|command| child.send(command));
                    }
                    Verdict::Lost(what) => {
                        // Nothing is left in it to be saved, and a lost device may keep it from ending.
                        child.kill();
                        return Over::Lost(what);
                    }
                },
            }
        }
    }

    /// The process says nothing more.
    fn over(&self, child: EngineChild, why: Result<(), WireError>) -> Over {
        // Also at the end of a session, which ends all processes at once.
        let wanted = self.memory.ending || interrupt::asked();
        match why {
            Err(e @ (WireError::Stranger | WireError::Version { .. })) => {
                child.kill();
                Over::Useless(format!("Cannot use the training process: {e}."))
            }
            Err(e @ (WireError::TooLong(_) | WireError::Unreadable(_))) => {
                child.kill();
                Over::Lost(format!("The training process cannot be understood ({e})."))
            }
            Ok(()) | Err(WireError::Broken(_) | WireError::Unwritable(_)) => match child.end() {
                trouble if wanted => Over::Asked(trouble),
                trouble => Over::Lost(trouble.unwrap_or_else(|| "The training process ended by itself.".to_owned())),
            },
        }
    }
}
