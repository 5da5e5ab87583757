//! The pictures that a generator was trained on, as far as comparing needs them.

use super::pictures::PictureSet;
use super::products::Vectors;
use super::small::{SMALL, small_values};
use super::watch::{MetricError, Watch, check};
use rayon::prelude::*;

/// Training pictures among which copies are looked for at most: small, they take 3 KB each.
pub const MOST_TRAINING: usize = 100_000;
/// Pictures read between two looks at the progress.
const CHUNK: usize = 1000;

/// All training pictures small, to find copies of them, and some in full, to measure the floor with.
pub struct TrainingSet {
    pub(super) small: Vectors,
    sample: PictureSet,
}

impl TrainingSet {
    /// `picture` gives number 0 to `len - 1`, RGB of `side` x `side`; each is made small while it is read. `count` of
    /// them, chosen at random, are kept as they are.
    ///
    /// # Errors
    /// A picture of another size; cancelled.
    pub fn gather<'a>(
        side: usize,
        len: usize,
        count: usize,
        seed: u64,
        picture: impl Fn(usize) -> &'a [u8] + Sync,
        watch: Watch,
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
        for (chunk, (values, places)) in chunks {
            watch.tell("training pictures looked at", chunk * CHUNK, numbers.len());
            values.par_chunks_mut(size).zip(places).try_for_each(|(values, i)| {
                check(watch.cancel)?;
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
    pub fn of(pictures: &PictureSet, count: usize, seed: u64, watch: Watch) -> Result<Self, MetricError> {
        Self::gather(pictures.side(), pictures.len(), count, seed, |i| pictures.picture(i), watch)
    }

    /// How many pictures can be found again.
    pub fn len(&self) -> usize {
        self.small.len()
    }

    pub fn is_empty(&self) -> bool {
        self.small.is_empty()
    }

    /// Some of them, in random order.
    pub fn sample(&self) -> &PictureSet {
        &self.sample
    }
}
