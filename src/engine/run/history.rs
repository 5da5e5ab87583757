//! The past of a resumed run, sent to the front end.

use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{
    BestCheckpoint, Event, Level, QualityPoint, RunInfo, StepMetrics, TunablesChange,
};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::sheets::{Sheets, saved_sheet};
use crate::engine::run::readings::plotted;
use crate::train::RunDir;
use std::sync::Arc;

/// Sends plots and samples up to the checkpoint of this step and revision; what came after it is forgotten, because it
/// is trained again. Returns the sample sheets that are there.
///
/// # Errors
/// A history that cannot be read or cut.
pub(crate) fn replay(dir: &RunDir, info: &RunInfo, revision: u64, out: &mut Outbox) -> Result<Sheets, EngineError> {
    let first = info.first_step;
    dir.thin_metrics(first, plotted)?;
    // A checkpoint written right after a rollback has a mark of the step after it.
    let (metrics, changes) =
        dir.rewind(|m: &StepMetrics| m.step <= first, |m: &TunablesChange| m.revision <= revision)?;
    if !metrics.is_empty() {
        out.push(Event::Metrics(metrics));
    }
    let mut sheets = Sheets::of(dir, &changes);
    for change in changes {
        out.push(Event::TunablesApplied(change));
    }
    for point in dir.rewind_quality(|point: &QualityPoint| point.step <= first)? {
        out.push(Event::Quality(Arc::new(point)));
    }
    if let Some(best) = BestCheckpoint::of(dir) {
        out.push(Event::Best(Some(best)));
    }
    sheets.thin(dir, first);
    if let Some(newest) = sheets.up_to(first).last().copied() {
        out.push(Event::SampleSteps(sheets.up_to(first).to_vec()));
        match dir.load_sample(newest) {
            Ok(sheet) => out.push(saved_sheet(newest, sheet, &info.config)),
            Err(e) => out.push(Event::Notice { level: Level::Warning, text: e.to_string() }),
        }
    }
    Ok(sheets)
}
