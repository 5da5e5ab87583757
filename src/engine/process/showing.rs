//! Sends another machine what is new of a run that somebody trains here. Reads its folder only: nothing in it is
//! written, locked or deleted.

use super::sending::{Sending, next};
use super::stdio::take_stdout;
use crate::engine::pipe::{Arrived, Pipe};
use crate::engine::protocol::error::EngineError;
use crate::engine::run::remote::talk::{Ask, LONGEST, ROOM, Told};
use crate::train::{FileVersion, Holder, Outgoing, RunDir, RunFile};
use crossbeam_channel::RecvTimeoutError;
use std::collections::{BTreeMap, VecDeque};
use std::io::{self, IsTerminal};
use std::path::Path;
use std::time::{Duration, Instant};

/// How often the folder is looked at: seldom enough for a slow line.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// The folder must be gone for so many looks: a network drive may be away for a moment.
const LOOKS: u32 = 3;
const WAIT: Duration = Duration::from_millis(50);

/// Shows the run in a folder to the program at the other end of standard input and output, until that has enough.
///
/// # Errors
/// A terminal instead of a program, or a system that refuses a thread.
pub(crate) fn show(run: &Path) -> Result<(), EngineError> {
    if io::stdin().is_terminal() || io::stdout().is_terminal() {
        let text = "this speaks with Purrtrait on another machine, not with a terminal: use `purrtrait watch RUN`";
        return Err(EngineError::Other(text.to_owned()));
    }
    let other = |e: io::Error| EngineError::Other(format!("the run cannot be shown: {e}"));
    let pipe: Pipe<Told, Ask> =
        Pipe::open(take_stdout().map_err(other)?, io::stdin(), ROOM, [LONGEST; 2]).map_err(other)?;
    let shown = RunDir::inspect(run).map_err(|e| e.to_string()).map(|(dir, _)| Showing::new(dir));
    match shown {
        Ok(mut showing) => showing.serve(&pipe),
        Err(text) => fail(&pipe, text),
    }
    Ok(())
}

/// The last words, and a moment for the other machine to hear them: it closes the line.
fn fail(pipe: &Pipe<Told, Ask>, text: String) {
    let _ = pipe.out.send(Told::Failed(text));
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(10) {
        if let Ok(Arrived::Over(_)) | Err(RecvTimeoutError::Disconnected) = pipe.arrived.recv_timeout(WAIT) {
            return;
        }
    }
}

pub(super) struct Showing {
    dir: RunDir,
    sending: Option<Sending>,
    /// Whole files before the histories, and after them.
    first: VecDeque<Outgoing>,
    after: VecDeque<Outgoing>,
    /// What was sent of them.
    sent: BTreeMap<u8, FileVersion>,
    samples: BTreeMap<u64, FileVersion>,
    /// Who trained at the last look, until that is told.
    holder: Option<Holder>,
    looked: Option<Instant>,
    gone: u32,
}

impl Showing {
    pub(super) fn new(dir: RunDir) -> Self {
        Self {
            dir,
            sending: None,
            first: VecDeque::new(),
            after: VecDeque::new(),
            sent: BTreeMap::new(),
            samples: BTreeMap::new(),
            holder: None,
            looked: None,
            gone: 0,
        }
    }

    fn serve(&mut self, pipe: &Pipe<Told, Ask>) {
        let mut spoke = Instant::now();
        loop {
            while let Ok(arrived) = pipe.arrived.try_recv() {
                match arrived {
                    Arrived::Message(ask) => self.hear(ask),
                    Arrived::Greeted => {}
                    Arrived::Over(_) => return,
                }
            }
            let told = self.next().or_else(|| (spoke.elapsed() > LOOK_EVERY).then_some(Told::Pulse));
            let Some(told) = told else {
                if self.gone >= LOOKS {
                    let text =
                        format!("{}: the run folder was deleted, moved or disconnected", self.dir.root().display());
                    return fail(pipe, text);
                }
                std::thread::sleep(WAIT);
                continue;
            };
            spoke = Instant::now();
            if pipe.out.send(told).is_err() {
                return;
            }
        }
    }

    /// Whoever asks to follow is told all that it does not have; nothing else is answered.
    pub(super) fn hear(&mut self, ask: Ask) {
        if let Ask::Follow(known) = ask {
            self.sending = Some(Sending::new(known));
            (self.looked, self.sent) = (None, BTreeMap::new());
        }
    }

    /// The next thing to say. The settings come before all else; what the session says of itself after the histories
    /// that it speaks of; and who trains once all is sent that was there before.
    pub(super) fn next(&mut self) -> Option<Told> {
        self.sending.as_ref()?;
        if self.looked.is_none_or(|at| at.elapsed() > LOOK_EVERY) && self.holder.is_none() {
            self.look();
        }
        if self.gone > 0 {
            return None;
        }
        let part = next(&mut self.first);
        let sending = self.sending.as_mut()?;
        let part = part.or_else(|| sending.small(&self.dir));
        let part = part.or_else(|| next(&mut self.after));
        let part = part.or_else(|| sending.large(&self.dir));
        part.or_else(|| self.holder.take().map(Told::Held))
    }

    fn look(&mut self) {
        self.looked = Some(Instant::now());
        if !self.dir.place_of(RunFile::Settings).is_file() {
            self.gone += 1;
            return;
        }
        self.gone = 0;
        // Before the files: when nobody trains any more, all of them are there.
        self.holder = Some(self.dir.holder());
        for (key, file) in [RunFile::Settings, RunFile::Pictures, RunFile::Session].into_iter().enumerate() {
            let Some(version) = self.dir.version(file) else { continue };
            if self.sent.insert(key as u8, version) != Some(version) {
                let to = if file == RunFile::Session { &mut self.after } else { &mut self.first };
                to.extend(Outgoing::open(&self.dir, file, 0).ok());
            }
        }
        let samples: Vec<(u64, FileVersion)> = self
            .dir
            .sample_steps()
            .into_iter()
            .filter_map(|step| Some((step, self.dir.version(RunFile::Sample(step))?)))
            .collect();
        let Some(sending) = &mut self.sending else { return };
        for (step, version) in samples {
            if self.samples.insert(step, version).is_some_and(|before| before != version) {
                sending.sample_changed(step);
            }
        }
        sending.checkpoint_saved();
    }
}
