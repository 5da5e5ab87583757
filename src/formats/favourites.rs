//! The favourites of a generator: a line for each change, so that keeping one more costs one line and a damaged line
//! costs no other. Several windows and commands share the file; each adds its lines under a lock.

use super::hexadecimal;
use crate::files::{self, Links, SharedFile, SharedFileError, append, create_new, each_line, open, sync_file};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Largest file that is read: some 200,000 favourites of 128 numbers.
const MOST_BYTES: u64 = 256 << 20;
/// Longest line: more than 4,096 numbers, a name and notes.
const LONGEST_LINE: usize = 1 << 17;
/// The format of the file. Raise it when older programs would misread what is written.
const FORMAT: u32 = 1;
/// Lines that say nothing any more; once there are more, and more than others, the file is written anew.
const MOST_DEAD: usize = 200;
/// Letters of a name and of notes; what is longer is cut off.
pub(crate) const LONGEST_NAME: usize = 120;
pub(crate) const LONGEST_NOTES: usize = 4000;

/// A point in latent space that a person keeps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keepsake {
    /// The point, before truncation. No two favourites of a generator have the same.
    #[serde(with = "hexadecimal")]
    pub latent: Arc<[f32]>,
    /// Truncation (psi); 1 is none.
    pub psi: f64,
    /// Seed that the latent was drawn from, as `generate` draws; none where it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Index of the latent among those of the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// What the person calls it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What the person wrote about it; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub notes: String,
    /// Training steps behind the generator when it was kept; 0 if not known.
    #[serde(default)]
    pub step: u64,
    /// When it was kept, in seconds since 1970; 0 if not known.
    #[serde(default)]
    pub kept_at: u64,
}

impl Keepsake {
    /// A point without a name, kept now.
    pub fn new(latent: Arc<[f32]>, psi: f64, step: u64) -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let kept_at = since.map_or(0, |since| since.as_secs());
        Self { latent, psi, seed: None, number: None, name: String::new(), notes: String::new(), step, kept_at }
    }

    /// With texts of a bearable length; none if it is no point at all.
    fn sound(mut self) -> Option<Self> {
        let cut = |text: &mut String, most: usize| {
            let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        };
        cut(&mut self.name, LONGEST_NAME);
        cut(&mut self.notes, LONGEST_NOTES);
        let finite = self.psi.is_finite() && self.latent.iter().all(|value| value.is_finite());
        (finite && !self.latent.is_empty()).then_some(self)
    }

    /// Equal for equal latents alone.
    fn key(&self) -> Vec<u32> {
        key(&self.latent)
    }
}

fn key(latent: &[f32]) -> Vec<u32> {
    latent.iter().map(|value| value.to_bits()).collect()
}

/// A change of the favourites.
#[derive(Debug, Clone, PartialEq)]
pub enum FavouriteEdit {
    /// Keep these; one with a latent that is kept already takes its place.
    Keep(Vec<Arc<Keepsake>>),
    /// Keep the favourites with these latents no longer.
    Remove(Vec<Arc<[f32]>>),
}

/// A line of the file.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Format(u32),
    Keep(Arc<Keepsake>),
    Remove(#[serde(with = "hexadecimal")] Arc<[f32]>),
}

/// The favourites in a file.
#[derive(Debug, Default)]
pub struct LoadedFavourites {
    /// In the order in which they were kept.
    pub list: Vec<Arc<Keepsake>>,
    /// What to tell a person: a part of the file was damaged, and the whole is kept under another name.
    pub notice: Option<String>,
}

/// What reading the file gave.
#[derive(Default)]
struct Found {
    list: Vec<Option<Arc<Keepsake>>>,
    places: HashMap<Vec<u32>, usize>,
    lines: usize,
    damaged: usize,
    newer: Option<u32>,
}

impl Found {
    fn take(&mut self, line: Option<&[u8]>) {
        self.lines += 1;
        match parse(line) {
            Some(Line::Format(format)) => self.newer = Some(format).filter(|format| *format > FORMAT).or(self.newer),
            Some(Line::Keep(kept)) => match Arc::unwrap_or_clone(kept).sound() {
                Some(kept) => match self.places.get(&kept.key()) {
                    Some(place) => self.list[*place] = Some(Arc::new(kept)),
                    None => {
                        self.places.insert(kept.key(), self.list.len());
                        self.list.push(Some(Arc::new(kept)));
                    }
                },
                None => self.damaged += 1,
            },
            Some(Line::Remove(latent)) => {
                if let Some(place) = self.places.remove(&key(&latent)) {
                    self.list[place] = None;
                }
            }
            None => self.damaged += usize::from(line.is_none_or(|line| !line.trim_ascii().is_empty())),
        }
    }

