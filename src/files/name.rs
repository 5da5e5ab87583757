//! Names that come from anywhere.

use crate::printable::unfit;

/// Longest name of a file, in bytes, on most systems.
const LONGEST: usize = 255;

/// Whether every file system takes the character, and no screen is confused by it.
pub(crate) fn portable(c: char) -> bool {
    // Marks that nobody sees, which make a name look like another.
    let unseen = matches!(c, '\u{200e}' | '\u{200f}' | '\u{feff}');
    !unfit(c) && !unseen && !"/\\:*?\"<>|".contains(c)
}

/// The text as one plain name: it leads nowhere else, is not too long, and shows as it is. A plain name stays as it is.
pub(crate) fn plain_name(text: &str) -> String {
    let mut name: String = text.chars().map(|c| if portable(c) { c } else { '-' }).collect();
    name.truncate(name.floor_char_boundary(LONGEST));
    // The folder itself, the one above it, and what Windows takes for them.
    if name.trim_matches(['.', ' ']).is_empty() { "unnamed".to_owned() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_becomes_a_name_that_leads_nowhere() {
        for name in ["tabby", "Mieze 猫", "cats-001", ".hidden", "a..b", "a__b"] {
            assert_eq!(plain_name(name), name);
        }
        for (text, name) in [
            ("", "unnamed"),
            (".. ", "unnamed"),
            ("../../x", "..-..-x"),
            ("/etc/passwd", "-etc-passwd"),
            ("//192.0.2.1/evil/x", "--192.0.2.1-evil-x"),
            ("\\\\host\\x", "--host-x"),
            ("C:x", "C-x"),
            ("a\u{1b}[1m\nb", "a-[1m-b"),
            ("a\u{202e}b\u{2028}c\u{200f}d", "a-b-c-d"),
        ] {
            assert_eq!(plain_name(text), name);
        }
        assert_eq!(plain_name(&"猫".repeat(200)), "猫".repeat(85));
    }
}
