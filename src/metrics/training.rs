//! The pictures that a generator was trained on, as far as comparing needs them.

use super::diversity::{median, median_distance};
use super::error::MetricError;
use super::neighbours::to_distances;
use super::pictures::PictureSet;
use super::products::{Vectors, row_blocks};
use super::small::{SMALL, mirrors, small_values};
use crate::interrupt::JobControl;
use rayon::prelude::*;

/// Training pictures among which copies are searched at most: small, they take 3 KB each.
pub(crate) const MOST_TRAINING: usize = 100_000;
/// Training pictures whose own neighbours are searched at most.
const SAMPLED: usize = 1000;
/// Two pictures nearer to each other than this share of the median distance of two pictures are shots of one scene. Of
/// 1,000 different cats 2 in 100 are nearer than 0.38 to another one; most shots with the camera held in the hand are
/// nearer than this (`tests/reference/watch.py copies`).
const SAME_SCENE: f64 = 0.35;
/// Pictures read between two reports of progress.
const CHUNK: usize = 1000;

/// All training pictures small, to find copies of them, and some in full, to measure the floor with.
pub(crate) struct TrainingSet {
    pub(super) small: Vectors,
    sample: PictureSet,
}

impl TrainingSet {
    /// `picture` gives number 0 to `len - 1`, RGB of `side` x `side`; each is made small while it is read. `count` of
    /// them, chosen at random, are kept as they are.
    ///
    /// # Errors
    /// A picture of another size; cancelled.
    pub(crate) fn gather<'a>(
        side: usize,
        len: usize,
        count: usize,
        seed: u64,
        picture: impl Fn(usize) -> &'a [u8] + Sync,
        control: JobControl,
    ) -> Result<Self, MetricError> {
        let mut sample = PictureSet::new(side);
        // Shuffled twice, as it was for the floors that are published.
        let order = PictureSet::draw(len, len, seed);
        PictureSet::draw(len, count, seed).into_iter().try_for_each(|i| sample.push(picture(order[i])))?;
        let numbers: Vec<usize> = match len {
            0..=MOST_TRAINING => (0..len).collect(),
            _ => PictureSet::draw(len, MOST_TRAINING, seed),
        };
        let size = SMALL * SMALL * 3;
        let mut values = vec![0f32; numbers.len() * size];
        let chunks = values.chunks_mut(CHUNK * size).zip(numbers.chunks(CHUNK)).enumerate();
        for (chunk, (values, indices)) in chunks {
            control.report("training pictures analysed", chunk * CHUNK, numbers.len());
            values.par_chunks_mut(size).zip(indices).try_for_each(|(values, i)| {
                control.check()?;
                values.iter_mut().zip(small_values(picture(*i), side)).for_each(|(value, small)| *value = small);
                Ok::<(), MetricError>(())
            })?;
        }
        Ok(Self { small: Vectors { size, values }, sample })
    }

    /// All pictures of a set.
    ///
    /// # Errors
    /// Cancelled.
    pub(crate) fn of(pictures: &PictureSet, count: usize, seed: u64, control: JobControl) -> Result<Self, MetricError> {
        Self::gather(pictures.side(), pictures.len(), count, seed, |i| pictures.picture(i), control)
    }

    /// Pictures that are small already, and none in full size.
    pub(super) fn of_small(small: Vectors) -> Self {
        Self { small, sample: PictureSet::new(SMALL) }
    }

    /// How many pictures can be found again.
    pub(crate) fn len(&self) -> usize {
        self.small.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.small.is_empty()
    }

    /// The distance below which two pictures are shots of one scene, in the measure of small pictures.
    ///
    /// # Errors
    /// Cancelled.
    pub(super) fn scene(&self, control: JobControl) -> Result<f32, MetricError> {
        let (_, some) = self.some();
        if some.len() < 2 {
            return Ok(0.0);
        }
        Ok((SAME_SCENE * median_distance(&some, control)?) as f32)
    }

    /// How near to the training pictures another picture of their kind lies, as they say themselves: the median
    /// distance of a training picture to the nearest other one, also in the mirror. A new picture has one neighbour
    /// more to be near to, which of 50 pictures changes less than 1 %. Shots of one scene, nearer than `scene`, do not
    /// count: a row of them would pass for the distance at which pictures usually lie, and copies for new pictures.
    /// None where there is but one scene.
    ///
    /// # Errors
    /// Cancelled.
    pub(super) fn apart(&self, scene: f32, control: JobControl) -> Result<Option<f32>, MetricError> {
        let (indices, some) = self.some();
        let (own, squares) = (some.squares(), self.small.squares());
        let distances = |some: &Vectors| {
            let blocks = row_blocks(some, &self.small, control, |rows, products| {
                let rows = rows.zip(products.chunks_exact_mut(squares.len()));
                rows.map(|(i, row)| {
                    to_distances(row, own[i], &squares);
                    // Not its own neighbour, nor its mirror image's.
                    row[indices[i]] = f32::INFINITY;
                    row.iter().copied().filter(|d| *d >= scene * scene).fold(f32::INFINITY, f32::min)
                })
                .collect::<Vec<f32>>()
            })?;
            Ok::<_, MetricError>(blocks.concat())
        };
        let (plain, turned) = (distances(&some)?, distances(&mirrors(&some))?);
        let nearest = plain.into_iter().zip(turned).map(|(a, b)| a.min(b));
        let mut nearest: Vec<f32> = nearest.filter(|d| d.is_finite()).map(f32::sqrt).collect();
        Ok((!nearest.is_empty()).then(|| median(&mut nearest)))
    }

    /// At most [`SAMPLED`] of them, spread evenly over all, and their indices.
    fn some(&self) -> (Vec<usize>, Vectors) {
        let (len, count) = (self.len(), self.len().min(SAMPLED));
        let indices: Vec<usize> = (0..count).map(|i| i * len / count).collect();
        let values = indices.iter().flat_map(|i| self.small.row(*i)).copied().collect();
        (indices, Vectors { size: self.small.size, values })
    }

    /// Some of them, in random order.
    pub(crate) fn sample(&self) -> &PictureSet {
        &self.sample
    }
}
