//! Which pictures a run holds out: written down before its first step, because the folder of pictures may change.

use super::error::{RunDirError, writing};
use super::files::{read_list, write_list};
use super::folder::RunDir;

/// A million digests.
const MOST: u64 = 36 << 20;

impl RunDir {
    /// The digests of the held-out pictures; none in runs that are older than this list.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_held_out(&self) -> Result<Option<Vec<String>>, RunDirError> {
        let remedy = "take it from a copy of the run, or delete it: then the held-out pictures are chosen anew, and \
                      some of them may have been trained on";
        match read_list(&self.held_out(), MOST, remedy)? {
            Some(digests) => Ok(Some(digests)),
            None => read_list(&self.former_held_out(), MOST, remedy),
        }
    }

    /// Writes the list, all or nothing. The list of an older version goes once the new one is on the disk: a crash
    /// between the two leaves both, and then the new one counts.
    ///
    /// # Errors
    /// The file cannot be written, or the list of an older version cannot be removed.
    pub(crate) fn write_held_out(&self, digests: &[&str]) -> Result<(), RunDirError> {
        write_list(&self.held_out(), &digests)?;
        let former = self.former_held_out();
        match std::fs::remove_file(&former) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(writing(&former)(e)),
            _ => Ok(()),
        }
    }
}
