//! Folders of pictures: `dataset check` and its relatives.

use super::dataset_report::{CheckedFolder, print_report};
use super::exit::{Exit, Failure};
use super::faces::{FacesArgs, ScoreArgs, faces, score};
use super::flags::{SeedFlag, parse_size};
use super::output::{Output, metered};
use super::settings::DataSettings;
use super::text::{plural, thousands};
use crate::config::{DataConfig, DataSource};
use crate::engine::{self, FRAME_SECONDS, FramesRequest, MOST_FRAMES};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum DatasetTask {
    /// List the files that can be used, and why others cannot; changes nothing
    Check(CheckArgs),
    /// Find the cats' faces in photos: heads, scores and eyes; changes nothing
    Faces(FacesArgs),
    /// Measure how well faces are found, on photos whose heads and eyes are marked
    Score(ScoreArgs),
    /// Write the cats' faces in photos as `.cat` files into another folder; existing files are not overwritten
    Landmarks(LandmarksArgs),
    /// Write demo cats into a folder; existing files are not overwritten
    Demo(DemoArgs),
    /// Write frames of a video into a folder, as pictures to learn from; needs ffmpeg
    Frames(FramesArgs),
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait dataset check ~/Pictures/cats
  purrtrait dataset check ~/Pictures/cats --size 128 --crop pad --json
  purrtrait dataset check ~/Pictures/phone --faces on --no-face crop --duplicates keep --exclude not-these.txt
Photos of whole cats are cut to their faces, one picture for each; what was corrected or excluded in the window counts.
Thumbnails, trash folders, previews inside photo libraries, blank pictures, pictures that are still in the cloud, other
kinds of files and everything that Purrtrait made (runs, generated pictures and films) are left out.")]
pub(super) struct CheckArgs {
    /// Folder of pictures
    pub(super) folder: PathBuf,
    /// Side in pixels at which the pictures are prepared
    #[arg(long, value_name = "S", default_value = "64", value_parser = parse_size)]
    size: u32,
    #[command(flatten)]
    settings: DataSettings,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait dataset landmarks ~/Pictures/phone --out phone-faces
Each photo with a face gets a file of its name with .cat at the end, in the same subfolder: a line per face with the
nine points of the CAT dataset, in pixels of the photo as it is stored. Faces that were corrected in the window are
written as corrected, excluded ones are not. Beside copies of the photos, the files give the same pictures again.")]
pub(super) struct LandmarksArgs {
    /// Folder of photos
    folder: PathBuf,
    /// Folder to write into, outside FOLDER; it is made where it is missing
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    #[command(flatten)]
    settings: DataSettings,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait dataset demo demo-cats --count 500 --size 128 --seed 3")]
pub(super) struct DemoArgs {
    /// Folder to write PNG files into
    out: PathBuf,
    /// Number of cats
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Side in pixels
    #[arg(long, value_name = "S", default_value_t = 128, value_parser = clap::value_parser!(u32).range(16..=2048))]
    size: u32,
    #[command(flatten)]
    seed: SeedFlag,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait dataset frames cat.mp4 --every 2 --out cat-frames
Neighbouring frames are almost the same picture: a few seconds between them teach more than many frames. The frames are
upright JPEG files of high quality, named after the video. Files that are there are never overwritten.")]
pub(super) struct FramesArgs {
    /// The video
    video: PathBuf,
    /// Seconds from one frame to the next
    #[arg(long, value_name = "S", default_value = "2", value_parser = parse_seconds)]
    every: f64,
    /// Folder to write JPEG files into; it is made where it is missing
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
}

fn parse_seconds(text: &str) -> Result<f64, String> {
    let (least, most) = (*FRAME_SECONDS.start(), *FRAME_SECONDS.end());
    let seconds = text.parse().ok().filter(|seconds| FRAME_SECONDS.contains(seconds));
    seconds.ok_or_else(|| format!("it must be a number of seconds from {least} to {}", thousands(most as u64)))
}

/// Does what was asked.
pub(super) fn dataset(task: DatasetTask, out: &Output) -> Result<Exit, Failure> {
    match task {
        DatasetTask::Check(args) => check(args, out),
        DatasetTask::Faces(args) => faces(args, out),
        DatasetTask::Score(args) => score(args, out),
        DatasetTask::Landmarks(args) => landmarks(args, out),
        DatasetTask::Demo(args) => demo(args, out),
        DatasetTask::Frames(args) => frames(args, out),
    }
}

fn check(args: CheckArgs, out: &Output) -> Result<Exit, Failure> {
    let mut data = DataConfig { source: DataSource::Folder(args.folder), ..DataConfig::default() };
    args.settings.apply(&mut data)?;
    let report = metered(out, |control| engine::check_dataset(&data, args.size, control))?;
    out.json(&CheckedFolder::new(&report));
    if !out.is_json() {
        print_report(&report, out);
    }
    if report.usable == 0 {
        return Err(Failure::new(Exit::Data, format!("{}: no usable pictures to train on", report.name)));
    }
    Ok(Exit::Ok)
}

fn landmarks(args: LandmarksArgs, out: &Output) -> Result<Exit, Failure> {
    let mut data = DataConfig { source: DataSource::Folder(args.folder), ..DataConfig::default() };
    args.settings.apply(&mut data)?;
    let report = metered(out, |control| engine::landmarks_of(&data, &args.out, control))?;
    out.json(&report);
    if !out.is_json() {
        out.line(&report.text());
    }
    Ok(Exit::Ok)
}

fn demo(args: DemoArgs, out: &Output) -> Result<Exit, Failure> {
    let DemoArgs { out: folder, count, size, seed: SeedFlag { seed } } = args;
    metered(out, |control| engine::write_demo(&folder, count, size, seed, control))?;
    out.json(&json!({ "folder": folder.to_string_lossy(), "count": count, "size": size, "seed": seed }));
    if !out.is_json() {
        out.line(&format!("{} of {size} px in {}", plural(count as usize, "cat", "cats"), folder.display()));
    }
    Ok(Exit::Ok)
}

fn frames(args: FramesArgs, out: &Output) -> Result<Exit, Failure> {
    let request = FramesRequest { video: args.video, every: args.every, out: args.out };
    let report = metered(out, |control| engine::write_frames(&request, control))?;
    let folder = &request.out;
    out.json(&json!({
        "video": request.video.to_string_lossy(), "folder": folder.to_string_lossy(), "every": request.every,
        "frames": report.frames, "first": report.first, "complete": report.complete,
    }));
    if !out.is_json() {
        let frames = plural(report.frames as usize, "frame", "frames");
        out.line(&format!("{frames} in {}, the first {}", folder.display(), report.first));
        if !report.complete {
            let most = thousands(MOST_FRAMES.into());
            out.line(&format!("Note: the video has more; {most} are the most. --every takes fewer of each minute."));
        }
    }
    Ok(Exit::Ok)
}
