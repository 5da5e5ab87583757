//! Writes the faces of the pictures as `.cat` files, while everything else goes on.

use super::task::Task;
use crate::data::DatasetReport;
use crate::engine::jobs::landmarks::{LandmarksReport, write_landmarks};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level};
use crate::engine::protocol::outbox::Outbox;
use crate::interrupt::JobControl;
use std::path::PathBuf;
use std::sync::Arc;

/// Writes `.cat` files, one set at a time.
#[derive(Default)]
pub(crate) struct LandmarkWriter {
    writing: Option<Task<Result<LandmarksReport, EngineError>>>,
}

impl LandmarkWriter {
    /// Starts writing the faces in `report` below `folder`.
    pub(super) fn start(&mut self, report: Option<Arc<DatasetReport>>, folder: PathBuf, out: &mut Outbox) {
        let refusal = match report {
            _ if self.writing.is_some() => "The faces are being written already.".to_owned(),
            None => "No pictures are prepared yet; choose a folder of photos first.".to_owned(),
            Some(report) => {
                let work = move || write_landmarks(&report, &folder, JobControl::unattended());
                match Task::start("purrtrait-landmarks", work) {
                    Ok(task) => {
                        self.writing = Some(task);
                        return;
                    }
                    Err(e) => format!("No thread could be started: {e}"),
                }
            }
        };
        out.push(Event::Notice { level: Level::Warning, text: refusal });
    }

    pub(super) fn is_writing(&self) -> bool {
        self.writing.is_some()
    }

    /// Tells what became of it.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        let Some(result) = self.writing.as_ref().and_then(Task::finished) else { return };
        self.writing = None;
        out.push(match result {
            Ok(Ok(report)) => Event::Notice { level: Level::Good, text: report.text() },
            Ok(Err(e)) => Event::Notice { level: Level::Error, text: e.to_string() },
            Err(reason) => Event::Notice { level: Level::Error, text: format!("Writing the faces failed: {reason}.") },
        });
    }
}
