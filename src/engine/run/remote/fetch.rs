//! A copy of a run that somebody trains on another machine, kept up to date for whoever watches it here.

use super::copies;
use super::keeper::WAITS;
use super::link::Link;
use super::mirror::{MOST_CHECKPOINTS, keep_only};
use super::ssh::{Errand, Trouble};
use super::talk::{Ask, Known, Told};
use crate::config::{Machine, ModelConfig, SettingError};
use crate::engine::pipe::Arrived;
use crate::files::{remedy, remove_folder};
use crate::printable;
use crate::train::{FilePart, Holder, Incoming, RunDir, RunFile};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What came of a while of fetching.
pub(in crate::engine::run) enum Fetched {
    /// Nothing to tell.
    Nothing,
    /// The line broke, or is back; in a sentence.
    Broke(String),
    Back(String),
    /// It cannot go on; why, in a sentence. `gone`: because of the folder there.
    Over {
        text: String,
        gone: bool,
    },
}

/// Keeps the copy.
pub(in crate::engine::run) struct Fetch {
    machine: Machine,
    /// The run there.
    path: String,
    /// The copy, locked against other programs of this machine.
    dir: RunDir,
    incoming: Incoming,
    link: Option<Link>,
    waits: std::iter::Peekable<std::slice::Iter<'static, u64>>,
    /// When the next attempt to connect is due.
    due: Instant,
    /// The other machine was understood once, and is heard now.
    met: bool,
    heard: bool,
    /// The settings have arrived: the copy is a run.
    whole: bool,
    /// So has what the session says of itself, or there is no such file.
    told: bool,
    holder: Holder,
}

impl Fetch {
    /// The copy lies in `copies`, in a folder with a name of its own.
    ///
    /// # Errors
    /// It cannot be made, or another program keeps it; in a sentence.
    pub(in crate::engine::run) fn new(machine: Machine, path: String, copies: &Path) -> Result<Self, String> {
        let root = copies::copy_of(copies, &machine, &path);
        let dir = RunDir::keep_copy(&root).map_err(|e| format!("The run cannot be copied: {e}"))?;
        copies::tidy(copies, &root);
        Ok(Self {
            machine,
            path,
            dir,
            incoming: Incoming::new(ModelConfig::default()),
            link: None,
            waits: WAITS.iter().peekable(),
            due: Instant::now(),
            met: false,
            heard: false,
            whole: false,
            told: false,
            holder: Holder::Unseen,
        })
    }

    /// The copy, once it is a run with all that its session had told.
    pub(in crate::engine::run) fn copy(&self) -> Option<PathBuf> {
        (self.whole && self.told).then(|| self.dir.root().to_path_buf())
    }

    /// Who trains the run, as the other machine told it last. All that belongs to that is in the copy.
    pub(in crate::engine::run) fn holder(&self) -> Holder {
        self.holder
    }

    /// Takes in what comes, and sees to the line, for at most so long.
    pub(in crate::engine::run) fn work(&mut self, time: Duration) -> Fetched {
        let until = Instant::now() + time;
        loop {
            let fetched = self.once(until);
            if !matches!(fetched, Fetched::Nothing) || Instant::now() >= until {
                return fetched;
            }
        }
    }

    fn once(&mut self, until: Instant) -> Fetched {
        let Some(link) = &mut self.link else {
            let now = Instant::now();
            if now < self.due {
                std::thread::sleep((self.due - now).min(until.saturating_duration_since(now)));
                return Fetched::Nothing;
            }
            return match Link::open(&self.machine, Errand::Show(&self.path)) {
                Ok(link) => {
                    self.incoming.start_over();
                    self.link = Some(link);
                    Fetched::Nothing
                }
                Err(trouble) => self.broken(trouble),
            };
        };
        link.has_room();
        if link.is_silent() {
            let text = format!("{} says nothing any more.", self.machine.host());
            self.link = None;
            return self.broken(Trouble::Line(text));
        }
        let Ok(arrived) = link.arrived().recv_deadline(until) else {
            // Nothing came, or the threads of the pipe are gone, which is silence soon.
            return Fetched::Nothing;
        };
        let greeted = matches!(arrived, Arrived::Greeted);
        match link.hear(arrived) {
            Ok(told) => {
                if greeted {
                    // A copy of an earlier time may be of another run in the same place.
                    let known = if self.whole { Known::of(&self.dir) } else { Known::default() };
                    link.ask(Ask::Follow(known));
                }
                told.map_or(Fetched::Nothing, |told| self.take(told))
            }
            Err(why) => match self.link.take() {
                Some(link) => {
                    let trouble = link.over(&self.machine, &why);
                    self.broken(trouble)
                }
                None => Fetched::Nothing,
            },
        }
    }

