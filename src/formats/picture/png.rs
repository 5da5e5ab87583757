//! PNG files that carry a recipe.

use super::super::error::ExportError;
use super::recipe::{MAX_TEXT, Recipe};
use crate::files::{self, Links, remedy};
use crate::pixels::{Frame, RECIPE_CHUNK, program};
use png::text_metadata::{ITXtChunk, TEXtChunk};
use png::{BitDepth, ColorType, Decoder, Encoder, Limits, Writer};
use std::io::{BufRead, BufReader, Seek, Write};
use std::path::Path;

/// Of a picture file.
const MAX_FILE: u64 = 1 << 30;
/// All chunks before the picture together, packed.
const MAX_CHUNKS: usize = 48 << 20;

/// The bytes of a PNG file of generated pictures: with the program's mark, and with its recipe if there is one. Equal
/// inputs give equal bytes.
///
/// # Errors
/// A frame whose buffer does not match its size; a recipe that is too long or not whole.
pub fn encode_png(frame: &Frame, recipe: Option<&Recipe>) -> Result<Vec<u8>, ExportError> {
    let fail = |e: &dyn std::fmt::Display| ExportError::Other(format!("cannot write the picture: {e}"));
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, frame.width, frame.height);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().map_err(|e| fail(&e))?;
    write_text(&mut writer, "Software", &program()).map_err(|e| fail(&e))?;
    if let Some(recipe) = recipe {
        let text = recipe.to_json().map_err(|e| fail(&e))?;
        if text.len() > MAX_TEXT {
            return Err(fail(&"the recipe is too long; put fewer pictures into one grid"));
        }
        write_text(&mut writer, "Description", &recipe.description()).map_err(|e| fail(&e))?;
        let mut chunk = ITXtChunk::new(RECIPE_CHUNK, text);
        chunk.compressed = true;
        writer.write_text_chunk(&chunk).map_err(|e| fail(&e))?;
    }
    writer.write_image_data(&frame.data).map_err(|e| fail(&e))?;
    writer.finish().map_err(|e| fail(&e))?;
    Ok(bytes)
}

/// Plain text where Latin-1 suffices, else Unicode, as the format has it.
fn write_text<W: Write>(writer: &mut Writer<W>, key: &str, text: &str) -> Result<(), png::EncodingError> {
    if text.is_ascii() {
        writer.write_text_chunk(&TEXtChunk::new(key, text))
    } else {
        writer.write_text_chunk(&ITXtChunk::new(key, text))
    }
}

/// The recipe inside a PNG file; none in a picture of another program. The pixels are not read.
///
/// # Errors
/// The file cannot be read, is no PNG, or the recipe is damaged, too long or from a newer version.
pub fn read_recipe(path: &Path) -> Result<Option<Recipe>, ExportError> {
    let unreadable = |reason| ExportError::Unreadable { path: path.to_path_buf(), reason };
    let file = files::open(path, Links::Follow, MAX_FILE).map_err(|e| unreadable(format!("{e}{}", remedy(&e))))?;
    recipe_in(BufReader::new(file)).map_err(unreadable)
}

fn recipe_in(source: impl BufRead + Seek) -> Result<Option<Recipe>, String> {
    let decoder = Decoder::new_with_limits(source, Limits { bytes: MAX_CHUNKS });
    let reader = decoder.read_info().map_err(|e| match e {
        png::DecodingError::LimitsExceeded => "the file holds more text than a picture should".to_owned(),
        other => format!("the file is not a readable PNG: {other}"),
    })?;
    let Some(chunk) = reader.info().utf8_text.iter().find(|c| c.keyword == RECIPE_CHUNK) else { return Ok(None) };
    let mut chunk = chunk.clone();
    chunk.decompress_text_with_limit(MAX_TEXT).map_err(|e| format!("the recipe is damaged: {e}"))?;
    let text = chunk.get_text().map_err(|e| format!("the recipe is damaged: {e}"))?;
    Recipe::from_json(&text).map(Some)
}

#[cfg(test)]
mod tests {
    use super::super::recipe::Point;
    use super::super::recipe::tests::{bits, recipe};
    use super::*;
    use std::io::Cursor;

