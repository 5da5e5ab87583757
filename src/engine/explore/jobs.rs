//! What takes long: filming, comparing, evaluating and more; each is a [`Job`]. `cat` has those about a photo.

use super::job_thread::{Emit, Job};
use crate::config::{DeviceChoice, RunConfig};
use crate::data::DataHome;
use crate::engine::jobs::curate::{best_of, judged};
use crate::engine::jobs::evaluate;
use crate::engine::jobs::favourites::export_pictures;
use crate::engine::jobs::films::{Easing, FilmOptions, WALK_STRIDE, film_path, film_training, walk_path};
use crate::engine::jobs::neighbours::NeighbourIndex;
use crate::engine::jobs::sharpen::sharpen_run;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::EvaluateRequest;
use crate::engine::protocol::explore_command::RequestKind;
use crate::engine::protocol::explore_event::{Evaluation, ExploreEvent};
use crate::engine::protocol::latent::{FilmPath, Latent};
use crate::engine::protocol::sharpen::{SharpenLimit, SharpenRequest};
use crate::formats::{Keepsake, ModelStamp};
use crate::interrupt::{JobControl, JobProgress};
use crate::latent::KeyPath;
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crate::sharpen::SavedSharpener;
use crate::train::RunDir;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Time between two events about progress: a window shows no more.
pub(super) const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Ranks many pictures by the discriminator of a checkpoint.
pub(super) fn curate(model: PathBuf, seed: u64, count: usize, keep: usize, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-curate", emit, job_failed, move |cancel, emit| {
        let (saved, critic, device) = judged(&model, DeviceChoice::Cpu)?;
        let progress = |p: JobProgress| emit(ExploreEvent::Ranking { done: p.done, total: p.total });
        let control = JobControl::new(cancel, &progress);
        let best = best_of(&saved, &critic, seed, count, keep, device.device(), control)?;
        let best = best.into_iter().map(|r| (r.latent.into(), Arc::new(r.frame))).collect();
        emit(ExploreEvent::Curated(best));
        Ok(())
    })
}

/// Evaluates a generator or a folder. However that ends, there is an [`Evaluation`] about it.
pub(super) fn evaluate(request: EvaluateRequest, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-evaluate", emit, evaluation_failed, move |cancel, emit| {
        let reported = Mutex::new((String::new(), Instant::now()));
        let progress = |JobProgress { phase, done, total }: JobProgress| {
            let mut reported = reported.lock().unwrap_or_else(PoisonError::into_inner);
            if reported.0 != phase || reported.1.elapsed() >= PROGRESS_EVERY {
                *reported = (phase.to_owned(), Instant::now());
                emit(ExploreEvent::Evaluation(Evaluation::Progress { what: phase.to_owned(), done, total }));
            }
        };
        let report = evaluate::evaluate(&request, JobControl::new(cancel, &progress))?;
        emit(ExploreEvent::Evaluation(Evaluation::Done(Arc::new(report))));
        Ok(())
    })
}

/// Finds the training pictures nearest to a picture.
pub(super) fn compare(comparison: Comparison, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-compare", emit, job_failed, move |cancel, emit| {
        let Comparison { latent, frame, run: (dir, config), home, index, count } = comparison;
        if index.get().is_none() {
            // A hundred messages are enough for a bar.
            let progress = |JobProgress { done, total, .. }: JobProgress| {
                if done == total || done % (total / 100).max(1) == 0 {
                    emit(ExploreEvent::Comparing { done, total });
                }
            };
            let opened = NeighbourIndex::open(&dir, &config, &home, JobControl::new(cancel, &progress))?;
            // Filled already by a comparison that was cancelled too late: it holds the same.
            let _ = index.set(opened);
        }
        let (found, verdict) = index.get().map(|index| index.judged(&frame, count)).unwrap_or_default();
        emit(ExploreEvent::Neighbours { latent, found, verdict });
        Ok(())
    })
}

/// Trains the sharpening network of a run, on the CPU: the graphics card may be training.
pub(super) fn sharpen(
    (dir, config): (RunDir, RunConfig),
    home: DataHome,
    minutes: f64,
    emit: Emit,
) -> std::io::Result<Job> {
    Job::start("purrtrait-sharpen", emit, job_failed, move |cancel, emit| {
        let last = Mutex::new(None::<Instant>);
        let progress = |JobProgress { phase, done, total }: JobProgress| {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            if last.is_none_or(|last| last.elapsed() >= PROGRESS_EVERY) {
                *last = Some(Instant::now());
                emit(ExploreEvent::Sharpening { what: phase.to_owned(), done, total });
            }
        };
        let request = SharpenRequest {
            run: dir.root().to_path_buf(),
            limit: SharpenLimit::Minutes(minutes),
            seed: config.seed,
            device: DeviceChoice::Cpu,
        };
        let report = sharpen_run(&dir, &config, &home, &request, JobControl::new(cancel, &progress))?;
        emit(ExploreEvent::SharpenerTrained(Arc::new(report)));
        Ok(())
    })
}

