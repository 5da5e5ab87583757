//! A training that begins with the networks of a model instead of random ones.

use super::{TrainError, Trainer};
use crate::compute::{ComputeDevice, upload};
use crate::config::RunConfig;
use crate::data::Dataset;
use crate::model::SavedNetworks;
use std::sync::Arc;

/// Adaptive augmentation begins at this strength. A discriminator that knows cats is sure of a few photos at once, and
/// from 0 the strength needs thousands of steps to where a few hundred pictures hold it (0.6 to 0.8), by when it would
/// know them by heart.
const STRENGTH: f32 = 0.6;

impl Trainer {
    /// A new training of the networks of a model: optimisers, counters and latents begin anew. A model without a
    /// discriminator gets a random one. `config` describes the networks.
    ///
    /// # Errors
    /// A setting outside its range.
    pub(crate) fn start(
        config: RunConfig,
        device: ComputeDevice,
        dataset: Arc<Dataset>,
        networks: &SavedNetworks,
    ) -> Result<Self, TrainError> {
        let mut trainer = Self::new(config, device, dataset)?;
        let device = trainer.device.device();
        let layout = trainer.generator.layout();
        trainer.state.g.weights = networks.generator_weights(layout, device);
        trainer.state.ema = networks.average_weights(layout, device);
        if let Some(discriminator) = &networks.discriminator {
            trainer.state.d.weights = discriminator.weights(trainer.discriminator.layout(), device);
        }
        trainer.state.strength = upload(vec![STRENGTH], [1], device);
        trainer.good = trainer.state.clone();
        Ok(trainer)
    }

    /// How many pictures the averaged weights may be an average over. Those of a model are worth keeping from the first
    /// step on: they are not the random ones, which must be forgotten soon.
    pub(super) fn averaged_pictures(&self) -> u64 {
        if self.config.start.is_some() { u64::MAX } else { self.state.step * u64::from(self.config.batch) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::read;
    use crate::config::{DNorm, DataConfig, ModelConfig, StartModel};
    use crate::data::DataHome;
    use crate::interrupt::JobControl;
    use crate::model::{Layout, Weights};
    use crate::train::Checkpoint;

    /// Settings of width 4, and sixteen cats.
    fn small(change: impl FnOnce(&mut RunConfig)) -> (RunConfig, Arc<Dataset>) {
        let model = ModelConfig {
            size: 32,
            g_width: 4,
            d_width: 4,
            latent_size: 8,
            d_norm: DNorm::None,
            d_residual: true,
            ..ModelConfig::default()
        };
        let data = DataConfig { demo_count: 16, ..DataConfig::default() };
        let mut config = RunConfig { model, data, batch: 4, ..RunConfig::default() };
        config.tunables.r1 = 0.1;
        change(&mut config);
        let folder = tempfile::tempdir().unwrap();
        let home = DataHome::at(folder.path());
        (config.clone(), Arc::new(Dataset::prepare(&config.data, 32, &home, JobControl::unattended()).unwrap()))
    }

    fn base() -> Checkpoint {
        let (config, pictures) = small(|_| {});
        let mut trainer = Trainer::new(config, ComputeDevice::cpu(), pictures).unwrap();
        for _ in 0..3 {
            trainer.step().unwrap();
        }
        trainer.checkpoint(0, 1.0).unwrap()
    }

    fn started(change: impl FnOnce(&mut RunConfig)) -> Trainer {
        let (mut config, pictures) = small(change);
        config.start = Some(StartModel::default());
        Trainer::start(config, ComputeDevice::cpu(), pictures, &base().networks().unwrap()).unwrap()
    }

    fn values(weights: &Weights) -> Vec<Vec<f32>> {
        read(weights.tensors().cloned().collect()).unwrap()
    }

    #[test]
    fn everything_but_the_memory_of_the_training_is_taken_over() {
        let (base, mut trainer) = (base(), started(|_| {}));
        let first = trainer.checkpoint(0, 0.0).unwrap();
        assert_eq!(first.find("augment/strength").map(|t| t.values.clone()), Some(vec![STRENGTH]));
        assert_eq!((first.meta.step, first.meta.updates_g, first.meta.batches, first.meta.epoch), (0, 0, 0, 0.0));
        let mut kept = 0;
        for ((name, before), (same, now)) in base.tensors().zip(first.tensors()) {
            assert_eq!(name, same);
            if name.starts_with("adam-") {
                assert!(now.iter().all(|x| *x == 0.0) && before.iter().any(|x| *x != 0.0), "{name}");
            } else if !name.contains("running") && !name.starts_with("augment") {
                assert_eq!(before, now, "{name}");
                kept += 1;
            }
        }
        let params = |layout: &Layout| layout.params.len();
        assert_eq!(kept, 2 * params(trainer.generator.layout()) + params(trainer.discriminator.layout()));
        assert!(first.meta.start.is_some());
    }

    /// The average of a model is not forgotten at the first step, as random weights are.
    #[test]
    fn the_average_is_kept() {
        let mut trainer = started(|_| {});
        let before = values(&trainer.state.ema);
        trainer.step().unwrap();
        let (after, newest) = (values(&trainer.state.ema), values(&trainer.state.g.weights));
        let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).abs()).sum::<f32>();
        assert!(apart(&after[0], &before[0]) < 0.01 * apart(&after[0], &newest[0]));
        assert!(after[0] != before[0]);
    }

    #[test]
    fn frozen_stages_stay_and_cost_nothing() {
        let (mut frozen, mut free) = (started(|c| c.freeze_d = 2), started(|_| {}));
        let count = frozen.discriminator.first_params(2);
        let before = values(&frozen.state.d.weights);
        for trainer in [&mut frozen, &mut free] {
            trainer.step().unwrap();
            trainer.step().unwrap();
        }
        let (after, others) = (values(&frozen.state.d.weights), values(&free.state.d.weights));
        assert!(count == 8 && before[..count] == after[..count] && before[..count] != others[..count]);
        assert!((count..before.len()).all(|i| before[i] != after[i]));
        assert!(frozen.step_flop() < free.step_flop());
        let params = frozen.state.d.weights.tracked_after(count);
        let recorded: Vec<bool> = params.iter().map(|p| p.is_require_grad()).collect();
        assert_eq!(recorded, (0..params.len()).map(|i| i >= count).collect::<Vec<_>>());
    }

    #[test]
    fn a_new_discriminator_learns_alone_first() {
        let mut trainer = started(|c| c.d_first = 2);
        let start = values(&trainer.state.g.weights);
        let critic = values(&trainer.state.d.weights);
        assert_eq!((trainer.rates(2).1, trainer.rates(3).1), (0.0, trainer.tunables().lr_g));
        trainer.step().unwrap();
        trainer.step().unwrap();
        let params = trainer.generator.layout().params.len();
        assert!(values(&trainer.state.g.weights)[..params] == start[..params]);
        assert!(values(&trainer.state.d.weights) != critic);
        trainer.step().unwrap();
        assert!(values(&trainer.state.g.weights)[..params] != start[..params]);
    }
}
