//! Messages in a pipe: a greeting of fixed form, then messages, each CBOR behind its length.
//!
//! Whoever is at the other end may be another version, another program, or broken: the greeting says who it is, lengths
//! are bounded, and no memory is taken before its bytes have come.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{self, Read, Write};

/// Of the messages; to be raised with every change of a command, an event or something in them.
const PROTOCOL: u32 = 6;
/// The first bytes in both directions: they tell the protocol from whatever another program may print.
const MAGIC: [u8; 8] = *b"PURRPIPE";
/// The most bytes of a greeting.
const GREETING: u32 = 1 << 10;
/// Why the other end cannot be understood.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The pipe is broken.
    #[error("the connection to the engine broke: {0}")]
    Broken(#[from] io::Error),
    /// Something else than this program speaks.
    #[error("what answers is not the engine of Purrtrait")]
    Stranger,
    /// Another version.
    #[error(
        "the engine is Purrtrait {theirs}, protocol {their_protocol}, and this is Purrtrait {ours}, protocol \
         {PROTOCOL}; both must be the same version. Restart Purrtrait, or install the same version at both ends"
    )]
    Version {
        /// The version at the other end.
        theirs: String,
        /// Its protocol.
        their_protocol: u32,
        /// The version of this program.
        ours: &'static str,
    },
    /// A message is longer than any that is sent.
    #[error("the engine sent a message of {0} bytes, more than there can be")]
    TooLong(u32),
    /// A message is not one of this version.
    #[error("the engine sent a message that cannot be read: {0}")]
    Unreadable(String),
    /// A message cannot be written.
    #[error("a message cannot be written: {0}")]
    Unwritable(String),
}

/// Who is at an end of the pipe. Later versions may add to it.
#[derive(Debug, Serialize, Deserialize)]
struct Greeting {
    protocol: u32,
    program: String,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Says who this is: the first thing at both ends.
///
/// # Errors
/// A pipe that is broken.
pub(crate) fn greet(out: &mut impl Write) -> Result<(), WireError> {
    out.write_all(&MAGIC)?;
    write_message(out, &Greeting { protocol: PROTOCOL, program: VERSION.to_owned() }, GREETING)
}

/// Reads who is at the other end.
///
/// # Errors
/// A pipe that is broken, another program, or another version.
pub(crate) fn be_greeted(input: &mut impl Read) -> Result<(), WireError> {
    let mut magic = [0; MAGIC.len()];
    input.read_exact(&mut magic)?;
    if magic != MAGIC {
        return Err(WireError::Stranger);
    }
    let greeting = read_message::<Greeting>(input, GREETING)?.ok_or(WireError::Stranger)?;
    if (greeting.protocol, &*greeting.program) == (PROTOCOL, VERSION) {
        return Ok(());
    }
    let theirs = crate::printable::line(&greeting.program).into_owned();
    Err(WireError::Version { theirs, their_protocol: greeting.protocol, ours: VERSION })
}

/// Writes one message.
///
/// # Errors
/// A pipe that is broken, or a message that would be longer than `most` bytes.
pub(crate) fn write_message(out: &mut impl Write, message: &impl Serialize, most: u32) -> Result<(), WireError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(message, &mut bytes).map_err(|e| WireError::Unwritable(e.to_string()))?;
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= most);
    let length = length.ok_or_else(|| WireError::Unwritable(format!("it has {} bytes", bytes.len())))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&bytes)?;
    Ok(out.flush()?)
}

/// Reads one message; none where the other end has closed the pipe.
///
/// # Errors
/// A pipe that is broken, a message of more than `most` bytes, or one that is none of this version.
pub(crate) fn read_message<T: DeserializeOwned>(input: &mut impl Read, most: u32) -> Result<Option<T>, WireError> {
    let mut length = [0; 4];
    match input.read_exact(&mut length[..1]) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        first => first?,
    }
    input.read_exact(&mut length[1..])?;
    let length = u32::from_le_bytes(length);
    if length > most {
        return Err(WireError::TooLong(length));
    }
    let mut bytes = Vec::new();
    // Grows with what comes, whatever the length promises.
    if input.take(length.into()).read_to_end(&mut bytes)? < length as usize {
        return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
    }
    let message = ciborium::from_reader(&bytes[..]).map_err(|e| WireError::Unreadable(e.to_string()))?;
    Ok(Some(message))
}
