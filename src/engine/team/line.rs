//! Messages between a trainer and a worker while they train, with a sign of life every few seconds in both directions:
//! whoever is silent for long is lost, however long a step takes.

use super::talk::{Sent, why};
use crate::engine::pipe::{Arrived, Pipe};
use crossbeam_channel::{RecvTimeoutError, Sender, TrySendError, bounded};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::{self, BufReader};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::Duration;

/// From one sign of life to the next.
const BEAT: Duration = Duration::from_secs(5);
/// After so long without a byte the other end is lost.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// Messages that may wait on each side.
const ROOM: [usize; 2] = [4, 4];

/// One end of a line.
pub(super) struct Line<S, R> {
    stream: TcpStream,
    pipe: Pipe<Sent<S>, Sent<R>>,
    /// The thread of the signs of life ends with it.
    _beating: Sender<()>,
}

impl<S, R> Line<S, R>
where
    S: Serialize + Send + 'static,
    R: DeserializeOwned + Send + 'static,
{
    /// Takes a stream over, for messages of at most `most` bytes. `input` is its reader, which may hold some already.
    ///
    /// # Errors
    /// The system refuses a thread or a handle.
    pub(super) fn new(stream: TcpStream, input: BufReader<TcpStream>, most: u32) -> io::Result<Self> {
        stream.set_read_timeout(Some(SILENCE))?;
        stream.set_write_timeout(Some(SILENCE))?;
        stream.set_nodelay(true)?;
        let pipe: Pipe<Sent<S>, Sent<R>> = Pipe::open(stream.try_clone()?, input, ROOM, [most; 2])?;
        let (beating, ended) = bounded::<()>(0);
        let out = pipe.out.clone();
        thread::Builder::new().name("purrtrait-alive".into()).spawn(move || {
            while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                // What waits there is a sign of life, too.
                if matches!(out.try_send(Sent::Alive), Err(TrySendError::Disconnected(_))) {
                    return;
                }
            }
        })?;
        Ok(Self { stream, pipe, _beating: beating })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// The line is broken; how, in words that end a sentence.
    pub(super) fn send(&self, message: S) -> Result<(), String> {
        self.pipe.out.send(Sent::Message(message)).map_err(|_| match self.receive() {
            Err(why) => why,
            Ok(_) => "the connection broke".to_owned(),
        })
    }

    /// Waits for the next message.
    ///
    /// # Errors
    /// The line is broken; how, in words that end a sentence.
    pub(super) fn receive(&self) -> Result<R, String> {
        loop {
            if let Some(message) = self.receive_within(Duration::from_secs(3600))? {
                return Ok(message);
            }
        }
    }

    /// Waits so long for the next message.
    ///
    /// # Errors
    /// As [`Self::receive`].
    pub(super) fn receive_within(&self, time: Duration) -> Result<Option<R>, String> {
        match self.pipe.arrived.recv_timeout(time) {
            Ok(Arrived::Message(Sent::Message(message))) => Ok(Some(message)),
            Ok(Arrived::Greeted | Arrived::Message(Sent::Alive)) | Err(RecvTimeoutError::Timeout) => Ok(None),
            Ok(Arrived::Over(Ok(()))) | Err(RecvTimeoutError::Disconnected) => {
                Err("it closed the connection".to_owned())
            }
            Ok(Arrived::Over(Err(e))) => Err(why(&e)),
        }
    }
}

impl<S, R> Drop for Line<S, R> {
    fn drop(&mut self) {
        // Ends the threads that read and write.
        let _ = self.stream.shutdown(Shutdown::Both);
    }
}
