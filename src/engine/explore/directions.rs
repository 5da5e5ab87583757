//! Directions that are found or learned for a generator, and their file in the settings folder.

use super::open_model::OpenModel;
use super::state::ExplorerThread;
use crate::engine::jobs::directions::find_directions;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::DirectionMethod;
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::Latent;
use crate::files::{self, Links};
use crate::latent::{Direction, DirectionSet, by_example};
use std::path::PathBuf;

/// How many directions are searched for: the effect of further ones is hardly visible.
const DIRECTIONS: usize = 10;
/// Largest file of directions: one takes some kilobytes.
const MOST_BYTES: u64 = 64 << 20;

impl ExplorerThread {
    pub(super) fn find_directions(&mut self, method: DirectionMethod) -> Result<(), EngineError> {
        let model = self.model()?;
        let found = find_directions(&model.saved, method, DIRECTIONS, model.device().device())?;
        if let Some(model) = &mut self.model {
            model.directions = found;
        }
        self.keep_directions()
    }

    pub(super) fn learn(&mut self, name: &str, with: &[Latent], without: &[Latent]) -> Result<(), EngineError> {
        let model = self.model()?;
        let own = |all: &[Latent]| all.iter().map(|z| model.own(z).map(<[f32]>::to_vec)).collect::<Result<Vec<_>, _>>();
        let (with, without) = (own(with)?, own(without)?);
        let with: Vec<&[f32]> = with.iter().map(Vec::as_slice).collect();
        let without: Vec<&[f32]> = without.iter().map(Vec::as_slice).collect();
        let direction = by_example(model.saved.config.latent, name, &with, &without)
            .map_err(|e| EngineError::Other(e.to_string()))?;
        if let Some(model) = &mut self.model {
            // The newest comes first: it is the one to try now.
            model.directions.insert(0, direction);
        }
        self.keep_directions()
    }

    pub(super) fn rename_direction(&mut self, index: usize, name: String) -> Result<(), EngineError> {
        if let Some(direction) = self.model.as_mut().and_then(|m| m.directions.get_mut(index)) {
            direction.name = name;
            self.keep_directions()?;
        }
        Ok(())
    }

    fn directions_file(&self, hash: &str) -> PathBuf {
        self.dirs.directions.join(format!("{hash}.toml"))
    }

    /// The directions of earlier sessions.
    pub(super) fn kept_directions(&self, model: &OpenModel) -> Vec<Direction> {
        let path = self.directions_file(&model.info.hash);
        let text = match files::read_text(&path, Links::Follow, MOST_BYTES) {
            Ok(text) => text,
            Err(e) => {
                if e.kind() != std::io::ErrorKind::NotFound {
                    log::warn!("{}: {e}", path.display());
                }
                return Vec::new();
            }
        };
        match DirectionSet::parse(&text, &model.info.hash, model.saved.config.latent_size as usize) {
            Ok(set) => set.directions,
            Err(e) => {
                log::warn!("{}: {e}", path.display());
                Vec::new()
            }
        }
    }

    /// Sends the front end the directions, and saves them.
    fn keep_directions(&self) -> Result<(), EngineError> {
        let model = self.model()?;
        (self.emit)(ExploreEvent::Directions(model.direction_infos()));
        let set = DirectionSet { model: model.info.hash.clone(), directions: model.directions.clone() };
        let path = self.directions_file(&model.info.hash);
        let fail = |e: &dyn std::fmt::Display| EngineError::Other(format!("{}: {e}", path.display()));
        let text = set.to_toml().map_err(|e| fail(&e))?;
        files::make_folder(&self.dirs.directions).map_err(|e| fail(&e))?;
        files::replace(&path, text.as_bytes()).map_err(|e| fail(&e))
    }
}
