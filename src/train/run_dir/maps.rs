//! The maps of a run: what its averaged generator drew from one square of latents, at a few moments.

use super::error::{RunDirError, at};
use super::folder::RunDir;
use crate::files::{Links, read, replace};
use crate::pixels::{Frame, jpeg_size};

/// Bytes of a map, at most.
const MOST_MAP: u64 = 16 << 20;

impl RunDir {
    /// Saves the map of a step.
    pub(crate) fn save_map(&self, step: u64, map: &Frame) -> Result<(), RunDirError> {
        let path = self.map(step);
        replace(&path, &map.to_jpeg()?).map_err(at(&path))
    }

    /// The JPEG of a step's map; none where there is none of this size.
    pub(crate) fn load_map(&self, step: u64, size: (u32, u32)) -> Option<Vec<u8>> {
        let jpeg = read(&self.map(step), Links::Refuse, MOST_MAP).ok()?;
        (jpeg_size(&jpeg) == Some(size)).then_some(jpeg)
    }

    /// Steps for which there is a map, oldest first.
    pub(crate) fn map_steps(&self) -> Vec<u64> {
        super::samples::steps_of(&self.maps(), "jpg")
    }

    /// Deletes the maps of these steps, as [`Self::remove_samples`].
    pub(crate) fn remove_maps(&self, steps: &[u64]) {
        super::samples::remove(&self.maps(), steps.iter().map(|step| self.map(*step)), "maps");
    }
}
