//! The order in which training sees the pictures.

use super::dataset::Dataset;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One picture of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pick {
    /// Which picture of the dataset.
    pub index: usize,
    /// Left and right swapped.
    pub mirror: bool,
}

/// An endless, shuffled stream of pictures, cut into batches.
///
/// Position `p = step * batch + j` of the stream holds picture `shuffle(seed, epoch)[p % len]` with `epoch = p / len`:
/// each epoch shows every picture once, batches run on across its end. Everything follows from seed and step, so a
/// resumed run continues exactly where it stopped with nothing but the step stored.
#[derive(Debug, Clone)]
pub(crate) struct Batcher {
    /// Indices of the pictures in the dataset.
    pictures: Vec<u32>,
    batch: usize,
    seed: u64,
    flip: bool,
    /// The epoch whose order is at hand.
    epoch: Option<u64>,
    order: Vec<u32>,
}

impl Batcher {
    /// The pictures at these indices of a dataset, in batches of `batch`; with `flip`, half of the picks are mirrored.
    ///
    /// # Panics
    /// When there are no pictures; a [`super::Split`] always has some for the training.
    pub(crate) fn new(pictures: Vec<u32>, batch: usize, seed: u64, flip: bool) -> Self {
        assert!(!pictures.is_empty(), "a batch needs pictures");
        Self { pictures, batch, seed, flip, epoch: None, order: Vec::new() }
    }

    /// The pictures of batch number `step`, counted from 0.
    pub(crate) fn picks(&mut self, step: u64) -> Vec<Pick> {
        let first = step.wrapping_mul(self.batch as u64);
        (0..self.batch as u64).map(|j| self.pick(first.wrapping_add(j))).collect()
    }

    /// Some pictures of a batch as `[count, 3, side, side]`, values `byte / 127.5 - 1` in [-1, 1]. `out` is reused.
    pub(crate) fn fill(dataset: &Dataset, picks: &[Pick], out: &mut Vec<f32>) {
        let side = dataset.side() as usize;
        out.clear();
        out.resize(picks.len() * 3 * side * side, 0.0);
        let values: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 127.5 - 1.0);
        for (pick, planes) in picks.iter().zip(out.chunks_exact_mut(3 * side * side)) {
            to_planes(dataset.picture(pick.index), side, pick.mirror, &values, planes);
        }
    }

    fn pick(&mut self, position: u64) -> Pick {
        let len = self.pictures.len();
        let (epoch, offset) = (position / len as u64, (position % len as u64) as usize);
        if self.epoch != Some(epoch) {
            self.order = shuffled(len, self.seed, epoch);
            self.epoch = Some(epoch);
        }
        let mirror = self.flip && coin(self.seed, position);
        Pick { index: self.pictures[self.order[offset] as usize] as usize, mirror }
    }
}

/// All numbers below `len` in an order drawn from seed and epoch (Fisher-Yates).
///
/// Written out rather than taken from a library, whose order may change between versions: old runs must resume.
fn shuffled(len: usize, seed: u64, epoch: u64) -> Vec<u32> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&epoch.to_le_bytes());
    key[16..22].copy_from_slice(b"epochs");
    let mut random = ChaCha8Rng::from_seed(key);
    let mut order: Vec<u32> = (0..len as u32).collect();
    for i in (1..len).rev() {
        // A fair number from 0 to i, up to an error of 2^-32.
        let j = ((u128::from(random.next_u64()) * (i as u128 + 1)) >> 64) as usize;
        order.swap(i, j);
    }
    order
}

/// A fair coin for each position of the stream: the mixing function of SplitMix64.
fn coin(seed: u64, position: u64) -> bool {
    let mut x = seed ^ position.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) >> 63 == 1
}

