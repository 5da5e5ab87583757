//! Small pictures beside what their photos have: which ones there are enough of, and batches of them.

use super::sharpener::{averaged, planes};
use crate::formats::upscale;
use crate::pixels::Frame;
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;

/// Side of the largest result in pixels.
pub(crate) const LARGEST: u32 = 512;
/// Fewer pictures teach a network what these pictures look like, not what fur looks like.
const FEWEST: usize = 24;
/// Fewer held-out pictures do not tell whether a network is better.
const FEWEST_HELD: usize = 4;
/// More held-out pictures do not tell it better.
const MOST_HELD: usize = 32;
/// Memory for the pictures: 682 of 512 px, or 2,730 of 256 px.
const MOST_BYTES: u64 = 512 << 20;
/// Side of the parts of small pictures that are trained on, in pixels.
const PART: u32 = 32;
/// Pictures of a batch.
pub(super) const BATCH: usize = 8;
/// Share of the batches that show the largest pictures, where few photos have so many pixels.
const FULL_SHARE: f64 = 0.5;

/// A training picture, and the same square of its photo `factor` or half as many times larger.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    pub low: Frame,
    pub high: Frame,
}

/// Which pictures to open at which side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many times larger the result is: 2, 4 or 8.
    pub factor: u32,
    /// Index of each picture that is trained on, and the side that its photo has pixels for: all of the result's, or
    /// half of it.
    pub training: Vec<(usize, u32)>,
    /// The same of those to measure with, which have all of it.
    pub held: Vec<(usize, u32)>,
}

/// Why there is nothing to learn from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{enough} of the {pictures} pictures have at least {wanted} x {wanted} pixels in their photos, and sharpening \
     pictures of {side} px needs {FEWEST} of them; the largest has {largest}. Train the run on larger photos, the \
     originals instead of reduced copies; a run of smaller pictures (--size) needs less"
)]
pub(crate) struct PlanError {
    enough: usize,
    pictures: usize,
    wanted: u32,
    side: u32,
    largest: u32,
}

impl Plan {
    /// `sides` are those of all pictures in pixels of their photos, `held` the indices of the run's held-out ones,
    /// `side` that of the pictures that the run trains on.
    ///
    /// The result is as large as at least 24 photos have pixels for, up to 512 px. Photos with half as many pixels
    /// still teach what is visible in them. Where the run holds out fewer than four large pictures, a tenth of all are
    /// held out here.
    ///
    /// # Errors
    /// Too few photos have even twice the pixels.
    pub(crate) fn new(sides: &[u32], held: &[usize], side: u32) -> Result<Self, PlanError> {
        let has = |wanted: u32| (0..sides.len()).filter(move |&i| sides[i] >= wanted);
        let sizes = [8, 4, 2].into_iter().filter(|factor| side * factor <= LARGEST);
        let Some(factor) = sizes.into_iter().find(|factor| has(side * factor).count() >= FEWEST) else {
            let (wanted, largest) = (2 * side, sides.iter().copied().max().unwrap_or(0));
            return Err(PlanError { enough: has(wanted).count(), pictures: sides.len(), wanted, side, largest });
        };
        let full = side * factor;
        let mut measured: Vec<usize> = has(full).filter(|i| held.contains(i)).collect();
        if measured.len() < FEWEST_HELD {
            let all: Vec<usize> = has(full).collect();
            measured = evenly(&all, (all.len() / 10).max(FEWEST_HELD));
        }
        let others = |i: &usize| !measured.contains(i) && !held.contains(i);
        let large: Vec<usize> = has(full).filter(others).collect();
        // Half of twice the side would be the training picture itself.
        let smaller = |i: &usize| factor > 2 && sides[*i] < full && others(i);
        let small: Vec<usize> = has(full / 2).filter(smaller).collect();
        let bytes = |side: u32| 3 * u64::from(side) * u64::from(side);
        let large = evenly(&large, (MOST_BYTES / bytes(full)) as usize);
        let left = MOST_BYTES - large.len() as u64 * bytes(full);
        let small = evenly(&small, (left / bytes(full / 2)) as usize);
        let mut training: Vec<(usize, u32)> = large.into_iter().map(|i| (i, full)).collect();
        training.extend(small.into_iter().map(|i| (i, full / 2)));
        training.sort_unstable();
        let held = evenly(&measured, MOST_HELD).into_iter().map(|i| (i, full)).collect();
        Ok(Self { factor, training, held })
    }
}

