//! Directions that are found or learned for a generator.

use super::job_thread::Job;
use super::open_model::OpenModel;
use super::requests::no_thread;
use super::state::{ExplorerThread, NamedDirections};
use crate::config::DeviceChoice;
use crate::engine::jobs::directions::{find_directions, names};
use crate::engine::kept_directions::KeptDirections;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::{DirectionMethod, RequestKind};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::Latent;
use crate::interrupt::JobControl;
use crate::latent::{Direction, by_example};
use std::sync::atomic::Ordering;

/// How many directions are searched for: the effect of further ones is hardly visible.
const DIRECTIONS: usize = 10;

impl ExplorerThread {
    pub(super) fn find_directions(&mut self, method: DirectionMethod) -> Result<(), EngineError> {
        let model = self.model()?;
        let found = find_directions(&model.saved, method, DIRECTIONS, model.device().device())?;
        if let Some(model) = &mut self.model {
            model.directions = found;
        }
        self.keep_directions()?;
        self.name_directions()
    }

    /// Looks at pictures for names, on a thread of its own: pictures that are asked for meanwhile come first.
    fn name_directions(&mut self) -> Result<(), EngineError> {
        let model = self.model()?;
        let (saved, found, hash) = (model.saved.clone(), model.directions.clone(), model.info.hash.clone());
        let answer = self.named.clone();
        let failed = |e: EngineError| ExploreEvent::Failed { about: RequestKind::Other, text: e.to_string() };
        let job = Job::start("names of directions", self.emit.clone(), failed, move |cancel, _| {
            let device = crate::engine::device::open(DeviceChoice::Cpu)?;
            match names(&saved, &found, 1, device.device(), JobControl::silent(cancel)) {
                // The explorer is gone otherwise.
                Ok(names) => _ = answer.send(NamedDirections { hash, before: found, names }),
                Err(_) if cancel.load(Ordering::Relaxed) => {}
                Err(e) => return Err(e),
            }
            Ok(())
        });
        self.naming = Some(job.map_err(no_thread)?);
        Ok(())
    }

    /// Takes over proposed names, but for directions that have got another meanwhile.
    pub(super) fn take_names(&mut self, named: NamedDirections) -> Result<(), EngineError> {
        self.naming = None;
        let Some(model) = self.model.as_mut().filter(|model| model.info.hash == named.hash) else { return Ok(()) };
        for (before, name) in named.before.iter().zip(named.names) {
            let same = model.directions.iter_mut().find(|direction| *direction == before);
            if let (Some(direction), Some(name)) = (same, name) {
                direction.name = name;
            }
        }
        (self.emit)(ExploreEvent::DirectionsNamed(model.direction_infos()));
        self.save_directions()
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
        self.save_directions()
    }

    fn save_directions(&self) -> Result<(), EngineError> {
        let model = self.model()?;
        KeptDirections::of(&self.dirs, &model.info.hash).save(&model.directions)
    }
}
