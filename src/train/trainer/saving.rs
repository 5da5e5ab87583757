//! A training as a checkpoint, and back.

use super::{TrainError, Trainer, TrainingState};
use crate::compute::{ComputeDevice, read};
use crate::config::RunConfig;
use crate::data::Dataset;
use crate::model::{Layout, NamedTensor, Weights};
use crate::train::adam::Adam;
use crate::train::checkpoint::{Checkpoint, CheckpointError, CheckpointMeta};
use burn::tensor::Tensor;
use std::sync::Arc;

/// Name of the augmentation's strength in a checkpoint.
const STRENGTH: &str = "augment/strength";

impl Trainer {
    /// The networks and optimisers of a checkpoint, ready for the next step.
    ///
    /// # Errors
    /// A setting outside its range, or a checkpoint that does not fit the settings.
    pub fn resume(
        config: RunConfig,
        device: ComputeDevice,
        dataset: Arc<Dataset>,
        checkpoint: &Checkpoint,
    ) -> Result<Self, TrainError> {
        let mut trainer = Self::new(config, device, dataset)?;
        let meta = &checkpoint.meta;
        meta.tunables.validate().map_err(|e| checkpoint.damaged_by(e))?;
        let set = |prefix: &str, layout: &Layout, into: &mut Weights| -> Result<(), CheckpointError> {
            let device = trainer.device.device();
            let names: Vec<_> = layout.names().map(|(name, shape)| (name.to_owned(), shape)).collect();
            let slots = into.params.iter_mut().chain(&mut into.stats);
            for ((name, shape), slot) in names.into_iter().zip(slots) {
                *slot = checkpoint.tensor(&format!("{prefix}/{name}"), &shape, device)?;
            }
            Ok(())
        };
        let (g, d) = (trainer.generator.layout().clone(), trainer.discriminator.layout().clone());
        set("g", &g, &mut trainer.state.g.weights)?;
        set("d", &d, &mut trainer.state.d.weights)?;
        set("ema", &g, &mut trainer.state.ema)?;
        let device = trainer.device.device();
        for (prefix, layout, adam) in
            [("adam-g", &g, &mut trainer.state.g.adam), ("adam-d", &d, &mut trainer.state.d.adam)]
        {
            for (i, param) in layout.params.iter().enumerate() {
                let name = |moment| format!("{prefix}/{moment}/{}", param.name);
                adam.first[i] = checkpoint.tensor(&name("m"), &param.shape, device)?;
                adam.second[i] = checkpoint.tensor(&name("v"), &param.shape, device)?;
            }
        }
        // Runs that are older than this number have none.
        if checkpoint.find(STRENGTH).is_some() {
            trainer.state.strength = checkpoint.tensor(STRENGTH, &[1], device)?;
        }
        trainer.state.g.adam.updates = meta.updates_g;
        trainer.state.d.adam.updates = meta.updates_d;
        trainer.state.step = meta.step;
        trainer.state.batches = meta.batches;
        trainer.tunables = meta.tunables.clone();
        trainer.use_split(trainer.split.clone());
        trainer.good = trainer.state.clone();
        trainer.average.take();
        Ok(trainer)
    }

    /// Everything needed to resume later, read from the device in one transaction.
    ///
    /// # Errors
    /// A failed device, or weights that are not finite (such a state is never saved).
    pub fn checkpoint(&mut self, revision: u64, seconds: f64) -> Result<Checkpoint, TrainError> {
        let named = self.named_tensors();
        let values = read(named.iter().map(|(_, _, t)| t.clone()).collect())?;
        if values.iter().flatten().any(|x| !x.is_finite()) {
            self.roll_back("a weight", self.state.step)?;
            return self.checkpoint(revision, seconds);
        }
        let tensors = named
            .into_iter()
            .zip(values)
            .map(|((name, shape, _), values)| NamedTensor { name, shape, values })
            .collect();
        let meta = CheckpointMeta {
            step: self.state.step,
            epoch: self.epoch(),
            batches: self.state.batches,
            updates_g: self.state.g.adam.updates,
            updates_d: self.state.d.adam.updates,
            revision,
            seconds,
            tunables: self.tunables.clone(),
            written_tunables: Some(self.config.tunables.clone()),
            dataset: self.dataset.fingerprint().to_owned(),
            model: self.config.model.clone(),
            start: self.config.start.clone(),
        };
        Ok(Checkpoint::new(meta, tensors))
    }

    /// `(name, shape, tensor)` of everything that a checkpoint holds.
    fn named_tensors(&self) -> Vec<(String, Vec<usize>, Tensor<1>)> {
        let mut all = Vec::new();
        let TrainingState { g, d, strength, .. } = &self.state;
        let mut weights = |prefix: &str, layout: &Layout, weights: &Weights| {
            for ((name, shape), tensor) in layout.names().zip(weights.tensors()) {
                all.push((format!("{prefix}/{name}"), shape, tensor.clone()));
            }
        };
        let (layout_g, layout_d) = (self.generator.layout(), self.discriminator.layout());
        weights("g", layout_g, &g.weights);
        weights("d", layout_d, &d.weights);
        weights("ema", layout_g, &self.average());
        let mut moments = |prefix: &str, layout: &Layout, adam: &Adam| {
            for (i, param) in layout.params.iter().enumerate() {
                for (moment, tensors) in [("m", &adam.first), ("v", &adam.second)] {
                    let name = format!("{prefix}/{moment}/{}", param.name);
                    all.push((name, param.shape.clone(), tensors[i].clone()));
                }
            }
        };
        moments("adam-g", layout_g, &g.adam);
        moments("adam-d", layout_d, &d.adam);
        all.push((STRENGTH.to_owned(), vec![1], strength.clone()));
        all
    }
}
