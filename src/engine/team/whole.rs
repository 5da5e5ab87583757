//! All that goes through a line in one piece: for tests of what reads it.

use super::proof::nonce;
use super::talk::{Asked, Begin, LONG, OrderLine, Reply, ReplyLine, Sent, Told};
use crate::config::RunConfig;
use crate::engine::wire::{WireError, be_greeted, greet, read_message, write_message};
use crate::train::{Answer, Flat, Judge, Network, Order, Share};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a trainer sends to a worker, one message each behind a greeting: of everything that it says.
///
/// # Errors
/// A message that cannot be written.
pub fn worker_orders_to_bytes(config: &RunConfig) -> Result<Vec<Vec<u8>>, WireError> {
    let share = Share::split(config.batch as usize, 2)[1];
    let squares = ("00".repeat(16), 1000);
    let begin = Begin { config: config.clone(), training: vec![0, 2, 70_000], share, squares };
    let asked = [
        Asked::Proof { nonce: nonce(), proof: nonce() },
        Asked::Begin(Box::new(begin)),
        Asked::Squares { at: 5, bytes: vec![1; 20] },
    ];
    let judge = Judge { batch: 3, strength: 0.5, colours: 0.25, scale: 1.0, both: true };
    let orders = [
        Order::Settings(Box::new(config.tunables.clone())),
        Order::Weights(Network::Discriminator, Flat::new(vec![0.5; 9])),
        Order::Judge(judge),
        Order::Teach { scale: 1.0 },
    ];
    let orders = orders.into_iter().map(|order| one(&Sent::Message(order)));
    asked.iter().map(one).chain(orders).chain([one(&OrderLine::Alive)]).collect()
}

/// What a worker sends to a trainer.
///
/// # Errors
/// A message that cannot be written.
pub fn worker_answers_to_bytes() -> Result<Vec<Vec<u8>>, WireError> {
    let told = [
        Told::Challenge { nonce: nonce(), wants_token: true },
        Told::Welcome { proof: nonce(), device: "A processor".to_owned() },
        Told::Squares { have: 7 },
        Told::Refused("it is busy".to_owned()),
    ];
    let flat = |count| Flat::new(vec![0.25; count]);
    let replies = [
        Reply::Answer(Answer::Judged { gradients: flat(5), loss: 0.5, logits: flat(6), stats: flat(2) }),
        Reply::Answer(Answer::Taught { gradients: flat(4), loss: 1.5, stats: flat(0) }),
        Reply::Failed("no memory".to_owned()),
    ];
    told.iter().map(one).chain(replies.map(|reply| one(&Sent::Message(reply)))).collect()
}

/// How many messages to a worker there are, before the training or in it.
///
/// # Errors
/// Another version, or the first message that cannot be understood.
pub fn worker_orders_from_bytes(bytes: &[u8]) -> Result<usize, WireError> {
    let asked = all::<Asked>(bytes).map(|asked| {
        for asked in &asked {
            // What the worker asks of it first.
            if let Asked::Begin(begin) = asked {
                _ = (begin.config.validate().is_ok(), begin.share.fits(begin.config.batch as usize));
            }
        }
        asked.len()
    });
    asked.or_else(|_| Ok(all::<OrderLine>(bytes)?.len()))
}

/// How many messages from a worker there are.
///
/// # Errors
/// Another version, or the first message that cannot be understood.
pub fn worker_answers_from_bytes(bytes: &[u8]) -> Result<usize, WireError> {
    all::<Told>(bytes).map(|told| told.len()).or_else(|_| Ok(all::<ReplyLine>(bytes)?.len()))
}

fn one(message: &impl Serialize) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::new();
    greet(&mut bytes)?;
    write_message(&mut bytes, message, LONG)?;
    Ok(bytes)
}

fn all<T: DeserializeOwned>(mut bytes: &[u8]) -> Result<Vec<T>, WireError> {
    be_greeted(&mut bytes)?;
    let mut messages = Vec::new();
    while let Some(message) = read_message(&mut bytes, LONG)? {
        messages.push(message);
    }
    Ok(messages)
}
