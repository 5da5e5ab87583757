//! Which pictures a run holds back: written down before its first step, because the folder of pictures may change.

use super::{RunDir, RunDirError, at, writing};
use crate::files::{Links, read_text, replace};

pub(super) const FILE: &str = "held-back.json";
/// A million digests.
const MOST: u64 = 36 << 20;

impl RunDir {
    /// The digests of the pictures that are held back; none in runs of before this was written down.
    ///
    /// # Errors
    /// The file cannot be read, or is damaged.
    pub fn read_held_back(&self) -> Result<Option<Vec<String>>, RunDirError> {
        let path = self.root.join(FILE);
        match read_text(&path, Links::Refuse, MOST) {
            Ok(text) => {
                let list = serde_json::from_str(&text);
                list.map(Some).map_err(|e| {
                    let reason = format!(
                        "{e}; take it from a copy of the run, or delete it: then what is held back is chosen anew, and \
                         pictures that were trained on may be among it"
                    );
                    RunDirError::Damaged { path, reason }
                })
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(at(&path)(e)),
        }
    }

    /// Writes the list, all or nothing.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_held_back(&self, digests: &[&str]) -> Result<(), RunDirError> {
        let path = self.root.join(FILE);
        let text = serde_json::to_vec(digests);
        let text = text.map_err(|e| RunDirError::Damaged { path: path.clone(), reason: e.to_string() })?;
        replace(&path, &text).map_err(writing(&path))
    }
}
