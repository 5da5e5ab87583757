//! Both directions of a pipe, each with a thread, so that nobody waits for the other end.

use super::wire::{WireError, be_greeted, greet, read_message, write_message};
use crossbeam_channel::{Receiver, Sender, bounded};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::thread;

/// What comes from the other end.
pub(crate) enum Arrived<T> {
    /// It is this version of this program.
    Greeted,
    Message(T),
    /// Nothing more will come: it closed the pipe, or cannot be understood.
    Over(Result<(), WireError>),
}

/// Messages of type `S` on their way out, and of type `R` on their way in. The queues are bounded: what has no room
/// waits in the pipe, and behind it at the other end.
pub(crate) struct Pipe<S, R> {
    pub out: Sender<S>,
    pub arrived: Receiver<Arrived<R>>,
}

impl<S: Serialize + Send + 'static, R: DeserializeOwned + Send + 'static> Pipe<S, R> {
    /// Greets, and has two threads write to `input` and read from `output` of the other end. `room` is for so many
    /// messages out and in, each at most `most` bytes long.
    ///
    /// # Errors
    /// The system refuses a thread; both ends are dropped then.
    pub(crate) fn open(
        input: impl Write + Send + 'static,
        output: impl Read + Send + 'static,
        room: [usize; 2],
        most: [u32; 2],
    ) -> io::Result<Self> {
        let (out, to_write) = bounded(room[0]);
        let (to_owner, arrived) = bounded(room[1]);
        let writer = thread::Builder::new().name("purrtrait-requests".into());
        let reader = thread::Builder::new().name("purrtrait-answers".into());
        writer.spawn(move || write(input, &to_write, most[0]))?;
        reader.spawn(move || read(output, &to_owner, most[1]))?;
        Ok(Self { out, arrived })
    }
}

/// Writes messages until there are no more, or nobody reads them.
fn write<S: Serialize>(pipe: impl Write, messages: &Receiver<S>, most: u32) {
    let mut pipe = BufWriter::new(pipe);
    let mut sent = greet(&mut pipe);
    for message in messages {
        if matches!(sent, Err(WireError::Broken(_))) {
            return;
        }
        sent = write_message(&mut pipe, &message, most);
        if let Err(WireError::Unwritable(why)) = &sent {
            log::error!("a message does not reach the other process: {why}");
        }
    }
}

/// Reads messages until there are no more, or nobody wants them.
fn read<R: DeserializeOwned>(pipe: impl Read, arrived: &Sender<Arrived<R>>, most: u32) {
    let mut pipe = BufReader::new(pipe);
    let mut message = be_greeted(&mut pipe).map(|()| Arrived::Greeted);
    loop {
        let (over, next) = match message {
            Ok(next) => (matches!(next, Arrived::Over(_)), next),
            Err(e) => (true, Arrived::Over(Err(e))),
        };
        if arrived.send(next).is_err() || over {
            return;
        }
        let read = read_message(&mut pipe, most);
        message = read.map(|message| message.map_or(Arrived::Over(Ok(())), Arrived::Message));
    }
}
