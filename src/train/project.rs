//! From a picture to the latent whose picture is closest.
//!
//! The best of many random latents are improved together by Adam, which finds the right valley; then the best few of
//! them by Levenberg and Marquardt's method (Marquardt 1963), which finds its bottom in a few rounds where Adam would
//! need hundreds of steps. What is made small is the mean of the residuals' squares:
//!
//! |G(z) - x|^2 / pixels + 0.1 |F(G(z)) - F(x)|^2 / features + 0.001 (|z|^2 / E|z|^2 - 1)^2
//!
//! F are the discriminator's features, where there is one; the last term keeps z where latents are drawn.

mod objective;
mod refine;
#[cfg(test)]
mod tests;

use super::adam::{Adam, Betas};
use crate::compute::{DeviceError, read};
use crate::config::LatentKind;
use crate::interrupt::{Cancelled, JobControl, JobProgress};
use crate::latent::{LatentSource, Stream, render};
use crate::model::{Discriminator, SavedGenerator, Weights};
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor, TensorData};
use objective::{Objective, best};
use refine::RefinedLatent;

/// What is reported while searching.
const PHASE: &str = "steps";
/// Random latents that the starting points are chosen from.
const CANDIDATES: usize = 512;
const LEARNING_RATE: f64 = 0.1;
const BETAS: Betas = Betas { beta1: 0.9, beta2: 0.999 };
/// Latents that are refined.
const KEEP: usize = 4;

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Latents improved together by Adam.
    pub restarts: usize,
    /// Adam's steps.
    pub steps: usize,
    /// Rounds of refinement after them.
    pub rounds: usize,
    /// Of all random latents.
    pub seed: u64,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self { restarts: 16, steps: 50, rounds: 12, seed: 1 }
    }
}

/// Why there is no latent.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// The picture has another size than the generator's pictures.
    #[error("the picture is {width} x {height} pixels, this generator needs {side} x {side}")]
    Size {
        /// Of the picture, in pixels.
        width: u32,
        /// Of the picture, in pixels.
        height: u32,
        /// Of the generator's pictures, in pixels.
        side: usize,
    },
    /// The caller cancelled it.
    #[error("cancelled")]
    Cancelled,
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

impl From<Cancelled> for ProjectError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The best latent so far.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundLatent {
    /// The latent: one number for each of the generator's components.
    pub z: Vec<f32>,
    /// Its picture.
    pub frame: Frame,
    /// Mean difference of a channel from the picture that was asked for, from 0 to 255.
    pub error: f64,
    /// Steps that it took.
    pub steps: usize,
}

/// A search, one step after the other. All of it happens on one device and one thread.
pub struct Projection {
    objective: Objective,
    picture: Frame,
    settings: ProjectSettings,
    /// Restarts x latent size, flat; the only parameter.
    z: Vec<Tensor<1>>,
    adam: Adam,
    refined: Vec<RefinedLatent>,
    done: usize,
}

impl Projection {
    /// Generates from random latents and takes the best as starting points. `critic` is a discriminator and its
    /// weights.
    ///
    /// # Errors
    /// A picture of another size, or a device that fails.
    pub fn new(
        saved: &SavedGenerator,
        critic: Option<(Discriminator, Weights)>,
        picture: &Frame,
        settings: ProjectSettings,
        device: &Device,
    ) -> Result<Self, ProjectError> {
        let (generator, weights) = saved.open(device);
        let side = generator.side();
        if (picture.width as usize, picture.height as usize) != (side, side) {
            return Err(ProjectError::Size { width: picture.width, height: picture.height, side });
        }
        let planes = (0..3).flat_map(|c| picture.data.iter().skip(c).step_by(3)).map(|b| f32::from(*b) / 127.5 - 1.0);
        let planes = TensorData::new(planes.collect::<Vec<f32>>(), [1, 3, side, side]);
        let target = Tensor::zeros([1, 1], device);
        let kind = saved.config.latent;
        let mut objective = Objective { generator, weights, critic, target, kind, device: device.clone() };
        objective.target = objective.residuals_of(Tensor::from_data(planes, device), false);
        let restarts = settings.restarts.clamp(1, CANDIDATES);
        let mut search = Self {
            objective,
            picture: picture.clone(),
            settings: ProjectSettings { restarts, ..settings },
            z: Vec::new(),
            adam: Adam::new(&[]),
            refined: Vec::new(),
            done: 0,
        };
        let candidates = search.draw(0, CANDIDATES);
        let losses = search.objective.losses(&candidates)?;
        let size = search.objective.size();
        let z: Vec<f32> =
            best(&losses, restarts).into_iter().flat_map(|i| candidates[i * size..][..size].to_vec()).collect();
        search.z = vec![search.objective.upload(&z).flatten(0, 1)];
        search.adam = Adam::new(&search.z);
        Ok(search)
    }

