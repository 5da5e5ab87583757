//! When the pictures of a run are measured, and what becomes of the results.

use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, QualityPoint};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::active_run::measurer::{Measured, Measurer, too_few};
use crate::engine::run::active_run::saving::next_multiple;
use crate::engine::split_pictures::SplitPictures;
use crate::model::SavedGenerator;
use crate::train::{RunDir, RunDirError};
use std::sync::Arc;
use std::time::Instant;

/// After a measurement the thread rests so many times as long as it took: on small data sets epochs are short.
const REST: u32 = 9;

/// Knows when the pictures of a run are measured, and waits for the results.
pub(super) struct Measuring {
    pictures: SplitPictures,
    seed: u64,
    /// None before the first measurement.
    measurer: Option<Measurer>,
    under_way: Option<UnderWay>,
    /// The epoch of the last measurement, or at which this session began.
    epoch: f64,
    rest_until: Option<Instant>,
    /// The step whose pictures were handed over last.
    handed_over: Option<u64>,
    /// Measured, and not in the run folder yet.
    unwritten: Option<Arc<QualityPoint>>,
    /// It cannot be done, and the front end knows.
    off: bool,
}

struct UnderWay {
    step: u64,
    began: Instant,
    /// Mean signs of the discriminator's logits at that time.
    judged: [Option<f64>; 2],
    /// The run was rolled back meanwhile: the result is of no interest.
    forgotten: bool,
}

impl Measuring {
    pub(super) fn new(pictures: SplitPictures, seed: u64, epoch: f64) -> Self {
        let (measurer, under_way, rest_until, handed_over, unwritten) = Default::default();
        Self { pictures, seed, measurer, under_way, epoch, rest_until, handed_over, unwritten, off: false }
    }

    fn is_due(&self, epoch: f64, every: f64) -> bool {
        let free = !self.off && self.under_way.is_none() && self.rest_until.is_none_or(|until| Instant::now() >= until);
        every > 0.0 && epoch + 1e-9 >= next_multiple(self.epoch, every) && free
    }

    /// Whether the pictures are due to be measured, as they are every `every` epochs (0: never). The next time they are
    /// due counts from here.
    pub(super) fn becomes_due(&mut self, epoch: f64, every: f64, out: &mut Outbox) -> bool {
        // Known from the first step on: nobody has to wait for results that never come.
        if every > 0.0
            && !self.off
            && let Some(e) = too_few(&self.pictures)
        {
            let why = format!(
                "{e}, so nothing notices copies or overfitting, the run does not stop at copies, and no checkpoint is \
                 known to be the best. Compare the samples with your pictures now and then, and stop when they begin \
                 to repeat them"
            );
            self.give_up(Level::Info, &EngineError::Other(why), out);
        }
        let due = self.is_due(epoch, every);
        if due {
            self.epoch = epoch;
        }
        due
    }

    /// Whether a run that ends at this step still has to be measured: one that is long enough for a measurement.
    pub(super) fn is_missing(&self, step: u64, epoch: f64, every: f64) -> bool {
        let measured = every > 0.0 && epoch + 1e-9 >= every && !self.off;
        measured && self.handed_over != Some(step) && !self.is_under_way()
    }

    /// The step whose pictures were handed over last.
    pub(super) fn handed_over(&self) -> Option<u64> {
        self.handed_over
    }

    /// Results are to come.
    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Has the pictures of this generator measured; none where its weights are not finite. `judged` are the mean signs
    /// of the discriminator's logits now.
    pub(super) fn start(
        &mut self,
        step: u64,
        generator: Option<SavedGenerator>,
        judged: [Option<f64>; 2],
        out: &mut Outbox,
    ) {
        self.handed_over = Some(step);
        let Some(generator) = generator else { return };
        let measurer = match &mut self.measurer {
            Some(measurer) => measurer,
            none => match Measurer::start(self.pictures.clone(), self.seed) {
                Ok(measurer) => none.insert(measurer),
                Err(e) => {
                    let e = EngineError::Other(format!("no thread could be started: {e}"));
                    return self.give_up(Level::Warning, &e, out);
                }
            },
        };
        if measurer.offer(generator) {
            self.under_way = Some(UnderWay { step, began: Instant::now(), judged, forgotten: false });
            out.push(Event::Measuring(Some(step)));
        }
    }

    /// The results, once they are there.
    pub(super) fn collect(&mut self, out: &mut Outbox) -> Option<Arc<QualityPoint>> {
        self.under_way.as_ref()?;
        let result = self.measurer.as_ref().and_then(Measurer::result)?;
        let UnderWay { step, began, judged, forgotten } = self.under_way.take()?;
        self.rest_until = Some(Instant::now() + began.elapsed() * REST);
        if forgotten {
            return None;
        }
        let Measured { mut quality, seconds } = match result {
            Ok(measured) => measured,
            Err(e) => {
                out.push(Event::Measuring(None));
                self.give_up(Level::Warning, &e, out);
                return None;
            }
        };
        [quality.r_train, quality.r_held] = judged;
        let point = Arc::new(QualityPoint { step, seconds, quality });
        out.push(Event::Quality(point.clone()));
        self.unwritten = Some(point.clone());
        Some(point)
    }

    /// Writes the results that are not in the run folder yet.
    ///
    /// # Errors
    /// A full disk: they are kept for the next time.
    pub(super) fn write(&mut self, dir: &RunDir) -> Result<(), RunDirError> {
        if let Some(point) = &self.unwritten {
            dir.append_quality(&**point)?;
            self.unwritten = None;
        }
        Ok(())
    }

    /// The run was rolled back to this step: what is being measured belongs to steps that are forgotten.
    pub(super) fn roll_back(&mut self, step: u64, epoch: f64, out: &mut Outbox) {
        (self.epoch, self.handed_over) = (epoch, None);
        self.unwritten = self.unwritten.take().filter(|point| point.step <= step);
        if let Some(under_way) = self.under_way.as_mut().filter(|u| !u.forgotten) {
            under_way.forgotten = true;
            out.push(Event::Measuring(None));
        }
    }

    /// The run ends: nobody waits for results.
    pub(super) fn stop(&mut self, out: &mut Outbox) {
        self.measurer = None;
        if self.under_way.take().is_some_and(|under_way| !under_way.forgotten) {
            out.push(Event::Measuring(None));
        }
    }

    fn give_up(&mut self, level: Level, why: &EngineError, out: &mut Outbox) {
        self.off = true;
        self.measurer = None;
        let text = format!("Picture quality is not measured: {why}.");
        out.push(Event::NotMeasured(text.clone()));
        out.push(Event::Notice { level, text });
    }
}
