//! The pictures of a session: those that are being prepared, and those that were prepared last.

use super::intake::Intake;
use crate::config::DataConfig;
use crate::data::{DataError, DataHome, Dataset};
use crate::engine::protocol::event::{Cause, Event};
use crate::engine::protocol::outbox::Outbox;
use std::sync::Arc;

/// Prepares pictures and keeps the newest ones.
pub(crate) struct SessionPictures {
    home: DataHome,
    intake: Option<Intake>,
    ready: Option<ReadyPictures>,
}

struct ReadyPictures {
    data: DataConfig,
    size: u32,
    dataset: Arc<Dataset>,
}

/// Why there are no pictures.
pub(crate) struct PicturesFailed {
    pub cause: Cause,
    pub text: String,
}

impl SessionPictures {
    pub(super) fn new(home: DataHome) -> Self {
        Self { home, intake: None, ready: None }
    }

    /// The pictures that were prepared last, whatever for.
    pub(super) fn newest(&self) -> Option<Arc<Dataset>> {
        self.ready.as_ref().map(|ready| ready.dataset.clone())
    }

    /// The pictures of `data` with this side in pixels, if they are the newest and nothing is being prepared.
    pub(super) fn ready_for(&self, data: &DataConfig, size: u32) -> Option<Arc<Dataset>> {
        let ready = self.ready.as_ref().filter(|ready| ready.data == *data && ready.size == size)?;
        self.intake.is_none().then(|| ready.dataset.clone())
    }

    pub(super) fn is_preparing(&self) -> bool {
        self.intake.is_some()
    }

    pub(super) fn is_preparing_for(&self, data: &DataConfig, size: u32) -> bool {
        self.intake.as_ref().is_some_and(|intake| intake.data == *data && intake.size == size)
    }

    /// Starts preparing; what was being prepared is abandoned.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn prepare(&mut self, data: DataConfig, size: u32) -> Result<(), PicturesFailed> {
        let intake = Intake::start(data, size, self.home.clone());
        let failed = |e| PicturesFailed { cause: Cause::Other, text: format!("No thread could be started: {e}") };
        self.intake = Some(intake.map_err(failed)?);
        Ok(())
    }

    /// Cancels what is being prepared; that ends as a failure.
    pub(super) fn cancel(&self) {
        if let Some(intake) = &self.intake {
            intake.cancel();
        }
    }

    /// Cancels what is being prepared; nothing more is heard of it.
    pub(super) fn abandon(&mut self) {
        self.intake = None;
    }

    /// Sends the progress of the preparation. Returns its end, if that is reached.
    pub(super) fn poll(&mut self, out: &mut Outbox) -> Option<Result<(), PicturesFailed>> {
        let intake = self.intake.as_mut()?;
        if let Some(progress) = intake.progress() {
            out.push(Event::DataProgress(progress));
        }
        let result = intake.finished()?;
        let intake = self.intake.take()?;
        Some(match result {
            Ok(dataset) => {
                let dataset = Arc::new(dataset);
                out.push(Event::DataReady(dataset.report().clone()));
                self.ready = Some(ReadyPictures { data: intake.data.clone(), size: intake.size, dataset });
                Ok(())
            }
            Err(e) => {
                if let DataError::NoPictures { report } = &e {
                    // The window shows why each file was skipped.
                    out.push(Event::DataReady(report.clone()));
                }
                Err(PicturesFailed { cause: Cause::Data, text: e.to_string() })
            }
        })
    }
}
