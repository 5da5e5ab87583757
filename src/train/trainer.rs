//! Owns both networks and their optimisers, and moves them forward one step at a time.

mod average;
mod health;
mod material;
mod reading;
mod saving;
mod starting;
#[cfg(test)]
mod tests;

use super::adam::Betas;
use super::augment::{Use, adapt};
use super::checkpoint::CheckpointError;
use super::pictures::Pictures;
use super::schedule::{Done, planned_steps, rate_factor};
use super::step::{Fakes, Judged, Losses, NetworkState, Rules, discriminator_step, generator_step};
use super::work::step_flop;
use crate::compute::{ComputeDevice, DeviceError, work_done};
use crate::config::{Precision, RunConfig, SettingError, Tunables, Usage};
use crate::data::{Batcher, Dataset, Split};
use crate::latent::LatentSource;
use crate::model::{Discriminator, Generator, SavedGeneratorError, Weights, ema_beta, update_ema};
use burn::tensor::Tensor;
use std::cell::RefCell;
use std::sync::Arc;

/// Why a training cannot begin or continue.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A setting outside its range, or one that the device cannot do.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// A checkpoint does not fit the settings, or is damaged.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The EMA weights hold numbers that no training leaves behind.
    #[error("the averaged (EMA) generator: {0}")]
    Generator(#[from] SavedGeneratorError),
    /// NaN or infinity; the trainer has rolled back to its last finite state.
    #[error("{what} became NaN or infinite by step {step}; rolled back to step {kept}")]
    Diverged {
        /// Whether it was the loss or a weight.
        what: &'static str,
        /// The step at which it was seen.
        step: u64,
        /// The step of the state that is kept.
        kept: u64,
    },
}

/// With 16 bits. Gradients of a mean over a batch reach below the smallest normal number, 6e-5; the largest is 65,504.
const LOSS_SCALE: f64 = 1024.0;
/// Everything that training changes. Cloning copies handles, not numbers.
#[derive(Debug, Clone)]
struct TrainingState {
    step: u64,
    /// Batches of real pictures used so far; decides the next pictures and latents.
    batches: u64,
    g: NetworkState,
    d: NetworkState,
    ema: Weights,
    /// Share of the pictures that are augmented, from 0 to 1; one number. Moves where it adapts alone.
    strength: Tensor<1>,
}

/// What is known of a step once its losses have been read: the numbers of [`Losses`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReadStep {
    /// Counted from 1.
    pub step: u64,
    /// In the order of the fields of [`Losses`].
    pub values: [f32; 6],
}

/// A training in memory. All its tensors live on one device and are used from one thread.
pub struct Trainer {
    config: RunConfig,
    device: ComputeDevice,
    dataset: Arc<Dataset>,
    split: Split,
    batcher: Batcher,
    /// The pictures on a GPU; none on the CPU.
    pictures: Option<Pictures>,
    generator: Generator,
    discriminator: Discriminator,
    latents: LatentSource,
    state: TrainingState,
    /// The newest state that was seen to be finite.
    good: TrainingState,
    tunables: Tunables,
    /// The step at which the loss scale was changed last.
    scaled_at: u64,
    /// The averaged generator with its own statistics, and from how many batches those are, once somebody has asked for
    /// it at this step.
    average: RefCell<Option<(Weights, usize)>>,
    /// Losses that are still on the device.
    pending: Vec<(u64, Tensor<1>)>,
    /// Reused for every batch: B x 3 x side x side values.
    batch_values: Vec<f32>,
}

/// The pictures of the split in their order, with those that the person leaves out or favours.
fn batcher(config: &RunConfig, split: &Split, dataset: &Dataset, tunables: &Tunables) -> Batcher {
    let digest = |i: u32| &dataset.digests()[i as usize];
    let pictures = tunables.pictures.weighted(&split.training, digest);
    Batcher::new(pictures, config.batch as usize, config.seed, config.data.flip)
}

