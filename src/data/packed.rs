//! The squares of a dataset in one piece, for another machine: pixels alone, without names and places of photos.
//!
//! Laid out as a cache of prepared pictures ([`super::cache`]) with another index. Its name is a hash over the hashes
//! of all pictures, so that the same squares are found again and others are noticed.

use super::cache::{Cache, HEADER_BYTES, Header, Index, Pixels, map, picture_bytes, sha};
use super::dataset::Dataset;
use super::flags::PictureFlags;
use super::report::DatasetReport;
use super::summary::{Kept, fingerprint, thumbnails};
use crate::printable::hex;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Longest index that is read: a digest takes 35 bytes.
const MOST_INDEX: u64 = 256 << 20;
/// Digits of a digest and of a name.
const DIGITS: usize = 32;

/// What follows the pixels.
#[derive(Serialize, Deserialize)]
struct PackedIndex {
    /// [`Dataset::preparation`].
    preparation: String,
    /// [`Dataset::digests`].
    digests: Vec<String>,
}

/// The squares of a dataset as bytes, none of which is copied before it is asked for.
pub(crate) struct PackedSquares {
    dataset: Arc<Dataset>,
    header: [u8; HEADER_BYTES],
    index: Vec<u8>,
}

impl PackedSquares {
    /// # Errors
    /// More pictures than there can be.
    pub(crate) fn new(dataset: Arc<Dataset>) -> io::Result<Self> {
        let index = PackedIndex { preparation: dataset.preparation().to_owned(), digests: dataset.digests().to_vec() };
        let index = serde_json::to_vec(&index)?;
        let slots = u32::try_from(dataset.len()).map_err(io::Error::other)?;
        Ok(Self { header: Header::new(dataset.side(), slots, &index).bytes(), index, dataset })
    }

    /// The name: 32 hexadecimal digits that follow from all pixels, their order and how they were prepared.
    pub(crate) fn name(&self) -> String {
        name_of(&self.header)
    }

    /// Length in bytes.
    pub(crate) fn len(&self) -> u64 {
        (HEADER_BYTES + self.dataset.len() * picture_bytes(self.dataset.side()) + self.index.len()) as u64
    }

    /// At most `most` bytes from `at` on; none at the end.
    pub(crate) fn part(&self, at: u64, most: usize) -> Vec<u8> {
        let mut part = Vec::with_capacity(most);
        let mut at = at as usize;
        while part.len() < most {
            let rest = self.piece(at);
            let taken = &rest[..rest.len().min(most - part.len())];
            if taken.is_empty() {
                break;
            }
            part.extend_from_slice(taken);
            at += taken.len();
        }
        part
    }

    /// What follows `at` in the header, in one picture, or in the index.
    fn piece(&self, at: usize) -> &[u8] {
        if at < HEADER_BYTES {
            return &self.header[at..];
        }
        let (at, each) = (at - HEADER_BYTES, picture_bytes(self.dataset.side()));
        match at / each {
            picture if picture < self.dataset.len() => &self.dataset.picture(picture)[at % each..],
            _ => self.index.get(at - each * self.dataset.len()..).unwrap_or_default(),
        }
    }
}

fn name_of(header: &[u8]) -> String {
    hex(&sha(header))[..DIGITS].to_owned()
}

