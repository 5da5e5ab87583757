//! Opening generators, and changing to other weights of the open one.

use super::open_model::OpenModel;
use super::state::{ExplorerThread, Pending};
use crate::engine::bundled;
use crate::engine::jobs::restore;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::{ExploreSource, RequestKind};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::Latent;
use crate::model::SavedGenerator;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The averaged (EMA) generator of the run that is training.
pub(crate) struct LiveWeights {
    pub saved: SavedGenerator,
    /// Folder of the run.
    pub folder: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// The run is only watched: nothing is written into its folder.
    pub watched: bool,
}

impl ExplorerThread {
    /// Opens what `source` names. The run that trains opens once its weights arrive.
    pub(super) fn open(&mut self, source: &ExploreSource) -> Result<(), EngineError> {
        if *source == ExploreSource::Live {
            let gone = |_| EngineError::Other("the training thread is gone; restart Purrtrait".to_owned());
            self.training.send(Command::ShareWeights(true)).map_err(gone)?;
            self.live = true;
            return Ok(());
        }
        // On an error the open generator stays, and gets newer weights as before.
        let model = OpenModel::open(source)?;
        if std::mem::take(&mut self.live) {
            // A training thread that is gone shares none anyway.
            let _ = self.training.send(Command::ShareWeights(false));
        }
        self.opened(model);
        Ok(())
    }

    fn opened(&mut self, mut model: OpenModel) {
        self.job = None;
        self.neighbours = Arc::default();
        (self.run, self.chosen, self.newest) = (None, false, None);
        self.pending = Pending::default();
        model.directions = self.kept_directions(&model);
        let network = model.find_network();
        (self.emit)(ExploreEvent::Opened(model.info.clone()));
        (self.emit)(ExploreEvent::Directions(model.direction_infos()));
        self.tell_favourites(&model);
        // Used unless it was measured to be no better, or the person turns it off.
        self.sharpening = model.network().is_some_and(|network| network.is_better());
        self.model = Some(model);
        // Those of the generator before.
        self.naming = None;
        self.tell_network();
        if let Err(e) = network {
            // The generator is open nevertheless.
            self.failed(RequestKind::Other, &e);
        }
    }

    /// Shows newer weights of the training, or keeps them for later while a checkpoint is chosen.
    pub(super) fn take_weights(&mut self, LiveWeights { saved, folder, seed, watched }: LiveWeights) {
        if !self.live {
            return;
        }
        let open = self.model.as_ref().filter(|_| self.run.as_ref() == Some(&folder));
        let same = open.is_some_and(|model| model.saved.config == saved.config && model.watched == watched);
        if let Some(steps) = self.model.as_mut().filter(|_| same).and_then(|model| model.refresh_steps(&folder)) {
            (self.emit)(ExploreEvent::Steps(steps));
        }
        let done = match (same, self.chosen) {
            (true, true) => {
                self.newest = Some(saved);
                Ok(())
            }
            (true, false) => self.replace(saved),
            (false, _) => OpenModel::live(saved, &folder, seed).map(|mut model| {
                model.watched = watched;
                self.opened(model);
                self.run = Some(folder);
            }),
        };
        if let Err(e) = done {
            self.failed(RequestKind::Opening, &e);
        }
    }

    /// Changes to the weights of a checkpoint of the same run; none is the newest.
    pub(super) fn at_step(&mut self, step: Option<u64>) -> Result<(), EngineError> {
        let saved = match (step, self.newest.take()) {
            (None, Some(newest)) => newest,
            (step, newest) => {
                self.newest = newest;
                self.model()?.at_step(step)?
            }
        };
        self.chosen = step.is_some();
        self.replace(saved)
    }

    fn replace(&mut self, saved: SavedGenerator) -> Result<(), EngineError> {
        if let Some(model) = &mut self.model {
            let step = saved.step;
            model.replace_weights(saved)?;
            (self.emit)(ExploreEvent::Refreshed { step });
        }
        Ok(())
    }

    /// Takes the latent out of a saved picture, and opens the generator that made it if that is not the open one.
    pub(super) fn restore(&mut self, path: PathBuf) -> Result<(), EngineError> {
        let mut recipe = restore::recipe_of(&path)?;
        let known = self.model.as_ref().is_some_and(|m| m.stamp().hash == recipe.model.hash);
        if !known {
            let (_, file) = restore::find_model(&recipe, &restore::RestoreRequest::of(path.clone()))?;
            let bundled = file == Path::new(bundled::LABEL);
            let source = if bundled { ExploreSource::Bundled } else { ExploreSource::File(file) };
            self.open(&source)?;
        }
        if recipe.points.len() != 1 {
            log::info!("{} is a grid of {} pictures; the first one is used", path.display(), recipe.points.len());
        }
        let latent: Latent = recipe.points.swap_remove(0).latent.into();
        (self.emit)(ExploreEvent::Restored { latent, path });
        Ok(())
    }
}
