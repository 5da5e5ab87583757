//! What `dataset check` says about a folder of pictures.

use super::output::Output;
use super::text::{plural, thousands};
use crate::engine::{DatasetReport, LeftOut, Square, Trait};
use serde::Serialize;

/// More lines of one list help nobody; `--json` has all.
const LINES: usize = 100;

/// The report, and each picture that is not used: the report joins those of one folder, and names a photo only if none
/// of its pictures is used.
#[derive(Serialize)]
pub(super) struct CheckedFolder<'a> {
    #[serde(flatten)]
    report: &'a DatasetReport,
    left_out_pictures: Vec<LeftOutPicture>,
}

#[derive(Serialize)]
struct LeftOutPicture {
    path: String,
    reason: LeftOut,
    /// In pixels of the upright photo.
    square: Square,
}

impl<'a> CheckedFolder<'a> {
    pub(super) fn new(report: &'a DatasetReport) -> Self {
        let pictures = report.pictures.as_deref();
        let left_out = |(i, reason): (usize, LeftOut)| {
            let pictures = pictures?;
            let path = pictures.photo_of(i).path.to_string_lossy().into_owned();
            Some(LeftOutPicture { path, reason, square: pictures.pictures[i].square })
        };
        let reasons = pictures.iter().flat_map(|pictures| pictures.pictures.iter().map(|picture| picture.left_out));
        let left_out_pictures = reasons.enumerate().filter_map(|(i, reason)| left_out((i, reason?))).collect();
        Self { report, left_out_pictures }
    }
}

pub(super) fn print_report(report: &DatasetReport, out: &Output) {
    out.line(&format!(
        "{}: {} can be used, prepared at {} px{}",
        report.name,
        plural(report.usable, "picture", "pictures"),
        report.size,
        if report.from_cache { " (from the cache)" } else { "" },
    ));
    if let (Some(smallest), Some(largest)) = (report.smallest, report.largest) {
        out.line(&format!("  from {} x {} to {} x {} px", smallest.0, smallest.1, largest.0, largest.1));
    }
    if let Some(faces) = &report.faces {
        out.line(&faces.text);
        if faces.on {
            out.line(&format!("  {}  faces in all photos", thousands(faces.faces as u64)));
            out.line(&format!("  {}  photos without a face", thousands(faces.without as u64)));
        }
    }
    for (label, count) in &report.notes {
        out.line(&format!("  {}  {label}", thousands(*count as u64)));
    }
    // Grey and enlarged ones are among the notes.
    for (of, count) in report.traits.iter().filter(|(of, _)| !matches!(of, Trait::Grey | Trait::Enlarged)) {
        out.line(&format!("  {}  {}", thousands(*count as u64), trait_words(*of)));
    }
    if report.bursts > 0 {
        out.line(&format!("  {}  groups of pictures of the same moment", thousands(report.bursts as u64)));
    }
    print_left_out(report, out);
    for notice in &report.notices {
        out.line(&format!("Note: {notice}"));
    }
    for advice in &report.advice {
        let remedies: Vec<&str> = advice.remedies.iter().map(|remedy| remedy.flag()).collect();
        let help = if remedies.is_empty() { String::new() } else { format!(" ({})", remedies.join("; ")) };
        out.line(&format!("{} {}{help}", if advice.good { "Good:" } else { "Mind:" }, advice.text));
    }
    if !report.skipped.is_empty() {
        out.line(&format!("{} left out (no file was changed):", plural(report.skipped.len(), "entry", "entries")));
        for file in report.skipped.iter().take(LINES) {
            out.line(&format!("  {}: {}", file.path.display(), file.reason));
        }
        if let Some(more) = report.skipped.len().checked_sub(LINES).filter(|more| *more > 0) {
            out.line(&format!("  and {} more; --json lists all", thousands(more as u64)));
        }
    }
    out.line(&format!("{:.1} s", report.seconds));
}

/// The pictures that can be read and are not used, by reason.
fn print_left_out(report: &DatasetReport, out: &Output) {
    let all: usize = report.left_out.iter().map(|(_, count)| count).sum();
    if all == 0 {
        return;
    }
    out.line(&format!("{} could be read but not used:", plural(all, "picture", "pictures")));
    for (reason, count) in &report.left_out {
        out.line(&format!("  {}  {}{}", thousands(*count as u64), reason.label(), remedy(*reason)));
    }
}

/// How to use them all the same, where that is a flag.
fn remedy(reason: LeftOut) -> &'static str {
    match reason {
        LeftOut::NoFace => " (--no-face crop uses them)",
        LeftOut::Burst => " (--duplicates keep uses them)",
        LeftOut::ByYou | LeftOut::Listed | LeftOut::Small | LeftOut::Blank | LeftOut::Ours => "",
    }
}

fn trait_words(of: Trait) -> &'static str {
    match of {
        Trait::Blurred => "blurred",
        Trait::Dark => "very dark",
        Trait::Grey => "grey",
        Trait::Odd => "unlike all others",
        Trait::Screenshot => "screenshots",
        Trait::Enlarged => "smaller than the training size (enlarged)",
        Trait::SeveralCats => "faces in photos of several cats",
    }
}
