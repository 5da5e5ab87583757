//! Text from anywhere, made fit to be shown. File names, recipes, notices of models and what parsers quote may hold
//! escape sequences that repaint a terminal, marks that turn the reading direction around, line feeds that forge
//! another message, or half a megabyte. The front ends send everything that they show through here. Also
//! how hashes and large numbers are written.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::Path;

/// Characters of one line that are shown; of a longer one the middle is left out.
const LONGEST: usize = 2000;
/// Of these, how many come from its end, where errors have their reason.
const END: usize = 600;

/// One line: control characters are written as escapes, line feeds too, and the middle of a very long one is left out.
pub fn line(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && !text.contains(unfit) {
        return Cow::Borrowed(text);
    }
    let count = text.chars().count();
    let mut shown = String::with_capacity(text.len().min(2 * LONGEST));
    if count <= LONGEST {
        escape(text.chars(), &mut shown);
    } else {
        escape(text.chars().take(LONGEST - END), &mut shown);
        // Writing to a string does not fail.
        let _ = write!(shown, " [... {} characters left out ...] ", count - LONGEST);
        escape(text.chars().skip(count - END), &mut shown);
    }
    Cow::Owned(shown)
}

/// Several lines that belong together, each as [`line()`] has it: for tables, whose names went through [`line()`]
/// before.
pub fn lines(text: &str) -> Cow<'_, str> {
    if text.len() <= LONGEST && !text.contains(|c| c != '\n' && unfit(c)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.split('\n').map(line).collect::<Vec<_>>().join("\n"))
}

/// A path as one line.
pub fn path(path: &Path) -> String {
    line(&path.to_string_lossy()).into_owned()
}

/// JSON as it was, with the characters that a terminal would obey written as `\u` escapes, which mean the same.
pub fn json(text: &str) -> Cow<'_, str> {
    if !text.contains(unfit) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if unfit(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Bytes as hexadecimal digits, two for each: how hashes are shown and compared.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A whole number with its thousands apart: `1,234,567`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whether a terminal, or the order of the text around it, would obey this character instead of showing it.
pub fn unfit(c: char) -> bool {
    // C0, DEL and C1; line and paragraph separators; embeddings, overrides and isolates of the reading direction.
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Memory as people know it from graphics cards: 2^30 bytes are `1.0 GB`.
pub fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / (1u64 << 30) as f64)
}

fn escape(text: impl Iterator<Item = char>, to: &mut String) {
    for c in text {
        match c {
            '\n' | '\r' | '\t' => to.extend(c.escape_default()),
            c if unfit(c) => to.extend(c.escape_unicode()),
            c => to.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 12, 999, 1_000].map(thousands), ["0", "12", "999", "1,000"]);
        assert_eq!([123_456, 1_234_567].map(thousands), ["123,456", "1,234,567"]);
    }

    #[test]
    fn memory_is_said_as_on_the_box() {
        assert_eq!([0, 1 << 29, 12 << 30, (8 << 30) - 1].map(gigabytes), ["0.0 GB", "0.5 GB", "12.0 GB", "8.0 GB"]);
    }

    #[test]
    fn what_a_terminal_would_obey_is_shown_instead() {
        assert_eq!(line("a\u{1b}[31mb\u{9b}2Jc\u{7f}"), r"a\u{1b}[31mb\u{9b}2Jc\u{7f}");
        assert_eq!(line("cat\u{202e}gnp.\u{2066}x\u{2069}"), r"cat\u{202e}gnp.\u{2066}x\u{2069}");
        assert_eq!(line("one\nerror: two\r\t\u{2028}"), r"one\nerror: two\r\t\u{2028}");
        for fine in ["", "我的猫 ねこ 고양이 قطة חתול 🐈\u{200d}⬛", r"C:\cats", "'\"$`"] {
            assert!(matches!(line(fine), Cow::Borrowed(same) if same == fine), "{fine}");
            assert!(matches!(json(fine), Cow::Borrowed(same) if same == fine), "{fine}");
        }
    }

    #[test]
    fn a_long_line_keeps_its_beginning_and_its_end() {
        let long = format!("model.pth: {}\u{1b} is no model", "é".repeat(500_000));
        let shown = line(&long);
        assert!(shown.chars().count() < LONGEST + 60, "{}", shown.chars().count());
        assert!(shown.starts_with("model.pth: éé") && shown.ends_with(r"éé\u{1b} is no model"), "{shown}");
        assert!(shown.contains("[... 498024 characters left out ...]"), "{shown}");
        let just = "é".repeat(LONGEST);
        assert_eq!(line(&just), just);
    }

    #[test]
    fn bytes_have_two_digits_each() {
        assert_eq!(hex(&[0, 1, 0xab, 255]), "0001abff");
    }

    #[test]
    fn lines_stay_lines() {
        assert_eq!(lines("a\n  b\u{1b}c\n"), "a\n  b\\u{1b}c\n");
        assert!(matches!(lines("a\nb"), Cow::Borrowed(_)));
    }

    #[test]
    fn json_means_the_same() {
        let value = serde_json::json!({ "n\u{9b}": "\u{1b}\u{202e}\u{85}\n\"\\ 🐈 é" });
        let written = serde_json::to_string(&value).unwrap();
        let escaped = json(&written);
        assert!(!escaped.contains(unfit), "{escaped}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }
}
