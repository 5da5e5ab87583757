//! Camera raw files by what is inside: most are TIFF, and begin with a small picture that must not stand for the photo.

/// Tags of TIFF 6.0, its supplement, and DNG.
const SUBFILE_TYPE: u16 = 254;
const COMPRESSION: u16 = 259;
const PHOTOMETRIC: u16 = 262;
const SUB_DIRECTORIES: u16 = 330;
const DNG_VERSION: u16 = 50706;

/// Most directories that are looked at; a camera writes fewer.
const MOST_DIRECTORIES: usize = 16;
/// Most entries of one directory that are looked at.
const MOST_ENTRIES: u16 = 512;

/// Whether a TIFF file says that it is a DNG, begins with a small version of another picture inside, or has a picture
/// of what a sensor saw anywhere.
pub(super) fn is_raw(bytes: &[u8]) -> bool {
    let tiff = Tiff { bytes, big: bytes.starts_with(b"MM") };
    let (mut waiting, mut seen) = (vec![tiff.u32_at(4)], 0);
    while let Some(at) = waiting.pop().filter(|_| seen < MOST_DIRECTORIES) {
        // No place is 0, where the header stands: it ends the list.
        let Some(directory) = at.filter(|at| *at > 0).and_then(|at| tiff.directory(at)) else { continue };
        let value = |tag: u16| directory.entries.iter().find(|entry| entry.tag == tag).map(|entry| entry.value);
        let reduced = value(SUBFILE_TYPE).is_some_and(|kind| kind & 1 == 1);
        let preview = seen == 0 && reduced && value(SUB_DIRECTORIES).is_some();
        // A mosaic of sensor colours, or what became of one.
        let sensor = matches!(value(PHOTOMETRIC), Some(32803 | 34892));
        // Nikon, Sony, Samsung, Pentax, Epson, Kodak.
        let packed = matches!(value(COMPRESSION), Some(34713 | 32767 | 32770 | 65535 | 32769 | 65000));
        if value(DNG_VERSION).is_some() || preview || sensor || packed {
            return true;
        }
        seen += 1;
        waiting.push(tiff.u32_at(directory.end));
        if let Some(below) = directory.entries.iter().find(|entry| entry.tag == SUB_DIRECTORIES) {
            waiting.extend(tiff.below(below));
        }
    }
    false
}

struct Tiff<'a> {
    bytes: &'a [u8],
    big: bool,
}

struct Directory {
    entries: Vec<Entry>,
    /// Where the place of the next one stands.
    end: usize,
}

struct Entry {
    tag: u16,
    count: u32,
    value: u32,
}

impl Tiff<'_> {
    fn u16_at(&self, at: usize) -> Option<u16> {
        let two = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u16::from_be_bytes(two) } else { u16::from_le_bytes(two) })
    }

    fn u32_at(&self, at: usize) -> Option<u32> {
        let four = *self.bytes.get(at..)?.first_chunk()?;
        Some(if self.big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
    }

    /// The directory at this place, as far as the bytes go.
    fn directory(&self, at: u32) -> Option<Directory> {
        const SHORT: u16 = 3;
        let start = at as usize;
        let count = self.u16_at(start)?.min(MOST_ENTRIES);
        let entry = |i: u16| {
            let at = start + 2 + 12 * usize::from(i);
            let short = self.u16_at(at + 2)? == SHORT;
            let value = if short { u32::from(self.u16_at(at + 8)?) } else { self.u32_at(at + 8)? };
            Some(Entry { tag: self.u16_at(at)?, count: self.u32_at(at + 4)?, value })
        };
        let entries = (0..count).map_while(entry).collect();
        Some(Directory { entries, end: start + 2 + 12 * usize::from(count) })
    }

    /// The places of the directories below; a single one stands in the entry itself.
    fn below(&self, entry: &Entry) -> Vec<Option<u32>> {
        match entry.count {
            0 => Vec::new(),
            1 => vec![Some(entry.value)],
            more => {
                let count = (more as usize).min(MOST_DIRECTORIES);
                (0..count).map(|i| self.u32_at(entry.value as usize + 4 * i)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::{encode, quarters};
    use image::ImageFormat;

    /// A TIFF file of directories of entries (tag, type, value); each leads to the next one.
    fn tiff(big: bool, directories: &[&[(u16, u16, u32)]]) -> Vec<u8> {
        let two = |n: u16| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let four = |n: u32| if big { n.to_be_bytes() } else { n.to_le_bytes() };
        let mut file = if big { b"MM\0*".to_vec() } else { b"II*\0".to_vec() };
        file.extend(four(8));
        for (i, entries) in directories.iter().enumerate() {
            file.extend(two(entries.len() as u16));
            for (tag, kind, value) in *entries {
                file.extend([two(*tag), two(*kind)].concat());
                file.extend(four(1));
                file.extend(if *kind == 3 { [two(*value as u16), [0, 0]].concat() } else { four(*value).to_vec() });
            }
            let next = file.len() as u32 + 4;
            file.extend(four(if i + 1 < directories.len() { next } else { 0 }));
        }
        file
    }

    #[test]
    fn what_cameras_write_is_raw_in_both_byte_orders() {
        for big in [false, true] {
            for directories in [
                // NEF, ARW: a small picture, and others below it.
                &[&[(SUBFILE_TYPE, 4, 1), (SUB_DIRECTORIES, 4, 64)][..]][..],
                // DNG whose first picture is the large one.
                &[&[(SUBFILE_TYPE, 4, 0), (DNG_VERSION, 1, 0x0104_0000)]],
                // CR2, PEF and others: the mosaic follows, or is packed as one maker does it.
                &[&[(COMPRESSION, 3, 6)], &[(PHOTOMETRIC, 3, 32803)]],
                &[&[(COMPRESSION, 3, 65535)]],
            ] {
                assert!(is_raw(&tiff(big, directories)), "{directories:?}");
            }
            // A scan with a small version behind it, and one with pages.
            let pages: &[&[(u16, u16, u32)]] = &[&[(COMPRESSION, 3, 5), (PHOTOMETRIC, 3, 2)], &[(SUBFILE_TYPE, 4, 1)]];
            assert!(!is_raw(&tiff(big, pages)));
        }
        assert!(!is_raw(&encode(quarters(20, 20), ImageFormat::Tiff)));
    }

    #[test]
    fn circles_and_cut_files_end() {
        // The next directory, and the one below, are the first itself.
        let mut circle = tiff(false, &[&[(SUB_DIRECTORIES, 4, 8)]]);
        let end = circle.len() - 4;
        circle[end..].copy_from_slice(&8u32.to_le_bytes());
        assert!(!is_raw(&circle));
        for cut in 0..circle.len() {
            is_raw(&circle[..cut]); // never panics
        }
        assert!(!is_raw(&tiff(false, &[&[(SUB_DIRECTORIES, 4, u32::MAX)]])));
    }
}
