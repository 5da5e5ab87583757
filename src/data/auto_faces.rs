//! Whether the photos of a folder are cut to the faces in them. `auto` looks at some of them: photos of whole cats are,
//! pictures that are faces already are not, and neither are drawings or other animals.

use super::budget::Budget;
use super::error::DataError;
use super::face_use::FaceUse;
use super::faces::FindFaces;
use super::item::Item;
use super::wanted::WantedPictures;
use crate::config::{DataConfig, FaceMode};
use crate::files::{self, Links};
use crate::finder::{CatFinder, Face};
use crate::interrupt::JobControl;
use crate::printable::hex;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is reported meanwhile.
pub(crate) const PHASE: &str = "photos looked at for faces";

/// So many photos are looked at, spread evenly over the folder.
const SAMPLE: usize = 48;
/// Longest against shortest side of a picture that may be a face cut out already.
const SQUARE: f64 = 1.25;

/// What the setting says, or what the folder shows; that is remembered beside the caches, in `folder`.
///
/// # Errors
/// Cancelled.
pub(super) fn decide(
    config: &DataConfig,
    wanted: &WantedPictures,
    find: FindFaces,
    folder: &Path,
    control: JobControl,
) -> Result<FaceUse, DataError> {
    match config.faces {
        _ if wanted.folder.is_none() => return Ok(FaceUse::Off),
        FaceMode::Off => return Ok(FaceUse::Off),
        FaceMode::On => return Ok(FaceUse::On),
        FaceMode::Auto => {}
    }
    let state = state(wanted);
    let memory = folder.join(&state).with_extension("faces");
    if let Some(known) = remembered(&memory) {
        return Ok(known);
    }
    let seen = look(config, wanted, find, control)?;
    let decided = judge(&seen);
    // Deciding again is a matter of seconds, so a disk that refuses costs nothing else.
    if let Ok(text) = serde_json::to_vec(&decided) {
        _ = files::make_folder(folder).and_then(|()| files::replace(&memory, &text));
    }
    Ok(decided)
}

/// Names the files as they are now: any change is looked at anew.
fn state(wanted: &WantedPictures) -> String {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(CatFinder::VERSION.to_le_bytes());
    wanted.ids.iter().for_each(|id| hash.update(id));
    hex(&hash.finalize()[..16])
}

fn remembered(path: &Path) -> Option<FaceUse> {
    const MOST_BYTES: u64 = 1024;
    serde_json::from_slice(&files::read(path, Links::Follow, MOST_BYTES).ok()?).ok()
}

/// Width and height of some photos, upright, and the faces in them. What cannot be read is passed over.
fn look(
    config: &DataConfig,
    wanted: &WantedPictures,
    find: FindFaces,
    control: JobControl,
) -> Result<Vec<Seen>, DataError> {
    let budget = Budget::new(super::fill::DECODE_BYTES);
    let count = wanted.items.len().min(SAMPLE);
    let sample: Vec<&Item> = (0..count).map(|i| &wanted.items[i * wanted.items.len() / count]).collect();
    let done = AtomicUsize::new(0);
    control.report(PHASE, 0, count);
    let seen: Vec<Option<Seen>> = sample
        .par_iter()
        .map(|item| {
            if control.is_cancelled() {
                return None;
            }
            let seen = item.look(config.background, &budget, find).ok().map(|(size, faces)| Seen { size, faces });
            control.report(PHASE, done.fetch_add(1, Ordering::Relaxed) + 1, count);
            seen
        })
        .collect();
    control.check()?;
    Ok(seen.into_iter().flatten().collect())
}

struct Seen {
    size: (u32, u32),
    faces: Vec<Face>,
}

impl Seen {
    /// Whether it is a face that was cut out already: about square, with one head that fills most of the middle.
    fn is_face_already(&self) -> bool {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        let (short, long) = (width.min(height), width.max(height));
        let largest = self.faces.iter().map(|face| face.head).max_by(|a, b| (a.x1 - a.x0).total_cmp(&(b.x1 - b.x0)));
        let Some(head) = largest.filter(|_| long <= SQUARE * short) else { return false };
        let size = (head.x1 - head.x0).max(head.y1 - head.y0);
        let (x, y) = ((head.x0 + head.x1) / 2.0 - width / 2.0, (head.y0 + head.y1) / 2.0 - height / 2.0);
        size >= 0.6 * short && x.hypot(y) <= 0.2 * short
    }
}

fn judge(seen: &[Seen]) -> FaceUse {
    let with_face = seen.iter().filter(|seen| !seen.faces.is_empty()).count();
    let already = seen.iter().filter(|seen| seen.is_face_already()).count();
    if with_face * 4 < seen.len() || with_face == 0 {
        FaceUse::HardlyAny { with_face, looked_at: seen.len() }
    } else if already * 2 >= with_face {
        FaceUse::FacesAlready
    } else {
        FaceUse::WholeCats
    }
}