    fn frame() -> Frame {
        let mut frame = Frame::filled(7, 5, [10, 20, 30]);
        frame.data.iter_mut().enumerate().for_each(|(i, b)| *b = (i * 37 % 251) as u8);
        frame
    }

    #[test]
    fn a_picture_keeps_its_pixels_and_its_recipe() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.png");
        let bytes = encode_png(&frame(), Some(&recipe())).unwrap();
        assert_eq!(bytes, encode_png(&frame(), Some(&recipe())).unwrap(), "equal inputs, equal bytes");
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(Frame::open_png(&path).unwrap(), frame());
        let read = read_recipe(&path).unwrap().unwrap();
        assert_eq!(read, recipe());
        assert_eq!(bits(&read), bits(&recipe()));
        assert!(bytes.len() < 800, "the recipe is packed: {}", bytes.len());
        let find = |text: &[u8]| bytes.windows(text.len()).any(|w| w == text);
        assert!(find(b"tEXtSoftware\0Purrtrait "), "people can read who made it");
        assert!(find("picture 12 of seed 18446744073709551615 by the generator Kätzchen".as_bytes()));
    }

    #[test]
    fn a_grid_carries_all_its_points() {
        let mut grid = recipe();
        grid.grid = true;
        grid.points = (0..64).map(|i| Point::drawn(vec![i as f32 / 3.0; 6], 1, i)).collect();
        let bytes = encode_png(&frame(), Some(&grid)).unwrap();
        assert_eq!(recipe_in(Cursor::new(bytes)).unwrap().unwrap(), grid);
    }
    #[test]
    fn pictures_of_others_carry_none() {
        assert_eq!(recipe_in(Cursor::new(encode_png(&frame(), None).unwrap())), Ok(None));
        assert_eq!(recipe_in(Cursor::new(frame().to_png().unwrap())), Ok(None));
        for bytes in [&b"GIF89a"[..], b"", b"\x89PNG\r\n\x1a\n\0\0"] {
            assert!(recipe_in(Cursor::new(bytes)).unwrap_err().starts_with("the file is not a readable PNG"));
        }
    }

    /// A PNG with one extra chunk before its pixels.
    fn with_text(chunk: &ITXtChunk) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut writer = Encoder::new(&mut bytes, 1, 1).write_header().unwrap();
        writer.write_text_chunk(chunk).unwrap();
        writer.write_image_data(&[0]).unwrap();
        writer.finish().unwrap();
        bytes
    }

    #[test]
    fn text_bombs_are_refused() {
        // 64 MiB of spaces become 64 KiB.
        let mut chunk = ITXtChunk::new(RECIPE_CHUNK, " ".repeat(64 << 20));
        chunk.compressed = true;
        let bytes = with_text(&chunk);
        assert!(bytes.len() < 1 << 20, "{}", bytes.len());
        let error = recipe_in(Cursor::new(&bytes)).unwrap_err();
        assert!(error.starts_with("the recipe is damaged"), "{error}");
        // Long without packing.
        let error = recipe_in(Cursor::new(with_text(&ITXtChunk::new("Other", " ".repeat(64 << 20))))).unwrap_err();
        assert!(error.contains("more text"), "{error}");
        // A chunk that claims two gigabytes and has none.
        let mut cut = encode_png(&frame(), None).unwrap()[..33].to_vec();
        cut.extend_from_slice(b"\x7f\xff\xff\xffiTXtPurrtrait\0");
        assert!(recipe_in(Cursor::new(cut)).is_err());
        // Another keyword's bomb is not unpacked at all.
        let mut chunk = ITXtChunk::new("Other", " ".repeat(64 << 20));
        chunk.compressed = true;
        assert_eq!(recipe_in(Cursor::new(with_text(&chunk))), Ok(None));
    }

    /// No byte of the file may bring the program down.
    #[test]
    fn damaged_files_give_an_answer() {
        let whole = encode_png(&frame(), Some(&recipe())).unwrap();
        for i in 0..whole.len() {
            let mut broken = whole.clone();
            broken[i] ^= 0x55;
            let _ = recipe_in(Cursor::new(broken));
            let _ = recipe_in(Cursor::new(&whole[..i]));
        }
    }
}
