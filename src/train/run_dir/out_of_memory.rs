//! A note that a graphics card's memory ran out, for whoever resumes the run.

use super::error::RunDirError;
use super::files::{read_list, write_list};
use super::folder::RunDir;
use crate::files::remedy;

/// Of a file with one number.
const MOST: u64 = 1 << 10;

impl RunDir {
    /// How many pictures at once were too many when memory ran out, if it did since the run was resumed last.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub(crate) fn too_many_at_once(&self) -> Result<Option<u32>, RunDirError> {
        read_list(&self.out_of_memory(), MOST, "delete the file")
    }

    /// Notes that these were too many.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_too_many_at_once(&self, pictures: u32) -> Result<(), RunDirError> {
        write_list(&self.out_of_memory(), &pictures)
    }

    /// The settings of the run respect it from now on.
    pub(crate) fn forget_out_of_memory(&self) {
        let path = self.out_of_memory();
        if let Err(e) = std::fs::remove_file(&path)
            && e.kind() != std::io::ErrorKind::NotFound
        {
            log::warn!("{}: cannot be deleted: {e}{}", path.display(), remedy(&e));
        }
    }
}
