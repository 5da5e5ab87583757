//! Files of lines.

use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// Hands over each line without its end, and whether it had one; of a line longer than `longest` bytes nothing but that
/// there was one. Takes memory for one line.
///
/// # Errors
/// The file cannot be read on, or `each` fails.
pub(crate) fn each_line(
    file: File,
    longest: usize,
    mut each: impl FnMut(Option<&[u8]>, bool) -> io::Result<()>,
) -> io::Result<()> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let (mut line, mut began, mut too_long) = (Vec::new(), false, false);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            break;
        }
        let end = chunk.iter().position(|byte| *byte == b'\n');
        let part = &chunk[..end.unwrap_or(chunk.len())];
        too_long |= line.len() + part.len() > longest;
        if !too_long {
            line.extend_from_slice(part);
        }
        let used = part.len() + usize::from(end.is_some());
        reader.consume(used);
        began = end.is_none();
        if end.is_some() {
            each((!too_long).then_some(line.as_slice()), true)?;
            line.clear();
            too_long = false;
        }
    }
    if began { each((!too_long).then_some(line.as_slice()), false) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8], longest: usize) -> Vec<(Option<Vec<u8>>, bool)> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines");
        std::fs::write(&path, text).unwrap();
        let mut found = Vec::new();
        let each = |line: Option<&[u8]>, ended| {
            found.push((line.map(<[u8]>::to_vec), ended));
            Ok(())
        };
        each_line(File::open(&path).unwrap(), longest, each).unwrap();
        found
    }

    #[test]
    fn lines_come_one_by_one_and_long_ones_are_passed_over() {
        let line = |text: &str| (Some(text.as_bytes().to_vec()), true);
        assert_eq!(lines(b"", 9), []);
        assert_eq!(lines(b"a\n\nbc\n", 2), [line("a"), line(""), line("bc")]);
        assert_eq!(lines(b"a\nbcd\ne", 2), [line("a"), (None, true), (Some(b"e".to_vec()), false)]);
        // Longer than the buffer.
        let long = [vec![b'x'; 200_000], b"\nend\n".to_vec()].concat();
        assert_eq!(lines(&long, 1000), [(None, true), line("end")]);
        assert_eq!(lines(&long, 200_000)[0].0.as_ref().map(Vec::len), Some(200_000));
    }
}
