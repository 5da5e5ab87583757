//! What is asked for while looking through the pictures.

use super::filter::Filter;
use crate::engine::Verdict;
use std::path::PathBuf;

/// What a panel or a key asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum CurationAction {
    /// Show the pictures of this filter.
    Filter(Filter),
    /// Select all pictures on show.
    SelectAll,
    /// Select none.
    SelectNone,
    /// Select the picture at the cursor, or not any more.
    Toggle,
    /// Decide about the selected pictures; none follows the filters again.
    Decide(Option<Verdict>),
    /// Take the newest decision back.
    Undo,
    /// Decide again what was taken back.
    Redo,
    /// Open the photo of this picture, or of the one at the cursor.
    Open(Option<u32>),
    /// Open the photo so many photos further on; what was changed is saved first.
    StepPhoto(isize),
    /// Save the faces of the open photo, and close it.
    SavePhoto,
    /// Copy the names of the pictures that are left out, with the reasons.
    CopyLeftOut,
    /// Write the faces as `.cat` files below this folder.
    WriteLandmarks(PathBuf),
}
