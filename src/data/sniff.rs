//! What a file is, by its first bytes. Its name decides for camera raw files alone, which may look like any TIFF.

use super::left_out;
use super::raw::is_raw;
use crate::files::{Decoder, FILE_FORMATS, FileFormat, FileUse, PictureSupport};
use crate::pixels::is_ours;
use image::ImageFormat;
use std::path::Path;

/// How many bytes [`sniff`] reads.
pub(super) const SNIFF_BYTES: usize = 4096;

/// Which of the formats that are decoded this is.
///
/// # Errors
/// The reason why it cannot be read.
pub(super) fn sniff(bytes: &[u8], path: &Path) -> Result<Decoder, String> {
    if let Some(reason) = unsupported(bytes, path) {
        return Err(reason);
    }
    let is_decoded = |decoder: &Decoder| FILE_FORMATS.iter().any(|known| known.decoder() == Some(*decoder));
    let signed = || FileFormat::signed(bytes)?.decoder();
    let guessed = || image::guess_format(bytes).ok().map(Decoder::Library).filter(is_decoded);
    let format = signed().or_else(guessed);
    let tiff = Some(Decoder::Library(ImageFormat::Tiff));
    let raw = raw_kind(path).filter(|_| format.is_none() || format == tiff);
    match (raw, format) {
        (Some(kind), _) => Err(raw_reason(Some(&kind))),
        (None, _) if format == tiff && is_raw(bytes) => Err(raw_reason(None)),
        (None, Some(format)) => Ok(format),
        (None, None) if is_web_page(bytes) => {
            Err("a web page, saved in place of a picture; download the picture itself".to_owned())
        }
        (None, None) => {
            Err(format!("not a picture, or in an unsupported format (supported: {})", FileUse::Picture.named()))
        }
    }
}

/// The format of camera raw files that the extension names, in capitals.
fn raw_kind(path: &Path) -> Option<String> {
    FileFormat::of(path).filter(|format| format.picture == Some(PictureSupport::CameraRaw))?;
    Some(path.extension()?.to_str()?.to_ascii_uppercase())
}

fn raw_reason(kind: Option<&str>) -> String {
    let kind = kind.map_or_else(String::new, |kind| format!(" ({kind})"));
    format!("a camera raw file{kind}; export it as JPEG with a photo program to use it")
}

/// What a failed download leaves.
fn is_web_page(bytes: &[u8]) -> bool {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    let begins = |tag: &str| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()));
    ["<!doctype html", "<html"].into_iter().any(begins)
}

/// Why a file of a format that people have cannot be read.
fn unsupported(bytes: &[u8], path: &Path) -> Option<String> {
    if bytes.starts_with(b"version https://git-lfs") {
        let pointer = "a Git LFS pointer, a small text file in place of the picture; fetch the pictures with \
                       `git lfs pull` in their repository";
        return Some(pointer.to_owned());
    }
    let format = FileFormat::signed(bytes)?;
    match format.picture? {
        PictureSupport::Decoded(_) => None,
        PictureSupport::NotBuilt(feature) => Some(format!(
            "{} is not read by this build of Purrtrait (it lacks the feature `{feature}`); save it as JPEG or PNG to \
             use it, or use a build with all features",
            format.name
        )),
        PictureSupport::Convertible => {
            Some(format!("{} is not supported; save it as JPEG or PNG to use it", format.name))
        }
        PictureSupport::CameraRaw => Some(raw_reason(raw_kind(path).as_deref())),
        PictureSupport::Video if is_ours(bytes) => Some(left_out::MADE_BY_US.to_owned()),
        PictureSupport::Video => Some("a video; only pictures are used".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::samples::{encode, quarters};

    fn why(name: &str, bytes: &[u8]) -> String {
        sniff(bytes, Path::new(name)).unwrap_err()
    }

    #[test]
    fn formats_we_cannot_read_are_named() {
        for (bytes, name) in [
            (&b"\0\0\0\x18ftypmp42"[..], "a video"),
            (b"\x1A\x45\xDF\xA3 some other film", "a video"),
            (b"RIFF\0\0\0\0AVI LIST", "a video"),
            (b"%PDF-1.4", "PDF"),
            (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "git lfs pull"),
            (b"\xEF\xBB\xBF\r\n <!DOCTYPE HTML><html>", "a web page"),
            (b"<html", "a web page"),
            (b"<htm", "not a picture"),
            (b"hello", "not a picture"),
            (b"", "not a picture"),
        ] {
            let reason = why("a.jpg", bytes);
            assert!(reason.contains(name), "{name}: {reason}");
        }
    }

    #[test]
    fn raw_files_are_recognised_by_name_and_by_content() {
        let tiff = encode(quarters(20, 20), ImageFormat::Tiff);
        for name in ["a.NEF", "a.cr2", "a.ARW", "a.dng", "a.raf", "a.orf", "a.rw2", "a.pef", "a.srw", "a.x3f"] {
            let reason = why(name, &tiff);
            let kind = name[2..].to_uppercase();
            assert!(reason.contains("raw file") && reason.contains(&kind) && reason.contains("JPEG"), "{reason}");
            assert!(why(name, b"anything").contains("raw file"));
        }
        for bytes in [
            &b"II*\0\x10\0\0\0CR\x02\0"[..],
            b"IIU\0",
            b"IIRO",
            b"FUJIFILMCCD-RAW 0201",
            b"\0\0\0\x18ftypcrx ",
            b"II\x1A\0\0\0HEAPCCDR",
            b"II*\0\x08\0\0\0IIII",
        ] {
            assert!(why("renamed", bytes).contains("raw file"), "{bytes:?}");
        }
        assert!(why("a.cr3", b"\0\0\0\x18ftypcrx ").contains("raw file (CR3)"));
        // A directory that begins with a reduced picture and has others below it.
        let preview = b"II*\0\x08\0\0\0\x02\0\xFE\0\x04\0\x01\0\0\0\x01\0\0\0\x4A\x01\x04\0\x01\0\0\0\x40\0\0\0";
        assert!(why("a.tif", preview).contains("raw file"));
        assert_eq!(sniff(&tiff, Path::new("a.tif")), Ok(Decoder::Library(ImageFormat::Tiff)));
        // A JPEG stays one under any name.
        let jpeg = encode(quarters(20, 20), ImageFormat::Jpeg);
        assert_eq!(sniff(&jpeg, Path::new("a.nef")), Ok(Decoder::Library(ImageFormat::Jpeg)));
        assert_eq!(raw_kind(Path::new("DSC_1.nef")).as_deref(), Some("NEF"));
        assert_eq!(raw_kind(Path::new("cat.tif")), None);
    }
}
