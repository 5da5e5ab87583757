//! Choosing pictures on the command line.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::plural;
use crate::config::DeviceChoice;
use crate::engine::{self, CurateRequest};
use crate::interrupt::{JobControl, JobProgress};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait curate runs/cats --count 1000 --keep 64 --grid best.png
The run's own discriminator ranks the pictures; it prefers what looks real to it, which is mostly what looks real.")]
pub struct CurateArgs {
    /// Folder of a run (its newest good checkpoint is used), or a checkpoint
    #[arg(value_name = "RUN|CHECKPOINT")]
    pub model: PathBuf,
    /// How many pictures to draw and rank
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// How many of them to keep
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub keep: u32,
    /// Another seed gives other cats
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// PNG sheet of the best, best first
    #[arg(long, value_name = "FILE")]
    pub grid: PathBuf,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

pub fn curate(args: CurateArgs, out: &Output) -> Result<Exit, Failure> {
    let CurateArgs { model, count, keep, seed, grid, device } = args;
    let meter = Meter::new(out, "pictures ranked");
    let request = CurateRequest { model, count, keep, seed, grid, device };
    let progress = |p: JobProgress| meter.show(p.done as u64, Some(p.total as u64), "");
    let result = engine::curate(&request, JobControl::interruptible(&progress));
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        let best = plural(report.chosen.len(), "picture", "pictures");
        out.line(&format!("the best {best} of {count} in {}", report.grid.display()));
    }
    Ok(Exit::Ok)
}
