//! From a picture to the latent whose picture is closest.
//!
//! The best of many random latents are improved together by Adam, which finds the right valley; then the best few of
//! them by Levenberg and Marquardt's method (Marquardt 1963), which finds its bottom in a few rounds where Adam would
//! need hundreds of steps. What is made small is the mean of the residuals' squares:
//!
//! |G(z) - x|^2 / pixels + 0.1 |F(G(z)) - F(x)|^2 / features + 0.001 (|z|^2 / E|z|^2 - 1)^2
//!
//! F are the discriminator's features, where there is one; the last term keeps z where latents are drawn.

use super::adam::{Adam, Betas};
use crate::compute::{DeviceError, read};
use crate::config::LatentKind;
use crate::interrupt::{Cancelled, JobControl, JobProgress};
use crate::latent::{LatentSource, Stream};
use crate::model::{Discriminator, Generator, SavedGenerator, Weights};
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor, TensorData};
use nalgebra::{DMatrix, DVector};

/// What is reported while searching.
const PHASE: &str = "steps searched";
/// Random latents that the starting points are chosen from.
const CANDIDATES: usize = 512;
/// Pictures rendered at once.
const CHUNK: usize = 64;
const LEARNING_RATE: f64 = 0.1;
const BETAS: Betas = Betas { beta1: 0.9, beta2: 0.999 };
/// Latents that are refined.
const KEEP: usize = 4;
const FEATURE_WEIGHT: f64 = 0.1;
const PRIOR_WEIGHT: f64 = 1e-3;
/// Step of the finite differences: small against a latent's component, large against rounding.
const DIFFERENCE: f64 = 1e-2;
/// Factors on the damping that are tried in one round.
const DAMPINGS: [f64; 5] = [0.1, 0.5, 2.0, 10.0, 100.0];
/// Mean error, of 255, below which nothing is left to see.
const INVISIBLE: f64 = 0.05;

/// How long to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectSettings {
    /// Latents improved together by Adam.
    pub restarts: usize,
    /// Adam's steps.
    pub steps: usize,
    /// Rounds of refinement after them.
    pub rounds: usize,
    pub seed: u64,
}

impl Default for ProjectSettings {
    fn default() -> Self {
        Self { restarts: 16, steps: 50, rounds: 12, seed: 1 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("the picture is {width} x {height} pixels, this generator needs {side} x {side}")]
    Size { width: u32, height: u32, side: usize },
    #[error("cancelled")]
    Cancelled,
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
pub struct Found {
    pub z: Vec<f32>,
    pub frame: Frame,
    /// Mean difference of a channel from the picture that was asked for, from 0 to 255.
    pub error: f64,
    /// Steps that it took.
    pub steps: usize,
}

/// A latent that is refined.
#[derive(Debug, Clone)]
struct Fit {
    z: Vec<f32>,
    loss: f64,
    damping: f64,
    /// No damping gave an improvement any more.
    stuck: bool,
}

/// A search, one step after the other. All of it happens on one device and one thread.
pub struct Projection {
    generator: Generator,
    weights: Weights,
    critic: Option<(Discriminator, Weights)>,
    /// 1 x residuals, without gradients: pixels, then features.
    target: Tensor<2>,
    picture: Frame,
    kind: LatentKind,
    settings: ProjectSettings,
    /// Restarts x latent size, flat; the only parameter.
    z: Vec<Tensor<1>>,
    adam: Adam,
    fits: Vec<Fit>,
    done: usize,
    device: Device,
}

impl Projection {
    /// Looks at random latents and takes the best as starting points.
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
        let restarts = settings.restarts.clamp(1, CANDIDATES);
        let mut search = Self {
            target: Tensor::zeros([1, 1], device),
            kind: saved.config.latent,
            settings: ProjectSettings { restarts, ..settings },
            z: vec![Tensor::zeros([1], device)],
            adam: Adam::new(&[]),
            fits: Vec::new(),
            done: 0,
            picture: picture.clone(),
            device: device.clone(),
            generator,
            weights,
            critic,
        };
        search.target = search.residuals_of(Tensor::from_data(planes, device), false);
        let candidates = search.draw(0, CANDIDATES);
        let losses = search.losses(&candidates)?;
        let size = search.generator.latent_size();
        let z: Vec<f32> =
            best(&losses, restarts).into_iter().flat_map(|i| candidates[i * size..][..size].to_vec()).collect();
        search.z = vec![search.upload(&z).flatten(0, 1)];
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
        let stuck = !self.fits.is_empty() && self.fits.iter().all(|f| f.stuck);
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
            if self.fits.is_empty() {
                self.choose()?;
            }
            let mut fits = std::mem::take(&mut self.fits);
            let result = fits.iter_mut().filter(|f| !f.stuck).try_for_each(|fit| self.refine(fit));
            self.fits = fits;
            result?;
        }
        self.done += 1;
        Ok(())
    }

