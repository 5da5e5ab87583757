//! Commands about the latent space of a trained generator.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, ModelArg, SeedFlag, model_help};
use super::output::{Meter, Output};
use super::text::plural;
use crate::engine::{self, DirectionMethod, DirectionsRequest, ProjectRequest, ProjectSettings};
use crate::interrupt::{self, JobControl};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait directions runs/cats --grid directions.png
  purrtrait directions runs/cats --method pca --count 5 --out cats-pca.toml --json
Each row of the grid is one direction, strongest first, from -3 to 3 standard deviations around the same picture.")]
pub(super) struct DirectionsArgs {
    #[command(flatten)]
    model: ModelArg,
    /// How to find the directions
    #[arg(long, value_enum, default_value = "sefa")]
    method: Method,
    /// Number of directions, strongest first; at most as many as there are latent dimensions
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1024))]
    count: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// PNG file to write with a row of pictures for each direction
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
    /// TOML file to write the directions to
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceFlag,
}

/// How directions are found.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Method {
    /// What the first layer amplifies most
    Sefa,
    /// Principal components after the first stage
    Pca,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait project my-cat.jpg --model runs/cats --out closest.png
  purrtrait project my-cat.jpg --model runs/cats --restarts 32 --steps 200 --json
The middle square of the picture is used. A generator can only make what it has learned: even the closest picture
of a poorly trained one is not close.")]
pub(super) struct ProjectArgs {
    /// Picture file; it is not changed
    picture: PathBuf,
    #[arg(long, value_name = "MODEL", help = model_help())]
    model: PathBuf,
    /// Number of starting points, optimised together
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    restarts: u16,
    /// Optimisation steps before the four best points are refined
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    steps: u32,
    /// Maximum number of refinement rounds
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=1000))]
    rounds: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// Compare only pixels, not also the discriminator's features
    #[arg(long)]
    pixels_only: bool,
    /// PNG file to write the closest picture to
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn directions(args: DirectionsArgs, out: &Output) -> Result<Exit, Failure> {
    let method = match args.method {
        Method::Sefa => DirectionMethod::Sefa,
        Method::Pca => DirectionMethod::Pca,
    };
    let DirectionsArgs { model, count, seed, grid, out: file, device, .. } = args;
    let (ModelArg { model }, SeedFlag { seed }, DeviceFlag { device }) = (model, seed, device);
    let request = DirectionsRequest { model, method, count: count as usize, seed, grid, out: file, device };
    let report = engine::directions(&request)?;
    out.json(&report);
    if !out.is_json() {
        out.line(&format!(
            "{} of generator {}, each with its share of the variance:",
            plural(report.directions.len(), "direction", "directions"),
            report.model
        ));
        for direction in &report.directions {
            out.line(&format!("  {:8} {:5.1} %", direction.name, 100.0 * direction.strength));
        }
        for path in [&report.grid, &report.out].into_iter().flatten() {
            out.line(&format!("saved as {}", path.display()));
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn project(args: ProjectArgs, out: &Output) -> Result<Exit, Failure> {
    let settings = ProjectSettings {
        restarts: args.restarts.into(),
        steps: args.steps as usize,
        rounds: args.rounds as usize,
        seed: args.seed.seed,
    };
    let ProjectArgs { picture, model, pixels_only, out: file, device: DeviceFlag { device }, .. } = args;
    let request = ProjectRequest { picture, model, settings, features: !pixels_only, out: file, device };
    let meter = Meter::new(out);
    let result = engine::project(&request, JobControl::silent(interrupt::flag()), &mut |p, best| {
        meter.job(p, &format!("error {:.1} of 255", best.error));
    });
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        out.line(&format!(
            "closest picture of generator {}: mean error {:.2} of 255 per channel",
            report.model, report.error
        ));
        if let Some(path) = &report.out {
            out.line(&format!("saved as {}", path.display()));
        }
        out.line(&format!("on {} in {:.1} s", report.device.name, report.seconds));
    }
    Ok(Exit::Ok)
}
