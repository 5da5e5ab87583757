//! The pictures on show and the numbers on the filters: counted once per change, not once per frame.

use super::filter::Filter;
use super::pending::Pending;
use crate::engine::{LeftOut, Placement, PreparedPictures};

/// What all pictures together are.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Counts {
    /// Pictures of each filter, as in [`Filter::ALL`].
    filters: [usize; Filter::ALL.len()],
    /// Photos.
    pub photos: usize,
    /// Photos with a face that is known; none where faces are not looked for.
    pub with_face: Option<usize>,
    /// Pictures that are left out, by reason.
    pub left_out: Vec<(LeftOut, usize)>,
    /// Groups of pictures of one moment.
    pub bursts: usize,
}

impl Counts {
    pub(crate) fn of(&self, filter: Filter) -> usize {
        Filter::ALL.iter().zip(self.filters).find(|(known, _)| **known == filter).map_or(0, |(_, count)| count)
    }
}

/// The pictures of a filter, and what all are.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    /// Indices of the pictures, in their order.
    pub list: Vec<u32>,
    pub counts: Counts,
}

impl Shown {
    /// `finder` tells that photos were searched for faces.
    pub(super) fn new(pictures: &PreparedPictures, pending: &Pending, filter: Filter, finder: bool) -> Self {
        let mut shown = Self::default();
        let mut faces = vec![false; pictures.photos.len()];
        let mut left_out = std::collections::BTreeMap::new();
        for (picture, index) in pictures.pictures.iter().zip(0..) {
            let now = pending.standing(pictures, index);
            for (known, count) in Filter::ALL.iter().zip(&mut shown.counts.filters) {
                if known.shows(pictures, picture, now, finder) {
                    *count += 1;
                    if *known == filter {
                        shown.list.push(index);
                    }
                }
            }
            faces[picture.photo as usize] |= picture.placement != Placement::Crop;
            if let Some(reason) = now.left_out {
                *left_out.entry(reason).or_insert(0) += 1;
            }
        }
        let groups = pictures.pictures.iter().filter_map(|picture| picture.burst).map(|burst| burst.group + 1);
        shown.counts.bursts = groups.max().unwrap_or(0) as usize;
        shown.counts.photos = pictures.photos.len();
        shown.counts.with_face = finder.then(|| faces.iter().filter(|face| **face).count());
        shown.counts.left_out = left_out.into_iter().collect();
        shown.counts.left_out.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        shown
    }
}
