//! A worker: it lends a device of this machine to the trainings of others, one after the other.

use super::line::{Line, SILENCE};
use super::proof::{Digest32, End, Token, nonce, same};
use super::talk::{Asked, Begin, LONG, Reply, SHORT, Told, longest, why};
use crate::compute::ComputeDevice;
use crate::config::{DeviceChoice, SettingError};
use crate::engine::app_dirs::AppDirs;
use crate::engine::device;
use crate::engine::protocol::error::{EngineError, panic_text};
use crate::engine::squares::{ArrivingSquares, SquaresFolder, tidy_squares};
use crate::engine::wire::{be_greeted, greet, read_message, write_message};
use crate::files;
use crate::interrupt;
use crate::printable::{line, thousands};
use crate::train::{Answer, Member, Order};
use std::io::{self, BufReader};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// How often somebody is looked for who wants to connect, and whether the program is to end.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// How long somebody may take to prove that they know the token.
const PATIENCE: Duration = Duration::from_secs(10);
/// So many may try to at once.
const MOST_STRANGERS: usize = 8;
const BUSY: &str = "it is working for somebody else; try again later";
/// How long what was said last may take to be read.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What a worker is to do.
pub(crate) struct WorkerRequest {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: String,
    pub token_file: Option<PathBuf>,
    pub device: DeviceChoice,
}

/// What happens at a worker.
pub(crate) enum WorkerEvent {
    /// It can be reached here, and computes on this device.
    Listening { address: SocketAddr, device: String },
    /// Others could read along.
    NotEncrypted,
    /// Somebody was turned away.
    Refused { peer: SocketAddr, why: String },
    /// A training begins: the slice that it wants, and of what.
    Working { peer: SocketAddr, what: String },
    /// It is over after so many steps.
    Ended { peer: SocketAddr, steps: u64, why: String },
}

/// Serves until the program is to end.
///
/// # Errors
/// The address cannot be listened on, or needs a token; the token or the device cannot be used.
pub(crate) fn serve_worker(request: &WorkerRequest, tell: &(dyn Fn(WorkerEvent) + Sync)) -> Result<(), EngineError> {
    let token = Token::of(request.token_file.as_deref())?;
    let wrong = |reason: String| EngineError::from(SettingError::new("listen", reason));
    let places = request.listen.to_socket_addrs();
    let places: Vec<SocketAddr> =
        places.map_err(|e| wrong(format!("{:?} is no ADDRESS:PORT: {e}", request.listen)))?.collect();
    let open = places.iter().any(|place| !place.ip().is_loopback());
    if open && token.is_none() {
        return Err(wrong(format!(
            "other machines can reach {}, so a token is needed (--token-file FILE). Without one a worker serves \
             127.0.0.1 alone, which an ssh tunnel can lead to: ssh -L 7417:127.0.0.1:7417 HOST",
            request.listen
        )));
    }
    let device = device::open(request.device)?;
    let listener = TcpListener::bind(&places[..]).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok((listener.local_addr()?, listener))
    });
    let (address, listener) = listener.map_err(|e| wrong(format!("cannot listen on {}: {e}", request.listen)))?;
    tell(WorkerEvent::Listening { address, device: device.info.name.clone() });
    if open {
        tell(WorkerEvent::NotEncrypted);
    }
    let kept = AppDirs::find().worker_squares();
    files::make_folder(&kept).map_err(|e| EngineError::Run(format!("{}: {e}", kept.display())))?;
    tidy_squares(&kept);
    let arriving = kept.join(format!("arriving-{}", std::process::id()));
    let worker = Worker {
        token,
        device,
        squares: SquaresFolder { kept, arriving },
        tell,
        busy: AtomicBool::new(false),
        guests: AtomicUsize::new(0),
        streams: Mutex::default(),
    };
    worker.listen(&listener);
    let _ = std::fs::remove_file(&worker.squares.arriving);
    Ok(())
}

struct Worker<'a> {
    token: Token,
    device: ComputeDevice,
    squares: SquaresFolder,
    tell: &'a (dyn Fn(WorkerEvent) + Sync),
    /// Somebody trains.
    busy: AtomicBool,
    /// Connections that are open.
    guests: AtomicUsize,
    /// Their streams, each of which is closed when the program ends.
    streams: Mutex<Vec<(SocketAddr, TcpStream)>>,
}

