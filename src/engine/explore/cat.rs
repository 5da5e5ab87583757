//! A person's own cat: its photo is opened, searched for, and put into a copy of the generator; each is a [`Job`].

use super::job_thread::{Emit, Job};
use super::jobs::{PROGRESS_EVERY, job_failed};
use crate::compute::ComputeDevice;
use crate::data::open_upright;
use crate::engine::app_dirs::AppDirs;
use crate::engine::jobs::project::LOOK_EVERY;
use crate::engine::jobs::project::crop::{LONGEST, propose, shares_face, target};
use crate::engine::jobs::project::put_in::{PutIn, put_in};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::latent::{CroppedPhoto, FoundCat, Latent, Photo};
use crate::formats::free_path;
use crate::interrupt::{JobControl, JobProgress};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crate::train::{FoundLatent, ProjectSettings, Projection, TuneSettings, project};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Opens a photo and proposes a square of it.
pub(super) fn open_photo(saved: Arc<SavedGenerator>, photo: Photo, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-photo", emit, job_failed, move |cancel, emit| {
        let frame = match photo {
            Photo::File(path) => Arc::new(open_upright(&path, LONGEST)?.0),
            Photo::Pasted(frame) => frame,
        };
        emit(ExploreEvent::PhotoOpened(propose(frame, &saved, JobControl::silent(cancel))?));
        Ok(())
    })
}

/// Searches for the latent whose picture is closest to the square of a photo.
pub(super) fn search(saved: Arc<SavedGenerator>, photo: CroppedPhoto, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-search", emit, job_failed, move |cancel, emit| {
        let (device, goal) = (ComputeDevice::cpu(), target(&photo, &saved)?);
        let search = Projection::new(&saved, &goal, ProjectSettings::default(), device.device())?;
        let mut often = Often::default();
        let mut found = project(search, LOOK_EVERY, JobControl::silent(cancel), &mut |p, best| {
            if often.due(best.is_some()) {
                emit(ExploreEvent::Projecting { done: p.done, total: p.total, best: best.cloned().map(cat_of) });
            }
        })?;
        found.likeness.face = shares_face(&goal, &found.frame)?;
        emit(ExploreEvent::Projected(cat_of(found)));
        Ok(())
    })
}

/// What is put into a copy of the generator.
pub(super) struct OwnCat {
    /// What names both networks of the generator.
    pub model: PathBuf,
    pub photo: CroppedPhoto,
    pub latent: Latent,
    pub name: String,
    pub out: PathBuf,
}

/// Tunes a copy of the generator until the latent's picture is the square of the photo, and saves it.
pub(super) fn put_in_photo(saved: Arc<SavedGenerator>, dirs: AppDirs, cat: OwnCat, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-put-in", emit, job_failed, move |cancel, emit| {
        let OwnCat { model, photo, latent, name, out } = cat;
        let out = free_path(&out);
        let (device, goal) = (ComputeDevice::cpu(), target(&photo, &saved)?);
        let settings = &TuneSettings::default();
        let wish = PutIn { model: &model, saved: &saved, latent: &latent, goal: &goal, file: &out, name, settings };
        let mut often = Often::default();
        let mut each = |JobProgress { done, total, .. }: JobProgress, picture: Option<(Frame, f64)>| {
            if often.due(picture.is_some()) {
                let picture = picture.map(|(frame, error)| (Arc::new(frame), error));
                emit(ExploreEvent::Tuning { done, total, picture });
            }
        };
        let (frame, report) = put_in(&wish, &dirs, &device, JobControl::silent(cancel), &mut each)?;
        emit(ExploreEvent::PutIn { latent: latent.clone(), frame: Arc::new(frame), report });
        Ok(())
    })
}

/// Lets no more messages through than a window shows.
#[derive(Default)]
struct Often(Option<Instant>);

impl Often {
    fn due(&mut self, now: bool) -> bool {
        let due = now || self.0.is_none_or(|last| last.elapsed() >= PROGRESS_EVERY);
        if due {
            self.0 = Some(Instant::now());
        }
        due
    }
}

fn cat_of(found: FoundLatent) -> FoundCat {
    FoundCat { latent: found.z.into(), frame: Arc::new(found.frame), likeness: found.likeness }
}
