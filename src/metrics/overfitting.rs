//! Does the discriminator know its pictures by heart?

/// The mean sign of a discriminator's logits for real pictures: r_t of adaptive augmentation (Karras et al. 2020). On
/// training pictures it rises towards 1 as the discriminator learns them by heart (above 0.6 is much, above 0.85 bad);
/// on pictures held back it falls below. 0 for no logits; a logit that is not a number counts as 0.
pub fn sign_mean(logits: &[f32]) -> f64 {
    let sign = |x: &f32| f64::from(i8::from(*x > 0.0) - i8::from(*x < 0.0));
    logits.iter().map(sign).sum::<f64>() / logits.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    #[test]
    fn counts_signs() {
        let mean = super::sign_mean(&[3.0, 0.1, -2.0, 0.0, f32::NAN, 5.0, 1.0, 9.0]);
        assert_eq!(mean, 0.5);
        assert_eq!(super::sign_mean(&[]), 0.0);
    }
}
