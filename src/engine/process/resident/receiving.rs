//! What a run begins with, as it arrives: its squares and its files.

use super::job::Job;
use crate::config::RunConfig;
use crate::engine::squares::ArrivingSquares;
use crate::files::remedy;
use crate::train::{FilePart, Incoming, RunDir, RunFile};
use std::io;

/// What has arrived.
#[derive(Default)]
pub(super) struct Receiving {
    pub squares: ArrivingSquares,
    incoming: Option<Incoming>,
}

impl Receiving {
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
