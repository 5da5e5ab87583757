//! Models as files: `export` and `import`.

use super::exit::{Exit, Failure};
use super::flags::{ModelArg, RawFlag};
use super::output::Output;
use super::text::thousands;
use crate::engine::{self, ExportReport, ExportRequest, ModelFormat};
use crate::files::{FileFormat, FileUse};
use clap::Args;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait export runs/cats --format safetensors --out cats.safetensors
  purrtrait export runs/cats --format safetensors --discriminator --out cats-to-train-on.safetensors
  purrtrait export runs/cats --format onnx --out cats.onnx
  purrtrait export runs/cats --format html --out cats.html
safetensors: PyTorch's names and layout; cats.py, a short PyTorch program that loads the file, is written beside it.
With --discriminator the file is one that a training can start from (`train FOLDER --from FILE`).
onnx: operator set 17; input z (N x latent size), output image (N x 3 x side x side, values from -1 to 1), any N.
html: a single page that runs the generator in a browser, offline.
Existing files are not overwritten.")]
pub(super) struct ExportArgs {
    #[command(flatten)]
    source: ModelArg,
    #[arg(long, value_name = "F", help = format!("File format: {}", model_formats()), value_parser = model_format)]
    format: ModelFormat,
    /// File to write; it must not exist
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    raw: RawFlag,
    /// Store 16-bit weights (safetensors only): half the size; some pixels differ by one grey level
    #[arg(long)]
    half: bool,
    /// Store the discriminator too (safetensors only), so that a training can start from the file
    #[arg(long)]
    discriminator: bool,
    /// Licence and credit to store in the file; those of models that it was made from are kept before it
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    notice: String,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait import netG.pth
  purrtrait import netG.pth --out cats.safetensors
Reads DCGAN generators from PyTorch (.pth, .pt, .ckpt) and .safetensors: a state dict, a training checkpoint that
contains one (DataParallel, Lightning, nested dictionaries), or a whole model, in PyTorch's newer and older formats.
The generator must consist of transposed convolutions from a 4x4 map up to 32, 64, 128 or 256 pixels, each with half as
many channels as the one before, or be the generator of the 2018 cat tutorial; names of layers, biases and the positions
of normalisation layers do not matter. A generator with one channel makes greyscale pictures. Everything else in the
file is ignored; nothing in it is executed. Every command that takes a MODEL also takes such files directly.")]
pub(super) struct ImportArgs {
    /// Model file; it is not changed
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Also write it as a .safetensors file for Purrtrait
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// The names of the formats are their extensions.
fn model_formats() -> String {
    FileUse::ModelOutput.listed().replace('.', "")
}

fn model_format(text: &str) -> Result<ModelFormat, String> {
    let format = FileFormat::with_extension(text).and_then(|format| format.model_output);
    format.ok_or_else(|| format!("expected {}", model_formats()))
}

pub(super) fn export(args: ExportArgs, out: &Output) -> Result<Exit, Failure> {
    let ExportArgs { source, format, out: file, raw: RawFlag { raw }, half, discriminator, notice } = args;
    let only = [
        (half, "half: only --format safetensors supports 16-bit weights"),
        (discriminator, "discriminator: only --format safetensors holds one"),
    ];
    if let Some((_, text)) = only.into_iter().find(|(given, _)| *given && format != ModelFormat::Safetensors) {
        return Err(Failure::new(Exit::Usage, text));
    }
    let source = source.model;
    let report = engine::export_model(&ExportRequest { source, raw, format, out: file, half, discriminator, notice })?;
    out.json(&report);
    report_lines(&report, out);
    Ok(Exit::Ok)
}

/// What was written, for people.
pub(super) fn report_lines(report: &ExportReport, out: &Output) {
    if out.is_json() {
        return;
    }
    out.line(&format!("{} ({} bytes)", report.file.display(), thousands(report.bytes as u64)));
    if let Some(snippet) = &report.snippet {
        out.line(&format!("{} loads it with PyTorch", snippet.display()));
    }
    let both = if report.discriminator { " with its discriminator" } else { "" };
    out.line(&format!("model {} of step {}{both}", report.model, thousands(report.step)));
    if !report.notice.is_empty() {
        out.line(&report.notice);
    }
}

pub(super) fn import(args: ImportArgs, out: &Output) -> Result<Exit, Failure> {
    let imported = engine::import_model(&args.file, args.out.as_deref())?;
    let generator = &imported.generator;
    out.json(&json!({
        "file": args.file.to_string_lossy(),
        "what": imported.what,
        "config": generator.config,
        "step": generator.step,
        "model": generator.hash(),
        "discriminator": imported.discriminator.is_some(),
        "notice": imported.card.as_ref().map_or("", |card| &card.notice),
        "assumed": imported.assumed,
        "choice": imported.choice,
        "changed": imported.changed,
        "left-out": imported.left_out,
        "written": args.out.as_ref().map(|path| path.to_string_lossy()),
    }));
    if !out.is_json() {
        out.line(&format!("{}: {}", args.file.display(), imported.what));
        for (kind, texts) in [("assumed", &imported.assumed), ("changed", &imported.changed)] {
            texts.iter().for_each(|text| out.line(&format!("  {kind}: {text}")));
        }
        if let Some(choice) = &imported.choice {
            out.line(&format!("  taken: {choice}"));
        }
        if !imported.left_out.is_empty() {
            out.line(&format!("  left out: {}", imported.left_out.join(", ")));
        }
        if let Some(notice) = imported.card.as_ref().map(|card| &card.notice).filter(|notice| !notice.is_empty()) {
            out.line(&format!("  {notice}"));
        }
        out.line(&format!("  model {} of step {}", generator.hash(), thousands(generator.step)));
        match &args.out {
            Some(path) => out.line(&format!("  written as {}", path.display())),
            None => out.line("  usable: pass the file as MODEL, or convert it with --out"),
        }
    }
    Ok(Exit::Ok)
}
