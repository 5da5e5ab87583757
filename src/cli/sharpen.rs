//! `sharpen`: the network that enlarges a run's pictures.

use super::exit::{Exit, Failure};
use super::flags::{DeviceFlag, SeedFlag};
use super::output::{Output, metered};
use super::text::{duration, plural, thousands};
use crate::engine::{self, SharpenLimit, SharpenMeasures, SharpenReport, SharpenRequest};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait sharpen runs/cats
  purrtrait sharpen runs/cats --minutes 20 --device gpu
  purrtrait generate runs/cats --count 4 --sharpen --out large
Photos have more pixels than the pictures that a generator is trained on. This trains a small network to add what the
enlarged pictures lack, on the run's own photos, faces and exclusions, while the run trains or afterwards. It is written
into the run folder (sharpen.safetensors) and used by `generate`, `interpolate`, `walk`, `timelapse`, the window and
exported web pages. Its result is as large as at least 24 photos have pixels for, up to 512 px. Held-out photos tell
whether it is better than enlarging without it (Lanczos); if not, the window leaves it off.")]
pub(super) struct SharpenArgs {
    /// Run folder
    run: PathBuf,
    /// Minutes of training
    #[arg(long, value_name = "M", default_value_t = 5.0, value_parser = minutes)]
    minutes: f64,
    /// Steps of training instead: the same network each time
    #[arg(long, value_name = "N", conflicts_with = "minutes", value_parser = clap::value_parser!(u64).range(1..))]
    steps: Option<u64>,
    #[command(flatten)]
    seed: SeedFlag,
    #[command(flatten)]
    device: DeviceFlag,
}

fn minutes(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    if (0.01..=1440.0).contains(&value) { Ok(value) } else { Err(format!("{text} is not from 0.01 to 1440")) }
}

pub(super) fn sharpen(args: SharpenArgs, out: &Output) -> Result<Exit, Failure> {
    let SharpenArgs { run, minutes, steps, seed, device } = args;
    let limit = steps.map_or(SharpenLimit::Minutes(minutes), SharpenLimit::Steps);
    let request = SharpenRequest { run, limit, seed: seed.seed, device: device.device };
    let report = metered(out, |control| engine::sharpen(&request, control))?;
    out.json(&report);
    if !out.is_json() {
        lines(&report).iter().for_each(|line| out.line(line));
    }
    Ok(Exit::Ok)
}

fn lines(report: &SharpenReport) -> Vec<String> {
    let SharpenReport { from, to, pictures, full, steps, .. } = report;
    let mut lines = vec![
        format!(
            "{} px to {to} px, from {} ({full} with all {to} pixels a side), {} steps in {} on {}",
            from,
            plural(*pictures as usize, "picture", "pictures"),
            thousands(*steps),
            duration(report.training_seconds),
            report.device.name
        ),
        verdict(report),
        format!("saved as {}", report.file.display()),
    ];
    for file in &report.skipped {
        lines.push(format!("left out {}: {}", file.path.display(), file.reason));
    }
    lines
}

fn verdict(report: &SharpenReport) -> String {
    let Some(SharpenMeasures { pictures, psnr_plain, psnr, edges_plain, edges }) = report.measures else {
        return "not measured: no held-out photo could be opened, so it is used only where you ask for it".to_owned();
    };
    let use_of_it = match report.better {
        true => "better, so the window uses it unless you turn it off",
        false => "not better by both, so it is used only where you ask for it",
    };
    format!(
        "{} held-out pictures: PSNR {psnr:.2} dB (Lanczos {psnr_plain:.2}), error of edges {edges:.2} of 255 (Lanczos \
         {edges_plain:.2}): {use_of_it}",
        pictures
    )
}
