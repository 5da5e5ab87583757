//! The cat finder: `dataset faces` and `dataset score`.

use super::exit::{Exit, Failure};
use super::output::{Output, metered};
use super::text::{plural, thousands};
use crate::engine::{self, FacesReport, FacesRequest, ScoreRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait dataset faces ~/Pictures/phone --sheet faces.png
  purrtrait dataset faces ~/Pictures/phone --json > faces.json
  purrtrait dataset faces cat.jpg
Each face has the box around the head (ears, cheeks and chin), a score from 0 to 1, and both eyes where they are clear.
Numbers are pixels of the upright photo; 0 is the left or top edge of the first pixel. --json prints one object:
  {\"files\":[{\"path\":P,\"width\":W,\"height\":H,\"faces\":[{\"x0\":..,\"y0\":..,\"x1\":..,\"y1\":..,\"score\":..,
   \"left_eye\":[x,y],\"right_eye\":[x,y]}]}],\"skipped\":[{\"path\":P,\"reason\":R}]}
Corrections made in the window do not count here: this is what the finder itself finds.")]
pub(super) struct FacesArgs {
    /// Folder of photos, or one photo
    folder: PathBuf,
    /// Draw the photos with their faces into this PNG file; more than 64 photos give numbered files beside it
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait dataset score cats_heads
FOLDER/heads.csv has the columns file, x0, y0, x1, y1 and split, with four empty cells for a photo without a cat;
FOLDER/eyes.csv, which may be missing, has file, lx, ly, rx and ry. Numbers are pixels of the upright photo.
A found head is right if it overlaps the marked one by half (IoU 0.5). Recall and precision are those at the working
threshold, AP50 is the area under the curve of both. The first row counts heads found in photos without a cat as wrong.
Then come sizes of heads, as shares of the photo's longer side; and, where there are photos without a cat, each photo
made small and laid on one of them, so that its head has 8 to 12 % of the longer side. Eyes are measured in the right
heads: the error of roll in degrees (median, 90th percentile) and the distance from the marked eyes in percent of their
own distance (mean, 90th percentile). Times are for one core, without decoding; docs/measurements.md has the results.")]
pub(super) struct ScoreArgs {
    /// Folder with heads.csv, eyes.csv and the photos that they name
    folder: PathBuf,
    /// Lines of heads.csv that count, by the column split
    #[arg(long, value_name = "NAME", default_value = "val")]
    split: String,
}

pub(super) fn faces(args: FacesArgs, out: &Output) -> Result<Exit, Failure> {
    let request = FacesRequest { folder: args.folder, sheet: args.sheet };
    let report = metered(out, |control| engine::find_faces(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        print_faces(&report, out);
    }
    if report.files.is_empty() {
        return Err(Failure::new(Exit::Data, format!("{}: no photo can be searched", request.folder.display())));
    }
    Ok(Exit::Ok)
}

fn print_faces(report: &FacesReport, out: &Output) {
    for file in &report.files {
        let faces: Vec<String> = file
            .faces
            .iter()
            .map(|face| {
                let head = face.head;
                let eyes = if face.eyes.is_some() { "" } else { ", eyes not clear" };
                let (x, y) = (head.x0.round(), head.y0.round());
                format!("{:.0} x {:.0} px at ({x}, {y}), {:.2}{eyes}", head.width(), head.height(), face.score)
            })
            .collect();
        let found = if faces.is_empty() { "no face".to_owned() } else { faces.join("; ") };
        out.line(&format!("{} ({} x {}): {found}", file.path, file.width, file.height));
    }
    let with = report.files.iter().filter(|file| !file.faces.is_empty()).count();
    let faces = report.files.iter().map(|file| file.faces.len()).sum();
    out.line(&format!(
        "{} in {} of {}",
        plural(faces, "face", "faces"),
        thousands(with as u64),
        plural(report.files.len(), "photo", "photos"),
    ));
    if !report.skipped.is_empty() {
        out.line(&format!("{} left out:", plural(report.skipped.len(), "entry", "entries")));
        report.skipped.iter().for_each(|file| out.line(&format!("  {}: {}", file.path.display(), file.reason)));
    }
    report.sheets.iter().for_each(|sheet| out.line(&format!("Sheet: {sheet}")));
}

pub(super) fn score(args: ScoreArgs, out: &Output) -> Result<Exit, Failure> {
    let request = ScoreRequest { folder: args.folder, split: args.split };
    let report = metered(out, |control| engine::score_finder(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        out.lines(&report.to_string());
    }
    Ok(Exit::Ok)
}
