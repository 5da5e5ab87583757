//! The pictures of favourites: generated for those that are in sight.

use super::favourites::{Favourite, Favourites};
use crate::engine::{Latent, LatentSpec};
use crate::pixels::Frame;
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
        for (latent, frame) in pictures {
            self.asked.retain(|asked| asked != latent);
            for favourite in self.list.iter_mut().filter(|f| f.kept.latent == *latent) {
                favourite.picture = Some((frame.clone(), weights));
            }
        }
        if self.list.iter().filter(|f| f.picture.is_some()).count() > PICTURES {
            let seen = &self.seen;
            let hidden = self.list.iter_mut().enumerate().filter(|(i, f)| f.at.is_none() && !seen.contains(i));
            hidden.for_each(|(_, f)| f.picture = None);
        }
    }
}
