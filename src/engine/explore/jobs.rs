//! What takes long: searching for a picture, filming, comparing. Each on a thread of its own, which can be told to give up.

use crate::compute::ComputeDevice;
use crate::config::{DeviceChoice, RunConfig};
use crate::data::{open_square, square_of};
use crate::engine::jobs::curate::{best_of, judged};
use crate::engine::jobs::evaluate::evaluate;
use crate::engine::jobs::films::{Easing, FilmOptions, WALK_STRIDE, film_path, film_training};
use crate::engine::jobs::neighbours::NeighbourIndex;
use crate::engine::loaded_generator::LoadedGenerator;
use crate::engine::protocol::error::{EngineError, panic_text};
use crate::engine::protocol::evaluate::EvaluateRequest;
use crate::engine::protocol::explore_command::RequestKind;
use crate::engine::protocol::explore_event::{Evaluation, ExploreEvent};
use crate::engine::protocol::latent::{FilmPath, Latent, Photo};
use crate::formats::ModelStamp;
use crate::interrupt::{JobControl, JobProgress};
use crate::latent::{KeyPath, walk};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crate::train::{ProjectError, ProjectSettings, Projection, RunDir, project};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Steps of a search between two looks at it.
const EVERY: usize = 5;
/// Between two words about how far a measurement is: a window shows no more.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// A job under way. Dropping it gives it up.
pub struct Job {
    cancel: Arc<AtomicBool>,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// How a job talks: it sends an event and wakes the window.
pub(crate) type Tell = Arc<dyn Fn(ExploreEvent) + Send + Sync>;

impl Job {
    /// Runs `work` on a thread of this name. What goes wrong becomes an event: nobody must wait for a job that is gone.
    fn start(
        name: &str,
        tell: Tell,
        failed: fn(EngineError) -> ExploreEvent,
        work: impl FnOnce(&AtomicBool, &Tell) -> Result<(), EngineError> + Send + 'static,
    ) -> std::io::Result<Self> {
        let cancel = Arc::new(AtomicBool::new(false));
        let flag = cancel.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            // A file can make the work panic.
            let done = catch_unwind(AssertUnwindSafe(|| work(&flag, &tell)));
            let panicked = |panic| Err(EngineError::Other(format!("an internal error ({})", panic_text(panic))));
            if let Err(e) = done.unwrap_or_else(panicked) {
                tell(failed(e));
            }
        })?;
        Ok(Self { cancel })
    }

    /// Searches for the latent whose picture is closest to a photo.
    pub fn search(saved: Arc<SavedGenerator>, photo: Photo, tell: Tell) -> std::io::Result<Self> {
        Self::start("purrtrait-search", tell, job_failed, move |cancel, tell| {
            let side = saved.config.size;
            let picture = match &photo {
                Photo::File(path) => open_square(path, side)?,
                Photo::Pasted(frame) => square_of(frame, side)?,
            };
            let device = ComputeDevice::cpu();
            let failed = |e: ProjectError| match e {
                ProjectError::Cancelled => EngineError::Cancelled,
                other => EngineError::Other(other.to_string()),
            };
            let search = Projection::new(&saved, None, &picture, ProjectSettings::default(), device.device());
            let found = project(search.map_err(failed)?, EVERY, JobControl::silent(cancel), &mut |p, best| {
                let frame = Arc::new(best.frame.clone());
                tell(ExploreEvent::Projecting { done: p.done, total: p.total, frame, error: best.error });
            });
            let found = found.map_err(failed)?;
            tell(ExploreEvent::Projected { latent: found.z.into(), error: found.error, steps: found.steps });
            Ok(())
        })
    }

    /// Ranks many pictures by the discriminator of a checkpoint.
    pub fn curate(model: PathBuf, seed: u64, count: usize, keep: usize, tell: Tell) -> std::io::Result<Self> {
        Self::start("purrtrait-curate", tell, job_failed, move |cancel, tell| {
            let (saved, critic, device) = judged(&model, DeviceChoice::Cpu)?;
            let progress = |p: JobProgress| tell(ExploreEvent::Ranking { done: p.done, total: p.total });
            let control = JobControl::new(cancel, &progress);
            let best = best_of(&saved, &critic, seed, count, keep, device.device(), control)?;
            let best = best.into_iter().map(|r| (r.latent.into(), Arc::new(r.frame))).collect();
            tell(ExploreEvent::Curated(best));
            Ok(())
        })
    }

    /// Measures a generator or a folder. However that ends, it is told as an [`Evaluation`].
    pub fn evaluate(request: EvaluateRequest, tell: Tell) -> std::io::Result<Self> {
        Self::start("purrtrait-evaluate", tell, evaluation_failed, move |cancel, tell| {
            let told = Mutex::new((String::new(), Instant::now()));
            let progress = |JobProgress { phase, done, total }: JobProgress| {
                let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
                if told.0 != phase || told.1.elapsed() >= TOLD_EVERY {
                    *told = (phase.to_owned(), Instant::now());
                    tell(ExploreEvent::Evaluation(Evaluation::Progress { what: phase.to_owned(), done, total }));
                }
            };
            let report = evaluate(&request, JobControl::new(cancel, &progress))?;
            tell(ExploreEvent::Evaluation(Evaluation::Done(Arc::new(report))));
            Ok(())
        })
    }

    /// Finds the training pictures nearest to a picture.
    pub fn compare(comparison: Comparison, tell: Tell) -> std::io::Result<Self> {
        Self::start("purrtrait-compare", tell, job_failed, move |cancel, tell| {
            let Comparison { latent, frame, run: (dir, config), cache, album, count } = comparison;
            if album.get().is_none() {
                // A hundred messages are enough for a bar.
                let progress = |JobProgress { done, total, .. }: JobProgress| {
                    if done == total || done % (total / 100).max(1) == 0 {
                        tell(ExploreEvent::Comparing { done, total });
                    }
                };
                let opened = NeighbourIndex::open(&dir, &config, &cache, JobControl::new(cancel, &progress))?;
                // Taken already by a comparison that was given up and came through: it holds the same.
                let _ = album.set(opened);
            }
            let found = album.get().map(|album| album.nearest(&frame, count)).unwrap_or_default();
            tell(ExploreEvent::Neighbours { latent, found });
            Ok(())
        })
    }

    /// Films the way along points.
    pub fn film(saved: Arc<SavedGenerator>, stamp: ModelStamp, film: Film, tell: Tell) -> std::io::Result<Self> {
        Self::start("purrtrait-film", tell, job_failed, move |cancel, tell| {
            let Film { run, path, closed, easing, frames, options } = film;
            let kind = saved.config.latent;
            let studio = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
            let progress = |p: JobProgress| tell(ExploreEvent::Filming { done: p.done, total: p.total });
            let control = JobControl::new(cancel, &progress);
            let path = match path {
                FilmPath::Points(points) => {
                    KeyPath { kind, keys: points.iter().map(|z| z.to_vec()).collect(), closed, easing }
                }
                FilmPath::Walk { start, seed } => {
                    let keys = frames.div_ceil(options.fps.max(1)) as usize + 1;
                    let keys = walk(kind, &start, WALK_STRIDE, seed, keys);
                    KeyPath { kind, keys, closed: false, easing: Easing::Linear }
                }
                FilmPath::Training { point } => {
                    let run = run.unwrap_or_default();
                    let report = film_training(&run, &point, &options, control)?;
                    tell(ExploreEvent::Filmed(report.out));
                    return Ok(());
                }
            };
            let report = film_path(&studio, &path, frames, &options, control)?;
            tell(ExploreEvent::Filmed(report.out));
            Ok(())
        })
    }
}

