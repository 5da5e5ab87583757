//! Numbers and times as people read them.

use crate::engine::{DataPhase, DataProgress};
use crate::printable;
use std::path::Path;

pub(super) use crate::printable::thousands as count;

/// `1 picture`, `4,270 pictures`.
pub(super) fn of(n: usize, thing: &str) -> String {
    format!("{} {thing}{}", count(n as u64), if n == 1 { "" } else { "s" })
}

/// How far preparing the pictures is.
pub(super) fn preparing(progress: Option<DataProgress>) -> String {
    match progress.filter(|progress| progress.total > 0) {
        None => "Looking for pictures…".to_owned(),
        Some(DataProgress { phase: DataPhase::Looking, done, total }) => {
            format!("Looking for faces in some photos: {} of {}", count(done as u64), count(total as u64))
        }
        Some(DataProgress { phase: DataPhase::Preparing, done, total }) => {
            format!("{} of {} prepared", count(done as u64), of(total, "picture"))
        }
    }
}

/// The part of [`preparing`] that is done, from 0 to 1.
pub(super) fn share(progress: Option<DataProgress>) -> f32 {
    progress.map_or(0.0, |progress| progress.done as f32 / progress.total.max(1) as f32)
}

/// `3.6 M`, `24.0 M`, `850 k`: sizes of networks.
pub(super) fn short(n: usize) -> String {
    match n {
        0..1_000 => n.to_string(),
        1_000..1_000_000 => format!("{:.0} k", n as f64 / 1e3),
        _ => format!("{:.1} M", n as f64 / 1e6),
    }
}

/// `42 s`, `5 min 10 s`, `3 h 20 min`, `2 d 4 h`.
pub(crate) fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "unknown".to_owned();
    }
    let s = seconds.round() as u64;
    match s {
        0..60 => format!("{s} s"),
        60..3600 => format!("{} min {} s", s / 60, s % 60),
        3600..86_400 => format!("{} h {} min", s / 3600, s % 3600 / 60),
        _ => format!("{} d {} h", s / 86_400, s % 86_400 / 3600),
    }
}

/// `just now`, `5 minutes ago`, `yesterday`, `3 weeks ago`.
pub(super) fn age(seconds: u64) -> String {
    let ago = |n: u64, unit: &str| format!("{} ago", of(n as usize, unit));
    match seconds {
        0..60 => "just now".to_owned(),
        60..3600 => ago(seconds / 60, "minute"),
        3600..86_400 => ago(seconds / 3600, "hour"),
        86_400..172_800 => "yesterday".to_owned(),
        172_800..1_209_600 => ago(seconds / 86_400, "day"),
        1_209_600..5_184_000 => ago(seconds / 604_800, "week"),
        _ => ago(seconds / 2_592_000, "month"),
    }
}

