//! One picture from its source to pixels, and what is noteworthy about it.

use super::budget::Budget;
use super::decode::{Decoded, decode};
use super::faces::{FindFaces, faces_in};
use super::landmarks::{FaceBox, Landmarks};
use super::photo::{Photo, Studio, drawn};
use super::scan::{Candidate, Stamp};
use super::{prepare, scan, sniff};
use crate::config::DataConfig;
use crate::files::{self, Links};
use crate::finder::Face;
use crate::pixels::Frame;
use crate::printable::hex;
use fast_image_resize::Resizer;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Larger than the landmarks of as many faces as a photo can have.
const MOST_LANDMARK_BYTES: u64 = 16 << 10;

/// A picture that is wanted.
#[derive(Debug)]
pub(super) enum Item {
    File(Candidate),
    Demo { seed: u64, index: u64 },
}

/// What became of it.
pub(super) enum Outcome {
    Photo(Photo),
    Skipped {
        reason: String,
        /// The file itself is at fault, so that the reason holds until it changes. A file that could not be read may
        /// be readable tomorrow.
        lasting: bool,
    },
}

impl Item {
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Item::File(candidate) => Some(&candidate.path),
            Item::Demo { .. } => None,
        }
    }

    /// Names this state of this picture within one cache: path, size and time of the file and its landmarks.
    /// A file changed without any of these changing would not be noticed.
    pub(super) fn id(&self, root: &Path, align: bool) -> String {
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
    pub(super) fn produce(&self, studio: &Studio, resizer: &mut Resizer) -> Outcome {
        let made = catch_unwind(AssertUnwindSafe(|| match self {
            Item::File(candidate) => from_file(candidate, studio, resizer),
            Item::Demo { seed, index } => Outcome::Photo(drawn(*seed, *index, studio.settings.side)),
        }));
        made.unwrap_or_else(|_| {
            // A resizer interrupted half-way may hold half-filled buffers.
            *resizer = Resizer::new();
            Outcome::Skipped { reason: "damaged: the decoder failed on it".into(), lasting: true }
        })
    }
}

impl Item {
    /// Width and height of a photo, upright, and the faces in it.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    pub(super) fn look(
        &self,
        background: [u8; 3],
        budget: &Budget,
        find: FindFaces,
    ) -> Result<((u32, u32), Vec<Face>), String> {
        let path = self.path().ok_or("a drawn cat is no photo")?;
        with_decoded(path, background, budget, |_, decoded| {
            let upright = decoded.upright();
            Ok((upright.size(), faces_in(&decoded.image, &upright, find)?))
        })
    }
}

fn from_file(candidate: &Candidate, studio: &Studio, resizer: &mut Resizer) -> Outcome {
    let bytes = match read_picture(&candidate.path) {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(reason)) => return Outcome::Skipped { reason, lasting: true },
        Err(error) => return Outcome::Skipped { reason: scan::read_reason(&error), lasting: false },
    };
    let landmarks = |size| {
        let (path, _) = candidate.landmarks.as_ref().filter(|_| studio.settings.align)?;
        Some(read_landmarks(path, size))
    };
    match studio.photo(&candidate.path, &bytes, landmarks, resizer) {
        Ok(photo) => Outcome::Photo(photo),
        Err(reason) => Outcome::Skipped { reason, lasting: true },
    }
}

/// The faces in a landmark file that a picture of this size as stored can have.
///
/// # Errors
/// What is wrong with the first face, where none can be used.
fn read_landmarks(path: &Path, (width, height): (u32, u32)) -> Result<Vec<FaceBox>, &'static str> {
    let text = read_text(path).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let faces = Landmarks::parse_all(&text.ok_or("it cannot be read")?)?;
    let boxes: Vec<_> = faces.iter().map(|face| face.face_box(width, height)).collect();
    match boxes.iter().all(Result::is_err) {
        true => boxes.into_iter().collect(),
        false => Ok(boxes.into_iter().filter_map(Result::ok).collect()),
    }
}

/// The whole picture in a file, upright and at most `longest` pixels a side, and its own width and height.
///
/// # Errors
/// The reason, in words.
pub(super) fn upright(path: &Path, longest: u32) -> Result<(Frame, (u32, u32)), String> {
    with_decoded(path, DataConfig::default().background, &Budget::new(u64::MAX), |_, decoded| {
        let image = prepare::shrunk(&decoded.image, longest, decoded.orientation)?;
        let size = decoded.upright().size();
        Ok((Frame { width: image.width(), height: image.height(), data: image.into_raw() }, size))
    })
}

/// What `then` makes of a file's bytes and of the picture in them. Never panics: decoders may, on hostile input, and
/// are caught here.
///
/// # Errors
/// The reason, in words.
pub(super) fn with_decoded<T>(
    path: &Path,
    background: [u8; 3],
    budget: &Budget,
    then: impl FnOnce(&[u8], &Decoded) -> Result<T, String>,
) -> Result<T, String> {
    let made = catch_unwind(AssertUnwindSafe(|| {
        let bytes = read_picture(path).map_err(|e| scan::read_reason(&e))??;
        then(&bytes, &decode(&bytes, path, background, budget)?)
    }));
    made.unwrap_or_else(|_| Err("damaged: the decoder failed on it".into()))
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
    open(path, MOST_LANDMARK_BYTES)?.0.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Opens a file, refusing one that has grown beyond `limit` since it was found, or is no longer a file. Also gives its
/// length.
fn open(path: &Path, limit: u64) -> io::Result<(io::Take<File>, u64)> {
    let file = files::open(path, Links::Follow, limit)?;
    let length = file.metadata()?.len();
    Ok((file.take(limit), length))
}
