//! One file's bytes to RGB pixels. The content decides what a file is; its name only matters for a note.

#[cfg(feature = "avif")]
mod avif;
#[cfg(any(feature = "heic", feature = "avif"))]
mod boxes;
mod colour;
#[cfg(feature = "heic")]
mod heic;
#[cfg(any(feature = "heic", feature = "avif"))]
mod heif;
#[cfg(feature = "jxl")]
mod jxl;
mod library;
mod picture;
#[cfg(any(feature = "heic", feature = "avif"))]
mod placement;
#[cfg(any(feature = "heic", feature = "avif"))]
mod planes;

#[cfg(test)]
mod format_tests;

pub(super) use picture::Decoded;

use super::budget::Budget;
use super::flags::PictureFlags;
use super::sniff::sniff;
use crate::files::{Decoder, FileFormat};
use std::path::Path;

/// Decodes `bytes`, putting transparent pixels on `background`. Of `path` only the extension is used.
///
/// # Errors
/// The reason, in words for a list of skipped files.
pub(super) fn decode<'a>(
    bytes: &[u8],
    path: &Path,
    background: [u8; 3],
    budget: &'a Budget,
) -> Result<Decoded<'a>, String> {
    let decoder = sniff(bytes, path)?;
    let mut decoded = match decoder {
        Decoder::Library(format) => library::decode(bytes, format, background, budget),
        #[cfg(any(feature = "heic", feature = "avif"))]
        Decoder::Heif => heif::decode(bytes, background, budget),
        #[cfg(feature = "jxl")]
        Decoder::JpegXl => jxl::decode(bytes, background, budget),
        #[cfg(not(all(feature = "heic", feature = "avif", feature = "jxl")))]
        other => Err(format!("{other:?} is not read by this build of Purrtrait")),
    }?;
    decoded.flags.set(PictureFlags::RENAMED, has_wrong_extension(path, decoder));
    Ok(decoded)
}

/// Whether the name promises another format than the content is. No extension at all promises nothing.
fn has_wrong_extension(path: &Path, decoder: Decoder) -> bool {
    path.extension().is_some() && FileFormat::of(path).and_then(FileFormat::decoder) != Some(decoder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_wrong_only_when_it_promises_something_else() {
        for (name, wrong) in
            [("a.jpg", false), ("a.JPEG", false), ("a.jfif", false), ("a", false), ("a.png", true), ("a.txt", true)]
        {
            assert_eq!(
                has_wrong_extension(Path::new(name), Decoder::Library(image::ImageFormat::Jpeg)),
                wrong,
                "{name}"
            );
        }
    }
}
