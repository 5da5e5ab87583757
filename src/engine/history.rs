//! The past of a resumed run, told to the front end.

use super::active_run::sample_event;
use super::error::EngineError;
use super::event::{Event, Level, Mark, QualityPoint, RunInfo, StepMetrics};
use super::outbox::Outbox;
use crate::train::RunDir;
use std::sync::Arc;

/// Plots and samples up to the checkpoint of this step and revision; what came after it is forgotten, because it is done
/// again.
///
/// # Errors
/// A history that cannot be read or cut.
pub(super) fn tell(dir: &RunDir, info: &RunInfo, revision: u64, out: &mut Outbox) -> Result<(), EngineError> {
    let first = info.first_step;
    // A checkpoint written right after going back has a mark of the step after it.
    let (metrics, marks) = dir.rewind(|m: &StepMetrics| m.step <= first, |m: &Mark| m.revision <= revision)?;
    if !metrics.is_empty() {
        out.push(Event::Metrics(metrics));
    }
    for mark in marks {
        out.push(Event::TunablesApplied(mark));
    }
    for point in dir.rewind_quality(|point: &QualityPoint| point.step <= first)? {
        out.push(Event::Quality(Arc::new(point)));
    }
    let steps: Vec<u64> = dir.sample_steps().into_iter().filter(|s| *s <= first).collect();
    if let Some(newest) = steps.last().copied() {
        out.push(Event::SampleSteps(steps));
        match dir.load_sample(newest) {
            Ok(sheet) => {
                out.push(sample_event(newest, false, sheet, info.config.sample_count, info.config.model.size));
            }
            Err(e) => out.push(Event::Notice { level: Level::Warning, text: e.to_string() }),
        }
    }
    Ok(())
}
