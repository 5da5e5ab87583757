//! How a batch is shared out among the members of a team.

use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The pictures of a batch that one member works on: a contiguous slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Share {
    pub first: usize,
    pub count: usize,
    /// Pictures in the whole batch.
    pub whole: usize,
}

impl Share {
    /// All pictures.
    pub(crate) fn all(whole: usize) -> Self {
        Self { first: 0, count: whole, whole }
    }

    /// One slice for each member, in their order; sizes differ by one at most, and the first ones are the larger.
    pub(crate) fn split(whole: usize, members: usize) -> Vec<Self> {
        let members = members.max(1);
        let (each, more) = (whole / members, whole % members);
        let count = |i: usize| each + usize::from(i < more);
        let first = |i: usize| each * i + i.min(more);
        (0..members).map(|i| Self { first: first(i), count: count(i), whole }).collect()
    }

    /// The first of its pieces of at most so many pictures, and the others in their order.
    pub(super) fn pieces(self, most: usize) -> (Self, Vec<Self>) {
        let within = Self::split(self.count, self.count.div_ceil(most.max(1)));
        let mut pieces =
            within.into_iter().map(|piece| Self { first: self.first + piece.first, whole: self.whole, ..piece });
        (pieces.next().unwrap_or(self), pieces.collect())
    }

    pub(crate) fn is_whole(self) -> bool {
        self.count == self.whole
    }

    pub(crate) fn range(self) -> Range<usize> {
        self.first..self.first + self.count
    }

    /// What a mean over the slice counts in the mean over the batch.
    pub(crate) fn weight(self) -> f64 {
        self.weight_in(self.whole)
    }

    /// The same in the mean over so many pictures, of which these are some.
    pub(super) fn weight_in(self, pictures: usize) -> f64 {
        self.count as f64 / pictures as f64
    }

    /// Whether it is a slice of a batch of so many pictures: it may come from another machine.
    pub(crate) fn fits(self, batch: usize) -> bool {
        self.whole == batch && self.count > 0 && self.first.checked_add(self.count).is_some_and(|end| end <= batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_meet_and_differ_by_one_at_most() {
        for (whole, members) in [(8, 1), (8, 2), (8, 3), (64, 7), (3, 3)] {
            let all = Share::split(whole, members);
            let joined: Vec<usize> = all.iter().flat_map(|share| share.range()).collect();
            assert_eq!(joined, (0..whole).collect::<Vec<_>>());
            let counts = || all.iter().map(|share| share.count);
            assert!(counts().max().unwrap() - counts().min().unwrap() <= 1);
            assert!((all.iter().map(|share| share.weight()).sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(all.iter().all(|share| share.fits(whole) && !share.fits(whole + 1)));
        }
        assert_eq!(Share::split(8, 1), [Share::all(8)]);
        let second = Share { first: 5, count: 5, whole: 10 };
        let pieces = [(5, 2), (7, 2), (9, 1)].map(|(first, count)| Share { first, count, whole: 10 });
        assert_eq!(second.pieces(2), (pieces[0], pieces[1..].to_vec()));
        for most in [5, 9] {
            assert_eq!(second.pieces(most), (second, Vec::new()));
        }
        for (first, count) in [(usize::MAX, 2), (7, 2), (0, 0)] {
            assert!(!Share { first, count, whole: 8 }.fits(8));
        }
    }
}
