//! Curating pictures on the command line.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, SeedFlag};
use super::output::{Output, metered};
use super::text::plural;
use crate::engine::{self, CurateRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait curate runs/cats --count 1000 --keep 64 --grid best.png
The run's own discriminator ranks the pictures; those that it rates highest are usually the most realistic.")]
pub(super) struct CurateArgs {
    /// Run folder (its newest good checkpoint is used), or checkpoint
    #[arg(value_name = "RUN|CHECKPOINT")]
    model: PathBuf,
    /// Number of pictures to generate and rank
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Number of pictures to keep
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    keep: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// PNG file to write with the best pictures in one grid, best first
    #[arg(long, value_name = "FILE")]
    grid: PathBuf,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn curate(args: CurateArgs, out: &Output) -> Result<Exit, Failure> {
    let CurateArgs { model, count, keep, seed: SeedFlag { seed }, grid, device: DeviceFlag { device } } = args;
    let request = CurateRequest { model, count, keep, seed, grid, device };
    let report = metered(out, |control| engine::curate(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        let best = plural(report.chosen.len(), "picture", "pictures");
        out.line(&format!("the best {best} of {count} in {}", report.grid.display()));
    }
    Ok(Exit::Ok)
}
