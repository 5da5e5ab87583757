//! Drawing latent vectors.

use crate::config::LatentKind;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal, Uniform};

/// What random numbers of a seed are for; streams of one seed are independent of each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Batches of a training.
    Train = 1,
    /// The sample grid, always the same points.
    Samples = 2,
    /// Pictures made on request.
    Generate = 3,
    /// Nodes of the endless plane.
    Plane = 4,
    /// Random changes of a point.
    Mutate = 5,
    /// Steps of random walks.
    Path = 6,
    /// Activations that principal components are taken from.
    Directions = 7,
    /// Starting points of a search.
    Project = 8,
    /// Pictures whose statistics the averaged generator is normalised by.
    Statistics = 9,
    /// What a generator keeps while it is tuned, and what tells how well it did.
    Tune = 10,
}

/// Draws latents on the CPU from (seed, stream, number), so that every device and every resumed run sees the same.
#[derive(Debug, Clone, Copy)]
pub struct LatentSource {
    /// Distribution of each component.
    pub kind: LatentKind,
    /// Components of a latent.
    pub size: usize,
    /// Equal seeds give equal latents.
    pub seed: u64,
}

impl LatentSource {
    /// `count` vectors, one after the other, for use `number` of a stream.
    pub fn draw(&self, stream: Stream, number: u64, count: usize) -> Vec<f32> {
        // The key holds the seed, the stream number what it is for: equal inputs, equal numbers, no overlap.
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8] = stream as u8;
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(number);
        let n = count * self.size;
        match (self.kind, Uniform::new_inclusive(-1.0f32, 1.0)) {
            (LatentKind::Uniform, Ok(uniform)) => uniform.sample_iter(rng).take(n).collect(),
            _ => StandardNormal.sample_iter(rng).take(n).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn norms(kind: LatentKind) -> (f64, f64) {
        let source = LatentSource { kind, size: 100, seed: 7 };
        let z = source.draw(Stream::Train, 0, 20_000);
        let norms: Vec<f64> =
            z.chunks(100).map(|v| v.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()).collect();
        let mean = norms.iter().sum::<f64>() / norms.len() as f64;
        let variance = norms.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / norms.len() as f64;
        (mean, variance.sqrt())
    }

    /// Expected: sqrt(100) - 1/(4 sqrt(100)) = 9.975 with deviation 0.71, and sqrt(100/3) = 5.77 with deviation 0.26.
    #[test]
    fn norms_are_those_of_the_distribution() {
        let (mean, deviation) = norms(LatentKind::Normal);
        assert!((mean - 9.98).abs() < 0.02 && (deviation - 0.71).abs() < 0.02, "{mean} {deviation}");
        let (mean, deviation) = norms(LatentKind::Uniform);
        assert!((mean - 5.77).abs() < 0.02 && (deviation - 0.26).abs() < 0.02, "{mean} {deviation}");
    }

    #[test]
    fn streams_and_numbers_differ_and_repeat() {
        let source = LatentSource { kind: LatentKind::Normal, size: 4, seed: 1 };
        let first = source.draw(Stream::Train, 5, 2);
        assert_eq!(first, source.draw(Stream::Train, 5, 2));
        assert_ne!(first, source.draw(Stream::Train, 6, 2));
        assert_ne!(first, source.draw(Stream::Samples, 5, 2));
    }
}
