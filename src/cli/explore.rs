//! Commands about the latent space of a trained generator.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::plural;
use crate::config::DeviceChoice;
use crate::engine::{self, DirectionMethod, DirectionsRequest, ProjectRequest, ProjectSettings};
use crate::interrupt::{self, JobControl};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait directions runs/cats --grid directions.png
  purrtrait directions runs/cats --method pca --count 5 --out cats-pca.toml --json
Each row of the sheet is one direction, strongest first, from -3 to 3 standard deviations around the same picture.")]
pub struct DirectionsArgs {
    /// Folder of a run (its newest good checkpoint is used), or a checkpoint
    #[arg(value_name = "MODEL")]
    pub model: PathBuf,
    /// sefa: what the first layer stretches most; pca: what varies most after the first stage
    #[arg(long, value_enum, default_value = "sefa")]
    pub method: Method,
    /// How many, strongest first; a generator has at most as many as its latent has numbers
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub count: u32,
    /// Another seed starts the sheet from another cat
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// One PNG with a row of pictures for each direction
    #[arg(long, value_name = "FILE")]
    pub grid: Option<PathBuf>,
    /// TOML file of the directions
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Method {
    Sefa,
    Pca,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait project my-cat.jpg --model runs/cats --out closest.png
  purrtrait project my-cat.jpg --model runs/cats --restarts 32 --steps 200 --json
The middle square of the picture is used. The generator draws only what it has learned: the closest picture of a badly
trained one is not close.")]
pub struct ProjectArgs {
    /// A picture file; it is not changed
    pub picture: PathBuf,
    /// Folder of a run (its newest good checkpoint is used), or a checkpoint
    #[arg(long, value_name = "MODEL")]
    pub model: PathBuf,
    /// Starting points that are improved together
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub restarts: u16,
    /// Steps of the search before the four best are refined
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub steps: u32,
    /// Rounds of refinement at most
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub rounds: u32,
    /// Another seed starts elsewhere
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Compare pixels alone, not also what the discriminator sees
    #[arg(long)]
    pub pixels_only: bool,
    /// PNG of the closest picture
    #[arg(long, value_name = "PNG")]
    pub out: Option<PathBuf>,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

pub fn directions(args: DirectionsArgs, out: &Output) -> Result<Exit, Failure> {
    let method = match args.method {
        Method::Sefa => DirectionMethod::Sefa,
        Method::Pca => DirectionMethod::Pca,
    };
    let DirectionsArgs { model, count, seed, grid, out: file, device, .. } = args;
    let request = DirectionsRequest { model, method, count: count as usize, seed, grid, out: file, device };
    let report = engine::directions(&request)?;
    out.json(&report);
    if !out.is_json() {
        out.line(&format!(
            "{} of generator {}, with their share of what it does:",
            plural(report.directions.len(), "direction", "directions"),
            report.model
        ));
        for direction in &report.directions {
            out.line(&format!("  {:8} {:5.1} %", direction.name, 100.0 * direction.strength));
        }
        for path in [&report.grid, &report.out].into_iter().flatten() {
            out.line(&format!("in {}", path.display()));
        }
    }
    Ok(Exit::Ok)
}

pub fn project(args: ProjectArgs, out: &Output) -> Result<Exit, Failure> {
    let settings = ProjectSettings {
        restarts: args.restarts.into(),
        steps: args.steps as usize,
        rounds: args.rounds as usize,
        seed: args.seed,
    };
    let ProjectArgs { picture, model, pixels_only, out: file, device, .. } = args;
    let request = ProjectRequest { picture, model, settings, features: !pixels_only, out: file, device };
    let meter = Meter::new(out, "steps searched");
    let result = engine::project(&request, JobControl::silent(interrupt::flag()), &mut |p, best| {
        meter.show(p.done as u64, Some(p.total as u64), &format!("error {:.1} of 255", best.error));
    });
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        out.line(&format!(
            "closest picture of generator {}: a channel differs by {:.2} of 255 on average",
            report.model, report.error
        ));
        if let Some(path) = &report.out {
            out.line(&format!("in {}", path.display()));
        }
        out.line(&format!("on {} in {:.1} s", report.device.name, report.seconds));
    }
    Ok(Exit::Ok)
}