/// At most `most` of the indices, evenly.
fn evenly(all: &[usize], most: usize) -> Vec<usize> {
    let count = all.len().min(most);
    (0..count).map(|i| all[i * all.len() / count]).collect()
}

/// What is trained on, and what is measured with.
#[derive(Debug, Clone)]
pub(crate) struct Pairs {
    /// How many times larger the result is.
    pub factor: u32,
    pub training: Vec<Pair>,
    pub held: Vec<Pair>,
}

/// Parts of pictures for one step.
pub(super) struct Batch {
    /// [`BATCH`] x 3 x side x side, values from -1 to 1.
    pub low: Vec<f32>,
    pub side: usize,
    /// What the enlargements of `low` lack, in the same unit, at `factor` times the side, or half as many.
    pub details: Vec<f32>,
    /// Whether it is half as many.
    pub halved: bool,
}

impl Pairs {
    /// The batch of a step; equal arguments give equal batches.
    pub(super) fn batch(&self, seed: u64, step: u64) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(step);
        let is_full = |pair: &&Pair| pair.high.width == self.factor * pair.low.width;
        let (full, half): (Vec<&Pair>, Vec<&Pair>) = self.training.iter().partition(is_full);
        let share = (full.len() as f64 / self.training.len().max(1) as f64).max(FULL_SHARE);
        let halved = full.is_empty() || !half.is_empty() && rng.random::<f64>() >= share;
        let group = if halved { half } else { full };
        let drawn: Vec<(&Pair, u64)> =
            (0..BATCH).map(|_| (group[rng.random_range(0..group.len())], rng.random())).collect();
        let parts: Vec<(Vec<f32>, Vec<f32>)> =
            drawn.into_par_iter().map(|(pair, seed)| self.part(pair, &mut ChaCha8Rng::seed_from_u64(seed))).collect();
        let side = PART.min(self.training[0].low.width) as usize;
        let (low, details): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        Batch { low: low.concat(), side, details: details.concat(), halved }
    }

    /// A part of a small picture, a little worse than it is half of the time, and what its enlargement lacks.
    fn part(&self, pair: &Pair, rng: &mut ChaCha8Rng) -> (Vec<f32>, Vec<f32>) {
        let side = PART.min(pair.low.width);
        let [x, y] = std::array::from_fn(|_| rng.random_range(0..=pair.low.width - side));
        let times = pair.high.width / pair.low.width;
        let mirrored = rng.random();
        let mut low = cropped(&pair.low, [x, y], side, mirrored);
        let high = cropped(&pair.high, [x * times, y * times], side * times, mirrored);
        if rng.random() {
            worsen(&mut low, rng);
        }
        let plain = averaged(&upscale(&low, self.factor), self.factor / times);
        let lacking = planes(&high).iter().zip(planes(&plain)).map(|(high, plain)| high - plain).collect();
        (planes(&low), lacking)
    }
}

/// A square of a picture, perhaps mirrored.
fn cropped(frame: &Frame, [left, top]: [u32; 2], side: u32, mirrored: bool) -> Frame {
    let pixel = |x: u32, y: u32| {
        let x = if mirrored { side - 1 - x } else { x };
        let at = (((top + y) * frame.width + left + x) * 3) as usize;
        [frame.data[at], frame.data[at + 1], frame.data[at + 2]]
    };
    let data = (0..side).flat_map(|y| (0..side).flat_map(move |x| pixel(x, y))).collect();
    Frame { width: side, height: side, data }
}

