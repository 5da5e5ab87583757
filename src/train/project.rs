//! From a picture to the latent whose picture is closest, and from there to a generator that has the picture.
//!
//! The best of many random latents are improved together by Adam, which finds the right valley; then the best few of
//! them by Levenberg and Marquardt's method (Marquardt 1963), which finds its bottom in a few rounds where Adam would
//! need hundreds of steps. What is made small:
//!
//! |S(G(z)) - S(x)|^2 + 0.001 (|z|^2 / E|z|^2 - 1)^2
//!
//! S is what is seen in a picture (`sight`); the last term keeps z where latents are drawn. `likeness` says in words
//! how near that came. `tune` then changes a copy of the generator until the latent's picture is the one that was
//! searched for.

mod likeness;
mod objective;
mod refine;
mod settings;
mod sight;
#[cfg(test)]
mod tests;
mod tune;

use super::adam::{Adam, Betas};
use crate::compute::{DeviceError, read};
use crate::config::LatentKind;
use crate::interrupt::{JobControl, JobProgress};
use crate::latent::{LatentSource, Stream, render};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor};
use likeness::pixel_error;
use objective::{CHUNK, Objective, best};
use refine::RefinedLatent;
use sight::{Sight, upload_picture};
use std::time::{Duration, Instant};

pub use likeness::{Likeness, LikenessWord};
pub use settings::{FoundLatent, ProjectError, ProjectSettings};
pub use tune::{PivotPicture, TuneSettings, TunedGenerator, Tuning, tune};

/// What is reported while searching.
const PHASE: &str = "pictures compared";
/// Random latents that the starting points are chosen from.
const CANDIDATES: usize = 512;
const LEARNING_RATE: f64 = 0.1;
const BETAS: Betas = Betas { beta1: 0.9, beta2: 0.999 };
/// Latents that are refined.
const KEEP: usize = 2;
/// A step forward and back takes about as long as so many pictures.
const BOTH_WAYS: usize = 3;

/// A search, one step after the other. All of it happens on one device and one thread.
pub struct Projection {
    objective: Objective,
    picture: Frame,
    settings: ProjectSettings,
    /// Random latents, one after the other, and the loss of each.
    drawn: Vec<f32>,
    losses: Vec<f32>,
    /// Restarts x latent size, flat; the only parameter. Empty until all random latents are drawn.
    z: Vec<Tensor<1>>,
    adam: Adam,
    /// Of Adam.
    steps: usize,
    refined: Vec<RefinedLatent>,
    /// Rounds of single latents, which take turns.
    turns: usize,
    /// Pictures generated so far.
    done: usize,
}

impl Projection {
    /// Nothing is generated before the first step.
    ///
    /// # Errors
    /// A picture of another size, or a device that fails.
    pub fn new(
        saved: &SavedGenerator,
        picture: &Frame,
        settings: ProjectSettings,
        device: &Device,
    ) -> Result<Self, ProjectError> {
        let (generator, weights) = saved.open(device);
        let sight = Sight::new(settings.features, device)?;
        let target = sight.rows(upload_picture(picture, generator.side(), device)?, false);
        let (kind, restarts) = (saved.config.latent, settings.restarts.clamp(1, CANDIDATES));
        Ok(Self {
            objective: Objective { generator, weights, sight, target, kind, device: device.clone() },
            picture: picture.clone(),
            settings: ProjectSettings { restarts, ..settings },
            drawn: Vec::new(),
            losses: Vec::new(),
            z: Vec::new(),
            adam: Adam::new(&[]),
            steps: 0,
            refined: Vec::new(),
            turns: settings.rounds * KEEP.min(restarts),
            done: 0,
        })
    }

    /// Pictures that are generated in all, as far as that is known: refining may end early.
    pub fn total(&self) -> usize {
        let by_adam = (self.settings.steps - self.steps) * BOTH_WAYS * self.settings.restarts;
        let refining = self.turns * RefinedLatent::pictures(self.objective.size());
        self.done + (CANDIDATES - self.losses.len()) + by_adam + refining
    }

    /// Pictures generated so far.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Nothing is left to do.
    pub fn finished(&self) -> bool {
        self.done == self.total()
    }

    /// Some random latents, one step of Adam, or one round of refinement of one latent.
    ///
    /// # Errors
    /// When the device fails.
    pub fn step(&mut self) -> Result<(), DeviceError> {
        if self.losses.len() < CANDIDATES {
            self.draw_some()?;
            self.done += CHUNK;
        } else if self.steps < self.settings.steps {
            self.adam_step();
            self.steps += 1;
            self.done += BOTH_WAYS * self.settings.restarts;
        } else {
            self.refine_one()?;
        }
        Ok(())
    }

