//! Measures the generator of a training that goes on: on a thread of its own, with one processor core, on the CPU. The
//! training gives its averaged weights and never waits for the numbers.

use crate::data::{Dataset, Split};
use crate::engine::jobs::evaluate::draw;
use crate::engine::protocol::error::EngineError;
use crate::interrupt::JobControl;
use crate::metrics::{FEWEST, MOST_TRAINING, MetricError, MetricSettings, PictureSet, Quality, Reference, TrainingSet};
use crate::model::SavedGenerator;
use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

/// Pictures on each side at most: enough to see progress, few enough for some seconds of one core.
const MOST: usize = 500;

/// The pictures of a run: what it trains on and what it holds back.
pub(crate) struct Album {
    pub dataset: Arc<Dataset>,
    pub split: Split,
    pub seed: u64,
}

/// What was measured, and the seconds that drawing and measuring took.
pub(crate) struct Measured {
    pub quality: Quality,
    pub seconds: f64,
}

/// The worker's end of the channels. Dropping it ends the thread within a moment.
pub(crate) struct Measurer {
    tasks: Sender<SavedGenerator>,
    results: Receiver<Result<Measured, EngineError>>,
    cancel: Arc<AtomicBool>,
}

impl Measurer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system refuses it.
    pub fn start(album: Arc<Album>) -> std::io::Result<Self> {
        let (task_sender, tasks) = bounded(1);
        let (sender, results) = bounded(1);
        let cancel = Arc::new(AtomicBool::new(false));
        let stop = cancel.clone();
        thread::Builder::new().name("purrtrait-measure".into()).spawn(move || {
            // With a pool of its own it never takes more than one core, nor waits behind the training's work.
            let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
            if let Err(e) = &pool {
                log::warn!("measuring shares the training's threads: {e}");
            }
            work(&album, &tasks, &sender, &stop);
        })?;
        Ok(Self { tasks: task_sender, results, cancel })
    }

    /// Hands over a generator without waiting. False while an earlier one is not measured yet.
    pub fn offer(&self, generator: SavedGenerator) -> bool {
        match self.tasks.try_send(generator) {
            // The thread is gone: the next look for a result tells.
            Ok(()) | Err(TrySendError::Disconnected(_)) => true,
            Err(TrySendError::Full(_)) => false,
        }
    }

    /// The result of what was handed over, once it is there.
    pub fn result(&self) -> Option<Result<Measured, EngineError>> {
        match self.results.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some(Err(EngineError::Other("the thread that measures ended unexpectedly".to_owned())))
            }
        }
    }
}

impl Drop for Measurer {
    fn drop(&mut self) {
        self.cancel.store(true, Ordering::Relaxed);
    }
}

/// One generator after another, until the run ends.
fn work(
    album: &Album,
    tasks: &Receiver<SavedGenerator>,
    results: &Sender<Result<Measured, EngineError>>,
    cancel: &AtomicBool,
) {
    let mut reference = None;
    for generator in tasks {
        let result = album.measure(&generator, &mut reference, cancel);
        if results.send(result).is_err() {
            return;
        }
    }
}

impl Album {
    /// Why nothing can be measured, if so.
    pub fn too_few(&self) -> Option<MetricError> {
        let found = self.split.training.len() + self.split.held.len();
        (found < FEWEST).then_some(MetricError::TooFew { what: "pictures", found, needed: FEWEST })
    }

    /// Pictures held back are compared with where there are enough of them, else all.
    fn reals(&self) -> Vec<u32> {
        let Split { training, held } = &self.split;
        if self.holds_enough() { held.clone() } else { [&training[..], held].concat() }
    }

    fn holds_enough(&self) -> bool {
        self.split.held.len() >= FEWEST
    }

    /// At most `count` of these places, chosen at random.
    fn set(&self, places: &[u32], count: usize) -> Result<PictureSet, MetricError> {
        let mut set = PictureSet::new(self.dataset.side() as usize);
        for i in PictureSet::draw(places.len(), count, self.seed) {
            set.push(self.dataset.picture(places[i] as usize))?;
        }
        Ok(set)
    }

    /// The first time this prepares the real pictures, which are kept.
    fn measure(
        &self,
        generator: &SavedGenerator,
        reference: &mut Option<Reference>,
        cancel: &AtomicBool,
    ) -> Result<Measured, EngineError> {
        let control = JobControl::silent(cancel);
        let reference = match reference {
            Some(reference) => reference,
            None => reference.insert(self.reference(control)?),
        };
        let started = Instant::now();
        let fakes = draw(generator, reference.len(), self.seed, control)?;
        let mut quality = reference.evaluate(&fakes, control)?;
        if !self.holds_enough() {
            let held = self.split.held.len();
            let text = format!("{held} are held back and {FEWEST} are needed to compare with those alone");
            quality.notes.push(text);
        }
        let trained = self.split.training.len();
        if trained > MOST_TRAINING {
            quality.notes.push(format!("of {trained} training pictures {MOST_TRAINING} were looked at"));
        }
        Ok(Measured { quality, seconds: started.elapsed().as_secs_f64() })
    }

    fn reference(&self, control: JobControl) -> Result<Reference, MetricError> {
        // A quarter of the patches and directions: less exact, but both for the pictures and for their floor.
        let usual = MetricSettings::default();
        let settings =
            MetricSettings { seed: self.seed, patches: usual.patches / 4, directions: usual.directions / 4, ..usual };
        let reals = self.set(&self.reals(), MOST)?;
        let (side, places) = (self.dataset.side() as usize, &self.split.training);
        let picture = |i: usize| self.dataset.picture(places[i] as usize);
        let training = TrainingSet::gather(side, places.len(), reals.len(), self.seed, picture, control)?;
        Reference::new(reals, Some(training), settings, control)
    }
}
