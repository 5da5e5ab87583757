//! Films on the command line.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, ModelArg, RawFlag, UpscaleFlag};
use super::output::{Meter, Output};
use super::text::{duration, plural};
use crate::engine::{
    self, Easing, EngineError, FPS, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TIMELAPSE_SECONDS,
    TimelapseRequest, WALK_STRIDE, WalkRequest,
};
use crate::files::FileUse;
use crate::interrupt::{JobControl, JobProgress};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Instant;

/// The file of a film, and how it is made.
#[derive(Debug, Args)]
pub(super) struct FilmArgs {
    #[arg(long, value_name = "FILE", help = format!(
        "File to write; the extension selects the format: {}, or none for a folder of numbered PNG files. \
         MP4 is H.264, which phones play, where ffmpeg is installed, otherwise AV1",
        FileUse::Film.listed()
    ))]
    out: PathBuf,
    /// Frames per second
    #[arg(long, value_name = "F", default_value_t = 25, value_parser = fps_range())]
    fps: u32,
    #[command(flatten)]
    upscale: UpscaleFlag,
}

fn fps_range() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*FPS.start())..=i64::from(*FPS.end()))
}

impl From<FilmArgs> for FilmOptions {
    fn from(args: FilmArgs) -> Self {
        let FilmArgs { out, fps, upscale: UpscaleFlag { upscale, sharpen } } = args;
        Self { out, fps, upscale, sharpen }
    }
}

/// How the time between two points is spent.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Ease {
    /// Constant speed
    Linear,
    /// Slows down at each point
    Smooth,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait interpolate runs/cats --seeds 1,2,3 --loop --frames 180 --upscale 4 --out cats.webm
  purrtrait interpolate runs/cats pictures/cat-7-00012.png 5 7:3 --ease smooth --out path.gif
Points are joined by spherical interpolation (slerp), so that every frame is as good as the points. With --loop the last
frame leads back to the first.")]
pub(super) struct InterpolateArgs {
    #[command(flatten)]
    model: ModelArg,
    /// Two or more points, each a seed, seed:number, or a PNG file saved by Purrtrait
    #[arg(value_name = "POINT", required_unless_present = "seeds")]
    pub(super) points: Vec<KeyPoint>,
    /// The points as seeds, separated by commas
    #[arg(long, value_name = "S,S,..", value_delimiter = ',', conflicts_with = "points")]
    seeds: Vec<u64>,
    /// Number of frames of the film
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    frames: u32,
    /// Return to the first point at the end
    #[arg(long = "loop")]
    closed: bool,
    /// Speed between two points
    #[arg(long, value_enum, default_value_t = Ease::Linear)]
    ease: Ease,
    #[command(flatten)]
    film: FilmArgs,
    #[command(flatten)]
    raw: RawFlag,
    #[command(flatten)]
    device: DeviceFlag,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait walk runs/cats --seed 7 --frames 250 --upscale 4 --out walk.webm")]
pub(super) struct WalkArgs {
    #[command(flatten)]
    model: ModelArg,
    /// Random seed of the path and of its first point
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// First point instead: a seed, seed:number, or a PNG file saved by Purrtrait
    #[arg(long, value_name = "POINT")]
    from: Option<KeyPoint>,
    /// How far each second moves: near 0 hardly at all, 1 to an unrelated point
    #[arg(long, value_name = "E", default_value_t = WALK_STRIDE, value_parser = stride)]
    stride: f64,
    /// Number of frames of the film
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    frames: u32,
    #[command(flatten)]
    film: FilmArgs,
    #[command(flatten)]
    raw: RawFlag,
    #[command(flatten)]
    device: DeviceFlag,
}

fn stride(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if value > 0.0 && value <= 1.0 { Ok(value) } else { Err(format!("{text} must be above 0 and at most 1")) }
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait timelapse runs/cats --out training.webm
  purrtrait timelapse runs/cats --latent-seed 7 --fps 4 --upscale 4 --out one-cat.gif")]
pub(super) struct TimelapseArgs {
    /// Run folder; nothing in it is changed
    run: PathBuf,
    /// Instead of the sample grids, show the first picture of this seed at each remaining checkpoint
    #[arg(long, value_name = "S")]
    latent_seed: Option<u64>,
    /// Maximum length in seconds; if the run has more sample grids, evenly spaced ones are used
    #[arg(long, value_name = "S", default_value_t = TIMELAPSE_SECONDS)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Use every sample grid, however long the film becomes
    #[arg(long, conflicts_with_all = ["seconds", "latent_seed"])]
    all: bool,
    #[command(flatten)]
    film: FilmArgs,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn interpolate(args: InterpolateArgs, out: &Output) -> Result<Exit, Failure> {
    let InterpolateArgs { model, mut points, seeds, frames, closed, ease, film, raw, device } = args;
    let (ModelArg { model }, RawFlag { raw }, DeviceFlag { device }) = (model, raw, device);
    points.extend(seeds.into_iter().map(|seed| KeyPoint::Seed { seed, number: 0 }));
    let easing = match ease {
        Ease::Linear => Easing::Linear,
        Ease::Smooth => Easing::Smooth,
    };
    let request = InterpolateRequest { model, points, closed, easing, frames, film: film.into(), device, raw };
    make(out, |control| engine::interpolate(&request, control))
}

pub(super) fn walk(args: WalkArgs, out: &Output) -> Result<Exit, Failure> {
    let WalkArgs { model, seed, from, stride, frames, film, raw, device } = args;
    let (ModelArg { model }, RawFlag { raw }, DeviceFlag { device }) = (model, raw, device);
    let start = from.unwrap_or(KeyPoint::Seed { seed, number: 0 });
    let request = WalkRequest { model, start, seed, stride, frames, film: film.into(), device, raw };
    make(out, |control| engine::film_walk(&request, control))
}

pub(super) fn timelapse(args: TimelapseArgs, out: &Output) -> Result<Exit, Failure> {
    let TimelapseArgs { run, latent_seed, seconds, all, film, device: DeviceFlag { device } } = args;
    let request = TimelapseRequest { run, latent_seed, seconds: (!all).then_some(seconds), film: film.into(), device };
    make(out, |control| engine::timelapse(&request, control))
}

/// Makes the film with a meter, and reports the result.
fn make(out: &Output, film: impl FnOnce(JobControl) -> Result<FilmReport, EngineError>) -> Result<Exit, Failure> {
    let meter = Meter::new(out);
    let started = Instant::now();
    let result = film(JobControl::interruptible(&|p: JobProgress| {
        let left = started.elapsed().as_secs_f64() / p.done.max(1) as f64 * (p.total - p.done) as f64;
        meter.job(p, &format!("· {} left", duration(left)));
    }));
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        let FilmReport { out: file, frames, fps, width, height, seconds, codec, note, .. } = &report;
        let frames = plural(*frames as usize, "frame", "frames");
        out.line(&format!("{}: {frames} of {width} x {height} px, {fps} per second, {codec}", file.display()));
        out.line(&format!("in {seconds:.1} s"));
        if let Some(note) = note {
            out.note(note);
        }
    }
    Ok(Exit::Ok)
}