    /// The best latent so far and its picture. Reads from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn best(&self) -> Result<Found, DeviceError> {
        let size = self.generator.latent_size();
        let z = match self.fits.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)) {
            Some(fit) => fit.z.clone(),
            None => {
                let all = read(vec![self.z[0].clone()])?.swap_remove(0);
                let losses = self.losses(&all)?;
                best(&losses, 1).first().map(|i| all[i * size..][..size].to_vec()).unwrap_or_default()
            }
        };
        let frame = crate::latent::render(&self.generator, &self.weights, &z, &self.device)?.swap_remove(0);
        let differences = frame.data.iter().zip(&self.picture.data).map(|(a, b)| f64::from(a.abs_diff(*b)));
        let error = differences.sum::<f64>() / frame.data.len() as f64;
        Ok(Found { z, frame, error, steps: self.done })
    }

    fn draw(&self, number: u64, count: usize) -> Vec<f32> {
        let size = self.generator.latent_size();
        LatentSource { kind: self.kind, size, seed: self.settings.seed }.draw(Stream::Project, number, count)
    }

    fn upload(&self, z: &[f32]) -> Tensor<2> {
        let size = self.generator.latent_size();
        Tensor::from_data(TensorData::new(z.to_vec(), [z.len() / size, size]), &self.device)
    }

    /// What a latent's component squared is on average.
    fn square(&self) -> f64 {
        match self.kind {
            LatentKind::Normal => 1.0,
            LatentKind::Uniform => 1.0 / 3.0,
        }
    }

    /// Pictures (B x 3 x side x side) as rows whose squared distances are the first two terms of the loss.
    fn residuals_of(&self, pictures: Tensor<4>, recorded: bool) -> Tensor<2> {
        let [batch, c, h, w] = pictures.dims();
        let pixels = c * h * w;
        let flat = pictures.clone().reshape([batch, pixels]) * (1.0 / pixels as f64).sqrt();
        let Some((critic, weights)) = &self.critic else { return flat };
        let features =
            if recorded { critic.features(pictures, &weights.constants()) } else { critic.features(pictures, weights) };
        let scale = (FEATURE_WEIGHT / features.dims()[1] as f64).sqrt();
        Tensor::cat(vec![flat, features * scale], 1)
    }

    /// Rows of residuals of latents (B x latent size), without gradients.
    fn residuals(&self, z: Tensor<2>) -> Tensor<2> {
        let [count, _] = z.dims();
        let chunks = (0..count).step_by(CHUNK).map(|first| {
            let part = z.clone().narrow(0, first, CHUNK.min(count - first));
            self.residuals_of(self.generator.evaluate(part, &self.weights), false)
        });
        Tensor::cat(chunks.collect(), 0) - self.target.clone()
    }

    fn prior(&self, z: Tensor<2>) -> Tensor<2> {
        (z.square().mean_dim(1) * (1.0 / self.square()) - 1.0).square() * PRIOR_WEIGHT
    }

    /// The loss of each of the latents `z`.
    fn losses(&self, z: &[f32]) -> Result<Vec<f32>, DeviceError> {
        let size = self.generator.latent_size();
        let parts = z.chunks(CHUNK * size).map(|z| {
            let z = self.upload(z);
            let loss = self.residuals(z.clone()).square().sum_dim(1) + self.prior(z);
            loss.flatten::<1>(0, 1)
        });
        Ok(read(vec![Tensor::cat(parts.collect(), 0)])?.swap_remove(0))
    }

    fn adam_step(&mut self) {
        let (count, size) = (self.settings.restarts, self.generator.latent_size());
        let tracked = vec![self.z[0].clone().autodiff().require_grad()];
        let z = tracked[0].clone().reshape([count, size]);
        let pictures = self.generator.evaluate(z.clone(), &self.weights.constants());
        let residuals = self.residuals_of(pictures, true) - self.target.clone().autodiff();
        // A sum: no latent's gradient depends on the others.
        let loss = residuals.square().sum() + self.prior(z).sum();
        self.adam.update(&mut self.z, tracked, loss.backward(), LEARNING_RATE, BETAS);
        if self.kind == LatentKind::Uniform {
            // Stochastic clipping (Lipton and Tripathi 2017): a component that left is drawn anew instead of sticking
            // to the edge.
            let fresh = self.upload(&self.draw(1 + self.done as u64, count)).flatten(0, 1);
            let outside = self.z[0].clone().abs().greater_elem(1.0);
            self.z[0] = self.z[0].clone().mask_where(outside, fresh);
        }
    }

    /// Takes the best latents for refinement.
    fn choose(&mut self) -> Result<(), DeviceError> {
        let size = self.generator.latent_size();
        let all = read(vec![self.z[0].clone()])?.swap_remove(0);
        let losses = self.losses(&all)?;
        let fit = |i: usize| Fit {
            z: all[i * size..][..size].to_vec(),
            loss: f64::from(losses[i]),
            damping: 1e-2,
            stuck: false,
        };
        self.fits = best(&losses, KEEP).into_iter().map(fit).collect();
        Ok(())
    }

    /// One round: the residuals' slopes by finite differences, and the best of a few damped steps towards 0.
    ///
    /// (J^T J + damping diag(J^T J)) step = -J^T r
    fn refine(&self, fit: &mut Fit) -> Result<(), DeviceError> {
        let size = self.generator.latent_size();
        let here = self.upload(&fit.z);
        // The point itself, then one row for each component that is moved.
        let moved = here.clone() + Tensor::eye(size, &self.device) * DIFFERENCE;
        let r = self.residuals(here); // [1, R]
        let slopes = (self.residuals(moved) - r.clone()) * (1.0 / DIFFERENCE); // [Z, R]
        let squares = slopes.clone().matmul(slopes.clone().transpose()); // [Z, Z]
        let descent = slopes.matmul(r.transpose()); // [Z, 1]
        let values = read(vec![squares.flatten(0, 1), descent.flatten(0, 1)])?;
        let numbers = |i: usize| values[i].iter().map(|x| f64::from(*x));
        let mut squares = DMatrix::from_iterator(size, size, numbers(0));
        let mut descent = DVector::from_iterator(size, numbers(1));
        // The prior is one more residual, sqrt(weight) (|z|^2 / E|z|^2 - 1).
        let z = DVector::from_iterator(size, fit.z.iter().map(|x| f64::from(*x)));
        let expected = self.square() * size as f64;
        let slope = &z * (2.0 / expected);
        squares += &slope * slope.transpose() * PRIOR_WEIGHT;
        descent += slope * ((z.norm_squared() / expected - 1.0) * PRIOR_WEIGHT);
        let tries: Vec<(f64, Vec<f32>)> = DAMPINGS
            .iter()
            .filter_map(|factor| {
                let damping = (fit.damping * factor).max(1e-7);
                let mut damped = squares.clone();
                for i in 0..size {
                    damped[(i, i)] += damping * squares[(i, i)] + 1e-9;
                }
                let step = damped.cholesky()?.solve(&descent);
                Some((damping, (&z - step).iter().map(|x| self.inside(*x)).collect()))
            })
            .collect();
        let all: Vec<f32> = tries.iter().flat_map(|(_, z)| z.clone()).collect();
        let losses = if all.is_empty() { Vec::new() } else { self.losses(&all)? };
        let best = best(&losses, 1).first().copied().filter(|i| f64::from(losses[*i]) < fit.loss);
        match best {
            Some(i) => {
                let loss = f64::from(losses[i]);
                // Residuals are of pictures in [-1, 1]: 127.5 to a unit.
                fit.stuck = loss > fit.loss * (1.0 - 1e-4) || loss.sqrt() * 127.5 < INVISIBLE;
                (fit.damping, fit.z) = tries[i].clone();
                fit.loss = loss;
            }
            None if fit.damping < 1.0 => fit.damping *= 100.0,
            None => fit.stuck = true,
        }
        Ok(())
    }

    fn inside(&self, x: f64) -> f32 {
        match self.kind {
            LatentKind::Normal => x as f32,
            LatentKind::Uniform => x.clamp(-1.0, 1.0) as f32,
        }
    }
}

/// Places of the `count` smallest losses, best first.
fn best(losses: &[f32], count: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..losses.len()).collect();
    order.sort_by(|a, b| losses[*a].total_cmp(&losses[*b]));
    order.truncate(count);
    order
}

/// Searches to the end. `each` gets the progress and the best latent so far after every `every` steps; 0 never. The same
/// arguments give the same latent on the CPU.
///
/// # Errors
/// A picture of another size, a device that fails, or cancelled.
pub fn project(
    mut search: Projection,
    every: usize,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, &Found),
) -> Result<Found, ProjectError> {
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

#[cfg(test)]
mod tests;
