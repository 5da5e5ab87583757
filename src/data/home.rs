//! What of the user's belongs to all pictures.

use super::choices::PictureChoices;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where prepared pictures are kept, and what people decided about their photos.
#[derive(Debug, Clone, Default)]
pub struct DataHome {
    /// The program's folder for what can be made again.
    pub cache: PathBuf,
    /// Which pictures to leave out or use, and where faces are.
    pub choices: Arc<PictureChoices>,
}

impl DataHome {
    /// A home with this cache in which nothing was decided yet.
    pub fn at(cache: impl AsRef<Path>) -> Self {
        Self { cache: cache.as_ref().to_owned(), choices: Arc::default() }
    }
}
