//! Paths as people type and paste them, the same on the command line and in the window.

use percent_encoding::percent_decode_str;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The path that a typed or pasted text means: surrounding blanks and quotes are dropped, `~` stands for the home
/// folder, and a `file://` address for its file. If a file or folder of exactly this name exists, the text is its path.
pub(crate) fn typed_path(text: impl AsRef<OsStr>) -> PathBuf {
    let literal = PathBuf::from(text.as_ref());
    // Text that is not Unicode was not typed.
    let Some(text) = text.as_ref().to_str() else { return literal };
    let cleaned = unquoted(text.trim());
    if let Some(path) = from_home(cleaned) {
        return path;
    }
    if cleaned != text && literal.symlink_metadata().is_ok() {
        return literal;
    }
    from_address(cleaned).unwrap_or_else(|| cleaned.into())
}

/// Without the quotes around it, which file managers add when they copy paths.
fn unquoted(text: &str) -> &str {
    ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)).map_or(text, str::trim)
}

fn from_home(text: &str) -> Option<PathBuf> {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE")).map(PathBuf::from);
    match text.strip_prefix('~')? {
        "" => home(),
        rest if rest.starts_with(std::path::is_separator) => Some(home()?.join(&rest[1..])),
        // Another user's home, or a file whose name begins so.
        _ => None,
    }
}

/// The path of a `file://` address of this machine.
fn from_address(text: &str) -> Option<PathBuf> {
    let scheme = text.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("file://"))?;
    let rest = &text[scheme.len()..];
    let path =
        if rest.starts_with('/') { rest } else { &rest[rest.find('/').filter(|n| &rest[..*n] == "localhost")?..] };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    // file:///C:/cats
    let drive = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(Path::new(if drive { &path[1..] } else { &path }).to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_paths_are_cleaned() {
        for (typed, meant) in [
            ("/cats/mine", "/cats/mine"),
            ("  \"/cats/mine\" ", "/cats/mine"),
            ("'/cats/my cats'", "/cats/my cats"),
            ("\"it's\"", "it's"),
            ("it's", "it's"),
            ("cats~/x", "cats~/x"),
            ("~somebody/x", "~somebody/x"),
            ("cats/ \t", "cats/"),
            ("file:///cats/my%20cats/%E7%8C%AB", "/cats/my cats/猫"),
            ("FILE://localhost/cats", "/cats"),
            ("'file:///cats'", "/cats"),
            // Another machine's, or no address.
            ("file://server/cats", "file://server/cats"),
            ("file:cats", "file:cats"),
            ("file:///%ff", "file:///%ff"),
            ("", ""),
            ("'", "'"),
            ("\"\"", ""),
        ] {
            assert_eq!(typed_path(typed), PathBuf::from(meant), "{typed}");
        }
        if let Some(home) = std::env::var_os("HOME") {
            for (typed, below) in [("~", ""), ("~/cats", "cats"), (" '~/my cats' ", "my cats")] {
                assert_eq!(typed_path(typed), Path::new(&home).join(below), "{typed}");
            }
        }
    }

    #[test]
    fn an_existing_name_is_taken_literally() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join("my run ");
        assert_eq!(typed_path(&odd), dir.path().join("my run"));
        std::fs::create_dir(&odd).unwrap();
        assert_eq!(typed_path(&odd), odd);
    }

    #[cfg(unix)]
    #[test]
    fn other_bytes_stay() {
        use std::os::unix::ffi::OsStrExt;
        let odd = OsStr::from_bytes(b" '\xff' ");
        assert_eq!(typed_path(odd), PathBuf::from(odd));
    }
}
