//! Numbers as people read them, and commands as shells read them.

pub(super) use crate::printable::thousands;

use crate::printable;
use std::path::Path;

/// A path as an argument in a command that people copy: whatever its name is, the shell and this program take it as
/// this path. It is printable.
pub(super) fn quoted(path: &Path) -> String {
    let relative = path.to_string_lossy();
    // A flag, a home folder, a command of zsh, quotes and blanks that would be dropped, or the word for the bundled
    // generator.
    let special = relative.starts_with(['-', '~', '=', '"', '\'', ' '])
        || matches!(&*relative, "demo" | "bundled" | "bundled-128");
    let here = special.then(|| Path::new(".").join(path));
    shell::quoted(here.as_deref().unwrap_or(path))
}

/// Letters that no shell cares about.
fn is_plain(c: char) -> bool {
    c.is_alphanumeric() || "_@%+=:,./-".contains(c)
}

#[cfg(unix)]
mod shell {
    //! POSIX, and what bash, zsh and ksh add to it.

    use std::fmt::Write;
    use std::os::unix::ffi::OsStrExt;
    use std::path::Path;

    pub(super) fn quoted(path: &Path) -> String {
        match path.to_str() {
            Some(text) if !text.is_empty() && text.chars().all(super::is_plain) => text.to_owned(),
            Some(text) if !text.contains(super::printable::unfit) => format!("'{}'", text.replace('\'', r"'\''")),
            _ => dollar_quoted(path.as_os_str().as_bytes()),
        }
    }

    /// The form that holds any bytes and is printed in one line.
    fn dollar_quoted(bytes: &[u8]) -> String {
        let mut quoted = "$'".to_owned();
        for chunk in bytes.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\'' | '\\' => quoted.extend(['\\', c]),
                    c if super::printable::unfit(c) => octal(c.encode_utf8(&mut [0; 4]).as_bytes(), &mut quoted),
                    c => quoted.push(c),
                }
            }
            octal(chunk.invalid(), &mut quoted);
        }
        quoted + "'"
    }

    /// Always three digits, so that a digit may follow.
    fn octal(bytes: &[u8], to: &mut String) {
        for byte in bytes {
            // Writing to a string does not fail.
            let _ = write!(to, "\\{byte:03o}");
        }
    }
}

#[cfg(not(unix))]
mod shell {
    //! `cmd` and PowerShell, as far as both agree. Neither quotes nor control characters occur in names on Windows.

    use std::path::Path;

    /// As the shells of this system read it.
    pub(super) fn quoted(path: &Path) -> String {
        let text = super::printable::path(path);
        match &text {
            _ if text.chars().all(|c| super::is_plain(c) && c != '%' || c == '\\') => text,
            // PowerShell would put a variable there; `cmd` hands the quotes on, and this program drops them.
            _ if text.contains(['$', '`']) && !text.contains([' ', '&', '\'', '^']) => format!("'{text}'"),
            _ => format!("\"{text}\""),
        }
    }
}

/// Seconds as `45 s`, `12 min` or `3 h 05 min`.
pub(crate) fn duration(seconds: f64) -> String {
    // Also catches NaN; no training lasts ten years.
    if !(0.0..3e8).contains(&seconds) {
        return "unknown".to_owned();
    }
    let (minutes, hours) = ((seconds / 60.0).round() as u64, seconds / 3600.0);
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        _ if hours < 1.5 => format!("{minutes} min"),
        _ => format!("{} h {:02} min", minutes / 60, minutes % 60),
    }
}

/// Three significant digits: `0.123`, `4.56`, `78.9`, `1,234`.
pub(super) fn rate(x: f64) -> String {
    match x {
        x if x < 1.0 => format!("{x:.3}"),
        x if x < 10.0 => format!("{x:.2}"),
        x if x < 100.0 => format!("{x:.1}"),
        x => thousands(x.round() as u64),
    }
}

/// `1 picture`, `2 pictures`.
pub(crate) fn plural(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n as u64), if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(duration(45.4), "45 s");
        assert_eq!(duration(600.0), "10 min");
        assert_eq!(duration(3.0 * 3600.0 + 299.0), "3 h 05 min");
        assert_eq!(duration(f64::NAN), "unknown");
        assert_eq!([rate(0.1234), rate(4.561), rate(78.94), rate(1234.4)], ["0.123", "4.56", "78.9", "1,234"]);
        assert_eq!(plural(1, "picture", "pictures"), "1 picture");
    }

    /// Each is read by a shell again, and by the way in which this program takes paths.
    #[cfg(unix)]
    #[test]
    fn a_printed_path_is_taken_for_the_same_path() {
        use std::os::unix::ffi::{OsStrExt, OsStringExt};
        assert_eq!(quoted(Path::new("runs/cats-7")), "runs/cats-7");
        assert_eq!(quoted(Path::new("/runs/我的猫")), "/runs/我的猫");
        let names: [&[u8]; 20] = [
            b"my run",
            b"it's",
            b"$HOME",
            b"`id`",
            b"a\"b",
            b"a\\b",
            b"-x",
            b"--help",
            b"~",
            b"~/x",
            b"'x'",
            b"\"x\"",
            b" x ",
            b"a\nerror: b",
            b"\x1b[31m7",
            b"\xff\xfe",
            b"a;b|c&d",
            b"*?[x]",
            "cat\u{202e}gnp".as_bytes(),
            b"x\ty'\\",
        ];
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            let path = Path::new(std::ffi::OsStr::from_bytes(name));
            let shown = quoted(path);
            assert!(!shown.contains(printable::unfit), "{shown:?}");
            let script = format!("printf %s {shown}");
            let out = std::process::Command::new("bash").args(["-c", &script]).current_dir(&dir).output().unwrap();
            assert!(out.status.success(), "{shown}: {out:?}");
            assert!(!out.stdout.starts_with(b"-"), "{shown} is taken for a flag");
            let read = crate::config::typed_path(std::ffi::OsString::from_vec(out.stdout));
            let read = read.strip_prefix(".").unwrap_or(&read);
            // Blanks at an end are kept where such a folder is there, as it is where a command is printed.
            assert!(read == path || (name == b" x " && read == Path::new(" x")), "{shown}: {read:?}");
        }
        assert_eq!(quoted(Path::new("bundled")), "./bundled");
    }
}
