//! What can be said about all pictures together.

use super::cache::{Pixels, picture_bytes};
use super::flags::PictureFlags;
use super::left_out;
use super::report::SkippedFile;
use super::squares::{LeftOut, PhotoFile, PreparedPicture, Trait};
use crate::pixels::Frame;
use crate::printable::{hex, thousands};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

const THUMBNAILS: usize = 24;

/// A picture that is used.
pub(super) struct Kept<'a> {
    pub slot: u32,
    /// Hash of its pixels.
    pub digest: &'a str,
    pub original: (u32, u32),
    pub flags: PictureFlags,
}

/// How many pictures are noteworthy, by label; labels without a picture are left out.
pub(super) fn notes(kept: &[Kept]) -> Vec<(String, usize)> {
    let mut notes: Vec<(String, usize)> = PictureFlags::LABELS
        .iter()
        .map(|(bit, label)| (label.to_string(), kept.iter().filter(|k| k.flags.has(*bit)).count()))
        .collect();
    let distinct: HashSet<&str> = kept.iter().map(|k| k.digest).collect();
    notes.push(("exact copies of another picture".into(), kept.len() - distinct.len()));
    notes.retain(|(_, count)| *count > 0);
    notes
}

/// The photos of which no picture is used, each with the reason.
pub(super) fn unused(photos: &[PhotoFile], pictures: &[PreparedPicture]) -> Vec<SkippedFile> {
    let of_one_photo = pictures.chunk_by(|a, b| a.photo == b.photo);
    let reason = |pictures: &[PreparedPicture]| {
        // Of several the most telling.
        let reasons: Option<Vec<LeftOut>> = pictures.iter().map(|picture| picture.left_out).collect();
        let reason = reasons?.into_iter().min()?;
        let path = &photos[pictures[0].photo as usize].path;
        Some(SkippedFile { path: path.clone(), reason: reason.label().to_owned() })
    };
    of_one_photo.filter_map(reason).collect()
}

/// How many pictures are left out, by reason.
pub(super) fn left_out(pictures: &[PreparedPicture]) -> Vec<(LeftOut, usize)> {
    count(pictures.iter().filter_map(|picture| picture.left_out))
}

/// How many pictures have each property.
pub(super) fn traits(pictures: &[PreparedPicture]) -> Vec<(Trait, usize)> {
    count(pictures.iter().flat_map(|picture| picture.traits.iter().copied()))
}

fn count<T: Ord>(of: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts = BTreeMap::new();
    of.for_each(|each| *counts.entry(each).or_default() += 1);
    counts.into_iter().collect()
}

/// How many groups of pictures of one moment there are.
pub(super) fn bursts(pictures: &[PreparedPicture]) -> usize {
    pictures.iter().filter_map(|picture| picture.burst).map(|burst| burst.group as usize + 1).max().unwrap_or(0)
}

/// Puts files that lie together and are left out for one of the reasons that hold for many into one line: a folder of
/// them may hold thousands.
pub(super) fn fold(skipped: Vec<SkippedFile>) -> Vec<SkippedFile> {
    /// So many are still listed one by one.
    const FEW: usize = 8;
    const FILTERS: [LeftOut; 6] =
        [LeftOut::ByYou, LeftOut::Listed, LeftOut::NoFace, LeftOut::Burst, LeftOut::Small, LeftOut::Ours];
    let is_filter = |reason: &str| FILTERS.iter().any(|filter| filter.label() == reason);
    let key = |file: &SkippedFile| {
        let masses = is_filter(&file.reason) || left_out::comes_in_masses(&file.reason);
        let folder = file.path.parent().filter(|_| masses)?;
        Some((folder.to_owned(), file.reason.clone()))
    };
    let mut counts: HashMap<(PathBuf, String), usize> = HashMap::new();
    skipped.iter().filter_map(key).for_each(|key| *counts.entry(key).or_default() += 1);
    let mut reported = HashSet::new();
    let line = |file: SkippedFile| match key(&file).map(|key| (counts[&key], key)) {
        Some((count, key)) if count > FEW => reported.insert(key.clone()).then(|| {
            let (path, reason) = key;
            let kind = if is_filter(&reason) { "pictures" } else { "files" };
            SkippedFile { path, reason: format!("{reason} ({} {kind} in this folder)", thousands(count as u64)) }
        }),
        _ => Some(file),
    };
    skipped.into_iter().filter_map(line).collect()
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