    fn kept(&self) -> Vec<Arc<Keepsake>> {
        self.list.iter().flatten().cloned().collect()
    }
}

/// Where the favourites of a generator are kept; the file need not exist.
#[derive(Debug, Clone)]
pub struct FavouritesFile {
    file: SharedFile,
}

impl FavouritesFile {
    /// The favourites in this file.
    pub fn new(path: PathBuf) -> Self {
        Self { file: SharedFile { path, what: "the favourites" } }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.file.path
    }

    /// All favourites. A file with damaged lines is kept under another name, and the notice says so; the others are
    /// here.
    ///
    /// # Errors
    /// The file cannot be read, or is of a newer version.
    pub fn load(&self) -> Result<LoadedFavourites, SharedFileError> {
        let found = self.read()?;
        if found.damaged == 0 && found.lines <= 2 * found.list.iter().flatten().count() + MOST_DEAD {
            return Ok(LoadedFavourites { list: found.kept(), notice: None });
        }
        // Perhaps another program has just put it right.
        let _lock = self.file.lock()?;
        self.renew()
    }

    /// Makes a change; it lasts through a power cut.
    ///
    /// # Errors
    /// The file cannot be written, or is of a newer version; then it is what it was.
    pub fn apply(&self, edit: &FavouriteEdit) -> Result<(), SharedFileError> {
        let _lock = self.file.lock()?;
        let mut first = None;
        let open_end = self.each_line(|line| _ = first.get_or_insert_with(|| parse(line)))?;
        if let Some(Some(Line::Format(format))) = first
            && format > FORMAT
        {
            return Err(self.file.newer(format));
        }
        let mut text = if open_end { b"\n".to_vec() } else { Vec::new() };
        let head = first.is_none().then_some(Line::Format(FORMAT));
        let lines: Vec<Line> = match edit {
            FavouriteEdit::Keep(kept) => kept.iter().cloned().map(Line::Keep).collect(),
            FavouriteEdit::Remove(latents) => latents.iter().cloned().map(Line::Remove).collect(),
        };
        self.write_lines(&mut text, head.into_iter().chain(lines))?;
        append(self.path(), &text).and_then(|()| sync_file(self.path())).map_err(|e| self.file.writing(e))
    }

    /// Writes the file anew, with the lines that count; a damaged one is kept under another name.
    fn renew(&self) -> Result<LoadedFavourites, SharedFileError> {
        let found = self.read()?;
        let list = found.kept();
        let mut notice = None;
        if found.damaged > 0 {
            let aside = self.file.name_aside();
            let copy = || io::copy(&mut open(self.path(), Links::Refuse, MOST_BYTES)?, &mut create_new(&aside)?);
            copy().map_err(|e| self.file.writing(e))?;
            notice = Some(format!(
                "{} of {} lines of the favourites in {} cannot be read. The file as it was is now {}; {} favourites \
                 are left.",
                found.damaged,
                found.lines,
                self.path().display(),
                aside.display(),
                list.len()
            ));
        }
        let mut text = Vec::new();
        self.write_lines(&mut text, [Line::Format(FORMAT)].into_iter().chain(list.iter().cloned().map(Line::Keep)))?;
        files::replace(self.path(), &text).map_err(|e| self.file.writing(e))?;
        Ok(LoadedFavourites { list, notice })
    }

    fn write_lines(&self, text: &mut Vec<u8>, lines: impl Iterator<Item = Line>) -> Result<(), SharedFileError> {
        for line in lines {
            serde_json::to_writer(&mut *text, &line).map_err(|e| self.file.writing(e.into()))?;
            text.push(b'\n');
        }
        Ok(())
    }

    fn read(&self) -> Result<Found, SharedFileError> {
        let mut found = Found::default();
        self.each_line(|line| found.take(line))?;
        match found.newer {
            Some(format) => Err(self.file.newer(format)),
            None => Ok(found),
        }
    }

    /// Hands over each line that is not too long. True where the last one has no end.
    fn each_line(&self, mut take: impl FnMut(Option<&[u8]>)) -> Result<bool, SharedFileError> {
        let file = match open(self.path(), Links::Refuse, MOST_BYTES) {
            Ok(file) => file,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(e) => return Err(self.file.reading(e)),
        };
        let mut open_end = false;
        let each = |line: Option<&[u8]>, ended: bool| {
            take(line);
            open_end = !ended;
            Ok(())
        };
        each_line(file, LONGEST_LINE, each).map_err(|e| self.file.reading(e))?;
        Ok(open_end)
    }
}

fn parse(line: Option<&[u8]>) -> Option<Line> {
    serde_json::from_slice(line?).ok()
}

#[cfg(test)]
#[path = "favourites_tests.rs"]
mod tests;
