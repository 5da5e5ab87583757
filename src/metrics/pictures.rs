//! A set of pictures to measure.

use super::error::MetricError;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use std::borrow::Cow;

/// Square RGB pictures of one size in one block of memory: 12 KiB each at 64 px.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureSet {
    side: usize,
    data: Vec<u8>,
}

impl PictureSet {
    /// An empty set for pictures of `side` pixels.
    pub fn new(side: usize) -> Self {
        Self { side, data: Vec::new() }
    }

    /// Adds a picture: RGB, row by row, `side * side * 3` bytes.
    ///
    /// # Errors
    /// Another number of bytes.
    pub fn push(&mut self, pixels: &[u8]) -> Result<(), MetricError> {
        if pixels.len() != self.bytes() {
            let found = ((pixels.len() / 3) as f64).sqrt() as usize;
            return Err(MetricError::Sides { found, expected: self.side });
        }
        self.data.extend_from_slice(pixels);
        Ok(())
    }

    /// Number of pictures.
    pub fn len(&self) -> usize {
        self.data.len() / self.bytes().max(1)
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Width and height of each picture in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// One picture: RGB, row by row.
    ///
    /// # Panics
    /// When `index >= len`.
    pub fn picture(&self, index: usize) -> &[u8] {
        &self.data[index * self.bytes()..][..self.bytes()]
    }

    /// The pictures of these numbers, in their order.
    pub(crate) fn pick(&self, numbers: impl IntoIterator<Item = usize>) -> Self {
        let mut picked = Self::new(self.side);
        numbers.into_iter().for_each(|i| picked.data.extend_from_slice(self.picture(i)));
        picked
    }

    /// The first `count`, or all.
    pub fn first(&self, count: usize) -> Cow<'_, Self> {
        if count < self.len() { Cow::Owned(self.pick(0..count)) } else { Cow::Borrowed(self) }
    }

    /// `count` pictures drawn without putting back (all in another order, if there are fewer): files that follow one
    /// another often show the same cat.
    pub fn sample(&self, count: usize, seed: u64) -> Self {
        self.pick(Self::draw(self.len(), count, seed))
    }

    /// `count` of the numbers below `total`, each at most once, in random order.
    pub fn draw(total: usize, count: usize, seed: u64) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..total).collect();
        numbers.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        numbers.truncate(count);
        numbers
    }

    fn bytes(&self) -> usize {
        self.side * self.side * 3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_give_back_what_was_put_in() {
        let mut set = PictureSet::new(2);
        for i in 0..20u8 {
            set.push(&[i; 12]).unwrap();
        }
        assert!(set.push(&[0; 3]).is_err());
        assert_eq!((set.len(), set.picture(7)), (20, &[7u8; 12][..]));
        let sample = set.sample(6, 1);
        assert_eq!((sample.len(), sample.clone()), (6, set.sample(6, 1)));
        assert_ne!(sample, set.sample(6, 2));
        let mut seen: Vec<u8> = (0..20).map(|i| set.sample(99, 3).picture(i)[0]).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..20).collect::<Vec<u8>>(), "each once");
    }
}
