//! All that goes through a pipe in one piece: for whoever keeps it, and for tests of what reads it.

use super::answer::{ANSWER, Answer, REQUEST};
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::Event;
use crate::engine::wire::{WireError, be_greeted, greet, read_message, write_message};
use crate::model::SavedGenerator;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What an engine writes to tell these events, and then the weights of a run.
///
/// # Errors
/// An event that cannot be written.
pub fn answers_to_bytes(events: Vec<Event>, weights: Option<SavedGenerator>) -> Result<Vec<u8>, WireError> {
    let live = |saved| LiveWeights { saved, folder: "run".into(), seed: 0, watched: false };
    let weights = weights.map(|saved| Answer::Weights(Box::new(live(saved).into())));
    let events = events.into_iter().map(|event| Answer::Event(Box::new(event)));
    to_bytes(events.chain(weights), ANSWER)
}

/// The events that an engine has written, and generators; weights that are none are left out.
///
/// # Errors
/// Another version, or the first message that cannot be understood.
pub fn answers_from_bytes(bytes: &[u8]) -> Result<(Vec<Event>, Vec<SavedGenerator>), WireError> {
    let (mut events, mut generators) = (Vec::new(), Vec::new());
    for answer in from_bytes(bytes, ANSWER)? {
        match answer {
            Answer::Event(event) => events.push(*event),
            Answer::Weights(weights) => generators.extend(weights.open().map(|live| live.saved)),
        }
    }
    Ok((events, generators))
}

/// What a front end writes to ask for this.
///
/// # Errors
/// A request that cannot be written.
pub fn requests_to_bytes(commands: &[Command]) -> Result<Vec<u8>, WireError> {
    to_bytes(commands.iter(), REQUEST)
}

/// What a front end has asked for.
///
/// # Errors
/// Another version, or the first message that cannot be understood.
pub fn requests_from_bytes(bytes: &[u8]) -> Result<Vec<Command>, WireError> {
    from_bytes(bytes, REQUEST)
}

pub(super) fn to_bytes(messages: impl Iterator<Item = impl Serialize>, most: u32) -> Result<Vec<u8>, WireError> {
    let mut pipe = Vec::new();
    greet(&mut pipe)?;
    for message in messages {
        write_message(&mut pipe, &message, most)?;
    }
    Ok(pipe)
}

pub(super) fn from_bytes<T: DeserializeOwned>(mut pipe: &[u8], most: u32) -> Result<Vec<T>, WireError> {
    be_greeted(&mut pipe)?;
    let mut messages = Vec::new();
    while let Some(message) = read_message(&mut pipe, most)? {
        messages.push(message);
    }
    Ok(messages)
}

#[cfg(test)]
#[path = "whole_tests.rs"]
mod tests;
