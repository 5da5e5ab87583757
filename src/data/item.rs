//! One picture's way from its source to pixels, and what there is to say about it.

use super::budget::Budget;
use super::decode::decode;
use super::landmarks::Landmarks;
use super::prepare::{self, Settings};
use super::scan::{Candidate, Stamp};
use super::{demo, left_out, scan, sniff};
use crate::files::{self, Links};
use crate::pixels::is_ours;
use fast_image_resize::Resizer;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Noteworthy properties of a picture, as bits so that the cache stays small.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traits(u16);

impl Traits {
    pub const GREY: u16 = 1;
    pub const TRANSPARENT: u16 = 2;
    pub const TURNED: u16 = 4;
    pub const DEEP: u16 = 8;
    pub const SMALL: u16 = 16;
    pub const ALIGNED: u16 = 32;
    pub const RENAMED: u16 = 64;
    pub const BAD_LANDMARKS: u16 = 128;
    /// Made by this program: never trained on, but measured where that is asked for. So are blank ones: a generator that
    /// failed draws them.
    pub const OURS: u16 = 256;
    pub const BLANK: u16 = 512;
    /// What a picture is not trained on for, with the reason.
    pub const UNFIT: [(u16, &'static str); 2] =
        [(Self::OURS, left_out::MADE_BY_US), (Self::BLANK, "blank: it is one colour all over")];
    /// Each bit with its words, in the order in which they are shown.
    pub const LABELS: [(u16, &'static str); 8] = [
        (Self::ALIGNED, "aligned by landmarks"),
        (Self::BAD_LANDMARKS, "with landmarks that make no sense (cut from the middle instead)"),
        (Self::SMALL, "smaller than the training size (enlarged)"),
        (Self::TURNED, "turned upright by EXIF"),
        (Self::GREY, "grey"),
        (Self::TRANSPARENT, "with transparency"),
        (Self::DEEP, "more than 8 bits a channel"),
        (Self::RENAMED, "with the wrong extension"),
    ];

    pub fn set(&mut self, bit: u16, on: bool) {
        if on {
            self.0 |= bit;
        }
    }
    pub fn has(self, bit: u16) -> bool {
        self.0 & bit != 0
    }
}

/// A picture that is wanted.
#[derive(Debug)]
pub(super) enum Item {
    File(Candidate),
    Demo { seed: u64, index: u64 },
}

/// What became of it.
pub(super) enum Outcome {
    Picture {
        /// RGB, `side * side * 3` bytes.
        pixels: Vec<u8>,
        /// Width and height of the original, upright.
        original: (u32, u32),
        traits: Traits,
    },
    Skipped {
        reason: String,
        /// The file itself is at fault, so that the reason holds until it changes. A file that could not be read may
        /// be readable tomorrow.
        lasting: bool,
    },
}

impl Item {
    pub fn path(&self) -> Option<&Path> {
        match self {
            Item::File(candidate) => Some(&candidate.path),
            Item::Demo { .. } => None,
        }
    }

    /// Names this state of this picture within one cache: path, size and time of the file and its landmarks.
    /// A file changed without any of these changing would not be noticed.
    pub fn id(&self, root: &Path, align: bool) -> String {
        let mut hash = Sha256::new();
        let mut stamp = |stamp: &Stamp| {
            hash.update(stamp.size.to_le_bytes());
            hash.update(stamp.modified.to_le_bytes());
        };
        match self {
            Item::Demo { seed, index } => return format!("{seed}-{index}"),
            Item::File(candidate) => {
                stamp(&candidate.stamp);
                if let Some((_, landmarks)) = candidate.landmarks.as_ref().filter(|_| align) {
                    stamp(landmarks);
                }
                let relative = candidate.path.strip_prefix(root).unwrap_or(&candidate.path);
                hash.update(relative.as_os_str().as_encoded_bytes());
            }
        }
        hex(&hash.finalize()[..16])
    }

    /// Reads or draws the picture. Never panics: decoders may, on hostile input, and are caught here.
    pub fn produce(&self, settings: &Settings, budget: &Budget, resizer: &mut Resizer) -> Outcome {
        let made = catch_unwind(AssertUnwindSafe(|| match self {
            Item::File(candidate) => from_file(candidate, settings, budget, resizer),
            Item::Demo { seed, index } => drawn(*seed, *index, settings.side),
        }));
        made.unwrap_or_else(|_| {
            // A resizer interrupted half-way may hold half-filled buffers.
            *resizer = Resizer::new();
            Outcome::Skipped { reason: "damaged: it made the decoder fail".into(), lasting: true }
        })
    }
}

fn drawn(seed: u64, index: u64, side: u32) -> Outcome {
    let frame = demo::draw(seed, index, side);
    Outcome::Picture { pixels: frame.data, original: (frame.width, frame.height), traits: Traits::default() }
}

fn from_file(candidate: &Candidate, settings: &Settings, budget: &Budget, resizer: &mut Resizer) -> Outcome {
    let bytes = match read_picture(&candidate.path) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(reason)) => return Outcome::Skipped { reason, lasting: true },
        Err(error) => return Outcome::Skipped { reason: scan::read_reason(&error), lasting: false },
    };
    prepared(candidate, &bytes, settings, budget, resizer)
        .unwrap_or_else(|reason| Outcome::Skipped { reason, lasting: true })
}

fn prepared(
    candidate: &Candidate,
    bytes: &[u8],
    settings: &Settings,
    budget: &Budget,
    resizer: &mut Resizer,
) -> Result<Outcome, String> {
    let decoded = decode(bytes, &candidate.path, settings.background, budget)?;
    let mut traits = decoded.traits;
    traits.set(Traits::OURS, is_ours(bytes));
    let (width, height) = decoded.image.dimensions();
    let landmarks = candidate.landmarks.as_ref().filter(|_| settings.align);
    let face = landmarks.and_then(|(path, _)| {
        let text = read_text(path).ok().and_then(|b| String::from_utf8(b).ok());
        let face = text.and_then(|t| Landmarks::parse(&t).ok()).and_then(|l| l.face_box(width, height).ok());
        traits.set(Traits::BAD_LANDMARKS, face.is_none());
        face
    });
    let pixels = match face {
        Some(face) => {
            traits.set(Traits::ALIGNED, true);
            prepare::face(&decoded.image, &face, settings, resizer)?
        }
        None => prepare::square(&decoded.image, decoded.orientation, settings, resizer)?,
    };
    // Orientations 5 to 8 swap the sides.
    let original = if decoded.orientation.to_exif() >= 5 { (height, width) } else { (width, height) };
    prepare::look_traits(&pixels, original, settings.side, &mut traits);
    Ok(Outcome::Picture { pixels, original, traits })
}

/// The file's bytes, or why it is no picture: of a long video beside the pictures only the start is read.
fn read_picture(path: &Path) -> io::Result<Result<Vec<u8>, String>> {
    let (mut file, length) = open(path, scan::MAX_FILE_BYTES)?;
    let mut bytes = Vec::new();
    file.by_ref().take(sniff::SNIFF_BYTES as u64).read_to_end(&mut bytes)?;
    if let Err(reason) = sniff::sniff(&bytes, path) {
        return Ok(Err(reason));
    }
    bytes.reserve_exact(length.saturating_sub(bytes.len() as u64) as usize + 1);
    file.read_to_end(&mut bytes)?;
    Ok(Ok(bytes))
}

/// A landmark file's bytes.
fn read_text(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path, 4096)?.0.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file, refusing one that has grown beyond `limit` since it was found, or is no longer a file. Also gives its
/// length.
fn open(path: &Path, limit: u64) -> io::Result<(io::Take<File>, u64)> {
    let file = files::open(path, Links::Follow, limit)?;
    let length = file.metadata()?.len();
    Ok((file.take(limit), length))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
