//! Pictures on the command line: made, and made again.

use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::{plural, thousands};
use crate::config::DeviceChoice;
use crate::engine::{self, GenerateRequest, MAX_UPSCALE, RestoreRequest};
use crate::interrupt::{JobControl, JobProgress};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("target").args(["out", "grid"]).required(true).multiple(true), after_long_help = "\
Examples:
  purrtrait generate runs/cats --count 64 --seed 7 --out pictures
  purrtrait generate runs/cats --count 36 --grid cats.png
  purrtrait generate runs/cats --out pictures --upscale 4 --name \"{model} {seed}-{number} {size}px\"
The same checkpoint and seed give the same pictures. Files that exist are not overwritten. Each picture carries its
recipe: `purrtrait restore PICTURE` makes it again.")]
pub struct GenerateArgs {
    /// Folder of a run (its newest good checkpoint is used), a checkpoint, a model file (.safetensors, .pth), or `bundled`
    #[arg(value_name = "MODEL")]
    pub source: PathBuf,
    /// How many pictures
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: u32,
    /// Another seed gives other cats
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// JSON file with the latents to draw: a list of lists of numbers, instead of --count and --seed
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "seed"])]
    pub latents: Option<PathBuf>,
    /// Folder for one PNG per picture
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Names of the pictures; of {model}, {hash}, {seed}, {number}, {step}, {size}, {date}, {time}
    #[arg(long, value_name = "TEMPLATE", default_value = "cat-{seed}-{number}")]
    pub name: String,
    /// How many times larger than the generator draws
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = upscale_range())]
    pub upscale: u32,
    /// One PNG with all pictures side by side
    #[arg(long, value_name = "FILE")]
    pub grid: Option<PathBuf>,
    /// Use the newest weights instead of their average
    #[arg(long)]
    pub raw: bool,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait restore pictures/cat-7-00012.png
  purrtrait restore cats.png --tile 5 --out cat.png
  purrtrait restore cat.png --model runs/cats --device cpu
The generator is looked for by its hash among your runs and beside the picture; a place that the picture names is not
looked at, because anybody may have written it. On the CPU the picture is the same to the bit.")]
pub struct RestoreArgs {
    /// A PNG that Purrtrait saved
    pub picture: PathBuf,
    /// The generator: a run, a checkpoint or a model file [default: looked for]
    #[arg(long)]
    pub model: Option<PathBuf>,
    /// File for the new picture
    #[arg(long, value_name = "PNG")]
    pub out: Option<PathBuf>,
    /// Only this tile of a grid, counted from 0, row by row
    #[arg(long, value_name = "N")]
    pub tile: Option<u32>,
    /// Draw with the generator of --model even if another one made the picture
    #[arg(long, requires = "model")]
    pub any_model: bool,
    /// auto, gpu, cpu or gpu:N
    #[arg(long, default_value_t)]
    pub device: DeviceChoice,
}

/// The values of `--upscale`.
pub(crate) fn upscale_range() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_UPSCALE))
}

pub fn generate(args: GenerateArgs, out: &Output) -> Result<Exit, Failure> {
    let GenerateArgs { source, count, seed, latents, out: folder, name, upscale, grid, raw, device } = args;
    let request = GenerateRequest { source, count, seed, latents, out: folder, name, grid, upscale, device, raw };
    let meter = Meter::new(out, "pictures drawn");
    let progress = |p: JobProgress| meter.show(p.done as u64, Some(p.total as u64), "");
    let result = engine::generate(&request, JobControl::interruptible(&progress));
    drop(meter);
    let report = result?;
    out.json(&report);
    if !out.is_json() {
        if let Some(folder) = &request.out {
            out.line(&format!("{} in {}", plural(report.files.len(), "picture", "pictures"), folder.display()));
        }
        if let Some(grid) = &report.grid {
            out.line(&format!("grid of {} in {}", plural(report.count, "picture", "pictures"), grid.display()));
        }
        out.line(&format!(
            "by the generator of step {} on {} in {:.1} s",
            thousands(report.step),
            report.device.name,
            report.seconds
        ));
    }
    Ok(Exit::Ok)
}

pub fn restore(args: RestoreArgs, out: &Output) -> Result<Exit, Failure> {
    let RestoreArgs { picture, model, out: file, tile, any_model, device } = args;
    let request = RestoreRequest { picture, model, out: file, tile, any_model, device };
    let report = engine::restore(&request)?;
    out.json(&report);
    if !out.is_json() {
        let recipe = &report.recipe;
        out.line(&format!("{}, {}", recipe.description(), recipe.program));
        let verdict = match report.largest_difference {
            _ if report.same => "the same to the bit".to_owned(),
            Some(most) => format!("different by up to {most} of 255"),
            None => "of another size than the file's pixels".to_owned(),
        };
        out.line(&format!("made again on {}: {verdict}", report.device.name));
        if let Some(file) = &report.out {
            out.line(&format!("saved as {}", file.display()));
        }
    }
    Ok(Exit::Ok)
}
