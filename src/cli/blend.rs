//! A model made of two: `blend`.

use super::exit::{Exit, Failure};
use super::flags::model_help;
use super::models::report_lines;
use super::output::Output;
use crate::config::BlendAmounts;
use crate::engine::{self, BlendModel};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait blend bundled runs/mimi --out between.safetensors
  purrtrait blend bundled runs/mimi --amount 0.3 --out mostly-bundled.safetensors
  purrtrait blend bundled runs/mimi --amount 4:0,16:0.5,64:1 --out mimis-fur.safetensors
Blending works for models that have a training in common, such as a model and what was trained further from it; the
networks must be the same. The averaged generators are blended, and the discriminators where both have one; what
normalises the generator is measured anew. Licences and credits of both are kept in the file.")]
pub(super) struct BlendArgs {
    #[arg(value_name = "A", help = model_help())]
    a: PathBuf,
    /// The model to blend it with, named in the same way
    #[arg(value_name = "B")]
    b: PathBuf,
    /// File to write; it must not exist, and its extension selects the format as for `export`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Share of B, from 0 to 1: the same everywhere, or by the side of the layers in pixels, as in 4:0,16:0.5,64:1 (the
    /// shape from A, the details from B); in between it changes evenly with every doubling
    #[arg(long, value_name = "T", default_value = "0.5")]
    amount: BlendAmounts,
    /// Store 16-bit weights (safetensors only)
    #[arg(long)]
    half: bool,
}

pub(super) fn blend(args: BlendArgs, out: &Output) -> Result<Exit, Failure> {
    let BlendArgs { a, b, out: file, amount, half } = args;
    let models = [BlendModel::open(&a)?, BlendModel::open(&b)?];
    let report = engine::blend_to_file([&models[0], &models[1]], &amount, &file, half)?;
    if let Some(warning) = engine::strangers([&a, &b], report.correlation) {
        log::warn!("{warning}");
    }
    out.json(&report);
    report_lines(&report.export, out);
    Ok(Exit::Ok)
}
