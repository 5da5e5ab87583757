//! The open generator blended with another one: shown, and saved.

use super::open_model::OpenModel;
use super::state::ExplorerThread;
use crate::config::{BlendAmounts, DeviceChoice};
use crate::engine::bundled;
use crate::engine::jobs::blend::{BlendModel, blend, blend_to_file, strangers};
use crate::engine::load::load_networks;
use crate::engine::loaded_generator::{LoadedGenerator, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::ExploreSource;
use crate::engine::protocol::explore_event::{BlendPreview, ExploreEvent};
use crate::formats::{Point, free_path};
use crate::model::{SavedGenerator, correlation};
use crate::pixels::Frame;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Pictures of each of the three.
const PICTURES: u64 = 4;
/// Their seed.
const SEED: u64 = 1;

impl ExplorerThread {
    /// Shows the same latents by the open generator, by the blend and by the other one.
    pub(super) fn preview_blend(&mut self, with: &Path, amounts: &BlendAmounts) -> Result<(), EngineError> {
        let other = self.blended_with(with)?;
        let model = self.model()?;
        let correlation = correlation(&model.saved, &other.generator)?;
        // One batch is enough to see it.
        let between = blend(&model.saved, &other.generator, amounts, 1)?;
        let pictures = |saved: &SavedGenerator| -> Result<Vec<Arc<Frame>>, EngineError> {
            let loaded = LoadedGenerator::with(saved, stamp(saved, with, false), DeviceChoice::Cpu)?;
            let points: Vec<Point> = (0..PICTURES).map(|number| loaded.point(SEED, number, None)).collect();
            let frames = loaded.generate(points.iter().map(|point| point.latent.as_slice()))?;
            Ok(frames.into_iter().map(Arc::new).collect())
        };
        let rows = [pictures(&model.saved)?, pictures(&between)?, pictures(&other.generator)?];
        let warning = strangers([Path::new(&model.info.label), with], correlation);
        (self.emit)(ExploreEvent::Blended(Arc::new(BlendPreview { with: with.to_path_buf(), rows, warning })));
        Ok(())
    }

    /// Writes the blend. If the file exists, the name gets the first free number.
    pub(super) fn save_blend(&mut self, with: &Path, amounts: &BlendAmounts, out: &Path) -> Result<(), EngineError> {
        let other = self.blended_with(with)?;
        let mut own = BlendModel { generator: SavedGenerator::clone(&self.model()?.saved), discriminator: None };
        own.discriminator = self.model()?.discriminator_beside();
        let report = blend_to_file([&own, &other], amounts, &free_path(out), false)?;
        (self.emit)(ExploreEvent::Exported(report.export.file));
        Ok(())
    }

    /// The other model, opened once.
    fn blended_with(&mut self, with: &Path) -> Result<Arc<BlendModel>, EngineError> {
        if let Some((_, other)) = self.other.as_ref().filter(|(path, _)| path == with) {
            return Ok(other.clone());
        }
        let other = Arc::new(BlendModel::open(with)?);
        self.other = Some((with.to_path_buf(), other.clone()));
        Ok(other)
    }
}

impl OpenModel {
    /// The discriminator that was trained with the weights on show; none where they are not those of a file or a run's
    /// newest checkpoint.
    fn discriminator_beside(&self) -> Option<crate::model::SavedDiscriminator> {
        let path = match &self.info.source {
            ExploreSource::Bundled => PathBuf::from(bundled::LABEL),
            ExploreSource::File(path) => path.clone(),
            ExploreSource::Live => return None,
        };
        let (generator, networks) = load_networks(&path).ok()?;
        networks.discriminator.filter(|_| generator.tensors == self.saved.tensors)
    }
}
