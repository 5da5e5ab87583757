//! What can be said about all pictures together.

use super::cache::{Pixels, picture_bytes};
use super::item::{Traits, hex};
use crate::pixels::Frame;
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::sync::Arc;

const THUMBNAILS: usize = 24;

/// A picture that is used.
pub(super) struct Kept<'a> {
    pub slot: u32,
    /// Hash of its pixels.
    pub digest: &'a str,
    pub original: (u32, u32),
    pub traits: Traits,
}

/// How many pictures are noteworthy, by label; labels without a picture are left out.
pub(super) fn notes(kept: &[Kept]) -> Vec<(String, usize)> {
    let mut notes: Vec<(String, usize)> = Traits::LABELS
        .iter()
        .map(|(bit, label)| (label.to_string(), kept.iter().filter(|k| k.traits.has(*bit)).count()))
        .collect();
    let distinct: HashSet<&str> = kept.iter().map(|k| k.digest).collect();
    notes.push(("exact copies of another picture".into(), kept.len() - distinct.len()));
    notes.retain(|(_, count)| *count > 0);
    notes
}

/// Hash of all pixels in their order; the pictures' own hashes stand in for them.
pub(super) fn fingerprint(kept: &[Kept], side: u32) -> String {
    let mut hash = Sha256::new();
    hash.update(side.to_le_bytes());
    kept.iter().for_each(|k| hash.update(k.digest));
    hex(&hash.finalize()[..16])
}

/// Pictures at even distances over the whole set.
pub(super) fn thumbnails(kept: &[Kept], pixels: &Pixels, side: u32) -> Vec<Arc<Frame>> {
    let count = THUMBNAILS.min(kept.len());
    let frame = |i: usize| {
        let slot = kept[i * kept.len() / count].slot;
        Arc::new(Frame { width: side, height: side, data: pixels.get(slot, picture_bytes(side)).to_vec() })
    };
    (0..count).map(frame).collect()
}
