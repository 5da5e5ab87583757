//! What the tests of several measures share.

use super::pictures::PictureSet;
use super::products::Vectors;
use crate::interrupt::JobControl;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Neither stops nor tells.
pub(super) fn silent() -> JobControl<'static> {
    JobControl::unattended()
}

/// `n` vectors of N(0, I).
pub(super) fn normal(n: usize, size: usize, seed: u64) -> Vectors {
    let rng = ChaCha8Rng::seed_from_u64(seed);
    Vectors { size, values: StandardNormal.sample_iter(rng).take(n * size).collect() }
}

/// Pictures from a formula that tests/reference/metrics.py knows too.
pub(super) fn formula_pictures(count: usize, side: usize, kind: usize) -> PictureSet {
    let mut set = PictureSet::new(side);
    for i in 0..count {
        let mut pixels = Vec::with_capacity(side * side * 3);
        for y in 0..side {
            for x in 0..side {
                for c in 0..3 {
                    let wave = (x * (3 + i % 5 + kind) + y * (2 + i % 7) + i * 11 + c * 40 + kind * 9) % 160;
                    let grain = (x * x + 3 * x * y + 5 * y * y + 7 * i + 13 * c) % (17 + 30 * kind);
                    pixels.push((wave + grain + 5 * kind) as u8);
                }
            }
        }
        set.push(&pixels).unwrap();
    }
    set
}
