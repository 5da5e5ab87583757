//! Uniform latents as normal ones and back.
//!
//! Rotations keep the normal distribution but not the uniform one. So a component u of U(-1, 1) is replaced by the
//! normal number with the same share of the distribution below it, worked on, and put back (a Gaussian copula):
//! g = F^-1((1 + u) / 2), u = 2 F(g) - 1 = erf(g / sqrt 2), with F the distribution function of N(0, 1).

use crate::config::LatentKind;
use std::f64::consts::{PI, SQRT_2};

/// Share of the distribution beyond a component at the very edge of [-1, 1], which would stand for infinity: half the
/// distance from 1 to the next smaller `f32`, divided by two.
const EDGE: f64 = 1.0 / (1u64 << 26) as f64;

/// The latent in a space where its distribution is N(0, 1).
pub(super) fn to_normal(kind: LatentKind, z: &[f32]) -> Vec<f64> {
    let one = |x: &f32| match kind {
        LatentKind::Normal => f64::from(*x),
        LatentKind::Uniform => quantile(f64::from(*x)),
    };
    z.iter().map(one).collect()
}

/// The inverse of [`to_normal`].
pub(super) fn from_normal(kind: LatentKind, g: &[f64]) -> Vec<f32> {
    let one = |x: &f64| match kind {
        LatentKind::Normal => *x as f32,
        LatentKind::Uniform => libm::erf(x / SQRT_2) as f32,
    };
    g.iter().map(one).collect()
}

/// F^-1((1 + u) / 2); about 5.4 at the edges.
fn quantile(u: f64) -> f64 {
    // The share of the nearer tail keeps its digits where (1 + u) / 2 would lose them.
    let tail = ((1.0 - u.abs()) / 2.0).max(EDGE);
    // Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23: error below 4.5e-4.
    let t = (-2.0 * tail.ln()).sqrt();
    let above = 2.515517 + t * (0.802853 + t * 0.010328);
    let below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    let mut x = t - above / below;
    // Halley's method for 1 - F(x) = tail triples the digits each time.
    for _ in 0..2 {
        let density = (-x * x / 2.0).exp() / (2.0 * PI).sqrt();
        let newton = (libm::erfc(x / SQRT_2) / 2.0 - tail) / density;
        x += newton / (1.0 - x * newton / 2.0);
    }
    x.copysign(u)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected: tables of the normal distribution.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        for (share, expected) in [
            (0.5, 0.0),
            (0.75, 0.674_489_750_196_081_7),
            (0.841_344_746_068_542_9, 1.0),
            (0.975, 1.959_963_984_540_054),
            (0.999, 3.090_232_306_167_813_5),
            (0.000_001, -4.753_424_308_822_899),
        ] {
            let found = quantile(2.0 * share - 1.0);
            assert!((found - expected).abs() < 1e-9, "{share}: {found} instead of {expected}");
        }
    }

    #[test]
    fn there_and_back_is_the_same_also_at_the_edges() {
        let z: Vec<f32> = (-1000..=1000).map(|i| i as f32 / 1000.0).collect();
        let g = to_normal(LatentKind::Uniform, &z);
        assert!(g.iter().all(|x| x.is_finite() && x.abs() < 5.6));
        assert!(g.windows(2).all(|w| w[0] < w[1]), "order is kept");
        for (a, b) in z.iter().zip(from_normal(LatentKind::Uniform, &g)) {
            assert!((a - b).abs() < 1.2e-7, "{a} {b}");
        }
    }
}