fn job_failed(e: EngineError) -> ExploreEvent {
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

/// What to compare with the training pictures.
pub(crate) struct Comparison {
    pub latent: Latent,
    pub frame: Frame,
    /// The run whose pictures they are.
    pub run: (RunDir, RunConfig),
    /// Where prepared pictures are kept.
    pub cache: PathBuf,
    /// The pictures, or the place for them once they are prepared.
    pub album: Arc<OnceLock<NeighbourIndex>>,
    pub count: usize,
}

/// What to film.
pub struct Film {
    /// The run, for a film of its training.
    pub run: Option<PathBuf>,
    pub path: FilmPath,
    pub closed: bool,
    pub easing: Easing,
    pub frames: u32,
    pub options: FilmOptions,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The event that is told when `work` is done in this way.
    fn told(
        failed: fn(EngineError) -> ExploreEvent,
        work: fn(&AtomicBool, &Tell) -> Result<(), EngineError>,
    ) -> ExploreEvent {
        let (sender, events) = crossbeam_channel::bounded(1);
        let tell: Tell = Arc::new(move |event| sender.send(event).unwrap());
        let _job = Job::start("purrtrait-test", tell, failed, work).unwrap();
        events.recv_timeout(Duration::from_secs(60)).unwrap()
    }

    #[test]
    fn whatever_ends_a_job_is_told() {
        let ExploreEvent::Failed { about: RequestKind::Job, text } = told(job_failed, |_, _| panic!("no paws")) else {
            panic!()
        };
        assert_eq!(text, "an internal error (no paws)");
        let done = told(evaluation_failed, |_, _| panic!("{} paws", 3));
        let ExploreEvent::Evaluation(Evaluation::Failed(text)) = done else { panic!("{done:?}") };
        assert_eq!(text, "an internal error (3 paws)");
        let done = told(job_failed, |_, _| Err(EngineError::Cancelled));
        assert!(matches!(done, ExploreEvent::Cancelled), "{done:?}");
        let done = told(evaluation_failed, |_, _| Err(EngineError::Cancelled));
        assert!(matches!(done, ExploreEvent::Evaluation(Evaluation::Cancelled)), "{done:?}");
    }
}
