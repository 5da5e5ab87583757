//! Refining a latent by Levenberg and Marquardt's method.

use super::objective::{Objective, PRIOR_WEIGHT, best};
use crate::compute::{DeviceError, read};
use burn::tensor::Tensor;
use nalgebra::{DMatrix, DVector};

/// Step of the finite differences: small against a latent's component, large against rounding.
const DIFFERENCE: f64 = 1e-2;
/// Factors on the damping that are tried in one round.
const DAMPINGS: [f64; 5] = [0.1, 0.5, 2.0, 10.0, 100.0];
/// Loss below which nothing is left to see: a mean error of 0.05 of 255 at one of the scales.
const INVISIBLE: f64 = 1.5e-7;

/// A latent that is refined.
#[derive(Debug, Clone)]
pub(super) struct RefinedLatent {
    pub z: Vec<f32>,
    pub loss: f64,
    damping: f64,
    /// No damping gave an improvement any more.
    pub stuck: bool,
}

impl RefinedLatent {
    pub(super) fn new(z: Vec<f32>, loss: f32) -> Self {
        Self { z, loss: f64::from(loss), damping: 1e-2, stuck: false }
    }

    /// Pictures that a round generates, for latents of this size.
    pub(super) fn pictures(size: usize) -> usize {
        1 + size + DAMPINGS.len()
    }

    /// One round: the residuals' slopes by finite differences, and the best of a few damped steps towards 0.
    ///
    /// (J^T J + damping diag(J^T J)) step = -J^T r
    pub(super) fn refine(&mut self, objective: &Objective) -> Result<(), DeviceError> {
        let size = objective.size();
        let here = objective.upload(&self.z);
        // The point itself, then one row for each component that is moved.
        let moved = here.clone() + Tensor::eye(size, &objective.device) * DIFFERENCE;
        let r = objective.residuals(here); // [1, R]
        let slopes = (objective.residuals(moved) - r.clone()) * (1.0 / DIFFERENCE); // [Z, R]
        let squares = slopes.clone().matmul(slopes.clone().transpose()); // [Z, Z]
        let descent = slopes.matmul(r.transpose()); // [Z, 1]
        let values = read(vec![squares.flatten(0, 1), descent.flatten(0, 1)])?;
        let numbers = |i: usize| values[i].iter().map(|x| f64::from(*x));
        let mut squares = DMatrix::from_iterator(size, size, numbers(0));
        let mut descent = DVector::from_iterator(size, numbers(1));
        // The prior is one more residual, sqrt(weight) (|z|^2 / E|z|^2 - 1).
        let z = DVector::from_iterator(size, self.z.iter().map(|x| f64::from(*x)));
        let expected = objective.square() * size as f64;
        let slope = &z * (2.0 / expected);
        squares += &slope * slope.transpose() * PRIOR_WEIGHT;
        descent += slope * ((z.norm_squared() / expected - 1.0) * PRIOR_WEIGHT);
        let tries: Vec<(f64, Vec<f32>)> = DAMPINGS
            .iter()
            .filter_map(|factor| {
                let damping = (self.damping * factor).max(1e-7);
                let mut damped = squares.clone();
                for i in 0..size {
                    damped[(i, i)] += damping * squares[(i, i)] + 1e-9;
                }
                let step = damped.cholesky()?.solve(&descent);
                Some((damping, (&z - step).iter().map(|x| objective.inside(*x)).collect()))
            })
            .collect();
        let all: Vec<f32> = tries.iter().flat_map(|(_, z)| z.clone()).collect();
        let losses = if all.is_empty() { Vec::new() } else { objective.losses(&all)? };
        let best = best(&losses, 1).first().copied().filter(|i| f64::from(losses[*i]) < self.loss);
        match best {
            Some(i) => {
                let loss = f64::from(losses[i]);
                self.stuck = loss > self.loss * (1.0 - 1e-4) || loss < INVISIBLE;
                (self.damping, self.z) = tries[i].clone();
                self.loss = loss;
            }
            None if self.damping < 1.0 => self.damping *= 100.0,
            None => self.stuck = true,
        }
        Ok(())
    }
}
