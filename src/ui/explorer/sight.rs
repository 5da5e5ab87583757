//! The pictures of favourites: generated for those that are in sight.

use super::favourites::{Favourite, Favourites};
use crate::engine::{Latent, LatentSpec};
use crate::pixels::Frame;
use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

/// Pictures that are kept in memory beside those in sight.
const PICTURES: usize = 1500;
/// Pictures that are asked for at once.
const BATCH: usize = 48;

impl Favourites {
    /// The favourite at this position is in sight: its picture is wanted.
    pub(crate) fn see(&mut self, index: usize) {
        self.seen.push(index);
    }

    /// What to ask for so that those in sight have the pictures of these weights: number, points and truncation.
    pub(crate) fn request(&mut self, weights: u64) -> Option<(u64, Vec<LatentSpec>, f64)> {
        let seen = std::mem::take(&mut self.seen);
        if let (Some(first), Some(last)) = (seen.iter().min(), seen.iter().max()) {
            self.sight = *first..*last + 1;
        }
        let stale = |f: &&Favourite| f.picture.as_ref().is_none_or(|(_, with)| *with != weights);
        let missing: Vec<&Favourite> = seen.iter().filter_map(|i| self.list.get(*i)).filter(stale).collect();
        let first = missing.first()?;
        if missing.iter().any(|f| self.asked.contains(&f.kept.latent)) {
            return None;
        }
        let psi = first.kept.psi;
        let alike = missing.iter().filter(|f| f.kept.psi == psi).take(BATCH);
        self.asked = alike.map(|f| f.kept.latent.clone()).collect();
        self.stamp += 1;
        Some((self.stamp, self.asked.iter().map(|z| LatentSpec::Latent(z.clone())).collect(), psi))
    }

    /// The explorer had no room for the request, or has other weights now: it will be made again.
    pub(crate) fn ask_again(&mut self) {
        self.asked.clear();
    }

    /// Pictures of the request with this number are here.
    pub(crate) fn drawn(&mut self, stamp: u64, weights: u64, pictures: &[(Latent, Arc<Frame>)]) {
        if stamp != self.stamp {
            return;
        }
        // One pass over the list, however many pictures there are: almost always the first number tells latents apart.
        let first = |latent: &Latent| latent.first().map(|value| value.to_bits());
        let mut by_first: HashMap<Option<u32>, Vec<&(Latent, Arc<Frame>)>> = HashMap::new();
        pictures.iter().for_each(|new| by_first.entry(first(&new.0)).or_default().push(new));
        for favourite in &mut self.list {
            let alike = by_first.get(&first(&favourite.kept.latent)).into_iter().flatten();
            if let Some((_, frame)) = alike.into_iter().find(|(latent, _)| *latent == favourite.kept.latent) {
                favourite.picture = Some((frame.clone(), weights));
            }
        }
        self.asked.retain(|asked| !pictures.iter().any(|(latent, _)| latent == asked));
        self.forget_some();
    }

    /// Gives up as many pictures as there are too many, those that are farthest from what is in sight: few at a time,
    /// so that no frame is long.
    fn forget_some(&mut self) {
        let held = self.list.iter().filter(|f| f.picture.is_some()).count();
        let Some(too_many) = held.checked_sub(PICTURES).filter(|many| *many > 0) else { return };
        let given_up =
            |i: &usize| !self.sight.contains(i) && self.list[*i].picture.is_some() && self.list[*i].at.is_none();
        let mut hidden: Vec<usize> = (0..self.list.len()).filter(given_up).collect();
        let middle = (self.sight.start + self.sight.end) / 2;
        hidden.sort_unstable_by_key(|i| Reverse(i.abs_diff(middle)));
        for i in hidden.into_iter().take(too_many) {
            self.list[i].picture = None;
        }
    }
}
