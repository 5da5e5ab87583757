//! Favourites on the command line.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, ModelArg, UpscaleFlag};
use super::output::{Output, metered};
use super::text::plural;
use crate::engine::{self, FavouritesRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait favourites runs/cats
  purrtrait favourites bundled --out my-cats --upscale 4
The window keeps favourites (F in Explore) in the folder of a run, those of the bundled generator and of model files
among its own files. The export holds a PNG with its recipe for each, favourites.json with names and notes, and
latents.json, from which `purrtrait generate --latents` makes the same pictures. No file is overwritten.")]
pub(super) struct FavouritesArgs {
    #[command(flatten)]
    model: ModelArg,
    /// Folder to write the pictures and their latents to
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    upscale: UpscaleFlag,
    #[command(flatten)]
    device: DeviceFlag,
}

pub(super) fn favourites(args: FavouritesArgs, out: &Output) -> Result<Exit, Failure> {
    let FavouritesArgs { model: ModelArg { model }, out: folder, upscale, device: DeviceFlag { device } } = args;
    let UpscaleFlag { upscale, sharpen } = upscale;
    let request = FavouritesRequest { model, out: folder, upscale, sharpen, device };
    let report = metered(out, |control| engine::favourites(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        let count = plural(report.favourites.len(), "favourite", "favourites");
        out.line(&format!("{count} of generator {} in {}", report.model, report.file.display()));
        for (i, kept) in report.favourites.iter().enumerate() {
            let name = if kept.name.is_empty() { "(no name)" } else { &kept.name };
            let notes: String = kept.notes.split_whitespace().flat_map(|word| [" ", word]).collect();
            out.line(format!("  {:4}  {name}{}{notes}", i + 1, if notes.is_empty() { "" } else { " —" }).trim_end());
        }
        if let Some(out_folder) = &request.out {
            out.line(&format!("exported to {}", out_folder.display()));
        }
    }
    Ok(Exit::Ok)
}
