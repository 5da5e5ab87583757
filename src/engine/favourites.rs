//! Where the favourites of a generator are kept: in the folder of its run, or else among the program's own files.

use super::app_dirs::AppDirs;
use super::load::run_folder;
use crate::formats::FavouritesFile;
use std::path::Path;

/// The favourites of the generator with this hash, which comes from `source` unless it is the bundled one. All
/// checkpoints of a run share theirs: a latent means much the same to each of them.
pub(super) fn favourites_of(dirs: &AppDirs, source: Option<&Path>, hash: &str) -> FavouritesFile {
    let run = source.and_then(run_folder).map(|(dir, _)| dir.favourites());
    FavouritesFile::new(run.unwrap_or_else(|| dirs.favourites.join(format!("{hash}.jsonl"))))
}
