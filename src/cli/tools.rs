//! The commands that do one thing and end.

use super::WindowBench;
use super::args::{BenchArgs, CheckArgs, DemoArgs};
use super::exit::{Exit, Failure};
use super::output::{Meter, Output};
use super::text::{plural, thousands};
use crate::config::{DataConfig, DataSource, DeviceChoice, DeviceInfo, PRESETS};
use crate::engine::{self, BenchRequest, DatasetReport};
use crate::interrupt::{JobControl, JobProgress};
use serde_json::{Value, json};

pub fn devices(out: &Output) -> Result<Exit, Failure> {
    let devices = engine::list_devices();
    out.json(&json!({ "devices": devices }));
    if !out.is_json() {
        for device in &devices {
            out.line(&device_line(device));
        }
        out.line("");
        out.line(
            "* is what `--device auto` takes. A software adapter runs on the CPU and is slower than the cpu device.",
        );
    }
    Ok(Exit::Ok)
}

fn device_line(device: &DeviceInfo) -> String {
    let star = if device.preferred { "*" } else { " " };
    let kind = if device.kind == "cpu" { String::new() } else { format!("{}, {}", device.api, device.kind) };
    let driver = if device.driver.is_empty() { String::new() } else { format!(", driver {}", device.driver) };
    format!("{star} {:6}  {}  {kind}{driver}", device.id, device.name).trim_end().to_owned()
}

pub fn presets(out: &Output) -> Result<Exit, Failure> {
    let list: Vec<Value> = PRESETS
        .iter()
        .map(|p| json!({ "name": p.name, "label": p.label, "help": p.help, "config": p.config() }))
        .collect();
    out.json(&json!({ "presets": list }));
    if !out.is_json() {
        for preset in PRESETS {
            let config = preset.config();
            out.line(&format!("{}: {} px, batch {}", preset.name, config.model.size, config.batch));
            out.line(&format!("  {}", preset.help));
            out.line("");
        }
        out.line("`purrtrait train --help` lists every setting that can be changed.");
    }
    Ok(Exit::Ok)
}

pub(crate) fn dataset_check(args: CheckArgs, out: &Output) -> Result<Exit, Failure> {
    let mut data = DataConfig { source: DataSource::Folder(args.folder), ..DataConfig::default() };
    args.settings.apply(&mut data)?;
    let meter = Meter::new(out, "pictures looked at");
    let progress = |p: JobProgress| meter.show(p.done as u64, Some(p.total as u64), "");
    let result = engine::check_dataset(&data, args.size, JobControl::interruptible(&progress));
    drop(meter);
    let report = result?;
    out.json(&*report);
    if !out.is_json() {
        print_report(&report, out);
    }
    if report.usable == 0 {
        return Err(Failure::new(Exit::Data, format!("{}: there is no picture to train on", report.name)));
    }
    Ok(Exit::Ok)
}

fn print_report(report: &DatasetReport, out: &Output) {
    out.line(&format!(
        "{}: {} can be used, prepared at {} px{}",
        report.name,
        plural(report.usable, "picture", "pictures"),
        report.size,
        if report.from_cache { " (from the cache)" } else { "" },
    ));
    if let (Some(smallest), Some(largest)) = (report.smallest, report.largest) {
        out.line(&format!("  from {} x {} to {} x {} px", smallest.0, smallest.1, largest.0, largest.1));
    }
    for (label, count) in &report.notes {
        out.line(&format!("  {}  {label}", thousands(*count as u64)));
    }
    for notice in &report.notices {
        out.line(&format!("Note: {notice}"));
    }
    if !report.skipped.is_empty() {
        out.line(&format!("{} left out, each stays where it is:", plural(report.skipped.len(), "entry", "entries")));
        for file in &report.skipped {
            out.line(&format!("  {}: {}", file.path.display(), file.reason));
        }
    }
    out.line(&format!("{:.1} s", report.seconds));
}

pub(crate) fn dataset_demo(args: DemoArgs, out: &Output) -> Result<Exit, Failure> {
    let meter = Meter::new(out, "cats drawn");
    let progress = |p: JobProgress| meter.show(p.done as u64, Some(p.total as u64), "");
    let result = engine::write_demo(&args.out, args.count, args.size, args.seed, JobControl::interruptible(&progress));
    drop(meter);
    result?;
    let DemoArgs { out: folder, count, size, seed } = args;
    out.json(&json!({ "folder": folder.to_string_lossy(), "count": count, "size": size, "seed": seed }));
    if !out.is_json() {
        out.line(&format!("{} of {size} px in {}", plural(count as usize, "cat", "cats"), folder.display()));
    }
    Ok(Exit::Ok)
}

pub fn bench(args: BenchArgs, window: Option<WindowBench>, out: &Output) -> Result<Exit, Failure> {
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
        steps,
        batch,
        width,
        folder,
        conv_algorithms,
        window: _,
        explore: _,
        model: _,
    } = args;
    let devices = if device.is_empty() { real_devices()? } else { device };
    if conv_algorithms {
        return bench_conv_algorithms(&devices, out);
    }
    let request = BenchRequest { presets, devices, steps, batch, width, folder };
    let report = engine::bench(&request, JobControl::interruptible(&|p| out.note(p.phase)))?;
    out.json(&report);
    if !out.is_json() {
        out.lines(&report.to_string());
    }
    Ok(Exit::Ok)
}

fn bench_conv_algorithms(devices: &[DeviceChoice], out: &Output) -> Result<Exit, Failure> {
    let found = engine::bench_conv_algorithms(devices)?;
    out.json(&json!({ "conv_algorithms": found }));
    if !out.is_json() {
        for device in &found {
            out.lines(&device.to_string());
        }
        if found.is_empty() {
            out.line("Only GPUs offer a choice of algorithms; --device gpu measures a software adapter too.");
        }
    }
    Ok(Exit::Ok)
}

/// The CPU and every GPU that is more than a name.
fn real_devices() -> Result<Vec<DeviceChoice>, Failure> {
    let real = engine::list_devices().into_iter().filter(|d| !d.software);
    real.map(|d| d.id.parse().map_err(Failure::from)).collect()
}

fn bench_window(window: Option<WindowBench>, out: &Output) -> Result<Exit, Failure> {
    let measure = window.ok_or_else(|| Failure::new(Exit::Other, "this build has no window to measure"))?;
    let times = measure().map_err(|text| Failure::new(Exit::Other, text))?;
    out.json(&json!({ "window": times }));
    if !out.is_json() {
        out.line("Window, CPU time:");
        for (name, value) in times.as_object().into_iter().flatten() {
            out.line(&format!("  {:14} {}", name.replace("_ms", ", ms").replace('_', " "), value));
        }
    }
    Ok(Exit::Ok)
}