/// Interleaved bytes to three planes.
fn to_planes(rgb: &[u8], side: usize, mirror: bool, values: &[f32; 256], planes: &mut [f32]) {
    let (red, rest) = planes.split_at_mut(side * side);
    let (green, blue) = rest.split_at_mut(side * side);
    for y in 0..side {
        for x in 0..side {
            let source = (y * side + if mirror { side - 1 - x } else { x }) * 3;
            let at = y * side + x;
            red[at] = values[rgb[source] as usize];
            green[at] = values[rgb[source + 1] as usize];
            blue[at] = values[rgb[source + 2] as usize];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_epoch_shows_every_picture_once_in_another_order() {
        let mut batcher = Batcher::new((0..10).collect(), 4, 7, true);
        let stream: Vec<usize> = (0..5).flat_map(|step| batcher.picks(step)).map(|p| p.index).collect();
        let (first, second) = stream.split_at(10);
        assert_ne!(first, second);
        for epoch in [first, second] {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_resumed_run_sees_what_a_straight_one_sees() {
        let mut straight = Batcher::new((0..50).collect(), 16, 3, true);
        let all: Vec<_> = (0..40).map(|step| straight.picks(step)).collect();
        for step in [39u64, 3, 12, 0] {
            assert_eq!(Batcher::new((0..50).collect(), 16, 3, true).picks(step), all[step as usize]);
            assert_eq!(straight.picks(step), all[step as usize], "also going back");
        }
        assert_ne!(Batcher::new((0..50).collect(), 16, 4, true).picks(0), all[0], "another seed is another order");
    }

    #[test]
    fn the_order_is_pinned() {
        // Changing this breaks the resuming of existing runs.
        let picks = Batcher::new((0..5).collect(), 5, 1, true).picks(2);
        let order: Vec<_> = picks.iter().map(|p| (p.index, p.mirror)).collect();
        assert_eq!(order, [(3, false), (1, true), (2, false), (4, true), (0, false)]);
    }

    #[test]
    fn a_batch_may_be_larger_than_the_set() {
        let picks = Batcher::new((0..3).collect(), 8, 1, false).picks(0);
        for index in 0..3 {
            assert!(picks.iter().filter(|p| p.index == index).count() >= 2);
        }
        assert!(picks.iter().all(|p| !p.mirror));
    }

    #[test]
    fn mirroring_is_fair_and_differs_between_epochs() {
        let mut batcher = Batcher::new((0..1000).collect(), 1000, 9, true);
        let (one, two) = (batcher.picks(0), batcher.picks(1));
        let mirrored = one.iter().filter(|p| p.mirror).count();
        assert!((430..570).contains(&mirrored), "{mirrored} of 1000");
        let mirror_of = |picks: &[Pick], i| picks.iter().find(|p| p.index == i).unwrap().mirror;
        let same = (0..1000).filter(|&i| mirror_of(&one, i) == mirror_of(&two, i)).count();
        assert!((430..570).contains(&same), "{same} of 1000");
    }

    #[test]
    fn only_the_given_pictures_are_seen() {
        let mut seen: Vec<_> = Batcher::new(vec![2, 5, 9], 3, 1, true).picks(4).iter().map(|p| p.index).collect();
        seen.sort_unstable();
        assert_eq!(seen, [2, 5, 9]);
    }

    #[test]
    fn planes_are_in_order_and_mirrored_within_the_row() {
        let values: [f32; 256] = std::array::from_fn(|byte| byte as f32 / 127.5 - 1.0);
        let rgb = [0, 1, 2, 10, 11, 12, 20, 21, 22, 255, 31, 32];
        let bytes = |planes: [f32; 12]| planes.map(|v| ((v + 1.0) * 127.5).round() as u8);
        let mut planes = [0.0; 12];
        to_planes(&rgb, 2, false, &values, &mut planes);
        assert_eq!(bytes(planes), [0, 10, 20, 255, 1, 11, 21, 31, 2, 12, 22, 32]);
        assert_eq!((planes[0], planes[3]), (-1.0, 1.0));
        to_planes(&rgb, 2, true, &values, &mut planes);
        assert_eq!(bytes(planes), [10, 0, 255, 20, 11, 1, 31, 21, 12, 2, 32, 22]);
    }
}
