//! The engine's process: the worker between standard input and standard output.

use super::answer::{ANSWER, Answer, REQUEST};
use super::stdio::take_stdout;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::Event;
use crate::engine::protocol::handle::{COMMANDS, EVENTS};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::worker::{WorkerEnds, work};
use crate::engine::wire::{WireError, be_greeted, greet, read_message, write_message};
use crate::interrupt::{self, Plan};
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use std::io::{self, BufReader, BufWriter, IsTerminal, Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Once the window is gone, the run has this long to end its step and save; an engine that hangs in a driver must not
/// stay behind for ever.
const LAST_SAVE: Duration = Duration::from_secs(300);
/// Exit code of an engine that did not end in that time.
const HUNG: u8 = 1;

/// Serves the program at the other end of standard input and output until it asks for the end or is gone. Then the run
/// is saved.
///
/// # Errors
/// A terminal instead of a program, another version of it, or a system that refuses a thread.
pub(crate) fn serve_stdio() -> Result<(), EngineError> {
    if io::stdin().is_terminal() || io::stdout().is_terminal() {
        let text = "the engine speaks with a program, not with a terminal: the window starts it by itself";
        return Err(EngineError::Other(text.to_owned()));
    }
    let other = |e: io::Error| EngineError::Other(format!("the engine cannot be started: {e}"));
    let mut output = BufWriter::new(take_stdout().map_err(other)?);
    let mut input = BufReader::new(io::stdin());
    let understood = greet(&mut output).and_then(|()| be_greeted(&mut input));
    understood.map_err(|e| EngineError::Other(e.to_string()))?;

    let (command_sender, commands) = bounded(COMMANDS);
    let (event_sender, events) = bounded(EVENTS);
    let (weight_sender, weights) = bounded(1);
    let asked = command_sender.clone();
    interrupt::watch(Plan {
        first: Box::new(move || {
            // The queue is full only while the worker is busy with as many requests.
            let _ = asked.send(Command::Shutdown);
        }),
        second: Box::new(|| {}),
        patience: None,
        given_up: Box::new(|| {}),
    });
    let out = Outbox::new(event_sender, Arc::new(|| {}));
    let ends = WorkerEnds { commands, out, weights: weight_sender };
    let worker = thread::Builder::new().name("purrtrait-worker".into()).spawn(move || work(ends)).map_err(other)?;
    let listener = thread::Builder::new().name("purrtrait-requests".into());
    listener.spawn(move || listen(input, &command_sender)).map_err(other)?;
    send(&mut output, events, weights);
    worker.join().map_err(|_| EngineError::Other("the training thread ended unexpectedly".to_owned()))
}

/// Takes requests from the pipe to the worker; the end of the pipe is the last one.
fn listen(mut input: impl Read, commands: &Sender<Command>) {
    loop {
        match read_message(&mut input, REQUEST) {
            Ok(Some(command)) => {
                if commands.send(command).is_err() {
                    return;
                }
            }
            Ok(None) => break,
            Err(e) => {
                log::error!("the window cannot be understood any more, so the run is saved: {e}");
                break;
            }
        }
    }
    if commands.send(Command::Shutdown).is_ok() {
        thread::sleep(LAST_SAVE);
        log::error!("the training did not end within {} s", LAST_SAVE.as_secs());
        interrupt::end(HUNG);
    }
}

/// Takes events and weights from the worker to the pipe, until the worker ends. Without a reader they are dropped.
fn send(output: &mut impl Write, events: Receiver<Event>, mut weights: Receiver<LiveWeights>) {
    loop {
        let answer = select! {
            recv(events) -> event => match event {
                Ok(event) => Answer::Event(Box::new(event)),
                Err(_) => return,
            },
            recv(weights) -> newest => match newest {
                Ok(newest) => Answer::Weights(Box::new(newest.into())),
                Err(_) => {
                    weights = never();
                    continue;
                }
            },
        };
        match write_message(output, &answer, ANSWER) {
            Ok(()) => {}
            Err(WireError::Unwritable(why)) => log::error!("the window does not hear of something: {why}"),
            // The window is gone. The worker hears of it from the other pipe, and needs nobody who listens to save.
            Err(_) => return,
        }
    }
}
