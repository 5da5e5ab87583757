//! Events as JSON lines: what `train --json`, `resume --json` and `watch --json` print.

use super::exit::Exit;
use crate::engine::{Event, Finding, Level, QueueEnd, RunEnd, RunInfo, RunState, StepMetrics, TunablesChange};
use serde_json::{Value, json};

/// The error object, the same for every command.
pub(super) fn error(exit: Exit, text: &str) -> Value {
    json!({ "event": "error", "cause": exit.name(), "text": text, "exit_code": exit as u8 })
}

/// Whether events are new: those between the start of a resumed run and its state `running` are its history.
#[derive(Default)]
pub(crate) struct Told {
    live: bool,
}

impl Told {
    /// Takes note of an event; to be called before its lines are made.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::RunStarted(_) => self.live = false,
            Event::State(RunState::Running) => self.live = true,
            _ => {}
        }
    }

    /// Whether losses, settings and measurements come from this session, not an earlier one.
    pub(super) fn is_new(&self) -> bool {
        self.live
    }
}

/// The lines of one event, without the history of a resumed run: programs find that in `metrics.jsonl`.
pub(super) fn lines(event: &Event, told: &Told) -> Vec<Value> {
    let line = match event {
        Event::Metrics(_) | Event::TunablesApplied(_) | Event::Quality(_) if !told.is_new() => return Vec::new(),
        Event::Metrics(steps) => return steps.iter().map(metrics).collect(),
        Event::TunablesApplied(mark) => settings(mark),
        Event::Quality(point) => tagged("quality", &**point),
        Event::Best(best) => json!({ "event": "best", "step": best.map(|b| b.step), "kid": best.map(|b| b.kid) }),
        Event::Findings(findings) => {
            json!({ "event": "coach", "findings": findings.iter().map(finding).collect::<Vec<_>>() })
        }
        Event::DataProgress(p) => tagged("data", p),
        Event::DataReady(report) => tagged("dataset", &**report),
        Event::DataFailed(text) => json!({ "event": "data-failed", "text": text }),
        Event::State(state) => json!({ "event": "state", "state": state_name(*state) }),
        Event::Watched(watched) => json!({ "event": "watched", "watched": watched }),
        Event::Preparing(text) => json!({ "event": "preparing", "text": text }),
        Event::RunStarted(info) => started(info),
        Event::Progress(progress) => tagged("progress", progress),
        Event::Sample { step, fresh: true, .. } => json!({ "event": "sample", "step": step }),
        Event::Saved { step, path } => json!({ "event": "saved", "step": step, "path": path.to_string_lossy() }),
        Event::Notice { level, text } => json!({ "event": "notice", "level": level_name(*level), "text": text }),
        Event::RunEnded(end) => ended(end),
        Event::Turn(lane) => json!({ "event": "turn", "lane": lane }),
        Event::Queue(list) => tagged("queue", list),
        Event::QueueEnded(end) => queue_ended(end),
        Event::Restarted { text, resuming } => json!({ "event": "restarted", "resuming": resuming, "text": text }),
        Event::WorkerDied(text) => json!({ "event": "died", "text": text }),
        // Answers to what only a window asks.
        Event::Devices(_)
        | Event::Settings(_)
        | Event::Runs(_)
        | Event::SampleSteps(_)
        | Event::SamplesGone(_)
        | Event::Measuring(_)
        // A notice says the same.
        | Event::NotMeasured(_)
        | Event::Sample { .. }
        | Event::Compared(_)
        | Event::Photo { .. }
        | Event::PhotoFailed { .. }
        | Event::ModelInspected { .. }
        | Event::Speed { .. }
        | Event::Explore(_) => return Vec::new(),
    };
    vec![line]
}

/// A serialisable structure with the event's name put in front.
fn tagged(name: &str, value: &impl serde::Serialize) -> Value {
    let mut object = json!({ "event": name });
    match (serde_json::to_value(value), &mut object) {
        (Ok(Value::Object(fields)), Value::Object(object)) => object.extend(fields),
        (Ok(other), Value::Object(object)) => _ = object.insert("value".to_owned(), other),
        (Err(error), Value::Object(object)) => _ = object.insert("text".to_owned(), error.to_string().into()),
        _ => {}
    }
    object
}

fn metrics(metrics: &StepMetrics) -> Value {
    tagged("metrics", metrics)
}

fn settings(mark: &TunablesChange) -> Value {
    tagged("settings", mark)
}

fn finding(finding: &Finding) -> Value {
    json!({
        "kind": finding.kind,
        "severity": finding.severity,
        "since_step": finding.since_step,
        "text": finding.text,
        "suggestion": finding.suggestion,
        "suggestion_text": finding.suggestion.words(),
    })
}

fn started(info: &RunInfo) -> Value {
    json!({
        "event": "started",
        "run": info.path.to_string_lossy(),
        "device": info.device,
        "pictures": info.pictures,
        "held": info.held_out,
        "unwatched": info.unwatched,
        "steps_per_epoch": info.steps_per_epoch,
        "generator_parameters": info.generator_parameters,
        "discriminator_parameters": info.discriminator_parameters,
        "first_step": info.first_step,
        "config": serde_json::to_value(&info.config).unwrap_or_default(),
    })
}

