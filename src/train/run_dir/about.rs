//! What the person says about the run: a name and notes.

use super::error::{RunDirError, writing};
use super::files::{read_list, write_list};
use super::folder::{self, RunDir};
use super::holder::{Holder, LONGEST_HOLDER, holder};
use crate::files::{Links, read_text};
use serde::{Deserialize, Serialize};

/// Largest file that is read.
const MOST: u64 = 1 << 20;
/// Letters of a name and of notes; what is longer is cut off.
pub(crate) const LONGEST_RUN_NAME: usize = 120;
pub(crate) const LONGEST_RUN_NOTES: usize = 20_000;

/// A name and notes of a run. The folder keeps its own name, so that paths to it stay what they are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AboutRun {
    /// What the person calls it; empty: as its folder.
    pub name: String,
    /// Anything the person wrote about it.
    pub notes: String,
}

impl RunDir {
    /// What the person says about the run; nothing where the file is missing or damaged.
    pub fn about(&self) -> AboutRun {
        let path = self.root().join("about.json");
        let mut about: AboutRun = match read_list(&path, MOST, "delete it to name the run anew") {
            Ok(about) => about.unwrap_or_default(),
            Err(e) => {
                log::warn!("{e}");
                AboutRun::default()
            }
        };
        about.bound();
        about
    }

    /// Writes it, all or nothing. The run may be training meanwhile.
    ///
    /// # Errors
    /// The folder is gone or cannot be written.
    pub(crate) fn write_about(&self, about: &AboutRun) -> Result<(), RunDirError> {
        let mut about = about.clone();
        about.bound();
        let path = self.root().join("about.json");
        if !self.settings().is_file() {
            return Err(writing(&path)(std::io::ErrorKind::NotFound.into()));
        }
        write_list(&path, &about)
    }

    /// Makes sure that no program trains in the run folder now.
    ///
    /// # Errors
    /// One does, or the folder cannot be written.
    pub(crate) fn check_unused(&self) -> Result<(), RunDirError> {
        super::files::take_lock(self.root()).map(drop)
    }

    /// Who trains in this folder now. Reads what the lock says and neither takes nor changes it.
    pub(crate) fn holder(&self) -> Holder {
        match read_text(&folder::lock(self.root()), Links::Refuse, LONGEST_HOLDER) {
            Ok(text) => holder(&text),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Holder::Free,
            // On some systems a lock also stops readers: it is held then.
            Err(_) if cfg!(windows) => Holder::Here,
            Err(_) => Holder::Unseen,
        }
    }
}

impl AboutRun {
    fn bound(&mut self) {
        for (text, most) in [(&mut self.name, LONGEST_RUN_NAME), (&mut self.notes, LONGEST_RUN_NOTES)] {
            let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
            text.truncate(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RunConfig;

    #[test]
    fn a_name_and_notes_come_back_and_a_damaged_file_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir::create(&dir.path().join("run"), &RunConfig::default()).unwrap();
        assert_eq!(run.about(), AboutRun::default());
        let about = AboutRun { name: "Best so far 猫".into(), notes: "two\nlines".into() };
        run.write_about(&about).unwrap();
        assert_eq!(run.about(), about);
        run.write_about(&AboutRun { name: "x".repeat(500), ..AboutRun::default() }).unwrap();
        assert_eq!(run.about().name.len(), LONGEST_RUN_NAME);
        std::fs::write(run.root().join("about.json"), "{").unwrap();
        assert_eq!(run.about(), AboutRun::default());
        assert!(run.check_unused().unwrap_err().to_string().contains("in use"));
        std::fs::remove_file(run.root().join("run.toml")).unwrap();
        assert!(run.write_about(&about).is_err());
    }

    #[test]
    fn who_lets_go_says_so_and_looking_lets_nobody_in() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("run");
        let run = RunDir::create(&root, &RunConfig::default()).unwrap();
        let look = RunDir::at(root.clone());
        let held = match () {
            () if cfg!(target_os = "linux") => Holder::Ours,
            () if cfg!(windows) => Holder::Here,
            () => Holder::Unseen,
        };
        assert_eq!(look.holder(), held);
        assert!(RunDir::open(&root).unwrap_err().to_string().contains("in use"));
        drop(run);
        assert_eq!(look.holder(), Holder::Free);
        assert!(RunDir::open(&root).is_ok());
        std::fs::remove_file(folder::lock(&root)).unwrap();
        assert_eq!(look.holder(), Holder::Free);
    }
}
