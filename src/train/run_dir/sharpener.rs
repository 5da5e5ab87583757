//! The network that sharpens the run's pictures, trained beside the run.

use super::error::{RunDirError, at, writing};
use super::folder::RunDir;
use crate::files::{self, Links};

/// Several times the largest network.
const MOST: u64 = 16 << 20;

impl RunDir {
    /// The bytes of the file; none where no such network was trained.
    ///
    /// # Errors
    /// The file cannot be read, is larger than any such network, or is a link.
    pub(crate) fn read_sharpener(&self) -> Result<Option<Vec<u8>>, RunDirError> {
        let path = self.sharpener();
        match files::read(&path, Links::Refuse, MOST) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(at(&path)(e)),
        }
    }

    /// Writes or replaces the file, all or nothing. The run may be training meanwhile.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(crate) fn write_sharpener(&self, bytes: &[u8]) -> Result<(), RunDirError> {
        let path = self.sharpener();
        files::replace(&path, bytes).map_err(writing(&path))
    }
}