/// Whether a text can be a [`PackedSquares::name`]: it leads to no other file.
pub(crate) fn is_packed_name(text: &str) -> bool {
    text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

impl Dataset {
    /// Opens packed squares of this name after comparing every picture with its hash. The file is mapped: it must only
    /// ever be replaced as a whole.
    ///
    /// # Errors
    /// The file cannot be opened, is cut off, or holds anything else.
    pub(crate) fn open_packed(path: &Path, name: &str) -> io::Result<Self> {
        let wrong = || io::Error::new(io::ErrorKind::InvalidData, "these are not the squares that were packed");
        let map = map(path)?;
        let (bytes, index, header) = parts(&map).ok_or_else(wrong)?;
        let side = header.side;
        let index: PackedIndex = serde_json::from_slice(index).map_err(|_| wrong())?;
        let each = picture_bytes(side);
        let right = |(pixels, digest): (&[u8], &String)| hex(&sha(pixels)[..DIGITS / 2]) == *digest;
        let whole = bytes.len() == index.digests.len() * each
            && bytes.par_chunks(each).zip(&index.digests).all(right)
            && name_of(&map[..HEADER_BYTES]) == name;
        if !whole {
            return Err(wrong());
        }
        let cache = Cache { pixels: Pixels::Mapped(map, path.to_owned()), index: Index::new() };
        Ok(Self::of_squares(cache, side, index))
    }

    fn of_squares(cache: Cache, side: u32, index: PackedIndex) -> Self {
        let PackedIndex { preparation, digests } = index;
        let slots: Vec<u32> = (0..digests.len() as u32).collect();
        let kept: Vec<Kept> = slots
            .iter()
            .zip(&digests)
            .map(|(slot, digest)| Kept { slot: *slot, digest, original: (side, side), flags: PictureFlags::default() })
            .collect();
        let report = DatasetReport {
            name: "squares".to_owned(),
            size: side,
            usable: kept.len(),
            files: kept.len(),
            thumbnails: thumbnails(&kept, &cache.pixels, side),
            ..DatasetReport::default()
        };
        let fingerprint = fingerprint(&kept, side);
        Self { cache: Arc::new(cache), slots, digests, side, fingerprint, preparation, report: Arc::new(report) }
    }
}

/// Pixels, index and header, if the lengths and the hashes of the latter two are right.
fn parts(map: &[u8]) -> Option<(&[u8], &[u8], Header)> {
    let header = Header::read(map.get(..HEADER_BYTES)?)?;
    let fits = (1..=4096).contains(&header.side) && header.slots > 0 && header.index_bytes <= MOST_INDEX;
    let pixels = usize::try_from(header.slots).ok().filter(|_| fits)?.checked_mul(picture_bytes(header.side))?;
    let (pixels, index) = map.get(HEADER_BYTES..)?.split_at_checked(pixels)?;
    (index.len() as u64 == header.index_bytes && sha(index) == header.index_hash).then_some((pixels, index, header))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataConfig;
    use crate::data::DataHome;
    use crate::interrupt::JobControl;

    #[test]
    fn packed_squares_are_the_same_pictures_and_damage_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let config = DataConfig { demo_count: 7, ..DataConfig::default() };
        let home = DataHome::at(dir.path().join("cache"));
        let dataset = Arc::new(Dataset::prepare(&config, 16, &home, JobControl::unattended()).unwrap());
        let packed = PackedSquares::new(dataset.clone()).unwrap();
        let (name, path) = (packed.name(), dir.path().join("squares"));
        assert!(is_packed_name(&name) && !is_packed_name("../../x") && !is_packed_name(&name.to_uppercase()));
        for most in [1000, 1 << 20] {
            let mut bytes = Vec::new();
            while (bytes.len() as u64) < packed.len() {
                bytes.extend(packed.part(bytes.len() as u64, most));
            }
            assert!(packed.part(packed.len(), most).is_empty());
            std::fs::write(&path, &bytes).unwrap();
            let opened = Dataset::open_packed(&path, &name).unwrap();
            assert_eq!(opened.digests(), dataset.digests());
            assert_eq!(opened.fingerprint(), dataset.fingerprint());
            assert_eq!(opened.preparation(), dataset.preparation());
            assert!((0..dataset.len()).all(|i| opened.picture(i) == dataset.picture(i)));
        }
        let whole = std::fs::read(&path).unwrap();
        assert!(Dataset::open_packed(&path, &"0".repeat(32)).is_err(), "another name");
        for at in [0, 20, 130, 5000, whole.len() - 3] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            assert!(Dataset::open_packed(&path, &name).is_err(), "byte {at}");
        }
        for length in [0, 100, 128, 4000, whole.len() - 1] {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(Dataset::open_packed(&path, &name).is_err(), "{length} bytes");
        }
    }
}
