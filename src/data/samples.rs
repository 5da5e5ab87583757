//! Files for tests, good and bad, made in code.

use super::{DataError, DataHome, Dataset};
use crate::config::{DataConfig, DataSource, Duplicates, FaceMode};
use crate::interrupt::JobControl;
use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;
use std::path::{Path, PathBuf};

/// Side of the pictures that a [`TestFolder`] prepares.
pub(crate) const SIDE: u32 = 16;
/// What is behind its transparent pictures.
pub(crate) const BACKGROUND: [u8; 3] = [10, 200, 90];

/// A folder of files, and beside it one for the cache.
pub(crate) struct TestFolder {
    _temp: tempfile::TempDir,
    pub files: PathBuf,
    pub cache: PathBuf,
}

impl TestFolder {
    pub(super) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let (files, cache) = (temp.path().join("files"), temp.path().join("cache"));
        std::fs::create_dir(&files).unwrap();
        Self { _temp: temp, files, cache }
    }

    pub(super) fn put(&self, name: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.files.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(super) fn config(&self) -> DataConfig {
        let source = DataSource::Folder(self.files.clone());
        let (faces, duplicates) = (FaceMode::Off, Duplicates::Keep);
        DataConfig { source, background: BACKGROUND, faces, duplicates, ..Default::default() }
    }

    pub(super) fn prepare(&self) -> Result<Dataset, DataError> {
        self.prepare_as(&self.config())
    }

    pub(super) fn prepare_as(&self, config: &DataConfig) -> Result<Dataset, DataError> {
        Dataset::prepare(config, SIDE, &DataHome::at(&self.cache), JobControl::unattended())
    }

    /// Why nothing could be used, for a folder of a single bad file.
    pub(super) fn only_reason(&self) -> String {
        match self.prepare() {
            Err(DataError::NoPictures { report }) => {
                assert_eq!(report.skipped.len(), 1, "{:?}", report.skipped);
                report.skipped[0].reason.clone()
            }
            Ok(_) => panic!("it was used"),
            Err(other) => panic!("{other}"),
        }
    }
}

/// The colour of a prepared picture at column `x` and row `y`.
pub(crate) fn pixel(dataset: &Dataset, index: usize, x: u32, y: u32) -> [u8; 3] {
    let at = ((y * SIDE + x) * 3) as usize;
    dataset.picture(index)[at..at + 3].try_into().unwrap()
}

#[track_caller]
pub(crate) fn assert_near(color: [u8; 3], expected: [u8; 3], tolerance: u8) {
    let near = color.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= tolerance);
    assert!(near, "{color:?} is not {expected:?}");
}

/// A small picture that looks different from every side: red, green, blue and yellow quarters, not quite square.
pub(crate) fn quarters(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => [220, 30, 30],
            (false, true) => [30, 200, 30],
            (true, false) => [30, 30, 220],
            (false, false) => [220, 220, 30],
        })
    })
}

pub(crate) fn encode(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.into().write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Puts an EXIF segment with this orientation behind the start of a JPEG file.
pub(super) fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    // Big-endian TIFF block with one entry: tag 0x0112, type SHORT, one value.
    let mut exif = b"Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = (exif.len() as u16 + 2).to_be_bytes();
    [&jpeg[..2], &[0xFF, 0xE1], &length, &exif, &jpeg[2..]].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xEDB8_8320 } else { c >> 1 })
    })
}

fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [&kind[..], data].concat();
    [&(data.len() as u32).to_be_bytes()[..], &body, &crc(&body).to_be_bytes()].concat()
}

/// A PNG file from its parts; `bits` and `color` as in the PNG header, `rows` with their filter bytes.
pub(super) fn png(width: u32, height: u32, bits: u8, color: u8, extra: &[(&[u8; 4], &[u8])], rows: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, color, 0, 0, 0]].concat();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    file.extend(chunk(b"IHDR", &header));
    extra.iter().for_each(|(kind, data)| file.extend(chunk(kind, data)));
    file.extend(chunk(b"IDAT", &zlib(rows)));
    file.extend(chunk(b"IEND", &[]));
    file
}

/// A zlib stream without compression.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(65_535).peekable();
    if data.is_empty() {
        out.extend([1, 0, 0, 0xFF, 0xFF]);
    }
    while let Some(block) = blocks.next() {
        let length = block.len() as u16;
        out.push(blocks.peek().is_none().into());
        out.extend(length.to_le_bytes());
        out.extend((!length).to_le_bytes());
        out.extend(block);
    }
    let (a, b) = data.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend(((b << 16) | a).to_be_bytes());
    out
}

