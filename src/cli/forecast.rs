//! `train --forecast`: how long a recipe takes here, and which one suits.

use super::exit::{Exit, Failure};
use super::output::{Output, metered};
use crate::config::{DataSource, RunConfig};
use crate::engine::{self, DatasetReport, Forecast, MemoryNeed, RecipeChoice, Situation, StartInfo};
use crate::interrupt::JobControl;
use serde_json::json;
use std::path::Path;

/// Measures the recipe of the command line, and those that may suit better until one is quick enough.
pub(super) fn forecast(config: &RunConfig, out: &Output) -> Result<Exit, Failure> {
    if config.machine.is_some() {
        let reason = "device: --forecast measures a device of this machine; run it on the other one";
        return Err(Failure::new(Exit::Usage, reason.to_owned()));
    }
    let report = metered(out, |control| engine::check_dataset(&config.data, config.model.size, control))?;
    if report.usable == 0 {
        return Err(Failure::new(Exit::Data, format!("{}: no picture can be used", report.name)));
    }
    out.note("Measuring a few steps…");
    let own = of(config, &report)?;
    let better = suiting(config, &report, &own, out)?;
    let recommended = better.as_ref().map(|(recipe, forecast)| {
        json!({ "flags": recipe.flags(), "reason": recipe.reason, "text": forecast.sentence(), "forecast": forecast })
    });
    let memory = config.device.among(&engine::list_devices()).and_then(|device| {
        // A batch of the recipe on all of the pictures.
        MemoryNeed::new(config, report.usable, device)
    });
    out.json(&json!({
        "text": own.sentence(),
        "forecast": own,
        "slow": own.is_slow(),
        "memory": memory,
        "recommended": recommended,
    }));
    if !out.is_json() {
        out.line(&own.sentence());
        out.line(own.source);
        if let Some(memory) = memory {
            out.line(&memory.sentence());
        }
        if let Some((recipe, forecast)) = better {
            out.line(&format!("Recommended here: {}. {}", recipe.flags(), recipe.reason));
            out.line(&format!("  {}", forecast.sentence()));
        }
    }
    Ok(Exit::Ok)
}

fn of(config: &RunConfig, report: &DatasetReport) -> Result<Forecast, Failure> {
    // What a run begins with does not change the time of its steps.
    let speed = engine::step_speed(&engine::speed_key(config), JobControl::interruptible(&|_| {}))?;
    Ok(Forecast::new(config, report.usable, speed))
}

/// The recipe that suits the device and the pictures; none where it is the one of the command line.
fn suiting(
    config: &RunConfig,
    report: &DatasetReport,
    own: &Forecast,
    out: &Output,
) -> Result<Option<(RecipeChoice, Forecast)>, Failure> {
    let devices = engine::list_devices();
    let Some(device) = config.device.among(&devices) else { return Ok(None) };
    let known: Option<StartInfo> = engine::start_info(Path::new("bundled")).ok();
    let situation = Situation {
        device,
        pictures: report.usable,
        drawn: config.data.source == DataSource::Demo,
        side: report.typical_side(),
        known: known.as_ref(),
    };
    let mut best = None;
    for recipe in engine::recipe_choices(&situation) {
        let wanted = recipe.config(config, known.as_ref());
        let same = engine::speed_key(&wanted) == engine::speed_key(config) && wanted.start == config.start;
        if same && !own.is_slow() {
            return Ok(None);
        }
        out.note(&format!("Measuring {}…", recipe.name()));
        let forecast = if same { *own } else { of(&wanted, report)? };
        let quick = !forecast.is_slow();
        best = Some((recipe, forecast));
        if quick {
            break;
        }
    }
    Ok(best)
}
