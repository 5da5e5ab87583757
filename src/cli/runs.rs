//! Runs: listed, named, moved to the bin.

use super::exit::{Exit, Failure};
use super::output::Output;
use super::text::plural;
use crate::engine::{self, AboutRun, RunSummary};
use clap::{Args, Subcommand};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait runs
  purrtrait runs describe runs/cats-001 --name \"Long hair\" --notes \"with the photos of the summer\"
  purrtrait runs bin runs/cats-002
A name is for you and for the window: the folder keeps its own, so that paths to it stay what they are.")]
pub(super) struct RunsArgs {
    #[command(subcommand)]
    task: Option<RunsTask>,
}

#[derive(Debug, Subcommand)]
pub(super) enum RunsTask {
    /// List the runs in the runs folder and the recent ones, the one saved last first (also without a command)
    List,
    /// Give a run a name and notes; what is not given stays
    Describe {
        /// Run folder
        run: PathBuf,
        /// What the run is called; empty: as its folder
        #[arg(long, value_name = "TEXT")]
        name: Option<String>,
        /// What you want to remember about it
        #[arg(long, value_name = "TEXT")]
        notes: Option<String>,
    },
    /// Move a run to the system's bin
    Bin {
        /// Run folder
        run: PathBuf,
    },
}

pub(super) fn runs(args: RunsArgs, out: &Output) -> Result<Exit, Failure> {
    match args.task.unwrap_or(RunsTask::List) {
        RunsTask::List => list(out),
        RunsTask::Describe { run, name, notes } => {
            let mut about = engine::about_run(&run)?;
            about.name = name.unwrap_or(about.name);
            about.notes = notes.unwrap_or(about.notes);
            engine::describe_run(&run, &about)?;
            out.json(&json!({ "run": run, "name": about.name, "notes": about.notes }));
            if !out.is_json() {
                out.line(&format!("{}: {}", run.display(), about.name));
            }
        }
        RunsTask::Bin { run } => {
            engine::bin_run(&run)?;
            out.json(&json!({ "run": run, "bin": true }));
            if !out.is_json() {
                out.line(&format!("moved {} to the bin", run.display()));
            }
        }
    }
    Ok(Exit::Ok)
}

fn list(out: &Output) {
    let runs = engine::own_runs();
    if out.is_json() {
        let run = |run: &RunSummary| {
            let RunSummary { path, about, source, preset, step, saved_at, .. } = run;
            let AboutRun { name, notes } = about;
            json!({ "run": path, "name": name, "notes": notes, "source": source, "preset": preset, "step": step,
                "saved_at": saved_at })
        };
        return out.json(&json!({ "runs": runs.iter().map(run).collect::<Vec<_>>() }));
    }
    for RunSummary { path, about, source, preset, step, .. } in &runs {
        let AboutRun { name, notes } = about;
        let name = if name.is_empty() { String::new() } else { format!("{name}, ") };
        out.line(&format!("{}: {name}{source}, {preset}, step {step}", path.display()));
        for line in notes.lines() {
            out.line(&format!("  {line}"));
        }
    }
    out.line(&plural(runs.len(), "run", "runs"));
}
