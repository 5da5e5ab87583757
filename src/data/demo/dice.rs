//! Random choices for the looks of a cat.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random choices. Built on the bare numbers of ChaCha, whose stream is fixed, not on distributions that a new version
/// of a library may change: the same seed must give the same cats for ever.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// For cat number `index` of the family `seed`.
    pub(super) fn new(seed: u64, index: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..16].copy_from_slice(&index.to_le_bytes());
        key[16..20].copy_from_slice(b"cats");
        Self(ChaCha8Rng::from_seed(key))
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / 16_777_216.0
    }

    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.unit()
    }

    /// From -1 to 1, mostly near 0.
    pub(super) fn around(&mut self) -> f32 {
        self.unit() + self.unit() - 1.0
    }

    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.unit() < p
    }

    pub(super) fn side(&mut self) -> f32 {
        if self.chance(0.5) { 1.0 } else { -1.0 }
    }

    pub(super) fn one_of<T: Copy>(&mut self, from: &[T]) -> T {
        from[((self.unit() * from.len() as f32) as usize).min(from.len() - 1)]
    }

    /// Each with a probability in proportion to its weight.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(f32, T)]) -> T {
        let mut left = self.unit() * from.iter().map(|(weight, _)| weight).sum::<f32>();
        for &(weight, value) in from {
            left -= weight;
            if left < 0.0 {
                return value;
            }
        }
        from[from.len() - 1].1
    }
}
