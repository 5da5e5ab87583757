//! The mark that this program leaves in what it draws, so that its pictures are known again wherever they turn up:
//! a network that learns from generated pictures learns their faults.
//!
//! PNG has a text chunk `Software`, GIF a comment, Matroska the name of the writing program, MP4 that of the track's
//! handler. Pictures that can be made
//! again also carry a text chunk with their recipe.

/// Name of the PNG text chunk with the recipe.
pub(crate) const RECIPE_CHUNK: &str = "Purrtrait";
/// Name of the PNG text chunk with the program.
pub(super) const SOFTWARE: &str = "Software";
/// How the name and version of every version begin.
const PROGRAM: &[u8] = b"Purrtrait ";

/// The name and version that files carry.
pub fn program() -> String {
    format!("Purrtrait {}", env!("CARGO_PKG_VERSION"))
}

/// Whether a PNG, GIF, WebM or MP4 file carries this program's mark. Of a film the first few hundred bytes suffice; of
/// a GIF or PNG all of them are looked through by their blocks, without unpacking any. Damaged files end where they
/// make no sense.
pub(crate) fn is_ours(bytes: &[u8]) -> bool {
    let marked = if let Some(chunks) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") {
        png_is_ours(chunks)
    } else if bytes.starts_with(b"GIF8") {
        gif_is_ours(bytes)
    } else {
        let mp4 = bytes.get(4..8) == Some(b"ftyp") && mp4_is_ours(bytes);
        Some(mp4 || bytes.starts_with(b"\x1A\x45\xDF\xA3") && webm_is_ours(bytes))
    };
    marked.unwrap_or(false)
}

/// Length, kind, content and checksum, again and again.
fn png_is_ours(mut rest: &[u8]) -> Option<bool> {
    loop {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        let kind = rest.get(4..8)?;
        let content = rest.get(8..)?.get(..length)?;
        if matches!(kind, b"tEXt" | b"zTXt" | b"iTXt") {
            let key = content.split(|byte| *byte == 0).next()?;
            let value = content.get(key.len() + 1..).unwrap_or_default();
            if key == RECIPE_CHUNK.as_bytes() || (key == SOFTWARE.as_bytes() && value.starts_with(PROGRAM)) {
                return Some(true);
            }
        }
        rest = rest.get(8 + length + 4..)?;
    }
}

/// Blocks until the trailer: extensions with a label, pictures with a colour table, both followed by pieces of at most
/// 255 bytes.
fn gif_is_ours(bytes: &[u8]) -> Option<bool> {
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3usize << ((flags & 7) + 1) };
    let mut rest = bytes.get(13 + table(*bytes.get(10)?)..)?;
    loop {
        let comment = match rest.first()? {
            0x21 => {
                let label = *rest.get(1)?;
                rest = rest.get(2..)?;
                label == 0xFE
            }
            // Place and size, flags, then the colour table and the width of the codes.
            0x2C => {
                rest = rest.get(10 + table(*rest.get(9)?) + 1..)?;
                false
            }
            _ => return None,
        };
        loop {
            let length = usize::from(*rest.first()?);
            if comment && rest.get(1..1 + length)?.starts_with(PROGRAM) {
                return Some(true);
            }
            rest = rest.get(1 + length..)?;
            if length == 0 {
                break;
            }
        }
    }
}

/// The element `WritingApp` near the beginning.
fn webm_is_ours(bytes: &[u8]) -> bool {
    bytes.windows(3 + PROGRAM.len()).any(|w| w.starts_with(&[0x57, 0x41]) && w.ends_with(PROGRAM))
}

/// The name of a video track's handler, near the beginning: behind the kind and three numbers of 32 bits that are 0.
fn mp4_is_ours(bytes: &[u8]) -> bool {
    const KIND: &[u8] = b"vide\0\0\0\0\0\0\0\0\0\0\0\0";
    bytes.windows(KIND.len() + PROGRAM.len()).any(|w| w.starts_with(KIND) && w.ends_with(PROGRAM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Frame;

    #[test]
    fn only_what_is_marked_is_ours() {
        let frame = Frame::filled(3, 2, [10, 20, 30]);
        assert!(is_ours(&frame.to_marked_png().unwrap()));
        assert!(!is_ours(&frame.to_png().unwrap()), "a demo cat is a picture to learn from");
        // Somebody's own words about the program are no mark.
        let mut with_text = Vec::new();
        let mut encoder = png::Encoder::new(&mut with_text, 1, 1);
        encoder.add_text_chunk("Comment".to_owned(), "Purrtrait 0.1.0 looks nice".to_owned()).unwrap();
        encoder.add_text_chunk(SOFTWARE.to_owned(), "GIMP".to_owned()).unwrap();
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        assert!(!is_ours(&with_text));
        for bytes in [&b""[..], b"GIF89a", b"\x89PNG\r\n\x1a\n", b"\x1A\x45\xDF\xA3", b"Purrtrait 0.1.0"] {
            assert!(!is_ours(bytes));
        }
    }

    #[test]
    fn a_file_cut_anywhere_gives_an_answer() {
        let png = Frame::filled(9, 9, [10, 20, 30]).to_marked_png().unwrap();
        // One picture of one pixel with a colour table, and a comment behind it.
        let gif = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\0\0\0\0\0\
            ,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0!\xFE\x0FPurrtrait 0.1.0\0;";
        assert!(is_ours(gif));
        for whole in [&png[..], gif] {
            for i in 0..whole.len() {
                is_ours(&whole[..i]);
                let mut broken = whole.to_vec();
                broken[i] ^= 0xFF;
                is_ours(&broken);
            }
        }
    }
}
