//! What can be said about all pictures together.

use super::cache::{Pixels, picture_bytes};
use super::flags::PictureFlags;
use super::left_out::MADE_BY_US;
use super::report::SkippedFile;
use crate::config::{DataSource, FEWEST_PICTURES};
use crate::pixels::Frame;
use crate::printable::hex;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
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

/// What to say once about all pictures together, in whole sentences.
pub(super) fn notices(source: &DataSource, usable: usize) -> Vec<String> {
    let few = (1..FEWEST_PICTURES).contains(&usable).then(|| {
        let result = match usable {
            1 => "Only 1 picture: the networks learn to reproduce exactly this one.".to_owned(),
            _ => format!("Only {usable} pictures: the networks learn to copy them instead of generating new cats."),
        };
        let remedy = match source {
            DataSource::Demo => "Use more demo cats (Demo cats, --demo-count).",
            DataSource::Folder(_) => {
                "A few hundred pictures are a start, a few thousand are better; the demo cats show how training works."
            }
        };
        format!(
            "{result} With fewer than {FEWEST_PICTURES}, none are held out, quality is not measured, and nothing \
             watches for copies or overfitting: so few pictures are not enough for any of these. {remedy}"
        )
    });
    few.into_iter().collect()
}

/// Puts pictures of this program that lie together into one line: a folder of them may hold thousands.
pub(super) fn fold(skipped: Vec<SkippedFile>) -> Vec<SkippedFile> {
    /// So many are still listed one by one.
    const FEW: usize = 8;
    let folder = |file: &SkippedFile| {
        let ours = file.reason == MADE_BY_US;
        file.path.parent().filter(|_| ours).map(PathBuf::from)
    };
    let mut counts: HashMap<PathBuf, usize> = HashMap::new();
    skipped.iter().filter_map(folder).for_each(|folder| *counts.entry(folder).or_default() += 1);
    let mut reported = HashSet::new();
    let line = |file: SkippedFile| match folder(&file).map(|folder| (counts[&folder], folder)) {
        Some((count, folder)) if count > FEW => reported
            .insert(folder.clone())
            .then(|| SkippedFile { path: folder, reason: format!("{MADE_BY_US} ({count} pictures in this folder)") }),
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
