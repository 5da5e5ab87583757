//! What a run begins with, as it arrives: its squares and its files.

use super::job::Job;
use crate::config::RunConfig;
use crate::data::{Dataset, is_packed_name};
use crate::files::{self, remedy};
use crate::train::{FilePart, Incoming, RunDir, RunFile};
use std::fs;
use std::io::{self, Seek, SeekFrom, Write};

/// The most bytes of squares that are taken: as much as all caches of prepared pictures may have together.
const MOST_SQUARES: u64 = 8 << 30;

/// What has arrived.
#[derive(Default)]
pub(super) struct Receiving {
    /// The squares that were asked for: their name and their length.
    wanted: Option<(String, u64)>,
    pub squares: Option<Dataset>,
    incoming: Option<Incoming>,
}

impl Receiving {
    /// How many bytes of these squares are here; all of them if they are whole.
    ///
    /// # Errors
    /// They cannot be kept here, in a sentence.
    pub(super) fn want(&mut self, job: &Job, name: String, bytes: u64) -> Result<u64, String> {
        if !is_packed_name(&name) || !(1..=MOST_SQUARES).contains(&bytes) {
            return Err("there cannot be such squares".to_owned());
        }
        if let Ok(dataset) = Dataset::open_packed(&job.squares(&name), &name) {
            self.squares = Some(dataset);
            return Ok(bytes);
        }
        let have = fs::symlink_metadata(job.arriving()).map_or(0, |about| about.len());
        // What has begun to arrive may be of other squares: the hash tells at the end.
        let have = if have < bytes { have } else { 0 };
        self.wanted = Some((name, bytes));
        Ok(have)
    }

    /// Takes a piece of them. Once they are whole, their length.
    ///
    /// # Errors
    /// They cannot be written, or are others; in a sentence.
    pub(super) fn piece(&mut self, job: &Job, at: u64, bytes: &[u8]) -> Result<Option<u64>, String> {
        let (name, all) = self.wanted.clone().ok_or("squares came that nobody asked for")?;
        let path = job.arriving();
        let write = || -> io::Result<u64> {
            let mut file = files::open_in_place(&path)?;
            if at == 0 {
                file.set_len(0)?;
            }
            let end = at.saturating_add(bytes.len() as u64);
            if file.metadata()?.len() != at || end > all {
                return Err(io::Error::other("a piece of the squares is missing"));
            }
            file.seek(SeekFrom::End(0))?;
            file.write_all(bytes)?;
            if end == all {
                file.sync_all()?;
            }
            Ok(end)
        };
        let end = write().map_err(|e| sentence("the squares cannot be kept", &e))?;
        if end < all {
            return Ok(None);
        }
        let opened = Dataset::open_packed(&path, &name).and_then(|_| {
            fs::rename(&path, job.squares(&name))?;
            Dataset::open_packed(&job.squares(&name), &name)
        });
        match opened {
            Ok(dataset) => self.squares = Some(dataset),
            Err(e) => {
                // The next attempt sends all of them.
                let _ = fs::remove_file(&path);
                return Err(sentence("the squares that arrived cannot be used; try again", &e));
            }
        }
        Ok(Some(all))
    }

    /// Takes a part of a file of the run.
    ///
    /// # Errors
    /// It cannot be written, or is none of a run; in a sentence.
    pub(super) fn part(&mut self, job: &Job, part: &FilePart) -> Result<(), String> {
        let dir = RunDir::at(job.run());
        let incoming = match (&mut self.incoming, part.file) {
            (None, RunFile::Settings) => {
                let text = String::from_utf8(part.bytes.clone()).map_err(|e| e.to_string())?;
                let config = RunConfig::from_toml(&text)?;
                config.validate().map_err(|e| e.to_string())?;
                dir.make_room().map_err(|e| sentence("the run folder cannot be made", &e))?;
                self.incoming.insert(Incoming::new(config.model))
            }
            (Some(incoming), _) => incoming,
            (None, _) => return Err("the settings of the run must come first".to_owned()),
        };
        incoming.take(&dir, part).map_err(|e| sentence("the run cannot be kept", &e))?;
        Ok(())
    }

    /// A new connection sends its files anew.
    pub(super) fn start_over(&mut self) {
        self.incoming = None;
    }
}

fn sentence(what: &str, e: &io::Error) -> String {
    format!("{what}: {e}{}", remedy(e))
}
