//! Which training pictures a generated one is like, on the command line.

use super::exit::{Exit, Failure};
use super::flags::SeedFlag;
use super::output::{Output, metered};
use crate::engine::{self, NearestRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Example:
  purrtrait nearest runs/cats --seed 7 --number 3 --sheet nearest.png
A picture that is nearly the same as a training picture was memorised. To go on without a training picture, or to show
it more often: `purrtrait resume runs/cats --leave-out DIGEST` or `--favour DIGEST`.")]
pub(super) struct NearestArgs {
    /// Run folder (its newest good checkpoint is used), or checkpoint
    #[arg(value_name = "RUN|CHECKPOINT")]
    run: PathBuf,
    #[command(flatten)]
    seed: SeedFlag,
    /// Which picture of the seed, as `generate` counts them
    #[arg(long, value_name = "N", default_value_t = 0)]
    number: u64,
    /// How many training pictures to list
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=1000))]
    count: u32,
    /// PNG file to write with the picture and, after it, the training pictures
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
}

pub(super) fn nearest(args: NearestArgs, out: &Output) -> Result<Exit, Failure> {
    let NearestArgs { run, seed: SeedFlag { seed }, number, count, sheet } = args;
    let request = NearestRequest { run, seed, number, count, sheet };
    let report = metered(out, |control| engine::nearest(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        let words = report.verdict.zip(report.share).map(|(verdict, share)| verdict.in_words(share));
        out.line(
            words.as_deref().unwrap_or("The training pictures are too few, or too alike, to say whether it is new."),
        );
        for near in &report.nearest {
            let mirror = if near.mirrored { ", mirrored" } else { "" };
            let usage = if near.usage == "usual" { String::new() } else { format!(", {}", near.usage) };
            let photo = near.photo.as_ref().map(|photo| format!("  {}", photo.display())).unwrap_or_default();
            out.line(&format!("{}: {:.0} of 255 off{mirror}{usage}{photo}", near.digest, near.distance));
        }
        if let Some(sheet) = &report.sheet {
            out.line(&format!("the picture and these in {}", sheet.display()));
        }
    }
    Ok(Exit::Ok)
}
