//! First values of parameters.

use super::layout::Init;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// `count` values as `init` says.
pub(super) fn draw(init: Init, count: usize, rng: &mut ChaCha8Rng) -> Vec<f32> {
    match init {
        Init::Constant(value) => vec![value; count],
        Init::Normal { mean, std } => (0..count).map(|_| mean + std * standard_normal(rng)).collect(),
        Init::TruncatedNormal { std } => (0..count).map(|_| std * truncated_normal(rng)).collect(),
        Init::He { inputs } => {
            let leak = super::stack::LEAK as f32;
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