/// Lets the next one in.
struct Served<'a>(&'a AtomicBool);

impl Drop for Served<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

impl Worker<'_> {
    fn listen(&self, listener: &TcpListener) {
        thread::scope(|scope| {
            while !interrupt::asked() {
                let Ok((stream, peer)) = listener.accept() else {
                    thread::sleep(LOOK_EVERY);
                    continue;
                };
                if self.guests.load(Ordering::SeqCst) >= MOST_STRANGERS {
                    continue;
                }
                self.guests.fetch_add(1, Ordering::SeqCst);
                let serve = move || {
                    // A guest that breaks something takes its connection with it, not the worker.
                    let done = catch_unwind(AssertUnwindSafe(|| self.receive(stream, peer)));
                    let failed = done.unwrap_or_else(|panic| Err(panic_text(panic))).err();
                    // Who only looks whether a worker is there says nothing more.
                    if let Some(why) = failed.filter(|why| !why.is_empty()) {
                        (self.tell)(WorkerEvent::Refused { peer, why: line(&why).into_owned() });
                    }
                    self.streams().retain(|(other, _)| *other != peer);
                    self.guests.fetch_sub(1, Ordering::SeqCst);
                };
                if thread::Builder::new().name("purrtrait-guest".into()).spawn_scoped(scope, serve).is_err() {
                    self.guests.fetch_sub(1, Ordering::SeqCst);
                }
            }
            for (_, stream) in self.streams().iter() {
                let _ = stream.shutdown(Shutdown::Both);
            }
        });
    }

    fn streams(&self) -> std::sync::MutexGuard<'_, Vec<(SocketAddr, TcpStream)>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a connection to its end. Failures are words that end a sentence.
    fn receive(&self, stream: TcpStream, peer: SocketAddr) -> Result<(), String> {
        let usable = || -> io::Result<TcpStream> {
            // Some systems hand the listener's manner on.
            stream.set_nonblocking(false)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.set_write_timeout(Some(PATIENCE))?;
            self.streams().push((peer, stream.try_clone()?));
            stream.try_clone()
        };
        let mut out = usable().map_err(|e| e.to_string())?;
        let mut guest = Guest { input: BufReader::new(stream), token: &self.token };
        let agreed = guest.agree(&mut out, &self.device.info.name, &self.busy).and_then(|()| guest.begins());
        let prepared = agreed.and_then(|begin| {
            if self.busy.swap(true, Ordering::SeqCst) {
                return Err(BUSY.to_owned());
            }
            let served = Served(&self.busy);
            let timeout = |e: io::Error| e.to_string();
            guest.input.get_ref().set_read_timeout(Some(SILENCE)).map_err(timeout)?;
            guest.input.get_ref().set_write_timeout(Some(SILENCE)).map_err(timeout)?;
            let member = guest.prepare(&begin, &mut out, &self.squares, &self.device)?;
            Ok((served, begin, member))
        });
        let (served, begin, mut member) = prepared.inspect_err(|why| {
            let _ = write_message(&mut out, &Told::Refused(why.clone()), SHORT);
        })?;
        let share = begin.share;
        let what = format!("{} of {} pictures of each batch, {} px", share.count, share.whole, begin.config.model.size);
        (self.tell)(WorkerEvent::Working { peer, what });
        let line = write_message(&mut out, &Told::Ready, SHORT)
            .map_err(|e| why(&e))
            .and_then(|()| Line::new(out, guest.input, longest(&begin.config)).map_err(|e| e.to_string()))?;
        let mut steps = 0;
        let ended = work(&line, &mut member, &mut steps);
        drop(line);
        drop(member);
        drop(served);
        (self.tell)(WorkerEvent::Ended { peer, steps, why: crate::printable::line(&ended).into_owned() });
        Ok(())
    }
}

