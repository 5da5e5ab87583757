//! Owns both networks and their optimisers, and moves them forward one step at a time.

mod average;
mod health;
mod reading;
mod saving;
mod starting;
#[cfg(test)]
mod tests;

use super::augment::{Amount, adapt};
use super::check::check_device;
use super::checkpoint::CheckpointError;
use super::material::{Material, latents};
use super::pieces::{Half, Players};
use super::schedule::{Done, colour_factor, planned_steps, rate_factor};
use super::step::{Judged, Losses, NetworkState, Rules};
use super::team::{MemberError, Team, Update, bytes_a_step};
use super::work::step_flop;
use crate::compute::{ComputeDevice, DeviceError, work_done};
use crate::config::{Precision, RunConfig, SettingError, Tunables, Usage};
use crate::data::{Dataset, Split};
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
    /// A member of the team is lost.
    #[error("{0}")]
    Member(MemberError),
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

impl From<MemberError> for TrainError {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Device(error) => Self::Device(error),
            other => Self::Member(other),
        }
    }
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
    material: Material,
    /// Who shares each batch, if anybody does.
    team: Option<Team>,
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
            material: Material::new(&config, &device, dataset.clone(), &split.training),
            team: None,
            split,
            latents: latents(&config),
            good: state.clone(),
            state,
            tunables: config.tunables.clone(),
            scaled_at: 0,
            average: RefCell::new(None),
            pending: Vec::new(),
            config,
            device,
            dataset,
            generator,
            discriminator,
        })
    }

    /// Trains on and holds out other pictures than those that the settings alone would choose.
    pub(crate) fn use_split(&mut self, split: Split) {
        self.material.choose(&self.config, &split.training, &self.tunables);
        self.split = split;
    }

    /// Takes batches of another size from now on: for measuring how a step's time depends on it.
    pub(crate) fn use_batch(&mut self, batch: u32) {
        self.config.batch = batch;
        self.use_split(self.split.clone());
    }

    /// Where its tensors live.
    pub(crate) fn device(&self) -> &ComputeDevice {
        &self.device
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
        self.team.iter_mut().for_each(Team::settings_changed);
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

    /// Shares each batch with other members from now on.
    pub(crate) fn join(&mut self, mut team: Team) {
        team.forget();
        if let Some(share) = team.own_share() {
            self.material.share = share;
        }
        self.team = Some(team);
    }

    /// How people know the other members of the team.
    pub(crate) fn other_members(&self) -> impl Iterator<Item = &str> {
        self.team.iter().flat_map(Team::names)
    }

    /// Bytes of a step to each other member of a team; as many come back.
    pub(crate) fn team_bytes(&self) -> u64 {
        bytes_a_step(self.generator.layout(), self.discriminator.layout(), self.tunables.d_steps)
    }

    /// One step: the discriminator's updates, then one of the generator. Queues work on the device without waiting;
    /// with a team it waits for the others.
    ///
    /// # Errors
    /// A member of the team is lost, or its device failed: the training is then as it was before the step. Without a
    /// team there is nothing that can fail here.
    pub fn step(&mut self) -> Result<(), TrainError> {
        // Handles; but while there are two, Adam copies what it changes.
        let before = self.team.is_some().then(|| self.state.clone());
        let done = self.take_step();
        if let (Err(_), Some(before)) = (&done, before) {
            self.state = before;
        }
        Ok(done?)
    }

    fn take_step(&mut self) -> Result<(), MemberError> {
        self.average.take();
        let (lr_d, lr_g) = self.rates(self.state.step + 1);
        for _ in 1..self.tunables.d_steps {
            self.have_others_judge(false)?;
            self.discriminator_update(lr_d, false)?;
            self.state.batches += 1;
        }
        self.have_others_judge(true)?;
        let (judged, half) = self.discriminator_update(lr_d, true)?;
        let loss_g = self.generator_update(half, lr_g)?;
        self.state.batches += 1;
        self.state.step += 1;
        let strength = self.state.strength.clone();
        let [d_real, d_fake, sure] = judged.summary(self.config.model.loss);
        if self.config.augment_adapts() {
            let (sure, target) = (sure.clone(), self.config.augment_target);
            self.state.strength = adapt(strength.clone(), sure, target, self.config.batch);
        }
        let beta = ema_beta(self.config.batch, self.tunables.ema_images, self.averaged_pictures());
        update_ema(&mut self.state.ema, &self.state.g.weights, beta);
        let losses = Losses { loss_d: judged.loss, loss_g, d_real, d_fake, sure, strength };
        self.pending.push((self.state.step, losses.packed()));
        work_done();
        Ok(())
    }

    /// Has the other members begin with their slices of the next update; `both` halves of the step need them.
    fn have_others_judge(&mut self, both: bool) -> Result<(), MemberError> {
        let amount = &self.amount();
        let Some(team) = &mut self.team else { return Ok(()) };
        let TrainingState { g, d, batches, .. } = &self.state;
        let (tunables, batch, scale) = (&self.tunables, *batches, d.adam.loss_scale);
        team.judge(&g.weights, &d.weights, Update { tunables, batch, amount, scale, both })
    }

    /// Updates the discriminator; `teaches` where the generator's half follows, which needs what it gives.
    fn discriminator_update(&mut self, lr: f64, teaches: bool) -> Result<(Judged, Half), MemberError> {
        let rules = self.rules();
        let (mut players, TrainingState { g, d, .. }) = self.players();
        let (mut judged, half) = players.judge(&mut g.weights, &mut d.weights, d.adam.loss_scale, teaches);
        let d = &mut self.state.d;
        if let Some(team) = &mut self.team {
            team.gather_judged(self.discriminator.layout(), &mut judged, &mut d.weights.stats)?;
        }
        d.learn(std::mem::take(&mut judged.gradients), lr, rules.betas);
        Ok((judged, half))
    }

    /// Updates the generator so that the discriminator takes its pictures for real; gives the loss.
    fn generator_update(&mut self, half: Half, lr: f64) -> Result<Tensor<1>, MemberError> {
        let (betas, scale) = (self.rules().betas, self.state.g.adam.loss_scale);
        if let Some(team) = &mut self.team {
            team.teach(&self.state.d.weights, scale)?;
        }
        let (mut players, TrainingState { g, d, .. }) = self.players();
        let (mut gradients, mut loss) = players.teach(&mut g.weights, &d.weights, half, scale);
        let g = &mut self.state.g;
        if let Some(team) = &mut self.team {
            loss = team.gather_taught(self.generator.layout(), &mut gradients, loss, &mut g.weights.stats)?;
        }
        g.learn(gradients, lr, betas);
        Ok(loss)
    }

    /// Who plays the next update, and what changes in it.
    fn players(&mut self) -> (Players<'_>, &mut TrainingState) {
        let (rules, amount) = (self.rules(), self.amount());
        let players = Players {
            generator: &self.generator,
            discriminator: &self.discriminator,
            material: &mut self.material,
            rules,
            batch: self.state.batches,
            amount,
            at_once: self.config.pictures_at_once() as usize,
        };
        (players, &mut self.state)
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

    /// How the pictures of the next update are augmented.
    fn amount(&self) -> Amount {
        let TrainingState { step, strength, .. } = &self.state;
        let colours = colour_factor(self.config.settle_colours, *step, self.planned_steps());
        Amount { strength: strength.clone(), colours }
    }

    /// What holds for the next discriminator update.
    fn rules(&self) -> Rules {
        Rules::of(&self.config, &self.tunables, &self.discriminator, self.state.batches)
    }
}
