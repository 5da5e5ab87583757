//! What the person has chosen for their own cat.

use super::output::own_file;
use crate::ui::photo::PhotoEditor;

/// What the person has chosen.
#[derive(Debug)]
pub struct CatForm {
    /// The photo with its square.
    pub(crate) editor: Option<PhotoEditor>,
    /// The typed file of the new model.
    pub out: String,
}

impl Default for CatForm {
    fn default() -> Self {
        Self { editor: None, out: own_file("my-cat.safetensors") }
    }
}