/// Does what is asked for; gives why no more is.
fn work(line: &Line<Reply, Order>, member: &mut Member, steps: &mut u64) -> String {
    loop {
        let order = match line.receive_within(4 * LOOK_EVERY) {
            Ok(Some(order)) => order,
            Ok(None) if interrupt::asked() => return "this worker is ending".to_owned(),
            Ok(None) => continue,
            Err(why) => return why,
        };
        match member.take(order) {
            Ok(None) => {}
            Ok(Some(answer)) => {
                *steps += u64::from(matches!(answer, Answer::Taught { .. }));
                if let Err(why) = line.send(Reply::Answer(answer)) {
                    return why;
                }
            }
            Err(e) => {
                let why = e.to_string();
                let _ = line.send(Reply::Failed(why.clone()));
                // The other end closes once it has read that.
                let _ = line.receive_within(LAST_WORDS);
                return why;
            }
        }
    }
}

/// Somebody who has connected. Failures are words that end a sentence.
struct Guest<'a> {
    input: BufReader<TcpStream>,
    token: &'a Token,
}

impl Guest<'_> {
    /// Both ends prove that they know the token.
    fn agree(&mut self, out: &mut TcpStream, device: &str, busy: &AtomicBool) -> Result<(), String> {
        greet(out).map_err(|e| why(&e))?;
        be_greeted(&mut self.input).map_err(|e| why(&e))?;
        let ours: Digest32 = nonce();
        let challenge = Told::Challenge { nonce: ours, wants_token: !self.token.is_none() };
        write_message(out, &challenge, SHORT).map_err(|e| why(&e))?;
        let (theirs, proof) = match self.asked(SHORT)? {
            Some(Asked::Proof { nonce, proof }) => (nonce, proof),
            Some(_) => return Err(odd()),
            None => return Err("it left without proving that it knows the token".to_owned()),
        };
        if !same(&proof, &self.token.proof(End::Trainer, &theirs, &ours)) {
            return Err("the token is not the one of this worker".to_owned());
        }
        if busy.load(Ordering::SeqCst) {
            return Err(BUSY.to_owned());
        }
        let proof = self.token.proof(End::Worker, &theirs, &ours);
        let device = device.chars().take(100).collect();
        write_message(out, &Told::Welcome { proof, device }, SHORT).map_err(|e| why(&e))
    }

    /// The settings; without a reason where nothing comes.
    fn begins(&mut self) -> Result<Box<Begin>, String> {
        match self.asked(LONG)? {
            Some(Asked::Begin(begin)) => Ok(begin),
            Some(_) => Err(odd()),
            None => Err(String::new()),
        }
    }

    /// Takes the squares.
    fn prepare(
        &mut self,
        begin: &Begin,
        out: &mut TcpStream,
        folder: &SquaresFolder,
        device: &ComputeDevice,
    ) -> Result<Member, String> {
        let (name, all) = begin.squares.clone();
        let mut squares = ArrivingSquares::default();
        let have = squares.want(folder, name, all)?;
        write_message(out, &Told::Squares { have }, SHORT).map_err(|e| why(&e))?;
        while squares.squares.is_none() {
            let Some(Asked::Squares { at, bytes }) = self.asked(LONG)? else { return Err(odd()) };
            squares.piece(folder, at, &bytes)?;
        }
        let dataset = squares.squares.map(Arc::new).ok_or_else(odd)?;
        let (config, training) = (begin.config.clone(), begin.training.clone());
        Member::new(config, device.clone(), dataset, training, begin.share).map_err(|e| e.to_string())
    }

    fn asked(&mut self, most: u32) -> Result<Option<Asked>, String> {
        read_message(&mut self.input, most).map_err(|e| why(&e))
    }
}

fn odd() -> String {
    "it asks what no trainer asks here".to_owned()
}

impl std::fmt::Display for WorkerEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Listening { address, device } => write!(f, "listening on {address}, computing on {}", line(device)),
            Self::NotEncrypted => f.write_str(
                "the line is not encrypted: whoever shares the network can read the pictures and change the training. \
                 On a network of others listen on 127.0.0.1 and connect through ssh: ssh -L 7417:127.0.0.1:7417 HOST",
            ),
            Self::Refused { peer, why } => write!(f, "{peer} was refused: {why}"),
            Self::Working { peer, what } => write!(f, "working for {peer}: {what}"),
            Self::Ended { peer, steps, why } => write!(f, "{peer} is served, {} steps: {why}", thousands(*steps)),
        }
    }
}