/// Films a path through latent space, or one latent over the course of a training.
pub(super) fn film(saved: Arc<SavedGenerator>, stamp: ModelStamp, film: Film, emit: Emit) -> std::io::Result<Job> {
    Job::start("purrtrait-film", emit, job_failed, move |cancel, emit| {
        let Film { run, path, closed, easing, frames, network, options } = film;
        let kind = saved.config.latent;
        let mut generator = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
        if let Some(network) = &network {
            generator = generator.sharpened(network);
        }
        let progress = |p: JobProgress| emit(ExploreEvent::Filming { done: p.done, total: p.total });
        let control = JobControl::new(cancel, &progress);
        let path = match path {
            FilmPath::Points(points) => {
                KeyPath { kind, keys: points.iter().map(|z| z.to_vec()).collect(), closed, easing }
            }
            FilmPath::Walk { start, seed } => walk_path(kind, &start, WALK_STRIDE, seed, frames, options.fps),
            FilmPath::Training { point } => {
                let run = run.unwrap_or_default();
                let report = film_training(&run, &point, network.as_deref(), &options, control)?;
                emit(ExploreEvent::Filmed { out: report.out, note: report.note });
                return Ok(());
            }
        };
        let report = film_path(&generator, &path, frames, options.upscale, &options, control)?;
        emit(ExploreEvent::Filmed { out: report.out, note: report.note });
        Ok(())
    })
}

/// Exports pictures with their latents.
pub(super) fn export(
    saved: Arc<SavedGenerator>,
    stamp: ModelStamp,
    network: Option<Arc<SavedSharpener>>,
    export: PictureExport,
    emit: Emit,
) -> std::io::Result<Job> {
    Job::start("purrtrait-export", emit, job_failed, move |cancel, emit| {
        let PictureExport { kept, upscale, folder } = export;
        let generator = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
        let generator = match &network {
            Some(network) => generator.sharpened(network),
            None => generator,
        };
        let progress = |p: JobProgress| emit(ExploreEvent::Exporting { done: p.done, total: p.total });
        let count = kept.len();
        export_pictures(&generator, upscale, &kept, &folder, JobControl::new(cancel, &progress))?;
        emit(ExploreEvent::PicturesExported { folder, count });
        Ok(())
    })
}

pub(super) fn job_failed(e: EngineError) -> ExploreEvent {
    match e {
        EngineError::Cancelled => ExploreEvent::Cancelled,
        e => ExploreEvent::Failed { about: RequestKind::Job, text: e.to_string() },
    }
}

fn evaluation_failed(e: EngineError) -> ExploreEvent {
    ExploreEvent::Evaluation(match e {
        EngineError::Cancelled => Evaluation::Cancelled,
        e => Evaluation::Failed(e.to_string()),
    })
}

/// A picture to compare with the training pictures.
pub(super) struct Comparison {
    pub latent: Latent,
    /// The picture of the latent.
    pub frame: Frame,
    /// The run that was trained on them.
    pub run: (RunDir, RunConfig),
    /// Folder of the prepared pictures.
    pub home: DataHome,
    /// The training pictures; empty until the first comparison has prepared them.
    pub index: Arc<OnceLock<NeighbourIndex>>,
    /// How many neighbours to find.
    pub count: usize,
}

/// What to export.
pub(super) struct PictureExport {
    pub kept: Vec<Arc<Keepsake>>,
    /// How many times larger.
    pub upscale: u32,
    pub folder: PathBuf,
}

/// What to film.
pub(super) struct Film {
    /// The run, for a film of its training.
    pub run: Option<PathBuf>,
    pub path: FilmPath,
    pub closed: bool,
    pub easing: Easing,
    pub frames: u32,
    /// Sharpens its pictures.
    pub network: Option<Arc<SavedSharpener>>,
    pub options: FilmOptions,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    /// The event that `work` ends with.
    fn last_event(
        failed: fn(EngineError) -> ExploreEvent,
        work: fn(&AtomicBool, &Emit) -> Result<(), EngineError>,
    ) -> ExploreEvent {
        let (sender, events) = crossbeam_channel::bounded(1);
        let emit: Emit = Arc::new(move |event| sender.send(event).unwrap());
        let _job = Job::start("purrtrait-test", emit, failed, work).unwrap();
        events.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn whatever_ends_a_job_becomes_an_event() {
        let ExploreEvent::Failed { about: RequestKind::Job, text } = last_event(job_failed, |_, _| panic!("no paws"))
        else {
            panic!()
        };
        assert_eq!(text, "an internal error (no paws)");
        let done = last_event(evaluation_failed, |_, _| panic!("{} paws", 3));
        let ExploreEvent::Evaluation(Evaluation::Failed(text)) = done else { panic!("{done:?}") };
        assert_eq!(text, "an internal error (3 paws)");
        let done = last_event(job_failed, |_, _| Err(EngineError::Cancelled));
        assert!(matches!(done, ExploreEvent::Cancelled), "{done:?}");
        let done = last_event(evaluation_failed, |_, _| Err(EngineError::Cancelled));
        assert!(matches!(done, ExploreEvent::Evaluation(Evaluation::Cancelled)), "{done:?}");
    }
}
