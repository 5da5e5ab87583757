//! The story of a run as a page to give away.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::plural;
use crate::engine::{self, StoryReport};
use crate::interrupt::JobControl;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait story runs/cats --out cats-story.html
The page needs no network: a slider for time, the same cats and a map of latents at many moments, the losses with
what was changed, the recipe; about 20 MB at most. Your photos, and names of folders other than that of the pictures,
are not on it.")]
pub(super) struct StoryArgs {
    /// Run folder; nothing in it is changed, and it may be training
    run: PathBuf,
    /// The page to write, such as cats-story.html; existing files are not overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn story(args: StoryArgs, out: &Output) -> Result<Exit, Failure> {
    let meter = Meter::new(out);
    let result = engine::story(&args.run, &args.out, JobControl::interruptible(&|p| meter.job(p, "")));
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        let StoryReport { file, bytes, moments, maps, step } = &report;
        let (moments, maps) =
            (plural(*moments, "moment", "moments"), plural(*maps, "map of latents", "maps of latents"));
        let size = *bytes as f64 / 1e6;
        out.line(&format!("{}: {moments} up to step {step}, {maps}, {size:.1} MB", file.display()));
    }
    Ok(Exit::Ok)
}
