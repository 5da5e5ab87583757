//! The pictures of a session: those that are being prepared, those that were prepared last, and what people decide
//! about them.

use super::choices::Choices;
use super::intake::Intake;
use super::photo::PhotoReader;
use super::writing::Writing;
use crate::config::DataConfig;
use crate::data::{DataError, DataHome, Dataset, DatasetReport, PictureEdit};
use crate::engine::app_dirs::AppDirs;
use crate::engine::jobs::landmarks::write_landmarks;
use crate::engine::protocol::event::{Cause, Event, Level};
use crate::engine::protocol::outbox::Outbox;
use crate::interrupt::JobControl;
use std::path::PathBuf;
use std::sync::Arc;

/// Prepares pictures and keeps the newest ones.
pub(crate) struct SessionPictures {
    cache: PathBuf,
    choices: Choices,
    intake: Option<Intake>,
    /// The pictures being prepared do not have the newest changes: they are prepared again at once, from the cache.
    again: bool,
    ready: Option<ReadyPictures>,
    /// The newest report, also of a folder in which nothing can be used.
    reported: Option<Reported>,
    photos: PhotoReader,
    landmarks: Writing,
}

struct Reported {
    data: DataConfig,
    size: u32,
    report: Arc<DatasetReport>,
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
    pub(super) fn new(dirs: &AppDirs) -> Self {
        Self {
            cache: dirs.cache.clone(),
            choices: Choices::new(dirs.picture_choices()),
            intake: None,
            again: false,
            ready: None,
            reported: None,
            photos: PhotoReader::default(),
            landmarks: Writing::of("The faces"),
        }
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

    /// Takes pictures that were prepared elsewhere.
    pub(super) fn take(&mut self, data: DataConfig, size: u32, dataset: Dataset) {
        self.ready = Some(ReadyPictures { data, size, dataset: Arc::new(dataset) });
    }

    /// Whether there is something to [`Self::poll`] for.
    pub(super) fn is_busy(&self) -> bool {
        self.intake.is_some() || self.photos.is_reading() || self.landmarks.is_under_way()
    }

    pub(super) fn is_preparing_for(&self, data: &DataConfig, size: u32) -> bool {
        self.intake.as_ref().is_some_and(|intake| intake.data == *data && intake.size == size)
    }

    /// Starts preparing; what was being prepared is abandoned.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn prepare(&mut self, data: DataConfig, size: u32, out: &mut Outbox) -> Result<(), PicturesFailed> {
        self.again = false;
        let home = DataHome { cache: self.cache.clone(), choices: self.choices.refreshed(out) };
        let intake = Intake::start(data, size, home);
        let failed = |e| PicturesFailed { cause: Cause::Other, text: format!("No thread could be started: {e}") };
        self.intake = Some(intake.map_err(failed)?);
        Ok(())
    }

    /// Makes a change, remembers it, and prepares the newest pictures again.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn edit(&mut self, edit: PictureEdit, out: &mut Outbox) -> Result<(), PicturesFailed> {
        let shown = self.reported.as_ref().and_then(|reported| reported.report.pictures.as_deref());
        self.choices.edit(edit, shown, out);
        if self.intake.is_some() {
            // What it has decoded by then is of use.
            self.again = true;
            return Ok(());
        }
        match &self.reported {
            Some(Reported { data, size, .. }) => self.prepare(data.clone(), *size, out),
            None => Ok(()),
        }
    }

    /// Asks for a photo in place of those asked for before.
    pub(super) fn open_photo(&mut self, path: PathBuf, longest: u32, out: &mut Outbox) {
        self.photos.want(path, longest, out);
    }

    /// Writes the faces of the newest pictures below a folder.
    pub(super) fn write_landmarks(&mut self, folder: PathBuf, out: &mut Outbox) {
        let Some(report) = self.reported.as_ref().map(|reported| reported.report.clone()) else {
            let text = "No pictures are prepared yet; choose a folder of photos first.".to_owned();
            return out.push(Event::Notice { level: Level::Warning, text });
        };
        let write = move || write_landmarks(&report, &folder, JobControl::unattended());
        self.landmarks.start(move || write().map(|report| report.text()), out);
    }

    /// Cancels what is being prepared; that ends as a failure.
    pub(super) fn cancel(&mut self) {
        self.again = false;
        if let Some(intake) = &self.intake {
            intake.cancel();
        }
    }

    /// Cancels what is being prepared; nothing more is heard of it.
    pub(super) fn abandon(&mut self) {
        self.again = false;
        self.intake = None;
    }

    /// Sends photos that were asked for, and the progress of the preparation. Returns its end, if that is reached.
    pub(super) fn poll(&mut self, out: &mut Outbox) -> Option<Result<(), PicturesFailed>> {
        self.photos.poll(out);
        self.landmarks.poll(out);
        let intake = self.intake.as_mut()?;
        if let Some(progress) = intake.progress() {
            out.push(Event::DataProgress(progress));
        }
        let result = intake.finished()?;
        let intake = self.intake.take()?;
        if self.again {
            return self.prepare(intake.data.clone(), intake.size, out).err().map(Err);
        }
        let (data, size) = (intake.data.clone(), intake.size);
        let report = match &result {
            Ok(dataset) => Some(dataset.report().clone()),
            // The window shows why each file was skipped.
            Err(DataError::NoPictures { report }) => Some(report.clone()),
            Err(_) => None,
        };
        if let Some(report) = report {
            out.push(Event::DataReady(report.clone()));
            self.reported = Some(Reported { data: data.clone(), size, report });
            // Those of an earlier request are not on show any more.
            self.ready = None;
        }
        Some(match result {
            Ok(dataset) => {
                self.ready = Some(ReadyPictures { data, size, dataset: Arc::new(dataset) });
                Ok(())
            }
            Err(e) => Err(PicturesFailed { cause: Cause::Data, text: e.to_string() }),
        })
    }
}