/// A zlib stream of `megabytes` zero bytes, compressed about a thousandfold: one literal, then copies of it.
pub(crate) fn zlib_bomb(megabytes: usize) -> Vec<u8> {
    // Fixed Huffman codes, least significant bit first. Literal 0 is 0b00110000; a copy of 258 bytes is length code
    // 285 (0b11000101) with distance code 0 (0b00000).
    let (mut bits, mut used, mut out) = (0u64, 0, vec![0x78, 0x01]);
    let mut put = |value: u64, count: u32, out: &mut Vec<u8>| {
        bits |= value << used;
        used += count;
        while used >= 8 {
            out.push(bits as u8);
            bits >>= 8;
            used -= 8;
        }
    };
    put(0b011, 3, &mut out); // last block, fixed codes
    put(0b0000_1100, 8, &mut out);
    for _ in 0..(megabytes << 20) / 258 {
        put(0b1010_0011, 8, &mut out);
        put(0, 5, &mut out);
    }
    put(0, 7 + 8, &mut out); // end of block, padding
    out.extend([0; 4]); // a wrong checksum: nobody should get that far
    out
}

/// A bitmap file's header without any pixels.
pub(crate) fn bmp_header(width: i32, height: i32) -> Vec<u8> {
    let mut file = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    file.extend(width.to_le_bytes());
    file.extend(height.to_le_bytes());
    file.extend([1, 0, 24, 0]);
    file.extend([0; 24]);
    file
}

/// A TIFF file's header and directory for an RGB picture, with one strip that is not there.
pub(crate) fn tiff_header(width: u32, height: u32) -> Vec<u8> {
    let entries: [(u16, u16, u32, u32); 9] = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 1),
        (273, 4, 1, 8),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, u32::MAX),
    ];
    let mut file = b"II*\0\x08\0\0\0".to_vec();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, count, value) in entries {
        file.extend(tag.to_le_bytes());
        file.extend(kind.to_le_bytes());
        file.extend(count.to_le_bytes());
        file.extend(value.to_le_bytes());
    }
    file.extend([0; 4]);
    file
}

/// A whole JPEG file whose frame header claims another size.
pub(crate) fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    let mut file = encode(quarters(16, 16), ImageFormat::Jpeg);
    let frame = file.windows(2).position(|w| w[0] == 0xFF && (0xC0..=0xC2).contains(&w[1])).unwrap();
    file[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
    file[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
    file
}

/// An 8 x 8 JPEG file of one CMYK colour, stored inverted with Adobe's marker as every program writes it.
///
/// Each channel is a single block with nothing but its mean. Tables: all quantisers 1; one DC code per size 0 to 11
/// with the 4-bit code of the same number; one AC code, end of block, `0`.
pub(crate) fn cmyk_jpeg(inverted: [u8; 4]) -> Vec<u8> {
    let mut file = vec![0xFF, 0xD8];
    let mut segment = |marker: u8, body: &[u8]| {
        file.extend([0xFF, marker]);
        file.extend((body.len() as u16 + 2).to_be_bytes());
        file.extend(body);
    };
    segment(0xEE, b"Adobe\0\x64\0\0\0\0\0");
    segment(0xDB, &[&[0][..], &[1; 64]].concat());
    segment(0xC0, &[8, 0, 8, 0, 8, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0]);
    let counts = |four: u8, one: u8| [one, 0, 0, four, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    segment(0xC4, &[&[0x00][..], &counts(12, 0), &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]].concat());
    segment(0xC4, &[&[0x10][..], &counts(0, 1), &[0]].concat());
    segment(0xDA, &[4, 1, 0, 2, 0, 3, 0, 4, 0, 0, 63, 0]);
    let mut bits = String::new();
    for value in inverted {
        // The mean's coefficient is 8 times the value, relative to mid-grey.
        let dc = (i32::from(value) - 128) * 8;
        let size = 32 - dc.unsigned_abs().leading_zeros();
        let coded = if dc < 0 { dc + (1 << size) - 1 } else { dc };
        bits += &format!("{size:04b}");
        if size > 0 {
            bits += &format!("{coded:0width$b}", width = size as usize);
        }
        bits += "0";
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    for byte in bits.as_bytes().chunks(8) {
        let byte = byte.iter().fold(0u8, |sum, b| (sum << 1) | (b - b'0'));
        file.push(byte);
        if byte == 0xFF {
            file.push(0);
        }
    }
    file.extend([0xFF, 0xD9]);
    file
}