    /// Steps in all.
    pub fn total(&self) -> usize {
        self.settings.steps + self.settings.rounds
    }

    /// Steps done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Nothing is left to do.
    pub fn finished(&self) -> bool {
        let stuck = !self.refined.is_empty() && self.refined.iter().all(|latent| latent.stuck);
        self.done >= self.total() || stuck
    }

    /// One step of Adam, or one round of refinement.
    ///
    /// # Errors
    /// When the device fails.
    pub fn step(&mut self) -> Result<(), DeviceError> {
        if self.done < self.settings.steps {
            self.adam_step();
        } else {
            if self.refined.is_empty() {
                let all = read(vec![self.z[0].clone()])?.swap_remove(0);
                self.refined = self.best_of(&all, KEEP)?;
            }
            let open = self.refined.iter_mut().filter(|latent| !latent.stuck);
            open.into_iter().try_for_each(|latent| latent.refine(&self.objective))?;
        }
        self.done += 1;
        Ok(())
    }

    /// The best latent so far and its picture. Reads from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn best(&self) -> Result<FoundLatent, DeviceError> {
        let z = match self.refined.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)) {
            Some(latent) => latent.z.clone(),
            None => {
                let all = read(vec![self.z[0].clone()])?.swap_remove(0);
                self.best_of(&all, 1)?.pop().map(|latent| latent.z).unwrap_or_default()
            }
        };
        let Objective { generator, weights, device, .. } = &self.objective;
        let frame = render(generator, weights, &z, device)?.swap_remove(0);
        let differences = frame.data.iter().zip(&self.picture.data).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let error = differences.sum::<f64>() / frame.data.len() as f64;
        Ok(FoundLatent { z, frame, error, steps: self.done })
    }

    /// The best `count` of the latents `all`, best first.
    fn best_of(&self, all: &[f32], count: usize) -> Result<Vec<RefinedLatent>, DeviceError> {
        let (size, losses) = (self.objective.size(), self.objective.losses(all)?);
        let latent = |i: usize| RefinedLatent::new(all[i * size..][..size].to_vec(), losses[i]);
        Ok(best(&losses, count).into_iter().map(latent).collect())
    }

    /// Random latents, `count` x latent size.
    fn draw(&self, number: u64, count: usize) -> Vec<f32> {
        let Objective { kind, .. } = self.objective;
        let source = LatentSource { kind, size: self.objective.size(), seed: self.settings.seed };
        source.draw(Stream::Project, number, count)
    }

    fn adam_step(&mut self) {
        let (count, size) = (self.settings.restarts, self.objective.size());
        let tracked = vec![self.z[0].clone().autodiff().require_grad()];
        let z = tracked[0].clone().reshape([count, size]);
        let pictures = self.objective.generator.evaluate(z.clone(), &self.objective.weights.constants());
        let residuals = self.objective.residuals_of(pictures, true) - self.objective.target.clone().autodiff();
        // A sum: no latent's gradient depends on the others.
        let loss = residuals.square().sum() + self.objective.prior(z).sum();
        self.adam.update(&mut self.z, tracked, loss.backward(), LEARNING_RATE, BETAS);
        if self.objective.kind == LatentKind::Uniform {
            // Stochastic clipping (Lipton and Tripathi 2017): a component that left is drawn anew instead of sticking
            // to the edge.
            let fresh = self.objective.upload(&self.draw(1 + self.done as u64, count)).flatten(0, 1);
            let outside = self.z[0].clone().abs().greater_elem(1.0);
            self.z[0] = self.z[0].clone().mask_where(outside, fresh);
        }
    }
}

/// Searches to the end. `each` gets the progress and the best latent so far after every `every` steps; 0 never. The
/// same arguments give the same latent on the CPU.
///
/// # Errors
/// A picture of another size, a device that fails, or cancelled.
pub fn project(
    mut search: Projection,
    every: usize,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, &FoundLatent),
) -> Result<FoundLatent, ProjectError> {
    while !search.finished() {
        control.check()?;
        search.step()?;
        if every > 0 && search.done().is_multiple_of(every) && !search.finished() {
            let (done, total) = (search.done(), search.total());
            each(JobProgress { phase: PHASE, done, total }, &search.best()?);
        }
    }
    Ok(search.best()?)
}