/// `12.3`, `0.42`, `340`: a rate with about three digits.
pub(super) fn rate(x: f64) -> String {
    match x {
        x if !x.is_finite() => "-".to_owned(),
        x if x >= 100.0 => format!("{x:.0}"),
        x if x >= 10.0 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

/// `07:42` or `1:07:42` since the window opened.
pub(super) fn clock(seconds: f64) -> String {
    let s = seconds.max(0.0) as u64;
    match s {
        0..3600 => format!("{:02}:{:02}", s / 60, s % 60),
        _ => format!("{}:{:02}:{:02}", s / 3600, s % 3600 / 60, s % 60),
    }
}

/// A setting's value: `2e-4` for tiny ones, else up to five digits after the point without trailing zeros.
pub(super) fn value(x: f64) -> String {
    if x == 0.0 {
        return "0".to_owned();
    }
    if x.abs() < 1e-3 {
        let text = format!("{x:.2e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let mantissa =
            if mantissa.contains('.') { mantissa.trim_end_matches('0').trim_end_matches('.') } else { mantissa };
        return format!("{mantissa}e{exponent}");
    }
    let text = format!("{x:.5}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A note as a sentence: with a capital and a full stop.
pub(crate) fn sentence(note: &str) -> String {
    let end = if note.ends_with(['.', '!', '?']) { "" } else { "." };
    capitalised(note) + end
}

/// The same words with a capital at the start.
pub(crate) fn capitalised(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map_or(String::new(), |c| c.to_uppercase().to_string());
    first + chars.as_str()
}

/// A file's name without its folder.
pub(super) fn name(path: &Path) -> String {
    path.file_name().map_or_else(|| printable::path(path), |name| printable::line(&name.to_string_lossy()).into_owned())
}

/// Breaks a message into lines of at most `width` columns, for places that cannot wrap.
pub(crate) fn wrap(text: &str, width: usize) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut column = 0;
    for word in text.split_whitespace() {
        let mut needs: usize = word.chars().map(columns).sum();
        let mut word = word.to_owned();
        if needs > width {
            // A long path: its end tells more than its middle.
            let mut rest = word.as_str();
            while needs + 3 > width && !rest.is_empty() {
                let mut chars = rest.chars();
                needs -= chars.next().map_or(needs, columns);
                rest = chars.as_str();
            }
            word = format!("...{rest}");
            needs += 3;
        }
        if column > 0 && column + 1 + needs > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word);
        column += needs;
    }
    out
}

/// Letters of East Asian scripts, and little pictures, are as wide as two others.
fn columns(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE6F}' | '\u{FF00}'..='\u{FF60}' | '\u{1F300}'..='\u{1FAFF}'
        | '\u{20000}'..='\u{3FFFD}');
    1 + usize::from(wide)
}

/// Gives up the middle of a long path: its start tells the drive, its end the name.
pub(super) fn middle(text: &str, width: usize) -> String {
    let chars: Vec<char> = text.chars().collect();
    if chars.len() <= width || width < 8 {
        return text.to_owned();
    }
    let head = width / 3;
    let tail = width - head - 1;
    let start: String = chars[..head].iter().collect();
    let end: String = chars[chars.len() - tail..].iter().collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(of(1, "picture"), "1 picture");
        assert_eq!(of(4270, "picture"), "4,270 pictures");
        assert_eq!(short(3_576_704), "3.6 M");
        assert_eq!(value(2e-4), "2e-4");
        assert_eq!(value(2.5e-5), "2.5e-5");
        assert_eq!(value(0.0), "0");
        assert_eq!(value(0.1), "0.1");
        assert_eq!(value(10_000.0), "10000");
        assert_eq!(rate(f64::NAN), "-");
    }

    #[test]
    fn notes_become_sentences() {
        assert_eq!(sentence("compared with 3 pictures"), "Compared with 3 pictures.");
        assert_eq!(sentence("It ended."), "It ended.");
        assert_eq!(sentence("ß"), "SS.");
    }

    #[test]
    fn times_read_well() {
        assert_eq!(duration(42.4), "42 s");
        assert_eq!(duration(310.0), "5 min 10 s");
        assert_eq!(duration(12_000.0), "3 h 20 min");
        assert_eq!(age(30), "just now");
        assert_eq!(age(100_000), "yesterday");
        assert_eq!(age(300_000), "3 days ago");
        assert_eq!(clock(3_725.0), "1:02:05");
    }

    #[test]
    fn long_text_is_cut_where_it_tells_least() {
        assert_eq!(wrap("one two three", 7), "one two\nthree");
        assert!(wrap("/a/very/long/path/without/any/space.png", 12).ends_with("space.png"));
        assert!(wrap("/a/very/long/path/without/any/space.png", 12).chars().count() <= 12);
        assert_eq!(wrap("我的猫 ねこ 고양이", 11), "我的猫 ねこ\n고양이");
        assert_eq!(wrap(&"猫".repeat(30), 11), "...猫猫猫猫");
        let cut = middle("/home/someone/pictures/cats/tabby.png", 20);
        assert_eq!(cut.chars().count(), 20);
        assert!(cut.starts_with("/home") && cut.ends_with("tabby.png"));
    }
}
