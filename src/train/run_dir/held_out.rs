//! Which pictures a run holds back: written down before its first step, because the folder of pictures may change.

use super::files::{read_list, write_list};
use super::{RunDir, RunDirError};

pub(super) const FILE: &str = "held-back.json";
/// A million digests.
const MOST: u64 = 36 << 20;

impl RunDir {
    /// The digests of the pictures that are held back; none in runs that are older than this list.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_held_out(&self) -> Result<Option<Vec<String>>, RunDirError> {
        let remedy = "take it from a copy of the run, or delete it: then what is held back is chosen anew, and pictures that \
                      were trained on may be among it";
        read_list(&self.root.join(FILE), MOST, remedy)
    }

    /// Writes the list, all or nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_held_out(&self, digests: &[&str]) -> Result<(), RunDirError> {
        write_list(&self.root.join(FILE), &digests)
    }
}