/// Whether `device` can do what the settings ask of it.
///
/// # Errors
/// 16 bits on a device that has none.
pub(crate) fn check_device(config: &RunConfig, device: &ComputeDevice) -> Result<(), SettingError> {
    if config.precision == Precision::Mixed && !device.has_half() {
        let reason = format!("mixed needs a GPU with 16-bit floats, and {} has none", device.info.name);
        return Err(SettingError::new("precision", reason));
    }
    Ok(())
}

impl Trainer {
    /// Fresh networks for `config`.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(config: RunConfig, device: ComputeDevice, dataset: Arc<Dataset>) -> Result<Self, TrainError> {
        config.validate()?;
        let (mut generator, mut discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
        let mut g = NetworkState::new(generator.layout().init(config.seed, 0, device.device()));
        let mut d = NetworkState::new(discriminator.layout().init(config.seed, 1, device.device()));
        check_device(&config, &device)?;
        if config.precision == Precision::Mixed {
            generator.use_half();
            discriminator.use_half();
            (g.adam.loss_scale, d.adam.loss_scale) = (LOSS_SCALE, LOSS_SCALE);
        }
        let split = Split::new(dataset.len(), config.held_out);
        let strength = Tensor::zeros([1], device.device());
        let state = TrainingState { step: 0, batches: 0, ema: g.weights.clone(), g, d, strength };
        Ok(Self {
            batcher: batcher(&config, &split, &dataset, &config.tunables),
            split,
            latents: LatentSource {
                kind: config.model.latent,
                size: config.model.latent_size as usize,
                seed: config.seed,
            },
            pictures: (!device.is_cpu()).then(|| Pictures::new(&dataset, device.device())),
            good: state.clone(),
            state,
            tunables: config.tunables.clone(),
            scaled_at: 0,
            average: RefCell::new(None),
            pending: Vec::new(),
            batch_values: Vec::new(),
            config,
            device,
            dataset,
            generator,
            discriminator,
        })
    }

    /// Trains on and holds out other pictures than those that the settings alone would choose.
    pub(crate) fn use_split(&mut self, split: Split) {
        self.batcher = batcher(&self.config, &split, &self.dataset, &self.tunables);
        self.split = split;
    }

    /// Takes batches of another size from now on: for measuring how a step's time depends on it.
    pub(crate) fn use_batch(&mut self, batch: u32) {
        self.config.batch = batch;
        self.use_split(self.split.clone());
    }

    /// Steps done.
    pub(crate) fn step_count(&self) -> u64 {
        self.state.step
    }

    /// Passes over the training's pictures, in fractions.
    pub fn epoch(&self) -> f64 {
        self.state.batches as f64 * f64::from(self.config.batch) / self.split.training.len() as f64
    }

    /// Which pictures are trained on and which are held out.
    pub fn split(&self) -> &Split {
        &self.split
    }

    /// The live settings in force.
    pub fn tunables(&self) -> &Tunables {
        &self.tunables
    }

    /// Uses these settings from the next step on.
    ///
    /// # Errors
    /// A setting outside its range; the old ones then stay.
    pub(crate) fn set_tunables(&mut self, tunables: Tunables) -> Result<(), SettingError> {
        tunables.validate()?;
        let others = tunables.pictures != self.tunables.pictures;
        self.tunables = tunables;
        if others {
            self.use_split(self.split.clone());
        }
        self.average.take();
        Ok(())
    }

    /// Whether a person has left out all training pictures: then all of them are used.
    pub(crate) fn all_left_out(&self) -> bool {
        let usage = |i: &u32| self.tunables.pictures.of(&self.dataset.digests()[*i as usize]);
        self.split.training.iter().all(|i| usage(i) == Usage::LeftOut)
    }

    /// Trainable numbers of the generator and the discriminator.
    pub(crate) fn parameter_counts(&self) -> (usize, usize) {
        (self.generator.layout().parameter_count(), self.discriminator.layout().parameter_count())
    }

