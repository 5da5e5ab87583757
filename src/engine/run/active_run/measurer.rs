//! Measures the generator of a run while it trains: on a thread of its own, with one processor core, on the CPU. The
//! training hands over its EMA weights and never waits for the results.

use crate::compute::work_alone;
use crate::engine::jobs::evaluate::generate_set;
use crate::engine::protocol::error::EngineError;
use crate::engine::split_pictures::{SplitPictures, Subset};
use crate::interrupt::JobControl;
use crate::metrics::{FEWEST, MOST_TRAINING, MetricError, MetricSettings, Quality, QualityReference};
use crate::model::SavedGenerator;
use crossbeam_channel::{Receiver, Sender, TryRecvError, TrySendError, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

/// Pictures on each side at most: enough to see progress, few enough for some seconds of one core.
const MOST: usize = 500;

/// What was measured, and the seconds that generating and measuring the pictures took.
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
    pub(crate) fn start(pictures: SplitPictures, seed: u64) -> std::io::Result<Self> {
        let (task_sender, tasks) = bounded(1);
        let (sender, results) = bounded(1);
        let cancel = Arc::new(AtomicBool::new(false));
        let stop = cancel.clone();
        thread::Builder::new().name("purrtrait-measure".into()).spawn(move || {
            work_alone();
            work(Measurement { pictures, seed, reference: None }, &tasks, &sender, JobControl::silent(&stop));
        })?;
        Ok(Self { tasks: task_sender, results, cancel })
    }

    /// Hands over a generator without waiting. False while an earlier one is not measured yet.
    pub(crate) fn offer(&self, generator: SavedGenerator) -> bool {
        match self.tasks.try_send(generator) {
            // The thread is gone: the next check for a result reports that.
            Ok(()) | Err(TrySendError::Disconnected(_)) => true,
            Err(TrySendError::Full(_)) => false,
        }
    }

    /// The result of what was handed over, once it is there.
    pub(crate) fn result(&self) -> Option<Result<Measured, EngineError>> {
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
    mut measurement: Measurement,
    tasks: &Receiver<SavedGenerator>,
    results: &Sender<Result<Measured, EngineError>>,
    control: JobControl,
) {
    for generator in tasks {
        if results.send(measurement.measure(&generator, control)).is_err() {
            return;
        }
    }
}

/// Why nothing can be measured with these pictures, if so.
pub(super) fn too_few(pictures: &SplitPictures) -> Option<MetricError> {
    let found = pictures.training.len() + pictures.held_out.len();
    (found < FEWEST).then_some(MetricError::TooFew { what: "pictures", found, needed: FEWEST })
}

/// What the thread measures with.
struct Measurement {
    pictures: SplitPictures,
    seed: u64,
    /// Prepared by the first measurement and kept.
    reference: Option<QualityReference>,
}

impl Measurement {
    /// Generated pictures are compared with the held-out ones where there are enough of them, otherwise with all.
    fn reals(&self) -> Subset {
        if self.holds_enough() { self.pictures.held_out.clone() } else { self.pictures.all() }
    }

    fn holds_enough(&self) -> bool {
        self.pictures.held_out.len() >= FEWEST
    }

    fn measure(&mut self, generator: &SavedGenerator, control: JobControl) -> Result<Measured, EngineError> {
        let reference = match self.reference.take() {
            Some(reference) => reference,
            None => self.reference(control)?,
        };
        let reference = self.reference.insert(reference);
        let started = Instant::now();
        let fakes = generate_set(generator, reference.len(), self.seed, control)?;
        let mut quality = reference.evaluate(&fakes, control)?;
        if !self.holds_enough() {
            let held = self.pictures.held_out.len();
            let text = format!(
                "compared with all pictures: {held} are held out, and a comparison with those alone needs {FEWEST}"
            );
            quality.notes.push(text);
        }
        let trained = self.pictures.training.len();
        if trained > MOST_TRAINING {
            quality.notes.push(format!("{MOST_TRAINING} of {trained} training pictures were compared"));
        }
        Ok(Measured { quality, seconds: started.elapsed().as_secs_f64() })
    }

    fn reference(&self, control: JobControl) -> Result<QualityReference, MetricError> {
        // A quarter of the patches and directions: less exact, but both for the pictures and for their floor.
        let usual = MetricSettings::default();
        let settings =
            MetricSettings { seed: self.seed, patches: usual.patches / 4, directions: usual.directions / 4, ..usual };
        let reals = self.reals().sample(MOST, self.seed)?;
        let training = self.pictures.training.training_set(reals.len(), self.seed, control)?;
        QualityReference::new(reals, Some(training), settings, control)
    }
}
