//! Prepared pictures on disk, so that the second start need not decode anything.
//!
//! One file per source and preparation: a header, the pictures one after another (as bytes, in the order in which
//! they were finished), an index. The file is mapped, not read: pictures come into memory when they are read,
//! and the system may drop them again. Writing goes to a temporary file that takes the final name only when complete.
//!
//! A cache is a convenience. Whatever is wrong with it or its folder, training continues.

use super::facts::{PhotoFacts, SquareFacts};
use crate::files::{self, Links};
use crate::interrupt::JobControl;
use memmap2::Mmap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Raise when the file's layout changes; changes in how pictures are prepared belong into the key instead.
const VERSION: u32 = 3;
const MAGIC: &[u8; 8] = b"PURRPICS";
pub(super) const HEADER_BYTES: usize = 128;
pub(super) const EXTENSION: &str = "pictures";

/// What is known about one file; the key is [`super::item::Item::id`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum CacheEntry {
    Photo {
        #[serde(flatten)]
        about: PhotoFacts,
        squares: Vec<CachedSquare>,
    },
    Skipped {
        reason: String,
    },
}

/// A square of a photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CachedSquare {
    /// Position in the file, counted in pictures.
    pub slot: u32,
    /// Hash of the pixels.
    pub digest: String,
    /// CRC-32 of the pixels, which is checked whenever the cache is opened: much faster than the hash.
    pub crc: u32,
    #[serde(flatten)]
    pub about: SquareFacts,
}

impl CacheEntry {
    pub(super) fn squares(&self) -> &[CachedSquare] {
        match self {
            CacheEntry::Photo { squares, .. } => squares,
            CacheEntry::Skipped { .. } => &[],
        }
    }
}

pub(super) type Index = HashMap<String, CacheEntry>;

/// The pixels of many pictures, one after another.
pub(super) enum Pixels {
    /// The bytes of a cache file, and where it is.
    Mapped(Mmap, PathBuf),
    Memory(Vec<u8>),
}

impl Pixels {
    /// How many pictures there are, each `picture_bytes` long.
    pub(super) fn count(&self, picture_bytes: usize) -> usize {
        match self {
            // The header was checked when the file was mapped.
            Pixels::Mapped(map, _) => map.get(..HEADER_BYTES).and_then(Header::read).map_or(0, |h| h.slots as usize),
            Pixels::Memory(bytes) => bytes.len() / picture_bytes,
        }
    }

    /// Picture number `slot`, `picture_bytes` long.
    pub(super) fn get(&self, slot: u32, picture_bytes: usize) -> &[u8] {
        let start = slot as usize * picture_bytes;
        match self {
            Pixels::Mapped(map, _) => &map[HEADER_BYTES + start..][..picture_bytes],
            Pixels::Memory(bytes) => &bytes[start..][..picture_bytes],
        }
    }
}

/// A complete cache.
pub(super) struct Cache {
    pub pixels: Pixels,
    pub index: Index,
}

impl Cache {
    /// Opens and checks a cache file: lengths, the hashes of header and index, and the checksum of every picture. A
    /// photo with a damaged picture is left out, so that it is made again.
    ///
    /// `None` when there is none, or it is damaged elsewhere, cut off, or of another version: then it is built anew;
    /// also when it is cancelled meanwhile, as gigabytes of pictures take seconds.
    pub(super) fn open(path: &Path, side: u32, control: JobControl) -> Option<Self> {
        let map = map(path).ok()?;
        let header = Header::read(map.get(..HEADER_BYTES)?)?;
        let pixel_bytes = usize::try_from(header.slots).ok()?.checked_mul(picture_bytes(side))?;
        let index_start = pixel_bytes.checked_add(HEADER_BYTES)?;
        let index = map.get(index_start..)?;
        if header.side != side || index.len() as u64 != header.index_bytes || sha(index) != header.index_hash {
            return None;
        }
        let index: Index = serde_json::from_slice(index).ok()?;
        let in_range = |entry: &CacheEntry| entry.squares().iter().all(|square| u64::from(square.slot) < header.slots);
        let mut cache =
            index.values().all(in_range).then_some(Self { pixels: Pixels::Mapped(map, path.to_owned()), index })?;
        let damaged = cache.leave_out_damaged(side, control)?;
        if damaged > 0 {
            log::warn!("{}: {damaged} prepared pictures are damaged and will be prepared again", path.display());
        }
        Some(cache)
    }

    /// The pixels alone of the cache file that has exactly this header, for another process than the one that checked
    /// it. `None` when it is not there any more, was replaced, or is no cache of pictures of this side.
    pub(super) fn open_checked(path: &Path, side: u32, header: &[u8]) -> Option<Self> {
        let map = map(path).ok()?;
        if map.get(..HEADER_BYTES)? != header {
            return None;
        }
        let read = Header::read(header)?;
        let pixel_bytes = usize::try_from(read.slots).ok()?.checked_mul(picture_bytes(side))?;
        let fits = read.side == side && map.len().checked_sub(HEADER_BYTES)? >= pixel_bytes;
        fits.then(|| Self { pixels: Pixels::Mapped(map, path.to_owned()), index: Index::new() })
    }