    /// The line is broken, or nothing will come of it.
    fn broken(&mut self, trouble: Trouble) -> Fetched {
        let text = match trouble {
            Trouble::Line(text) if self.met => text,
            Trouble::Line(text) | Trouble::Useless(text) => return Fetched::Over { text, gone: false },
        };
        if std::mem::take(&mut self.heard) {
            self.waits = WAITS.iter().peekable();
        }
        let last = self.waits.peek().is_none();
        let wait = self.waits.next().copied().unwrap_or(WAITS[WAITS.len() - 1]);
        self.due = Instant::now() + Duration::from_secs(wait);
        self.holder = Holder::Unseen;
        // Further attempts are told once they succeed.
        if last || wait > WAITS[0] {
            return Fetched::Nothing;
        }
        Fetched::Broke(format!("{text} The run is not affected. Connecting to {} again…", self.machine.host()))
    }

    fn take(&mut self, told: Told) -> Fetched {
        let again = self.met && !self.heard;
        (self.met, self.heard) = (true, true);
        let taken = match told {
            Told::Failed(text) => {
                let text = format!("{}: {}", self.machine.host(), printable::line(&text));
                return Fetched::Over { text, gone: true };
            }
            Told::Part(part) => self.part(&part),
            Told::Checkpoints(mut there) => {
                there.truncate(MOST_CHECKPOINTS);
                keep_only(&self.dir, &there);
                Ok(())
            }
            Told::Held(holder) => {
                self.told = true;
                // The process there is another one than this.
                self.holder = if holder == Holder::Ours { Holder::Here } else { holder };
                Ok(())
            }
            Told::Job(_) | Told::Squares { .. } | Told::Event(_) | Told::Pulse => Ok(()),
        };
        if let Err(e) = taken {
            self.link = None;
            let text = format!("A file of the run cannot be kept here: {e}{}.", remedy(&e));
            return self.broken(Trouble::Line(text));
        }
        if again { Fetched::Back(format!("The line to {} is back.", self.machine.host())) } else { Fetched::Nothing }
    }

    fn part(&mut self, part: &FilePart) -> io::Result<()> {
        if part.file == RunFile::Settings && part.at == 0 && !self.whole {
            self.dir.empty_copy()?;
        } else if !self.whole && part.file != RunFile::Settings {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the settings of the run are missing"));
        }
        if !self.incoming.take(&self.dir, part)? {
            return Ok(());
        }
        self.told |= part.file == RunFile::Session;
        if part.file == RunFile::Settings {
            let (_, config) = RunDir::inspect(self.dir.root()).map_err(io::Error::other)?;
            if !self.whole {
                self.incoming = Incoming::new(config.model);
                self.whole = true;
            }
        }
        Ok(())
    }
}

/// Keeps what a machine has told of a run, and only that, as a copy in `copies`; gives its place.
///
/// # Errors
/// It makes no copy of a run; in a sentence.
pub(in crate::engine) fn keep_told(told: Vec<Told>, copies: &Path) -> Result<PathBuf, String> {
    let machine: Machine = "ssh://machine".parse().map_err(|e: SettingError| e.reason)?;
    let mut fetch = Fetch::new(machine, "/run".to_owned(), copies)?;
    for told in told {
        if let Fetched::Over { text, .. } = fetch.take(told) {
            return Err(text);
        }
    }
    fetch.copy().ok_or_else(|| "That is not all of a run.".to_owned())
}

impl Drop for Fetch {
    fn drop(&mut self) {
        // A connection that never came to anything leaves no folder behind.
        if !self.whole && !self.dir.place_of(RunFile::Settings).exists() {
            let _ = remove_folder(self.dir.root());
        }
    }
}
