//! Paths through latent space for films.

use super::interpolate::{interpolate, perturb};
use super::sample::{LatentSource, Stream};
use crate::config::LatentKind;

/// The speed along the path between two key points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Easing {
    /// At constant speed, with a turn at each key point.
    #[default]
    Linear,
    /// Resting at each key point: 3 t^2 - 2 t^3.
    Smooth,
}

impl Easing {
    /// 0 to 0 and 1 to 1, rising between.
    pub fn at(self, t: f64) -> f64 {
        match self {
            Self::Linear => t,
            Self::Smooth => t * t * (3.0 - 2.0 * t),
        }
    }
}

/// A path along key points, joined by spherical interpolation (slerp).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyPath {
    /// Distribution of the latents.
    pub kind: LatentKind,
    /// The latents that it leads through.
    pub keys: Vec<Vec<f32>>,
    /// Whether it leads back from the last key to the first.
    pub closed: bool,
    /// Its speed between two keys.
    pub easing: Easing,
}

impl KeyPath {
    /// How many paths between two key points it consists of.
    fn segments(&self) -> usize {
        let keys = self.keys.len();
        if self.closed && keys > 1 { keys } else { keys.saturating_sub(1) }
    }

    /// The latent at `t` in [0, 1] of the whole path; exact on key points. Empty without keys.
    pub(crate) fn at(&self, t: f64) -> Vec<f32> {
        let segments = self.segments();
        if segments == 0 {
            return self.keys.first().cloned().unwrap_or_default();
        }
        let position = (t * segments as f64).clamp(0.0, segments as f64);
        let segment = (position as usize).min(segments - 1);
        let (a, b) = (&self.keys[segment], &self.keys[(segment + 1) % self.keys.len()]);
        interpolate(self.kind, a, b, self.easing.at(position - segment as f64))
    }

    /// The latent of frame `index` of `count` at equal times. An open path begins on the first key and ends on the
    /// last; a closed one stops one frame before it is back, so that it can be repeated without a stutter.
    pub(crate) fn frame(&self, index: usize, count: usize) -> Vec<f32> {
        let last = if self.closed { count } else { count.saturating_sub(1) };
        self.at(index as f64 / last.max(1) as f64)
    }
}

/// A random walk of `count` points that begins at `start`: z <- sqrt(1 - e^2) z + e n. It never leaves the
/// distribution. Each step changes direction; for a film the points are keys of a [`KeyPath`].
pub fn walk(kind: LatentKind, start: &[f32], e: f64, seed: u64, count: usize) -> Vec<Vec<f32>> {
    let source = LatentSource { kind: LatentKind::Normal, size: start.len(), seed };
    let next = |(number, z): &(u64, Vec<f32>)| {
        let noise = source.draw(Stream::Path, number + 1, 1);
        Some((number + 1, perturb(kind, z, e, &noise)))
    };
    std::iter::successors(Some((0, start.to_vec())), next).map(|(_, z)| z).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::super::copula::to_normal;
    use super::super::interpolate::{dot, norm};
    use super::*;

    const KINDS: [LatentKind; 2] = [LatentKind::Normal, LatentKind::Uniform];

    fn keys(kind: LatentKind, count: u64) -> Vec<Vec<f32>> {
        let source = LatentSource { kind, size: 100, seed: 8 };
        (0..count).map(|i| source.draw(Stream::Generate, i, 1)).collect()
    }

    fn frames(path: &KeyPath, count: usize) -> Vec<Vec<f32>> {
        (0..count).map(|index| path.frame(index, count)).collect()
    }

    fn distance(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn an_open_path_starts_and_ends_on_its_keys() {
        for kind in KINDS {
            for easing in [Easing::Linear, Easing::Smooth] {
                let path = KeyPath { kind, keys: keys(kind, 3), closed: false, easing };
                let frames = frames(&path, 21);
                assert_eq!(frames.len(), 21);
                assert_eq!((&frames[0], &frames[10], &frames[20]), (&path.keys[0], &path.keys[1], &path.keys[2]));
            }
        }
    }

    #[test]
    fn a_closed_path_can_be_repeated() {
        for kind in KINDS {
            let path = KeyPath { kind, keys: keys(kind, 3), closed: true, easing: Easing::Linear };
            let frames = frames(&path, 30);
            assert_eq!((&frames[0], &frames[10], &frames[20]), (&path.keys[0], &path.keys[1], &path.keys[2]));
            let step = distance(&frames[28], &frames[29]);
            let wrap = distance(&frames[29], &frames[0]);
            assert!((wrap / step - 1.0).abs() < 0.2, "{wrap} after {step}");
        }
    }

    #[test]
    fn smooth_rests_at_keys_and_linear_does_not() {
        let kind = LatentKind::Normal;
        let steps = |easing| {
            let frames = frames(&KeyPath { kind, keys: keys(kind, 2), closed: false, easing }, 101);
            (distance(&frames[0], &frames[1]), distance(&frames[50], &frames[51]))
        };
        let (first, middle) = steps(Easing::Linear);
        // The two keys are not equally far from 0, so the speed is only nearly constant.
        assert!((first / middle - 1.0).abs() < 0.15, "{first} {middle}");
        let (first, middle) = steps(Easing::Smooth);
        assert!(first < 0.05 * middle, "{first} {middle}");
    }

    #[test]
    fn few_keys_and_frames_do_no_harm() {
        let path = |count| KeyPath {
            kind: LatentKind::Normal,
            keys: keys(LatentKind::Normal, count),
            closed: count == 1,
            easing: Easing::Smooth,
        };
        assert_eq!(frames(&path(1), 3), vec![path(1).keys[0].clone(); 3]);
        assert_eq!(frames(&path(2), 1), vec![path(2).keys[0].clone()]);
        assert!(frames(&path(2), 0).is_empty());
        assert!(path(0).at(0.5).is_empty());
    }

    /// Expected norms of 100 components: N(0,1) 9.98, U(-1,1) 5.77. The walk forgets its start: after n steps the
    /// correlation is (1 - e^2)^(n/2), here 0.8^10 = 0.11 after twenty.
    #[test]
    fn a_walk_stays_in_the_distribution() {
        for (kind, expected) in [(LatentKind::Normal, 9.98), (LatentKind::Uniform, 5.77)] {
            let start = keys(kind, 1).remove(0);
            let points = walk(kind, &start, 0.447_213_6, 2, 1000);
            assert_eq!((points.len(), &points[0]), (1000, &start));
            let mean = points.iter().map(|z| distance(z, &[0.0; 100])).sum::<f64>() / 1000.0;
            assert!((mean - expected).abs() < 0.02 * expected, "{kind:?}: {mean}");
            let (a, b) = (to_normal(kind, &points[100]), to_normal(kind, &points[101]));
            let cosine = dot(&a, &b) / norm(&a) / norm(&b);
            assert!((cosine - 0.894).abs() < 0.05, "{cosine}");
        }
    }
}
