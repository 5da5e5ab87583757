//! Films on the command line.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::pictures::upscale_range;
use super::text::{duration, plural};
use crate::config::DeviceChoice;
use crate::engine::{
    self, Easing, EngineError, FPS, FilmOptions, FilmReport, InterpolateRequest, KeyPoint, TIMELAPSE_SECONDS,
    TimelapseRequest, WALK_STRIDE, WalkRequest,
};
use crate::files::FileUse;
use crate::interrupt::{JobControl, JobProgress};
use clap::{Args, ValueEnum};
use std::path::PathBuf;
use std::time::Instant;

/// Where a film goes, and how.
#[derive(Debug, Args)]
pub struct FilmArgs {
    #[arg(long, value_name = "FILE", help = format!(
        "File to write; the extension selects the format: {}, or none for a folder of numbered PNG files",
        FileUse::Film.listed()
    ))]
    pub out: PathBuf,
    /// Frames per second
    #[arg(long, value_name = "F", default_value_t = 25, value_parser = fps_range())]
    pub fps: u32,
    /// How many times larger than the generator draws
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = upscale_range())]
    pub upscale: u32,
}

fn fps_range() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(i64::from(*FPS.start())..=i64::from(*FPS.end()))
}

impl From<FilmArgs> for FilmOptions {
    fn from(args: FilmArgs) -> Self {
        let FilmArgs { out, fps, upscale } = args;
        Self { out, fps, upscale }
    }
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Ease {
    /// At constant speed
    Linear,
    /// Resting at each point
    Smooth,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait interpolate runs/cats --seeds 1,2,3 --loop --frames 180 --upscale 4 --out cats.webm
  purrtrait interpolate runs/cats pictures/cat-7-00012.png 5 7:3 --ease smooth --out way.gif
A way goes along arcs, so that every frame is as good as its ends. With --loop the last frame leads back to the first.")]
pub struct InterpolateArgs {
    /// A run (its newest good checkpoint is used), a checkpoint or a model file
    pub model: PathBuf,
    /// Two or more points: a seed, seed:number, or a PNG that Purrtrait saved
    #[arg(value_name = "POINT", required_unless_present = "seeds")]
    pub points: Vec<KeyPoint>,
    /// The points as seeds, with commas between them
    #[arg(long, value_name = "S,S,..", value_delimiter = ',', conflicts_with = "points")]
    pub seeds: Vec<u64>,
    /// Frames of the whole film
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub frames: u32,
    /// Back to the first point at the end
    #[arg(long = "loop")]
    pub closed: bool,
    /// How the time between two points is spent
    #[arg(long, value_enum, default_value_t = Ease::Linear)]
    pub ease: Ease,
    #[command(flatten)]
    pub film: FilmArgs,
    /// Use the newest weights instead of their average
    #[arg(long)]
    pub raw: bool,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait walk runs/cats --seed 7 --frames 250 --upscale 4 --out walk.webm")]
pub struct WalkArgs {
    /// A run (its newest good checkpoint is used), a checkpoint or a model file
    pub model: PathBuf,
    /// Draws the way, and where it begins
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Begin elsewhere: a seed, seed:number, or a PNG that Purrtrait saved
    #[arg(long, value_name = "POINT")]
    pub from: Option<KeyPoint>,
    /// How far each second leads: near 0 hardly anywhere, 1 to somewhere unrelated
    #[arg(long, value_name = "E", default_value_t = WALK_STRIDE, value_parser = stride)]
    pub stride: f64,
    /// Frames of the whole film
    #[arg(long, value_name = "N", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub frames: u32,
    #[command(flatten)]
    pub film: FilmArgs,
    /// Use the newest weights instead of their average
    #[arg(long)]
    pub raw: bool,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

fn stride(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if value > 0.0 && value <= 1.0 { Ok(value) } else { Err(format!("{text} is not above 0 and at most 1")) }
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait timelapse runs/cats --out training.webm
  purrtrait timelapse runs/cats --latent-seed 7 --fps 4 --upscale 4 --out one-cat.gif")]
pub struct TimelapseArgs {
    /// Folder of the run; nothing in it is changed
    pub run: PathBuf,
    /// Instead of the sample grids, the first picture of this seed at each checkpoint that is left
    #[arg(long, value_name = "S")]
    pub latent_seed: Option<u64>,
    /// Longest film of the sample grids, in seconds; of more grids, evenly spaced ones are taken
    #[arg(long, value_name = "S", default_value_t = TIMELAPSE_SECONDS, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Take every sample grid, however long the film gets and however long it takes to make
    #[arg(long, conflicts_with_all = ["seconds", "latent_seed"])]
    pub all: bool,
    #[command(flatten)]
    pub film: FilmArgs,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

pub fn interpolate(args: InterpolateArgs, out: &Output) -> Result<Exit, Failure> {
    let InterpolateArgs { model, mut points, seeds, frames, closed, ease, film, raw, device } = args;
    points.extend(seeds.into_iter().map(|seed| KeyPoint::Seed { seed, number: 0 }));
    let easing = match ease {
        Ease::Linear => Easing::Linear,
        Ease::Smooth => Easing::Smooth,
    };
    let request = InterpolateRequest { model, points, closed, easing, frames, film: film.into(), device, raw };
    make(out, |control| engine::interpolate(&request, control))
}

pub fn walk(args: WalkArgs, out: &Output) -> Result<Exit, Failure> {
    let WalkArgs { model, seed, from, stride, frames, film, raw, device } = args;
    let start = from.unwrap_or(KeyPoint::Seed { seed, number: 0 });
    let request = WalkRequest { model, start, seed, stride, frames, film: film.into(), device, raw };
    make(out, |control| engine::film_walk(&request, control))
}

pub fn timelapse(args: TimelapseArgs, out: &Output) -> Result<Exit, Failure> {
    let TimelapseArgs { run, latent_seed, seconds, all, film, device } = args;
    let request = TimelapseRequest { run, latent_seed, seconds: (!all).then_some(seconds), film: film.into(), device };
    make(out, |control| engine::timelapse(&request, control))
}

/// Films with a meter, and tells what came of it.
fn make(out: &Output, film: impl FnOnce(JobControl) -> Result<FilmReport, EngineError>) -> Result<Exit, Failure> {
    let meter = Meter::new(out, "frames filmed");
    let started = Instant::now();
    let result = film(JobControl::interruptible(&|JobProgress { done, total, .. }| {
        let left = started.elapsed().as_secs_f64() / done.max(1) as f64 * (total - done) as f64;
        meter.show(done as u64, Some(total as u64), &format!("· {} left", duration(left)));
    }));
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        let FilmReport { out: file, frames, fps, width, height, seconds, .. } = &report;
        let frames = plural(*frames as usize, "frame", "frames");
        out.line(&format!("{}: {frames} of {width} x {height} px, {fps} per second", file.display()));
        out.line(&format!("in {seconds:.1} s"));
    }
    Ok(Exit::Ok)
}
