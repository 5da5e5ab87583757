//! Benchmarks on the command line.

use super::exit::{Exit, Failure};
use super::flags::preset_parser;
use super::output::Output;
use crate::config::{DeviceChoice, DeviceInfo, Precision, TeamPlace};
use crate::engine::{self, BenchRequest};
use crate::interrupt::JobControl;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::json;
use std::path::PathBuf;

/// Measures the window's frames and gives `{frames, median_ms, p99_ms, first_frame_ms}` of a training, and the same of
/// the grid of pictures as `pictures`, and of the list of favourites as `favourites`. Handed in by `main`, since the
/// command line does not know the window.
pub type WindowBench = fn() -> Result<serde_json::Value, String>;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  purrtrait bench --preset classic-64 --device cpu --steps 20 --json
  purrtrait bench --folder ~/Pictures/cats
  purrtrait bench --preset modern-64 --device gpu:0 --together gpu:0,gpu:1
  purrtrait bench --window
Measures training speed in pictures per second, time to the first step, memory, generating, and preparing pictures.")]
pub(super) struct BenchArgs {
    /// Presets to measure, separated by commas
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = preset_parser())]
    #[arg(default_value = "quick-32,classic-64")]
    preset: Vec<String>,
    /// Devices to measure, separated by commas [default: the CPU and every real GPU]
    #[arg(long, value_name = "D", value_delimiter = ',')]
    device: Vec<DeviceChoice>,
    /// Also measure devices and workers that share each batch, as `train --device` takes them, such as
    /// cpu,worker://HOST:PORT; may be given several times
    #[arg(long, value_name = "LIST", conflicts_with_all = ["window", "explore", "conv_algorithms"])]
    together: Vec<TeamPlace>,
    /// Steps to measure after three warm-up steps, rounded up to whole intervals between two readings of the losses
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    steps: u32,
    /// Batch size [default: the preset's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1024))]
    batch: Option<u32>,
    /// Width of both networks in channels [default: the preset's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=256))]
    width: Option<u32>,
    /// What the convolutions multiply; `auto` chooses as a training does
    #[arg(long, value_name = "P", default_value = "auto", value_parser = precision_parser())]
    precision: Precision,
    /// Also measure how fast the pictures in this folder are prepared
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Measure the CPU time of the window's frames instead; needs no display
    #[arg(long)]
    window: bool,
    /// Measure how fast a picture follows the pointer instead, alone and during training
    #[arg(long, conflicts_with = "window")]
    explore: bool,
    /// Compare the convolution algorithms of each GPU instead, and say which are in use
    #[arg(long, alias = "forms", conflicts_with_all = ["window", "explore"])]
    conv_algorithms: bool,
    /// Generator for --explore [default: the bundled one]
    #[arg(long, value_name = "MODEL", requires = "explore")]
    model: Option<PathBuf>,
}

fn precision_parser() -> impl TypedValueParser<Value = Precision> {
    PossibleValuesParser::new(["auto", "f32", "mixed"]).map(|name| match name.as_str() {
        "auto" => Precision::Auto,
        "mixed" => Precision::Mixed,
        _ => Precision::F32,
    })
}

pub(super) fn bench(args: BenchArgs, window: Option<WindowBench>, out: &Output) -> Result<Exit, Failure> {
    if args.window {
        return bench_window(window, out);
    }
    if args.explore {
        let report = engine::bench_explore(args.model, JobControl::interruptible(&|_| {}))?;
        out.json(&json!({ "explore": report }));
        if !out.is_json() {
            out.lines(&report.to_string());
        }
        return Ok(Exit::Ok);
    }
    let BenchArgs {
        preset: presets,
        device,
        together: teams,
        steps,
        batch,
        width,
        precision,
        folder,
        conv_algorithms,
        window: _,
        explore: _,
        model: _,
    } = args;
    let devices = if device.is_empty() { real_devices(precision)? } else { device };
    if conv_algorithms {
        return bench_conv_algorithms(&devices, out);
    }
    let request = BenchRequest { presets, devices, teams, steps, batch, width, precision, folder };
    let report = engine::bench(&request, JobControl::interruptible(&|p| out.note(p.phase)))?;
    out.json(&report);
    if !out.is_json() {
        out.lines(&report.to_string());
    }
    Ok(Exit::Ok)
}

fn bench_conv_algorithms(devices: &[DeviceChoice], out: &Output) -> Result<Exit, Failure> {
    let found = engine::bench_conv_algorithms(devices)?;
    // Scripts of before read the second.
    out.json(&json!({ "conv_algorithms": found, "forms": found }));
    if !out.is_json() {
        for device in &found {
            out.lines(&device.to_string());
        }
        if found.is_empty() {
            out.line("Only GPUs have several convolution algorithms. --device gpu measures a software adapter too.");
        }
    }
    Ok(Exit::Ok)
}

/// The CPU and every GPU that is not a software adapter; in mixed precision GPUs only, as a CPU has no 16-bit numbers.
fn real_devices(precision: Precision) -> Result<Vec<DeviceChoice>, Failure> {
    let has = |d: &DeviceInfo| !d.software && (precision != Precision::Mixed || d.kind != "cpu");
    let real = engine::list_devices().into_iter().filter(has);
    real.map(|d| d.id.parse().map_err(Failure::from)).collect()
}

fn bench_window(window: Option<WindowBench>, out: &Output) -> Result<Exit, Failure> {
    let measure = window.ok_or_else(|| Failure::new(Exit::Other, "this build has no window to measure"))?;
    let times = measure().map_err(|text| Failure::new(Exit::Other, text))?;
    out.json(&json!({ "window": times }));
    if !out.is_json() {
        let parts = [
            ("a training", Some(&times)),
            ("10,000 pictures, scrolling", times.get("pictures")),
            ("5,000 favourites, scrolling", times.get("favourites")),
        ];
        for (title, times) in parts {
            out.line(&format!("Window, CPU time of a frame, {title}:"));
            let numbers = times.and_then(|times| times.as_object()).into_iter().flatten();
            for (name, value) in numbers.filter(|(_, value)| value.is_number()) {
                out.line(&format!("  {:14} {}", name.replace("_ms", ", ms").replace('_', " "), value));
            }
        }
    }
    Ok(Exit::Ok)
}
