//! The trainer's end of a line to a worker.

use super::line::{Line, SILENCE};
use super::proof::{End, Token, nonce, same};
use super::talk::{Asked, Begin, LONG, Reply, SHORT, Told, longest, why};
use crate::config::{RunConfig, WorkerAddress};
use crate::data::PackedSquares;
use crate::engine::protocol::error::EngineError;
use crate::engine::squares::{SQUARES_PART, without_places};
use crate::engine::wire::{WireError, be_greeted, greet, read_message, write_message};
use crate::printable;
use crate::train::{Answer, Link, MemberError, Order, Share};
use std::io::{self, BufReader};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a worker may take to be reached.
const REACHED: Duration = Duration::from_secs(10);
/// How long it may take to open squares that it has, or to check those that came.
const PREPARED: Duration = Duration::from_secs(300);

/// A worker that has the squares and waits for orders.
pub(super) struct RemoteMember {
    name: String,
    line: Line<Order, Reply>,
}

impl RemoteMember {
    /// Whether a worker is there, is free, and knows the token.
    ///
    /// # Errors
    /// It is not; the text names it.
    pub(super) fn knock(address: &WorkerAddress) -> Result<(), EngineError> {
        enter(address).map(|_| ())
    }

    /// Connects, proves the token, and sends the squares unless the worker has them.
    ///
    /// # Errors
    /// The worker cannot be reached, refuses, or is another program; the text names it.
    pub(super) fn connect(
        address: &WorkerAddress,
        config: &RunConfig,
        training: &[u32],
        share: Share,
        squares: &PackedSquares,
    ) -> Result<Self, EngineError> {
        let failed = |why: String| failed(address, &why);
        let (mut talk, mut stream, device) = enter(address)?;
        let asked = Begin {
            config: RunConfig { machine: None, team: None, ..without_places(config) },
            training: training.to_vec(),
            share,
            squares: (squares.name(), squares.len()),
        };
        let most = longest(&asked.config);
        talk.begin(&mut stream, asked, squares).map_err(&failed)?;
        let line = Line::new(stream, talk.input, most).map_err(|e| failed(e.to_string()))?;
        Ok(Self { name: format!("{} ({device})", named(address)), line })
    }

    fn lost(&self, why: String) -> MemberError {
        MemberError::Lost { name: self.name.clone(), why: printable::line(&why).into_owned() }
    }
}

/// As [`RemoteMember`] is called.
fn named(address: &WorkerAddress) -> String {
    format!("worker {}", address.place())
}

fn failed(address: &WorkerAddress, why: &str) -> EngineError {
    EngineError::Member(format!("{}: {}", named(address), printable::line(why)))
}

/// A connection to a worker that knows the token, and the name of its device.
fn enter(address: &WorkerAddress) -> Result<(Talk, TcpStream, String), EngineError> {
    let token = Token::of(address.token_file())?;
    let io = |e: io::Error| failed(address, &format!("it cannot be reached: {e}"));
    let mut stream = reach(address).map_err(io)?;
    let mut talk = Talk { input: BufReader::new(stream.try_clone().map_err(io)?) };
    let device = talk.agree(&mut stream, &token).map_err(|why| failed(address, &why))?;
    Ok((talk, stream, printable::line(&device).into_owned()))
}

fn reach(address: &WorkerAddress) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "no machine has this name");
    for place in (address.host(), address.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&place, REACHED) {
            Ok(stream) => {
                stream.set_read_timeout(Some(SILENCE))?;
                stream.set_write_timeout(Some(SILENCE))?;
                return Ok(stream);
            }
            Err(e) => failed = e,
        }
    }
    Err(failed)
}

/// What is said before the training begins. Failures are words that end a sentence.
struct Talk {
    input: BufReader<TcpStream>,
}

impl Talk {
    /// Both ends prove that they know the token. The name of the worker's device.
    fn agree(&mut self, out: &mut TcpStream, token: &Token) -> Result<String, String> {
        let words = |e: WireError| why(&e);
        greet(out).map_err(words)?;
        be_greeted(&mut self.input).map_err(words)?;
        let Told::Challenge { nonce: theirs, wants_token } = self.told(SHORT)? else { return Err(odd()) };
        match (wants_token, token.is_none()) {
            (true, true) => {
                return Err("it asks for a token: name the file as in worker://HOST:PORT?token-file=PATH".to_owned());
            }
            (false, false) => {
                return Err(
                    "it asks for no token, so it cannot prove that it is yours: start it with --token-file, or \
                            leave token-file= out"
                        .to_owned(),
                );
            }
            _ => {}
        }
        let ours = nonce();
        let proof = token.proof(End::Trainer, &ours, &theirs);
        write_message(out, &Asked::Proof { nonce: ours, proof }, SHORT).map_err(words)?;
        match self.told(SHORT)? {
            Told::Welcome { proof, device } if same(&proof, &token.proof(End::Worker, &ours, &theirs)) => Ok(device),
            Told::Welcome { .. } => Err("it does not know the token".to_owned()),
            _ => Err(odd()),
        }
    }

    /// Sends the settings, and the squares from where those that are there end.
    fn begin(&mut self, out: &mut TcpStream, begin: Begin, squares: &PackedSquares) -> Result<(), String> {
        let words = |e: WireError| why(&e);
        write_message(out, &Asked::Begin(Box::new(begin)), LONG).map_err(words)?;
        // Whoever has all the squares reads them once.
        self.input.get_ref().set_read_timeout(Some(PREPARED)).map_err(|e| e.to_string())?;
        let Told::Squares { have: mut at } = self.told(SHORT)? else { return Err(odd()) };
        while at < squares.len() {
            if crate::interrupt::asked() {
                return Err("the program is ending".to_owned());
            }
            let bytes = squares.part(at, SQUARES_PART);
            let length = bytes.len() as u64;
            write_message(out, &Asked::Squares { at, bytes }, LONG).map_err(words)?;
            at += length;
        }
        match self.told(SHORT)? {
            Told::Ready => Ok(()),
            _ => Err(odd()),
        }
    }

    fn told(&mut self, most: u32) -> Result<Told, String> {
        match read_message(&mut self.input, most).map_err(|e| why(&e))? {
            None => Err("it closed the connection".to_owned()),
            Some(Told::Refused(why)) => Err(why),
            Some(told) => Ok(told),
        }
    }
}

fn odd() -> String {
    "it says what no worker says here".to_owned()
}

impl Link for RemoteMember {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, order: Order) -> Result<(), MemberError> {
        self.line.send(order).map_err(|why| self.lost(why))
    }

    fn receive(&mut self) -> Result<Answer, MemberError> {
        match self.line.receive() {
            Ok(Reply::Answer(answer)) => Ok(answer),
            Ok(Reply::Failed(why)) | Err(why) => Err(self.lost(why)),
        }
    }
}
