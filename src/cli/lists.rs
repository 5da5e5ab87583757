//! What there is to choose from: `devices` and `presets`.

use super::exit::{Exit, Failure};
use super::output::Output;
use crate::config::{DeviceInfo, PRESETS};
use crate::engine;
use crate::printable::gigabytes;
use serde_json::{Value, json};

pub(super) fn devices(out: &Output) -> Result<Exit, Failure> {
    let devices = engine::list_devices();
    out.json(&json!({ "devices": devices }));
    if !out.is_json() {
        for device in &devices {
            out.line(&device_line(device));
        }
        out.line("");
        out.line("* is used by `--device auto`. A software adapter runs on the CPU and is slower than the cpu device.");
    }
    Ok(Exit::Ok)
}

fn device_line(device: &DeviceInfo) -> String {
    let star = if device.preferred { "*" } else { " " };
    let kind = if device.kind == "cpu" { String::new() } else { format!("{}, {}", device.api, device.kind) };
    let driver = if device.driver.is_empty() { String::new() } else { format!(", driver {}", device.driver) };
    let memory = device.memory.map_or_else(String::new, |bytes| format!(", {}", gigabytes(bytes)));
    format!("{star} {:6}  {}  {kind}{memory}{driver}", device.id, device.name).trim_end().to_owned()
}

pub(super) fn presets(out: &Output) -> Result<Exit, Failure> {
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
