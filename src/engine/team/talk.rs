//! What a trainer and a worker say to each other before the training begins.

use super::proof::Digest32;
use crate::config::RunConfig;
use crate::engine::squares::SQUARES_PART;
use crate::engine::wire::WireError;
use crate::model::{Discriminator, Generator};
use crate::train::{Answer, Order, Share, lengths};
use serde::{Deserialize, Serialize};

/// The most bytes of a message to somebody who has not proved anything.
pub(super) const SHORT: u32 = 2048;
/// The most bytes of a later one: pieces of squares, or the list of training pictures.
pub(super) const LONG: u32 = 64 << 20;
const _: () = assert!(SQUARES_PART < LONG as usize);

/// What a worker says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Told {
    /// First of all: answer these bytes.
    Challenge { nonce: Digest32, wants_token: bool },
    /// It knows the token, too.
    Welcome { proof: Digest32, device: String },
    /// So many bytes of the squares are there.
    Squares { have: u64 },
    /// Orders may come.
    Ready,
    /// It will not; why, in words that end a sentence.
    Refused(String),
}

/// What a trainer says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// The answer to a challenge, and one of its own.
    Proof { nonce: Digest32, proof: Digest32 },
    /// The run, and which slice of its batches to take.
    Begin(Box<Begin>),
    /// A piece of the squares.
    Squares {
        at: u64,
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
}

/// What a member begins with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Begin {
    pub config: RunConfig,
    /// Training pictures, as indices into the squares.
    pub training: Vec<u32>,
    pub share: Share,
    /// Name and length of the squares.
    pub squares: (String, u64),
}

/// Whatever goes through the line once the training has begun.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Sent<T> {
    /// Nothing new, but the line is whole.
    Alive,
    Message(T),
}

/// What comes back to an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Reply {
    Answer(Answer),
    /// It cannot go on; why.
    Failed(String),
}

pub(super) type OrderLine = Sent<Order>;
pub(super) type ReplyLine = Sent<Reply>;

/// The most bytes of an order or a reply for networks like these.
pub(super) fn longest(config: &RunConfig) -> u32 {
    let layouts = [Generator::new(&config.model).layout().clone(), Discriminator::new(&config.model).layout().clone()];
    let numbers = layouts.iter().map(|layout| lengths(layout).iter().sum::<usize>()).max().unwrap_or(0);
    // Settings and what is around the numbers have room, too.
    u32::try_from(4 * numbers as u64).unwrap_or(u32::MAX).saturating_add(LONG)
}

/// What went wrong with a line, in words that end a sentence.
pub(super) fn why(error: &WireError) -> String {
    match error {
        WireError::Broken(e) if matches!(e.kind(), std::io::ErrorKind::UnexpectedEof) => {
            "it closed the connection".to_owned()
        }
        WireError::Broken(e) if matches!(e.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
            "nothing has come from it for too long".to_owned()
        }
        WireError::Broken(e) => format!("the connection broke: {e}"),
        WireError::Stranger => "what answers there is no worker of Purrtrait".to_owned(),
        WireError::Version { theirs, ours, .. } => {
            format!("it is Purrtrait {theirs}, and this is Purrtrait {ours}; both must be the same version")
        }
        other => other.to_string(),
    }
}
