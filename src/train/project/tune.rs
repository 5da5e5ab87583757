//! A photo is put into a generator: pivotal tuning (Roich et al. 2021, "Pivotal Tuning for Latent-based Editing of Real
//! Images").
//!
//! The latent that was found, the pivot p, stays; a copy of the generator's weights learns until its picture is the
//! photo x, and nearby latents' pictures stay those of the generator G as it was:
//!
//! |S(G'(p)) - S(x)|^2 + 10 mean |G'(z) - G(z)|^2, z between p and random latents
//!
//! The paper's z lie at one distance from the pivot in the space of StyleGAN's styles. Here they are drawn anew at each
//! step between the pivot's neighbourhood and anywhere, so that far pictures stay too. What normalises the maps (the
//! running statistics) is left as it is.

use super::likeness::pixel_error;
use super::settings::ProjectError;
use super::sight::{Sight, upload_picture};
use crate::compute::{DeviceError, read};
use crate::interrupt::{JobControl, JobProgress};
use crate::latent::{LatentSource, Stream, interpolate, render};
use crate::model::{Generator, NamedTensor, SavedGenerator, Weights};
use crate::pixels::Frame;
use crate::train::adam::{Adam, Betas};
use burn::tensor::{Device, Tensor, TensorData};
use std::time::{Duration, Instant};

/// What is reported while tuning.
const PHASE: &str = "steps of tuning";
const LEARNING_RATE: f64 = 5e-4;
const BETAS: Betas = Betas { beta1: 0.9, beta2: 0.999 };
/// Weight of the pictures that are to stay.
const LOCALITY: f64 = 10.0;
/// Of them at each step.
const KEPT: usize = 8;
/// How far they are from the pivot at least, as a share of the way to a random latent.
const NEAREST: f64 = 0.3;
/// Random latents, not among those of the tuning, that tell how far the others moved.
const WITNESSES: usize = 100;

/// How a generator is tuned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TuneSettings {
    /// Steps of Adam, at least 1.
    pub steps: usize,
    /// Of all random latents.
    pub seed: u64,
}

impl Default for TuneSettings {
    fn default() -> Self {
        Self { steps: 200, seed: 1 }
    }
}

/// A generator that has a photo.
#[derive(Debug, Clone, PartialEq)]
pub struct TunedGenerator {
    /// It, with the licence and credit of the one that it was made from.
    pub generator: SavedGenerator,
    /// The pivot's picture.
    pub frame: Frame,
    /// Mean difference of a channel of that picture from the photo, from 0 to 255.
    pub error: f64,
    /// By how much 100 random latents' pictures changed: the mean difference of a channel, from 0 to 255, and that of
    /// the picture which changed most.
    pub moved: [f64; 2],
}

/// A generator that is being tuned. All of it happens on one device and one thread.
pub struct Tuning {
    saved: SavedGenerator,
    generator: Generator,
    before: Weights,
    weights: Weights,
    sight: Sight,
    picture: Frame,
    /// 1 x rows: what is seen in the photo.
    target: Tensor<2>,
    pivot: Vec<f32>,
    latents: LatentSource,
    settings: TuneSettings,
    adam: Adam,
    done: usize,
    device: Device,
}

impl Tuning {
    /// Begins with a copy of `saved`. `pivot` is a latent of it.
    ///
    /// # Errors
    /// A picture of another size, or a device that fails.
    pub fn new(
        saved: &SavedGenerator,
        pivot: &[f32],
        picture: &Frame,
        settings: TuneSettings,
        device: &Device,
    ) -> Result<Self, ProjectError> {
        let (generator, weights) = saved.open(device);
        let sight = Sight::new(true, device)?;
        let target = sight.rows(upload_picture(picture, generator.side(), device)?, false);
        let latents = LatentSource { kind: saved.config.latent, size: generator.latent_size(), seed: settings.seed };
        Ok(Self {
            saved: saved.clone(),
            adam: Adam::new(&weights.params),
            before: weights.clone(),
            generator,
            weights,
            sight,
            picture: picture.clone(),
            target,
            pivot: pivot.to_vec(),
            latents,
            settings,
            done: 0,
            device: device.clone(),
        })
    }