fn ended(end: &RunEnd) -> Value {
    match end {
        RunEnd::Finished { step } => json!({ "event": "ended", "reason": "finished", "step": step }),
        RunEnd::Stopped { step } => json!({ "event": "ended", "reason": "stopped", "step": step }),
        RunEnd::Copying { step } => json!({ "event": "ended", "reason": "copying", "step": step }),
        RunEnd::Diverged { step, text } => {
            json!({ "event": "ended", "reason": "diverged", "step": step, "text": text })
        }
        RunEnd::Failed { cause, text } => {
            json!({ "event": "ended", "reason": "failed", "cause": Exit::from(*cause).name(), "text": text })
        }
    }
}

fn queue_ended(end: &QueueEnd) -> Value {
    let mut line = json!({ "event": "queue-ended", "text": end.sentence() });
    let reason = match end {
        QueueEnd::Through { trained, failed } => {
            (line["trained"], line["failed"]) = (json!(trained), json!(failed));
            "through"
        }
        QueueEnd::Paused => "paused",
        QueueEnd::Refused(_) => "refused",
    };
    line["reason"] = json!(reason);
    line
}

fn state_name(state: RunState) -> &'static str {
    match state {
        RunState::Idle => "idle",
        RunState::Preparing => "preparing",
        RunState::Running => "running",
        RunState::Paused => "paused",
        RunState::OnBattery => "on-battery",
        RunState::Stopping => "stopping",
    }
}

fn level_name(level: Level) -> &'static str {
    match level {
        Level::Info => "info",
        Level::Good => "good",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn losses(steps: std::ops::RangeInclusive<u64>) -> Event {
        let at = |step| StepMetrics {
            step,
            epoch: 0.5,
            loss_d: 1.0,
            loss_g: 1.0,
            d_real: 0.5,
            d_fake: 0.5,
            lr_g: 1e-4,
            lr_d: 1e-4,
            r_t: Some(0.25),
            augmented: None,
            revision: 0,
            seconds: 1.0,
        };
        Event::Metrics(steps.map(at).collect())
    }

    fn rolled_back(step: u64) -> Event {
        let tunables = crate::config::Tunables::default();
        Event::TunablesApplied(TunablesChange {
            step,
            revision: 1,
            text: "Went back".into(),
            tunables,
            rolled_back: true,
        })
    }

    #[test]
    fn the_history_of_a_resumed_run_is_not_repeated() {
        let mut told = Told::default();
        let mut tell = |event: &Event| {
            told.note(event);
            lines(event, &told)
        };
        // It was stopped at step 500, right after going back there: the mark of that names the step after.
        assert!(tell(&losses(1..=500)).is_empty() && tell(&rolled_back(501)).is_empty());
        assert_eq!(tell(&Event::State(RunState::Running)).len(), 1);
        let lines = tell(&losses(501..=501));
        assert_eq!(lines.len(), 1);
        assert_eq!(
            (&lines[0]["event"], &lines[0]["step"], &lines[0]["r_t"]),
            (&json!("metrics"), &json!(501), &json!(0.25))
        );
        assert!(lines[0].get("augmented").is_none(), "only where it adapts");
        // Steps that are done again are told again, and a pause changes nothing.
        tell(&Event::State(RunState::Paused));
        assert_eq!([rolled_back(301), losses(301..=310)].map(|event| tell(&event).len()), [1, 10]);
    }

    #[test]
    fn a_measurement_is_one_flat_object_and_the_past_is_not_told() {
        let measures = r#"{"swd":9.5,"swd_levels":[[32,9.5]],"colour":1.5,"kid":45.25,"kid_error":2.0,"density":0.5,
            "coverage":0.25,"precision":0.5,"recall":0.5,"diversity":0.75}"#;
        let floor: serde_json::Value = serde_json::from_str(measures).unwrap();
        let mut point = floor.clone();
        let more = json!({ "step": 40, "seconds": 2.5, "pictures": 500, "side": 64, "floor": floor, "notes": ["Few."],
            "floor_from": "halves", "floor_pictures": 250, "memorisation": 1.25, "network": 2 });
        point.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let event = Event::Quality(std::sync::Arc::new(serde_json::from_value(point.clone()).unwrap()));
        point["event"] = "quality".into();
        assert_eq!(lines(&event, &Told { live: true }), [point]);
        assert!(lines(&event, &Told::default()).is_empty());
    }

    #[test]
    fn a_finding_names_its_suggestion() {
        let finding = Finding {
            kind: crate::engine::FindingKind::GeneratorWins,
            severity: crate::engine::Severity::Alarm,
            since_step: 7,
            text: "It guesses.".into(),
            suggestion: crate::engine::Suggestion::RollBack { step: 5, lower: 0.5 },
        };
        let line = &lines(&Event::Findings(vec![finding]), &Told::default())[0];
        assert_eq!(line["event"], "coach");
        let first = &line["findings"][0];
        assert_eq!((&first["kind"], &first["severity"]), (&json!("generator-wins"), &json!("alarm")));
        assert_eq!(first["suggestion"], json!({ "roll-back": { "step": 5, "lower": 0.5 } }));
        assert!(first["suggestion_text"].as_str().is_some_and(|text| text.contains("step 5")));
    }
}