    /// How many photos had a picture without its checksum; `None` when it was cancelled.
    fn leave_out_damaged(&mut self, side: u32, control: JobControl) -> Option<usize> {
        let right =
            |square: &CachedSquare| crc32fast::hash(self.pixels.get(square.slot, picture_bytes(side))) == square.crc;
        let check = |(id, entry): (&String, &CacheEntry)| {
            let wrong = || (!entry.squares().iter().all(right)).then(|| id.clone());
            (!control.is_cancelled()).then(wrong)
        };
        let checked: Vec<Option<String>> = self.index.par_iter().map(check).collect::<Option<_>>()?;
        let damaged: Vec<String> = checked.into_iter().flatten().collect();
        damaged.iter().for_each(|id| drop(self.index.remove(id)));
        Some(damaged.len())
    }
}

pub(super) fn map(path: &Path) -> io::Result<Mmap> {
    let file = files::open(path, Links::Follow, u64::MAX)?;
    // SAFETY: the file lies in the program's own cache folder and is only ever replaced as a whole by a rename, never
    // written in place, so that the mapped bytes do not change.
    unsafe { Mmap::map(&file) }
}

pub(super) fn picture_bytes(side: u32) -> usize {
    side as usize * side as usize * 3
}

pub(super) fn sha(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// The first bytes of the file, all numbers little-endian; the rest of [`HEADER_BYTES`] is zero.
#[derive(Debug, PartialEq)]
pub(super) struct Header {
    pub side: u32,
    pub slots: u64,
    pub index_bytes: u64,
    pub index_hash: [u8; 32],
}

impl Header {
    pub(super) fn new(side: u32, slots: u32, index: &[u8]) -> Self {
        Self { side, slots: slots.into(), index_bytes: index.len() as u64, index_hash: sha(index) }
    }

    pub(super) fn bytes(&self) -> [u8; HEADER_BYTES] {
        let Self { side, slots, index_bytes, index_hash } = self;
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&side.to_le_bytes());
        out.extend_from_slice(&slots.to_le_bytes());
        out.extend_from_slice(&index_bytes.to_le_bytes());
        out.extend_from_slice(index_hash);
        let own_hash = sha(&out);
        out.extend_from_slice(&own_hash);
        let mut fixed = [0; HEADER_BYTES];
        fixed[..out.len()].copy_from_slice(&out);
        fixed
    }

    pub(super) fn read(mut bytes: &[u8]) -> Option<Self> {
        let whole = bytes;
        let mut array = [0; 8];
        bytes.read_exact(&mut array).ok()?;
        let mut word = [0; 4];
        bytes.read_exact(&mut word).ok()?;
        if &array != MAGIC || u32::from_le_bytes(word) != VERSION {
            return None;
        }
        bytes.read_exact(&mut word).ok()?;
        let side = u32::from_le_bytes(word);
        bytes.read_exact(&mut array).ok()?;
        let slots = u64::from_le_bytes(array);
        bytes.read_exact(&mut array).ok()?;
        let index_bytes = u64::from_le_bytes(array);
        let mut index_hash = [0; 32];
        bytes.read_exact(&mut index_hash).ok()?;
        let header = Self { side, slots, index_bytes, index_hash };
        (header.bytes()[..] == *whole).then_some(header)
    }
}

/// Removes temporary files that a crash left behind, and the oldest caches beyond `max_bytes` together.
///
/// Best effort: a file in use (Windows) or no longer there is none of our trouble.
pub(super) fn tidy(folder: &Path, keep: &Path, max_bytes: u64) {
    const A_DAY: u64 = 24 * 60 * 60;
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut caches: Vec<(std::time::SystemTime, u64, PathBuf)> = Vec::new();
    for entry in entries.flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.metadata()) else { continue };
        let Ok(modified) = metadata.modified() else { continue };
        let extension = path.extension().and_then(|e| e.to_str());
        // Those of earlier versions end in `part`.
        let temporary = extension == Some("part") || files::is_temporary(&path);
        if temporary && modified.elapsed().is_ok_and(|age| age.as_secs() > A_DAY) {
            let _ = std::fs::remove_file(&path);
        } else if extension == Some(EXTENSION) {
            caches.push((modified, metadata.len(), path));
        }
    }
    caches.sort_by_key(|(modified, ..)| std::cmp::Reverse(*modified));
    let mut total = 0;
    for (_, bytes, path) in caches {
        total += bytes;
        if total > max_bytes && path != keep {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Writes at the file's position and flushes it to the disk.
pub(super) fn write_synced(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}
