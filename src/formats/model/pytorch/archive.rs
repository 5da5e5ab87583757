//! Zip archives as PyTorch writes them: every file stored as it is, none compressed. What is not read cannot explode: a
//! file inside is never longer than the archive around it.

use super::super::file::shown;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};

/// PyTorch writes one file per tensor and a handful of others.
const MAX_FILES: usize = 100_000;
/// The three kinds of records, each with its fixed length.
const LOCAL: (&[u8], usize) = (b"PK\x03\x04", 30);
const CENTRAL: (&[u8], usize) = (b"PK\x01\x02", 46);
const END: (&[u8], usize) = (b"PK\x05\x06", 22);
/// A comment may follow the end record.
const MAX_COMMENT: usize = 0xffff;

/// An opened archive: where its files are, by name.
pub(super) struct Archive<'a> {
    bytes: &'a [u8],
    files: BTreeMap<String, ArchiveEntry>,
    /// Starts of the files whose checksums have been compared: many tensors may stand in one.
    compared: RefCell<HashSet<usize>>,
}

#[derive(Clone, Copy)]
struct ArchiveEntry {
    /// Offset of the local record.
    start: usize,
    length: usize,
    crc: u32,
    stored: bool,
}

impl<'a> Archive<'a> {
    /// Whether bytes begin like an archive.
    pub(super) fn looks_like(bytes: &[u8]) -> bool {
        bytes.starts_with(LOCAL.0)
    }

    /// Reads the list of files at the end.
    ///
    /// # Errors
    /// In words: cut off, damaged, or larger than this reader knows (4 GiB).
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let tail = bytes.len().saturating_sub(END.1 + MAX_COMMENT);
        let end = bytes[tail..].windows(END.0.len()).rposition(|w| w == END.0).map(|at| tail + at);
        let end = end
            .and_then(|at| record(bytes, at, END))
            .ok_or("the file is cut off: the list at its end is missing; download or copy it again")?;
        let (count, mut at) = (usize::from(u16_at(end, 10)), u32_at(end, 16) as usize);
        if count > MAX_FILES {
            return Err(format!("the archive holds {count} files, more than any model"));
        }
        let mut files = BTreeMap::new();
        for _ in 0..count {
            let head = record(bytes, at, CENTRAL).ok_or("the archive is damaged: the list of its files is broken")?;
            let [name, extra, comment] = [28, 30, 32].map(|at| usize::from(u16_at(head, at)));
            let text =
                bytes.get(at + CENTRAL.1..at + CENTRAL.1 + name).ok_or("the archive is damaged: a name is cut off")?;
            let text =
                std::str::from_utf8(text).map_err(|_| "the archive is damaged: a name is not text".to_owned())?;
            let entry = ArchiveEntry {
                start: u32_at(head, 42) as usize,
                length: u32_at(head, 24) as usize,
                crc: u32_at(head, 16),
                // No compression, no encryption.
                stored: u16_at(head, 10) == 0 && u16_at(head, 8) & 1 == 0,
            };
            files.insert(text.to_owned(), entry);
            at += CENTRAL.1 + name + extra + comment;
        }
        Ok(Self { bytes, files, compared: RefCell::default() })
    }

    /// The names of all files, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The bytes of a file, which must match their checksum if they have one: PyTorch can be told to write none, which
    /// is a 0.
    ///
    /// # Errors
    /// In words: not there, compressed, or damaged.
    pub(super) fn read(&self, name: &str) -> Result<&'a [u8], String> {
        let entry = self.files.get(name).ok_or_else(|| format!("{} is missing in the archive", shown(name)))?;
        if !entry.stored {
            let name = shown(name);
            return Err(format!("{name} in the archive is compressed or encrypted, which PyTorch never does"));
        }
        let damaged = || format!("{} in the archive is damaged; download or copy the file again", shown(name));
        let head = record(self.bytes, entry.start, LOCAL).ok_or_else(damaged)?;
        // The local record has a name and extra bytes of its own; PyTorch aligns the numbers with them.
        let start = entry.start + LOCAL.1 + usize::from(u16_at(head, 26)) + usize::from(u16_at(head, 28));
        let bytes = start.checked_add(entry.length).and_then(|end| self.bytes.get(start..end)).ok_or_else(damaged)?;
        if entry.crc != 0 && self.compared.borrow_mut().insert(entry.start) && crc32fast::hash(bytes) != entry.crc {
            return Err(format!("{} (its checksum differs)", damaged()));
        }
        Ok(bytes)
    }
}

/// The fixed part of a record that stands at `at`.
fn record<'a>(bytes: &'a [u8], at: usize, (signature, length): (&[u8], usize)) -> Option<&'a [u8]> {
    bytes.get(at..at.checked_add(length)?).filter(|record| record.starts_with(signature))
}

/// Little-endian numbers inside a record; 0 beyond its end, which the fixed lengths rule out.
fn u16_at(record: &[u8], at: usize) -> u16 {
    record.get(at..).and_then(|r| r.first_chunk()).map_or(0, |b| u16::from_le_bytes(*b))
}

fn u32_at(record: &[u8], at: usize) -> u32 {
    record.get(at..).and_then(|r| r.first_chunk()).map_or(0, |b| u32::from_le_bytes(*b))
}
