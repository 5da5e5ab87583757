//! Directions that are found or learned for a generator.

use super::open_model::OpenModel;
use super::state::ExplorerThread;
use crate::engine::jobs::directions::find_directions;
use crate::engine::kept_directions::KeptDirections;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::DirectionMethod;
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::Latent;
use crate::latent::{Direction, by_example};

/// How many directions are searched for: the effect of further ones is hardly visible.
const DIRECTIONS: usize = 10;

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

    /// The directions of earlier sessions.
    pub(super) fn kept_directions(&self, model: &OpenModel) -> Vec<Direction> {
        KeptDirections::of(&self.dirs, &model.info.hash).load(model.size())
    }

    /// Sends the front end the directions, and saves them.
    fn keep_directions(&self) -> Result<(), EngineError> {
        let model = self.model()?;
        (self.emit)(ExploreEvent::Directions(model.direction_infos()));
        KeptDirections::of(&self.dirs, &model.info.hash).save(&model.directions)
    }
}