    /// The best latent so far and its picture; the first step must be done. Reads from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn best(&self) -> Result<FoundLatent, DeviceError> {
        let best = match self.refined.iter().min_by(|a, b| a.loss.total_cmp(&b.loss)) {
            Some(latent) => latent.clone(),
            None => self.leading(1)?.swap_remove(0),
        };
        let Objective { generator, weights, device, .. } = &self.objective;
        let frame = render(generator, weights, &best.z, device)?.swap_remove(0);
        let by_chance = self.losses.iter().map(|loss| f64::from(*loss)).sum::<f64>() / self.losses.len() as f64;
        let likeness = Likeness { error: pixel_error(&frame, &self.picture), share: best.loss / by_chance, face: true };
        let keep = KEEP.min(self.settings.restarts);
        let rounds = (self.settings.rounds * keep - self.turns).div_ceil(keep);
        Ok(FoundLatent { z: best.z, frame, likeness, steps: self.steps + rounds })
    }

    fn draw_some(&mut self) -> Result<(), DeviceError> {
        let number = (self.losses.len() / CHUNK) as u64;
        let more = self.draw(number, CHUNK);
        self.losses.extend(self.objective.losses(&more)?);
        self.drawn.extend(more);
        if self.losses.len() >= CANDIDATES {
            let chosen = self.leading(self.settings.restarts)?;
            let z: Vec<f32> = chosen.into_iter().flat_map(|latent| latent.z).collect();
            self.z = vec![self.objective.upload(&z).flatten(0, 1)];
            self.adam = Adam::new(&self.z);
        }
        Ok(())
    }

    fn adam_step(&mut self) {
        let (count, size) = (self.settings.restarts, self.objective.size());
        let tracked = vec![self.z[0].clone().autodiff().require_grad()];
        // A sum: no latent's gradient depends on the others.
        let loss = self.objective.recorded(tracked[0].clone().reshape([count, size])).sum();
        self.adam.update(&mut self.z, tracked, loss.backward(), LEARNING_RATE, BETAS);
        if self.objective.kind == LatentKind::Uniform {
            // Stochastic clipping (Lipton and Tripathi 2017): a component that left is drawn anew instead of sticking
            // to the edge.
            let number = (CANDIDATES / CHUNK + self.steps) as u64;
            let fresh = self.objective.upload(&self.draw(number, count)).flatten(0, 1);
            let outside = self.z[0].clone().abs().greater_elem(1.0);
            self.z[0] = self.z[0].clone().mask_where(outside, fresh);
        }
    }

    /// The next round of a latent that is not stuck.
    fn refine_one(&mut self) -> Result<(), DeviceError> {
        if self.refined.is_empty() {
            self.refined = self.leading(KEEP)?;
        }
        while self.turns > 0 {
            self.turns -= 1;
            let turn = self.turns % self.refined.len();
            if !self.refined[turn].stuck {
                self.done += RefinedLatent::pictures(self.objective.size());
                return self.refined[turn].refine(&self.objective);
            }
        }
        Ok(())
    }

    /// The best `count` of those that Adam improves, best first; before that, of the random ones.
    fn leading(&self, count: usize) -> Result<Vec<RefinedLatent>, DeviceError> {
        let size = self.objective.size();
        let latent =
            |all: &[f32], losses: &[f32], i: usize| RefinedLatent::new(all[i * size..][..size].to_vec(), losses[i]);
        let Some(z) = self.z.first() else {
            return Ok(best(&self.losses, count).into_iter().map(|i| latent(&self.drawn, &self.losses, i)).collect());
        };
        let all = read(vec![z.clone()])?.swap_remove(0);
        let losses = self.objective.losses(&all)?;
        Ok(best(&losses, count).into_iter().map(|i| latent(&all, &losses, i)).collect())
    }

    /// Random latents, `count` x latent size.
    fn draw(&self, number: u64, count: usize) -> Vec<f32> {
        let Objective { kind, .. } = self.objective;
        let source = LatentSource { kind, size: self.objective.size(), seed: self.settings.seed };
        source.draw(Stream::Project, number, count)
    }
}

/// Searches to the end. `each` gets the progress after every step and, once so much time has passed since the last one,
/// the best latent so far. The same arguments give the same latent on the CPU.
///
/// # Errors
/// A device that fails, or cancelled.
pub fn project(
    mut search: Projection,
    every: Duration,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, Option<&FoundLatent>),
) -> Result<FoundLatent, ProjectError> {
    let mut shown = Instant::now();
    while !search.finished() {
        control.check()?;
        search.step()?;
        let progress = JobProgress { phase: PHASE, done: search.done(), total: search.total() };
        if shown.elapsed() >= every {
            each(progress, Some(&search.best()?));
            shown = Instant::now();
        } else {
            each(progress, None);
        }
    }
    Ok(search.best()?)
}
