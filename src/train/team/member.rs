//! A member of a team at work: it holds weights, and nothing else that changes.

use super::error::MemberError;
use super::order::{Answer, Flat, Judge, Network, Order, lengths, weights};
use crate::compute::{ComputeDevice, read, upload, work_done};
use crate::config::{Precision, RunConfig, SettingError, Tunables};
use crate::data::Dataset;
use crate::model::{Discriminator, Generator, Layout, Weights};
use crate::train::augment::Amount;
use crate::train::check::check_device;
use crate::train::material::Material;
use crate::train::pieces::{Half, Players};
use crate::train::share::Share;
use crate::train::step::Rules;
use burn::tensor::Tensor;
use std::sync::Arc;

/// Numbers of updates are below this: four random streams belong to each.
const MOST_UPDATES: u64 = 1 << 60;

/// Computes the gradients of its slice of each batch, on a device of its own. All its tensors are used from one thread.
pub(crate) struct Member {
    config: RunConfig,
    tunables: Tunables,
    /// Training pictures, as indices into the dataset.
    training: Vec<u32>,
    device: ComputeDevice,
    generator: Generator,
    discriminator: Discriminator,
    material: Material,
    /// As they were sent last.
    g: Option<Weights>,
    d: Option<Weights>,
    /// What the generator's half needs of the discriminator's.
    judged: Option<Judging>,
}

struct Judging {
    batch: u64,
    amount: Amount,
    half: Half,
}

impl Member {
    /// For a run with these settings, its training pictures and a slice of each batch.
    ///
    /// # Errors
    /// Settings that cannot be used, or on this device not; pictures or a slice that do not fit them.
    pub(crate) fn new(
        config: RunConfig,
        device: ComputeDevice,
        dataset: Arc<Dataset>,
        training: Vec<u32>,
        share: Share,
    ) -> Result<Self, SettingError> {
        config.validate()?;
        check_device(&config, &device)?;
        if !share.fits(config.batch as usize) {
            return Err(SettingError::new("batch", "a slice that is none of the batch"));
        }
        let there = |i: &u32| (*i as usize) < dataset.len();
        if dataset.side() != config.model.size || training.is_empty() || !training.iter().all(there) {
            return Err(SettingError::new("data", "pictures that are not those of the run"));
        }
        let (mut generator, mut discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
        if config.precision == Precision::Mixed {
            generator.use_half();
            discriminator.use_half();
        }
        let mut material = Material::new(&config, &device, dataset, &training);
        material.share = share;
        let tunables = config.tunables.clone();
        Ok(Self {
            tunables,
            training,
            device,
            generator,
            discriminator,
            material,
            g: None,
            d: None,
            judged: None,
            config,
        })
    }

    /// Does what is asked for. The settings and weights of a step come before what needs them.
    ///
    /// # Errors
    /// The device fails; or the order cannot be one of this version.
    pub(crate) fn take(&mut self, order: Order) -> Result<Option<Answer>, MemberError> {
        match order {
            Order::Settings(tunables) => {
                tunables.validate().map_err(|_| MemberError::Misled("settings out of their range"))?;
                self.tunables = *tunables;
                self.material.choose(&self.config, &self.training, &self.tunables);
                Ok(None)
            }
            Order::Weights(network, values) => {
                let device = self.device.device();
                let (layout, into) = match network {
                    Network::Generator => (self.generator.layout(), &mut self.g),
                    Network::Discriminator => (self.discriminator.layout(), &mut self.d),
                };
                let all = weights(layout, &values.0, device);
                *into = Some(all.ok_or(MemberError::Misled("weights of another network"))?);
                Ok(None)
            }
            Order::Judge(order) => self.judge(order).map(Some),
            Order::Teach { scale } => self.teach(scale).map(Some),
        }
    }

    fn judge(&mut self, Judge { batch, strength, colours, scale, both }: Judge) -> Result<Answer, MemberError> {
        let amounts = (0.0..=1.0).contains(&strength) && colours > 0.0 && colours <= 1.0;
        let fits = batch < MOST_UPDATES && amounts && is_scale(scale);
        let (Some(mut g), Some(mut d), true) = (self.g.clone(), self.d.clone(), fits) else {
            return Err(MemberError::Misled("an update that cannot be"));
        };
        self.judged = None;
        let amount = Amount { strength: upload(vec![strength], [1], self.device.device()), colours };
        let (found, half) = self.players(batch, amount.clone()).judge(&mut g, &mut d, scale, both);
        let [real_logits, fake_logits] = found.all_logits;
        let numbers = Tensor::cat(vec![found.loss, real_logits, fake_logits], 0);
        let (gradients, numbers, stats) = self.read(self.discriminator.layout(), found.gradients, numbers, &d.stats)?;
        (self.g, self.d) = (Some(g), Some(d));
        self.judged = both.then_some(Judging { batch, amount, half });
        let (loss, logits) =
            numbers.split_first().map_or((f32::NAN, Vec::new()), |(loss, rest)| (*loss, rest.to_vec()));
        let logits = Flat::new(logits);
        Ok(Answer::Judged { gradients, loss, logits, stats })
    }

    fn teach(&mut self, scale: f64) -> Result<Answer, MemberError> {
        let lesson = self.judged.take().filter(|_| is_scale(scale));
        let (Some(Judging { batch, amount, half }), Some(mut g), Some(d)) = (lesson, self.g.clone(), self.d.clone())
        else {
            return Err(MemberError::Misled("a lesson without pictures"));
        };
        let (gradients, loss) = self.players(batch, amount).teach(&mut g, &d, half, scale);
        let (gradients, loss, stats) = self.read(self.generator.layout(), gradients, loss, &g.stats)?;
        self.g = Some(g);
        work_done();
        Ok(Answer::Taught { gradients, loss: loss.first().copied().unwrap_or(f32::NAN), stats })
    }

    fn players(&mut self, batch: u64, amount: Amount) -> Players<'_> {
        Players {
            generator: &self.generator,
            discriminator: &self.discriminator,
            material: &mut self.material,
            rules: Rules::of(&self.config, &self.tunables, &self.discriminator, batch),
            batch,
            amount,
            at_once: self.config.pictures_at_once() as usize,
        }
    }

    /// Everything of an answer in one transaction. What has no gradient counts as zeros: the trainer has none either.
    fn read(
        &self,
        layout: &Layout,
        gradients: Vec<Option<Tensor<1>>>,
        numbers: Tensor<1>,
        stats: &[Tensor<1>],
    ) -> Result<(Flat, Vec<f32>, Flat), MemberError> {
        let device = self.device.device();
        let none = |i: usize| Tensor::zeros([layout.params[i].shape.iter().product::<usize>()], device);
        let gradients: Vec<Tensor<1>> =
            gradients.into_iter().enumerate().map(|(i, gradient)| gradient.unwrap_or_else(|| none(i))).collect();
        let count = numbers.dims()[0];
        let all = [numbers].into_iter().chain(gradients).chain(stats.iter().cloned());
        let mut values = read(vec![Tensor::cat(all.collect(), 0)]).map_err(MemberError::Device)?;
        let mut numbers = values.pop().unwrap_or_default();
        let mut gradients = numbers.split_off(count.min(numbers.len()));
        let stats = gradients.split_off(lengths(layout)[0].min(gradients.len()));
        Ok((Flat::new(gradients), numbers, Flat::new(stats)))
    }
}

fn is_scale(scale: f64) -> bool {
    scale.is_finite() && scale > 0.0
}
