//! Runs side by side.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::thousands;
use crate::engine::{self, RunComparison};
use crate::interrupt::JobControl;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait compare runs/cats-001 runs/cats-002 --grid both.png
The grid has a row for each run, of the same latents: the samples of runs of one seed; else the newest generators draw
from the same ones. Runs with latents of different sizes or kinds show their own samples. --json adds losses and KIDs
over time.")]
pub(super) struct CompareArgs {
    /// Two to six run folders; nothing in them is changed, and they may be training
    #[arg(required = true, num_args = 2..)]
    runs: Vec<PathBuf>,
    /// Write the first eight samples of each run, a row for each, to this PNG file; existing files are not overwritten
    #[arg(long, value_name = "FILE")]
    grid: Option<PathBuf>,
}

pub(super) fn compare(args: CompareArgs, out: &Output) -> Result<Exit, Failure> {
    let meter = Meter::new(out);
    let result = engine::compare(&args.runs, JobControl::interruptible(&|p| meter.job(p, "")));
    drop(meter);
    let comparison = result?;
    if let Some(grid) = &args.grid {
        engine::write_comparison_grid(&comparison, grid)?;
    }
    show(&comparison, out);
    if let Some(grid) = args.grid.filter(|_| !out.is_json()) {
        out.line(&format!("grid of the first pictures in {}", grid.display()));
    }
    Ok(Exit::Ok)
}

/// Tells it to people, or to programs.
pub(super) fn show(comparison: &RunComparison, out: &Output) {
    out.json(&machine_readable(comparison));
    if !out.is_json() {
        table(comparison, out);
        if !comparison.other_latents.is_empty() {
            out.note(&comparison.other_latents);
        }
    }
}

fn machine_readable(comparison: &RunComparison) -> serde_json::Value {
    let runs: Vec<_> = comparison
        .runs
        .iter()
        .map(|run| {
            json!({ "run": run.path, "name": run.name, "step": run.step, "losses": run.losses, "kids": run.kids,
                "sheet_step": run.sheet_step })
        })
        .collect();
    json!({ "runs": runs, "differences": comparison.differences, "other_latents": comparison.other_latents })
}

/// A line for each difference, in columns.
fn table(comparison: &RunComparison, out: &Output) {
    let names = comparison.runs.iter().map(|run| format!("{}, step {}", run.name, thousands(run.step)));
    let head = std::iter::once(String::new()).chain(names).collect();
    let lines = comparison.differences.iter().map(|d| std::iter::once(&d.label).chain(&d.values).cloned().collect());
    let lines: Vec<Vec<String>> = std::iter::once(head).chain(lines).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    for line in &lines {
        let cells = line.iter().enumerate().map(|(i, cell)| format!("{cell:width$}", width = width(i)));
        out.line(cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    if comparison.differences.is_empty() {
        out.line("no setting differs");
    }
}
