//! The squares of a run as they arrive from another machine; see `data/packed`.

use crate::config::{DataConfig, DataSource, RunConfig};
use crate::data::{Dataset, is_packed_name};
use crate::files::{self, entries, remedy};
use std::fs;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The most bytes of squares that are taken: as much as all caches of prepared pictures may have together.
const MOST_SQUARES: u64 = 8 << 30;
/// What another machine has for the folder of pictures: it gets no name of one.
const SQUARES: &str = "/squares";
/// What is not used for so long goes.
const KEPT: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// The most bytes of them in a message.
pub(crate) const SQUARES_PART: usize = 1 << 20;

/// Where squares are kept.
pub(crate) struct SquaresFolder {
    /// Those that are whole, each by its name; several runs may train on the same.
    pub kept: PathBuf,
    /// Those that are on their way here.
    pub arriving: PathBuf,
}

impl SquaresFolder {
    /// The file of squares of this name, which [`is_packed_name`] has checked.
    fn file(&self, name: &str) -> PathBuf {
        self.kept.join(name)
    }
}

/// What has arrived.
#[derive(Default)]
pub(crate) struct ArrivingSquares {
    /// The squares that were asked for: their name and their length.
    wanted: Option<(String, u64)>,
    pub squares: Option<Dataset>,
}

impl ArrivingSquares {
    /// How many bytes of these squares are here; all of them if they are whole.
    ///
    /// # Errors
    /// They cannot be kept here, in a sentence.
    pub(crate) fn want(&mut self, folder: &SquaresFolder, name: String, bytes: u64) -> Result<u64, String> {
        if !is_packed_name(&name) || !(1..=MOST_SQUARES).contains(&bytes) {
            return Err("there cannot be such squares".to_owned());
        }
        if let Ok(dataset) = Dataset::open_packed(&folder.file(&name), &name) {
            self.squares = Some(dataset);
            return Ok(bytes);
        }
        let have = fs::symlink_metadata(&folder.arriving).map_or(0, |about| about.len());
        // What has begun to arrive may be of other squares: the hash tells at the end.
        let have = if have < bytes { have } else { 0 };
        self.wanted = Some((name, bytes));
        Ok(have)
    }

    /// Takes a piece of them. Once they are whole, their length.
    ///
    /// # Errors
    /// They cannot be written, or are others; in a sentence.
    pub(crate) fn piece(&mut self, folder: &SquaresFolder, at: u64, bytes: &[u8]) -> Result<Option<u64>, String> {
        let (name, all) = self.wanted.clone().ok_or("squares came that nobody asked for")?;
        let path = &folder.arriving;
        let write = || -> io::Result<u64> {
            let mut file = files::open_in_place(path)?;
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
        let kept = folder.file(&name);
        let opened = Dataset::open_packed(path, &name).and_then(|_| {
            fs::rename(path, &kept)?;
            Dataset::open_packed(&kept, &name)
        });
        match opened {
            Ok(dataset) => self.squares = Some(dataset),
            Err(e) => {
                // The next attempt sends all of them.
                let _ = fs::remove_file(path);
                return Err(sentence("the squares that arrived cannot be used; try again", &e));
            }
        }
        Ok(Some(all))
    }
}

/// The settings of a run as another machine may know them: without the places of photos.
pub(crate) fn without_places(config: &RunConfig) -> RunConfig {
    let data = DataConfig { source: DataSource::Folder(SQUARES.into()), exclude: None, ..config.data.clone() };
    RunConfig { data, ..config.clone() }
}

/// Removes squares that nobody has used for two weeks. They are made again; whoever has them open keeps them.
pub(crate) fn tidy_squares(folder: &Path) {
    for path in entries(folder).filter(|path| is_old(path)) {
        let _ = fs::remove_file(path);
    }
}

/// Whether nothing has changed there for two weeks.
pub(crate) fn is_old(path: &Path) -> bool {
    let changed = fs::symlink_metadata(path).and_then(|about| about.modified());
    changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > KEPT))
}

fn sentence(what: &str, e: &io::Error) -> String {
    format!("{what}: {e}{}", remedy(e))
}
