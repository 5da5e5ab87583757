//! Some pictures of a dataset, and the pictures of a run with their split: those trained on and those held out.

use crate::data::{Dataset, Split};
use crate::interrupt::JobControl;
use crate::metrics::{MetricError, PictureSet, TrainingSet};
use std::path::Path;
use std::sync::Arc;

/// Some pictures of a dataset.
#[derive(Clone)]
pub(crate) struct Subset {
    dataset: Arc<Dataset>,
    indices: Vec<u32>,
}

impl Subset {
    /// The pictures at these indices of the dataset.
    pub(super) fn new(dataset: Arc<Dataset>, indices: Vec<u32>) -> Self {
        Self { dataset, indices }
    }

    /// All pictures of a dataset.
    pub(super) fn all(dataset: Arc<Dataset>) -> Self {
        Self { indices: (0..dataset.len() as u32).collect(), dataset }
    }

    /// How many pictures there are.
    pub(super) fn len(&self) -> usize {
        self.indices.len()
    }

    /// Width and height of every picture in pixels.
    pub(super) fn side(&self) -> usize {
        self.dataset.side() as usize
    }

    /// One picture: RGB, interleaved, row by row.
    ///
    /// # Panics
    /// When `i >= len`.
    pub(super) fn picture(&self, i: usize) -> &[u8] {
        self.dataset.picture(self.indices[i] as usize)
    }

    /// The digest of a picture, in hexadecimal.
    ///
    /// # Panics
    /// When `i >= len`.
    pub(super) fn digest(&self, i: usize) -> &str {
        &self.dataset.digests()[self.indices[i] as usize]
    }

    /// The photo that a picture was cut from; none for a drawn cat.
    ///
    /// # Panics
    /// When `i >= len`.
    pub(super) fn photo(&self, i: usize) -> Option<&Path> {
        self.dataset.photo(self.indices[i] as usize)
    }

    /// All pictures in their order.
    pub(super) fn pictures(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|i| self.picture(i))
    }

    /// At most `count` pictures, chosen at random.
    ///
    /// # Errors
    /// Never: all have one size.
    pub(super) fn sample(&self, count: usize, seed: u64) -> Result<PictureSet, MetricError> {
        let mut set = PictureSet::new(self.side());
        PictureSet::draw(self.len(), count, seed).into_iter().try_for_each(|i| set.push(self.picture(i)))?;
        Ok(set)
    }

    /// All pictures small, and at most `count` in full size: to search generated pictures for copies.
    ///
    /// # Errors
    /// When cancelled.
    pub(super) fn training_set(
        &self,
        count: usize,
        seed: u64,
        control: JobControl,
    ) -> Result<TrainingSet, MetricError> {
        TrainingSet::gather(self.side(), self.len(), count, seed, |i| self.picture(i), control)
    }
}

/// The pictures of a run and their split.
#[derive(Clone)]
pub(crate) struct SplitPictures {
    /// Those that the run is trained on.
    pub training: Subset,
    /// Those that it never sees.
    pub held_out: Subset,
}

impl SplitPictures {
    /// Divides a dataset as `split` says.
    pub(super) fn new(dataset: Arc<Dataset>, split: Split) -> Self {
        Self { training: Subset::new(dataset.clone(), split.training), held_out: Subset::new(dataset, split.held) }
    }

    /// All pictures, those trained on first.
    pub(super) fn all(&self) -> Subset {
        let indices = [&self.training.indices[..], &self.held_out.indices].concat();
        Subset::new(self.training.dataset.clone(), indices)
    }
}
