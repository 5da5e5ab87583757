//! Favourites: read when a generator is opened, written at each change.

use super::open_model::OpenModel;
use super::points::tile_latent;
use super::state::ExplorerThread;
use crate::engine::favourites::favourites_of;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::formats::{FavouriteEdit, FavouritesFile, Keepsake};
use crate::latent::LatentSource;
use crate::train::RunDir;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl ExplorerThread {
    fn favourites_file(&self, model: &OpenModel) -> FavouritesFile {
        let run = model.path().ok().filter(|_| !model.watched);
        favourites_of(&self.dirs, run.as_deref(), &model.info.hash)
    }

    /// Tells the favourites of a generator. Those of another latent size, which only a stranger can have put there,
    /// stay in the file.
    pub(super) fn tell_favourites(&self, model: &OpenModel) {
        let file = self.favourites_file(model);
        let (mut list, notice) = match file.load() {
            Ok(loaded) => (loaded.list, loaded.notice),
            Err(e) => (Vec::new(), Some(e.to_string())),
        };
        list.retain(|kept| kept.latent.len() == model.size());
        (self.emit)(ExploreEvent::Favourites { file: file.path().to_path_buf(), list, notice });
    }

    pub(super) fn edit_favourites(&self, file: PathBuf, edit: FavouriteEdit) {
        let event = match FavouritesFile::new(file.clone()).apply(&edit) {
            Ok(()) => ExploreEvent::FavouritesSaved,
            Err(e) => ExploreEvent::FavouritesNotSaved { file, edit, text: e.to_string() },
        };
        (self.emit)(event);
    }

    /// Keeps a tile of a run's sample grid. The run need not be open here.
    pub(super) fn keep_tile(&self, run: PathBuf, tile: u32, count: u32, step: u64) -> Result<(), EngineError> {
        let (dir, config) = RunDir::inspect(&run)?;
        let (kind, size) = (config.model.latent, config.model.latent_size as usize);
        let latent = tile_latent(LatentSource { kind, size, seed: config.seed }, tile, count)?;
        let file = FavouritesFile::new(dir.favourites());
        let kept = Arc::new(Keepsake::new(latent.into(), 1.0, step));
        // One that is kept already has a name, perhaps, that must not be lost.
        let known = file.load().is_ok_and(|loaded| loaded.list.iter().any(|other| other.latent == kept.latent));
        if !known {
            file.apply(&FavouriteEdit::Keep(vec![kept])).map_err(|e| EngineError::Other(e.to_string()))?;
        }
        if let Some(model) = self.model.as_ref().filter(|model| self.is_kept_in(model, file.path())) {
            self.tell_favourites(model);
        }
        (self.emit)(ExploreEvent::TileKept { run, tile });
        Ok(())
    }

    fn is_kept_in(&self, model: &OpenModel, file: &Path) -> bool {
        self.favourites_file(model).path() == file
    }
}
