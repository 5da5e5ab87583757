//! First values of parameters.

use super::layer::LEAK;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// How a parameter starts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Init {
    /// All numbers are this one.
    Constant(f32),
    /// N(mean, std).
    Normal {
        /// Mean.
        mean: f32,
        /// Standard deviation.
        std: f32,
    },
    /// N(0, std), redrawn beyond two standard deviations.
    TruncatedNormal {
        /// Standard deviation before truncation.
        std: f32,
    },
    /// N(0, 2 / ((1 + leak^2) inputs)), which keeps the size of signals through a leaky ReLU of slope 0.2 without any
    /// normalisation: He et al. 2015.
    He {
        /// Numbers that each output sums over.
        inputs: usize,
    },
    /// U(-a, a), a = sqrt(6 / (fan in + fan out)): Glorot and Bengio 2010.
    GlorotUniform {
        /// Inputs of the layer.
        fan_in: usize,
        /// Outputs of the layer.
        fan_out: usize,
    },
}

/// `count` values drawn as `init` describes.
pub(super) fn draw(init: Init, count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    match init {
        Init::Constant(value) => vec![value; count],
        Init::Normal { mean, std } => (0..count).map(|_| mean + std * standard_normal(rng)).collect(),
        Init::TruncatedNormal { std } => (0..count).map(|_| std * truncated_normal(rng)).collect(),
        Init::He { inputs } => {
            let leak = LEAK as f32;
            let std = (2.0 / ((1.0 + leak * leak) * inputs as f32)).sqrt();
            (0..count).map(|_| std * standard_normal(rng)).collect()
        }
        Init::GlorotUniform { fan_in, fan_out } => {
            let limit = (6.0 / (fan_in + fan_out) as f32).sqrt();
            match Uniform::new(-limit, limit) {
                Ok(uniform) => uniform.sample_iter(rng).take(count).collect(),
                Err(_) => vec![0.0; count],
            }
        }
    }
}

fn standard_normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

fn truncated_normal(rng: &mut impl Rng) -> f32 {
    loop {
        let x = standard_normal(rng);
        if x.abs() <= 2.0 {
            return x;
        }
    }
}