/// Blurs it a little and adds a little noise: generated pictures are less sharp and less clean than photos.
fn worsen(frame: &mut Frame, rng: &mut impl Rng) {
    /// Largest share of the four neighbours in a pixel.
    const BLUR: f32 = 0.4;
    /// Largest standard deviation of the noise, of 255.
    const NOISE: f32 = 4.0;
    let (blur, noise) = (BLUR * rng.random::<f32>(), NOISE * rng.random::<f32>());
    let (width, before) = (frame.width as usize, frame.data.clone());
    let value = |x: usize, y: usize, channel: usize| f32::from(before[(y * width + x) * 3 + channel]);
    for (i, byte) in frame.data.iter_mut().enumerate() {
        let (x, y, channel) = (i / 3 % width, i / 3 / width, i % 3);
        let around = value(x.saturating_sub(1), y, channel)
            + value((x + 1).min(width - 1), y, channel)
            + value(x, y.saturating_sub(1), channel)
            + value(x, (y + 1).min(width - 1), channel);
        let own = value(x, y, channel);
        let normal: f32 = StandardNormal.sample(rng);
        *byte = (own + blur * (around / 4.0 - own) + noise * normal).round().clamp(0.0, 255.0) as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::edges;
    use super::*;

    #[test]
    fn the_result_is_as_large_as_enough_photos() {
        let sides = |large: usize, middle: usize, small: usize| {
            [vec![900; large], vec![300; middle], vec![100; small]].concat()
        };
        let plan = Plan::new(&sides(30, 50, 9), &[], 64).unwrap();
        assert_eq!(plan.factor, 8);
        let count = |side: u32| plan.training.iter().filter(|(_, s)| *s == side).count();
        assert_eq!((count(512), count(256), plan.held.len()), (26, 50, 4));
        assert!(plan.held.iter().all(|held| !plan.training.contains(held) && held.1 == 512));
        let fewer = Plan::new(&sides(10, 50, 9), &[3, 11, 12, 13, 14, 70], 64).unwrap();
        assert_eq!(fewer.factor, 4);
        assert_eq!(fewer.held, [3, 11, 12, 13, 14].map(|i| (i, 256)), "those of the run");
        assert_eq!(fewer.training.len(), 55, "a picture of 100 px has less than 128");
        // 512 px is the largest result.
        assert_eq!(Plan::new(&sides(90, 0, 0), &[], 256).unwrap().factor, 2);
        let error = Plan::new(&sides(5, 9, 70), &[], 64).unwrap_err().to_string();
        assert!(error.starts_with("14 of the 84 pictures have at least 128 x 128"), "{error}");
        assert!(error.contains("the largest has 900"), "{error}");
        assert!(Plan::new(&[], &[], 64).is_err());
    }

    #[test]
    fn many_large_photos_are_thinned_to_fit() {
        let plan = Plan::new(&[4000; 5000], &[], 64).unwrap();
        assert_eq!((plan.training.len(), plan.held.len()), (682, 32));
        let gaps = plan.training.windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(gaps.max() < Some(12));
    }

    #[test]
    fn details_are_what_the_enlargement_lacks() {
        for factor in [2, 4] {
            let pairs = Pairs { factor: 4, training: edges(9, factor), held: Vec::new() };
            let times = factor as usize;
            for step in 0..6 {
                let Batch { low, side, details, halved } = if factor == 4 {
                    pairs.batch(1, step)
                } else {
                    // Half of the pixels only where there are others too.
                    let pair = pairs.part(&pairs.training[step as usize], &mut ChaCha8Rng::seed_from_u64(step));
                    Batch { low: pair.0, side: 16, details: pair.1, halved: true }
                };
                let count = low.len() / (3 * side * side);
                assert_eq!((details.len(), halved), (count * 3 * (side * times).pow(2), factor == 2));
                let mean = details.iter().map(|d| d.abs()).sum::<f32>() / details.len() as f32;
                assert!((0.001..0.2).contains(&mean), "{mean}");
                let sum = details.iter().sum::<f32>() / details.len() as f32;
                assert!(sum.abs() < 0.03, "no shade is added: {sum}");
            }
        }
    }

    #[test]
    fn batches_depend_on_seed_and_step_alone() {
        let training = [edges(5, 4), edges(5, 2)].concat();
        let pairs = Pairs { factor: 4, training, held: Vec::new() };
        let batch = |seed, step| pairs.batch(seed, step).low;
        assert_eq!(batch(1, 5), batch(1, 5));
        assert!(batch(1, 5) != batch(1, 6) && batch(1, 5) != batch(2, 5));
        let halved = (0..40).filter(|step| pairs.batch(1, *step).halved).count();
        assert!((8..32).contains(&halved), "{halved}");
    }
}
