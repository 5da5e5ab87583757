//! Pictures on the command line: generated, and restored from their recipes.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, ModelArg, RawFlag, SeedFlag, UpscaleFlag};
use super::output::{Output, metered};
use super::text::{plural, thousands};
use crate::engine::{self, GenerateRequest, RestoreRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("target").args(["out", "grid"]).required(true).multiple(true))]
#[command(after_long_help = "\
Examples:
  purrtrait generate runs/cats --count 64 --seed 7 --out pictures
  purrtrait generate runs/cats --count 36 --grid cats.png
  purrtrait generate runs/cats --count 4 --sharpen --out large
  purrtrait generate runs/cats --out pictures --upscale 4 --name \"{model} {seed}-{number} {size}px\"
The same checkpoint and seed give the same pictures. Existing files are not overwritten. Each picture stores its recipe:
`purrtrait restore PICTURE` regenerates it.")]
pub(super) struct GenerateArgs {
    #[command(flatten)]
    pub(super) source: ModelArg,
    /// Number of pictures
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    #[command(flatten)]
    seed: SeedFlag,
    /// JSON file of latents to use instead of --count and --seed: a list of lists of numbers
    #[arg(long, value_name = "FILE", conflicts_with_all = ["count", "seed"])]
    latents: Option<PathBuf>,
    /// Folder to write one PNG per picture into
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
    /// File names of the pictures; may contain {model}, {hash}, {seed}, {number}, {step}, {size}, {date}, {time}
    #[arg(long, value_name = "TEMPLATE", default_value = "cat-{seed}-{number}")]
    name: String,
    #[command(flatten)]
    upscale: UpscaleFlag,
    /// PNG file to write with all pictures in one grid
    #[arg(long, value_name = "FILE")]
    pub(super) grid: Option<PathBuf>,
    #[command(flatten)]
    raw: RawFlag,
    #[command(flatten)]
    device: DeviceFlag,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait restore pictures/cat-7-00012.png
  purrtrait restore cats.png --tile 5 --out cat.png
  purrtrait restore cat.png --model runs/cats --device cpu
The generator is searched for by its hash among your runs and beside the picture; a path stored in the picture is
ignored, because anybody could have written it. On the CPU the picture is the same to the bit.")]
pub(super) struct RestoreArgs {
    /// PNG file saved by Purrtrait
    picture: PathBuf,
    /// The generator: run folder, checkpoint or model file [default: searched for]
    #[arg(long)]
    model: Option<PathBuf>,
    /// PNG file to write the restored picture to
    #[arg(long, value_name = "PNG")]
    out: Option<PathBuf>,
    /// Restore only this tile of a grid, counted from 0, row by row
    #[arg(long, value_name = "N")]
    tile: Option<u32>,
    /// Use the generator of --model even if another one made the picture
    #[arg(long, requires = "model")]
    any_model: bool,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn generate(args: GenerateArgs, out: &Output) -> Result<Exit, Failure> {
    let GenerateArgs { source, count, seed, latents, out: folder, name, upscale, grid, raw, device } = args;
    let request = GenerateRequest {
        source: source.model,
        count,
        seed: seed.seed,
        latents,
        out: folder,
        name,
        grid,
        upscale: upscale.upscale,
        sharpen: upscale.sharpen,
        device: device.device,
        raw: raw.raw,
    };
    let report = metered(out, |control| engine::generate(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        if let Some(folder) = &request.out {
            out.line(&format!("{} in {}", plural(report.files.len(), "picture", "pictures"), folder.display()));
        }
        if let Some(grid) = &report.grid {
            out.line(&format!("grid of {} in {}", plural(report.count, "picture", "pictures"), grid.display()));
        }
        out.line(&format!(
            "by the generator of step {}, on {}, in {:.1} s",
            thousands(report.step),
            report.device.name,
            report.seconds
        ));
    }
    Ok(Exit::Ok)
}

pub(super) fn restore(args: RestoreArgs, out: &Output) -> Result<Exit, Failure> {
    let RestoreArgs { picture, model, out: file, tile, any_model, device: DeviceFlag { device } } = args;
    let request = RestoreRequest { picture, model, out: file, tile, any_model, device };
    let report = engine::restore(&request)?;
    out.json(&report);
    if !out.is_json() {
        let recipe = &report.recipe;
        out.line(&format!("{}, {}", recipe.description(), recipe.program));
        let verdict = match report.largest_difference {
            _ if report.same => "identical to the bit".to_owned(),
            Some(most) => format!("different by up to {most} of 255"),
            None => "of a different size than the file's pixels".to_owned(),
        };
        out.line(&format!("restored on {}: {verdict}", report.device.name));
        if let Some(file) = &report.out {
            out.line(&format!("saved as {}", file.display()));
        }
    }
    Ok(Exit::Ok)
}