    /// One step of Adam. The rate falls in the second half.
    pub fn step(&mut self) {
        let near = self.latents_to_keep();
        let before = self.generator.evaluate(near.clone(), &self.before);
        let tracked = self.weights.tracked();
        let weights = Weights { params: tracked.clone(), stats: self.weights.constants().stats };
        let all = Tensor::cat(vec![self.upload(&self.pivot), near], 0).autodiff();
        let pictures = self.generator.evaluate(all, &weights);
        let seen = self.sight.rows(pictures.clone().narrow(0, 0, 1), true);
        let photo = (seen - self.target.clone().autodiff()).square().sum();
        let moved = (pictures.narrow(0, 1, KEPT) - before.autodiff()).square().mean();
        let loss = photo + moved * LOCALITY;
        drop(weights);
        let left = 1.0 - self.done as f64 / self.settings.steps as f64;
        let rate = LEARNING_RATE * (2.0 * left).min(1.0);
        self.adam.update(&mut self.weights.params, tracked, loss.backward(), rate, BETAS);
        self.done += 1;
    }

    /// The pivot's picture now, and its mean difference from the photo, from 0 to 255. Reads from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn picture(&self) -> Result<(Frame, f64), DeviceError> {
        let frame = render(&self.generator, &self.weights, &self.pivot, &self.device)?.swap_remove(0);
        let error = pixel_error(&frame, &self.picture);
        Ok((frame, error))
    }

    /// The generator as it is now, and what it does. Reads from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn tuned(&self) -> Result<TunedGenerator, DeviceError> {
        let (frame, error) = self.picture()?;
        let z = self.latents.draw(Stream::Tune, 0, WITNESSES);
        let pictures = |weights: &Weights| render(&self.generator, weights, &z, &self.device);
        let (before, after) = (pictures(&self.before)?, pictures(&self.weights)?);
        let moved: Vec<f64> = before.iter().zip(&after).map(|(a, b)| pixel_error(a, b)).collect();
        let moved = [moved.iter().sum::<f64>() / moved.len() as f64, moved.iter().copied().fold(0.0, f64::max)];
        let values = read(self.weights.tensors().cloned().collect())?;
        let named = self.saved.tensors.iter().zip(values);
        let tensors = named.map(|(old, values)| NamedTensor { values, ..old.clone() }).collect();
        Ok(TunedGenerator { generator: SavedGenerator { tensors, ..self.saved.clone() }, frame, error, moved })
    }

    /// Latents between the pivot and random ones, KEPT x latent size.
    fn latents_to_keep(&self) -> Tensor<2> {
        let LatentSource { kind, size, .. } = self.latents;
        let random = self.latents.draw(Stream::Tune, 1 + self.done as u64, KEPT);
        // Spread evenly, and for each step a little further.
        let turn = (self.done as f64 * 0.618_034).fract();
        let between = random.chunks(size).zip(0..).flat_map(|(z, i)| {
            let share = (f64::from(i) + turn) / KEPT as f64;
            interpolate(kind, &self.pivot, z, NEAREST + (1.0 - NEAREST) * share)
        });
        self.upload(&between.collect::<Vec<f32>>())
    }

    fn upload(&self, z: &[f32]) -> Tensor<2> {
        let size = self.latents.size;
        Tensor::from_data(TensorData::new(z.to_vec(), [z.len() / size, size]), &self.device)
    }
}

/// The pivot's picture and its mean difference from the photo, of 255.
pub type PivotPicture = (Frame, f64);

/// Tunes to the end. `each` gets the progress after every step and, once so much time has passed since the last one,
/// the pivot's picture and its mean difference from the photo. The same arguments give the same generator on the CPU.
///
/// # Errors
/// A device that fails, or cancelled.
pub fn tune(
    mut tuning: Tuning,
    every: Duration,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, Option<PivotPicture>),
) -> Result<TunedGenerator, ProjectError> {
    let mut shown = Instant::now();
    while tuning.done < tuning.settings.steps {
        control.check()?;
        tuning.step();
        let due = shown.elapsed() >= every;
        let picture = if due { Some(tuning.picture()?) } else { None };
        each(JobProgress { phase: PHASE, done: tuning.done, total: tuning.settings.steps }, picture);
        shown = if due { Instant::now() } else { shown };
    }
    Ok(tuning.tuned()?)
}