    /// Floating-point operations of a step with one discriminator update; see [`step_flop`].
    pub(crate) fn step_flop(&self) -> f64 {
        step_flop(&self.generator, &self.discriminator, &self.config)
    }

    /// One step: the discriminator's updates, then one of the generator. Queues work on the device without waiting.
    pub fn step(&mut self) {
        self.average.take();
        let (lr_d, lr_g) = self.rates(self.state.step + 1);
        for _ in 1..self.tunables.d_steps {
            let rules = self.rules();
            let (real, z, augmenter) = self.next_material();
            let fake = self.generator.frozen(z, &self.state.g.weights);
            let batch = self.state.batches;
            let seen = [augmenter.apply(real, batch, Use::RealForD), augmenter.apply(fake, batch, Use::FakeForD)];
            discriminator_step(&self.discriminator, &mut self.state.d, seen, lr_d, rules);
            self.state.batches += 1;
        }
        let (real, z, augmenter) = self.next_material();
        let rules = self.rules();
        let TrainingState { g, d, batches, .. } = &mut self.state;
        let see = |pictures: Tensor<4>, which: Use| augmenter.apply(pictures, *batches, which);
        let mut fakes = Fakes::draw(&self.generator, g, z);
        let seen = [see(real, Use::RealForD), see(fakes.detached(), Use::FakeForD)];
        let judged = discriminator_step(&self.discriminator, d, seen, lr_d, rules);
        fakes.pictures = see(fakes.pictures, Use::FakeForG);
        let real_logits = judged.real_logits.clone();
        let loss_g = generator_step(&self.discriminator, &d.weights, g, fakes, real_logits, lr_g, rules);
        self.state.batches += 1;
        self.state.step += 1;
        let strength = self.state.strength.clone();
        if self.config.augment_adapts() {
            let (sure, target) = (judged.sure.clone(), self.config.augment_target);
            self.state.strength = adapt(strength.clone(), sure, target, self.config.batch);
        }
        let beta = ema_beta(self.config.batch, self.tunables.ema_images, self.averaged_pictures());
        update_ema(&mut self.state.ema, &self.state.g.weights, beta);
        let Judged { loss: loss_d, real: d_real, fake: d_fake, sure, .. } = judged;
        let losses = Losses { loss_d, loss_g, d_real, d_fake, sure, strength };
        self.pending.push((self.state.step, losses.packed()));
        work_done();
    }

    /// Waits until the steps so far are done, not only queued.
    ///
    /// # Errors
    /// When the device failed.
    pub(crate) fn wait(&self) -> Result<(), TrainError> {
        Ok(self.device.wait()?)
    }

    /// The step at which the run ends by itself, if it does.
    pub(crate) fn planned_steps(&self) -> Option<u64> {
        let TrainingState { step: steps, batches, .. } = self.state;
        let done = Done { steps, batches, d_steps: self.tunables.d_steps };
        planned_steps(&self.config, self.split.training.len(), done)
    }

    /// `(discriminator's, generator's)` learning rate of this step, counted from 1, under the settings in force.
    pub fn rates(&self, step: u64) -> (f64, f64) {
        let factor = rate_factor(self.config.rate_decay, step.saturating_sub(1), self.planned_steps());
        let waits = step <= u64::from(self.config.d_first);
        (self.tunables.lr_d * factor, if waits { 0.0 } else { self.tunables.lr_g * factor })
    }

    /// What holds for the next discriminator update.
    fn rules(&self) -> Rules {
        let every = u64::from(self.config.penalty_every);
        // Rarely computed, it counts as often as it was left out (Karras et al. 2020).
        let due = if self.state.batches.is_multiple_of(every) { every as f64 } else { 0.0 };
        Rules {
            loss: self.config.model.loss,
            smoothing: self.tunables.smoothing,
            frozen: self.discriminator.first_params(self.config.freeze_d),
            betas: Betas { beta1: self.config.beta1, beta2: self.config.beta2 },
            penalties: [self.tunables.r1 * due, self.tunables.r2 * due],
        }
    }
}
