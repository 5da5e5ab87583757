//! Is the discriminator memorising its training pictures?

/// The mean sign of a discriminator's logits for real pictures: r_t of adaptive augmentation (Karras et al. 2020). On
/// training pictures it rises towards 1 as the discriminator memorises them (above 0.6 is much, above 0.85 bad);
/// on held-out pictures it falls below. 0 for no logits; a logit that is not a number counts as 0.
pub(crate) fn sign_mean(logits: &[f32]) -> f64 {
    let sign = |x: &f32| f64::from(i8::from(*x > 0.0) - i8::from(*x < 0.0));
    logits.iter().map(sign).sum::<f64>() / logits.len().max(1) as f64
}

/// A mean sign, and of how many pictures: the fewer they are, the less it says about others of their kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SignMean {
    /// From -1 to 1.
    pub mean: f64,
    pub pictures: usize,
}

impl SignMean {
    /// By how many standard errors this mean lies above the other one, if all pictures were of one kind and on
    /// different sides by chance (the score test of two shares). 0 where all signs are the same.
    pub(crate) fn errors_above(self, other: Self) -> f64 {
        let [n, m] = [self, other].map(|s| s.pictures as f64);
        let mean = (self.mean * n + other.mean * m) / (n + m);
        let variance = (1.0 - mean * mean) * (1.0 / n + 1.0 / m);
        if variance > 0.0 { (self.mean - other.mean) / variance.sqrt() } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_signs() {
        let mean = sign_mean(&[3.0, 0.1, -2.0, 0.0, f32::NAN, 5.0, 1.0, 9.0]);
        assert_eq!(mean, 0.5);
        assert_eq!(sign_mean(&[]), 0.0);
    }

    /// 50 of 64 and 8 of 16: shares of 0.78125 and 0.5, together 58 of 80. The usual z of two shares is
    /// 0.28125 / sqrt(0.725 * 0.275 * (1/64 + 1/16)) = 2.2535.
    #[test]
    fn standard_errors_are_those_of_two_shares() {
        let of = |mean, pictures| SignMean { mean, pictures };
        let z = of(0.5625, 64).errors_above(of(0.0, 16));
        assert!((z - 2.2535).abs() < 1e-4, "{z}");
        assert!((of(0.0, 16).errors_above(of(0.5625, 64)) + z).abs() < 1e-12);
        assert_eq!(of(1.0, 64).errors_above(of(1.0, 8)), 0.0);
        assert_eq!(of(0.0, 0).errors_above(of(0.0, 0)), 0.0, "of nothing");
    }
}
