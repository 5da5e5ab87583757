//! Measuring quality on the command line.

use super::exit::{Exit, Failure};
use super::flags::{RawFlag, SeedFlag};
use super::output::{Output, metered};
use super::settings::DataSettings;
use crate::engine::{self, EngineError, EvaluateRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait evaluate runs/cats
  purrtrait evaluate runs/cats ~/Pictures/other-cats
  purrtrait evaluate bundled ~/Pictures/cats --count 1000 --json
  purrtrait evaluate generated-pictures ~/Pictures/cats --training ~/Pictures/trained-on
  purrtrait evaluate runs/cats ~/Pictures/other-cats --inception pt_inception-2015-12-05-6726825d.pth
  purrtrait evaluate runs/cats ~/Pictures/phone --faces on --exclude not-these.txt
The settings of the pictures are for FOLDER alone; the run's own pictures are prepared as for its training.
FOLDER should contain pictures that the generator was not trained on. Beside each number stands what real pictures reach
against other real pictures. Compare only numbers for the same number of pictures of the same size.")]
pub(super) struct EvaluateArgs {
    /// Run folder, RUN@best, checkpoint, model file, `bundled`, or a folder of generated pictures
    #[arg(value_name = "MODEL|PICTURES")]
    source: PathBuf,
    /// Folder of real pictures to compare with [default: the run's held-out pictures, `train --held-out`]
    folder: Option<PathBuf>,
    /// Number of pictures of each kind [default: all in FOLDER, at most 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(50..=100_000))]
    count: Option<u32>,
    #[command(flatten)]
    seed: SeedFlag,
    #[command(flatten)]
    raw: RawFlag,
    /// Folder of the training pictures, to detect copies of them; the run's held-out pictures in it do not count
    /// [default: the run's own, if they are still there]
    #[arg(long, value_name = "FOLDER")]
    training: Option<PathBuf>,
    /// Side in pixels at which a folder of generated pictures is measured: 16, 32, 64, 128 or 256 [default: 64]
    #[arg(long, value_name = "S", value_parser = size)]
    size: Option<u32>,
    /// Inception weights (the state dict of pytorch-fid as .pth or .safetensors): adds FID and KID that are comparable
    /// with published ones. Takes some seconds per 100 pictures
    #[arg(long, value_name = "FILE")]
    inception: Option<PathBuf>,
    #[command(flatten)]
    settings: DataSettings,
}

pub(super) fn evaluate(args: EvaluateArgs, out: &Output) -> Result<Exit, Failure> {
    let EvaluateArgs { source, folder, count, seed, raw, training, size, inception, settings } = args;
    let (SeedFlag { seed }, RawFlag { raw }) = (seed, raw);
    let (data, exclude) = settings.by_key();
    if folder.is_none() && (!data.is_empty() || exclude.is_some()) {
        let text = "the settings of the pictures are for FOLDER, which is missing: the run's own pictures are prepared \
                    as they were for its training";
        return Err(Failure::new(Exit::Usage, text));
    }
    let request = EvaluateRequest { source, folder, count, seed, raw, training, size, data, exclude, inception };
    let own_pictures = request.folder.is_none() && request.training.is_none();
    let report = metered(out, |control| engine::evaluate(&request, control)).map_err(|error| {
        let moved = own_pictures && matches!(error, EngineError::Data(_));
        let mut failure = Failure::from(error);
        if moved {
            failure.text += "\nIf they were moved: --training FOLDER names the folder of the training pictures";
        }
        failure
    })?;
    out.json(&report);
    if !out.is_json() {
        out.lines(&report.text());
    }
    Ok(Exit::Ok)
}

fn size(text: &str) -> Result<u32, String> {
    let size = text.parse().ok().filter(|s| [16, 32, 64, 128, 256].contains(s));
    size.ok_or_else(|| "expected 16, 32, 64, 128 or 256".to_owned())
}
