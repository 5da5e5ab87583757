//! When the pictures of a run are measured, and what becomes of the numbers.

use super::{ActiveRun, Trouble};
use crate::engine::format::thousands;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, Level, QualityPoint};
use crate::engine::protocol::outbox::Outbox;
use crate::engine::run::measure::{Measured, Measurer, too_few};
use crate::engine::split_pictures::SplitPictures;
use std::sync::Arc;
use std::time::Instant;

/// After a measurement the thread rests so many times as long as it took: on small data sets epochs are short.
const REST: u32 = 9;

/// What a run keeps for measuring its pictures.
pub(super) struct Measuring {
    pictures: SplitPictures,
    seed: u64,
    /// None before the first measurement.
    measurer: Option<Measurer>,
    under_way: Option<UnderWay>,
    /// Where the last measurement began, or this session.
    epoch: f64,
    rest_until: Option<Instant>,
    /// The last step whose pictures were handed over.
    handed_over: Option<u64>,
    /// Measured, and not in the run folder yet.
    unwritten: Option<Arc<QualityPoint>>,
    /// It cannot be done; that was said once.
    off: bool,
}

struct UnderWay {
    step: u64,
    began: Instant,
    /// Mean signs of the discriminator's logits at that time.
    judged: [Option<f64>; 2],
    /// The run went back meanwhile: nobody wants to know any more.
    forgotten: bool,
}

impl Measuring {
    pub fn new(pictures: SplitPictures, seed: u64, epoch: f64) -> Self {
        let (measurer, under_way, rest_until, handed_over, unwritten) = Default::default();
        Self { pictures, seed, measurer, under_way, epoch, rest_until, handed_over, unwritten, off: false }
    }

    fn is_due(&self, epoch: f64, every: f64) -> bool {
        let next = ((self.epoch / every + 1e-9).floor() + 1.0) * every;
        let free = !self.off && self.under_way.is_none() && self.rest_until.is_none_or(|until| Instant::now() >= until);
        every > 0.0 && epoch + 1e-9 >= next && free
    }
}

impl ActiveRun {
    /// Numbers are on their way; someone has to look for them.
    pub fn is_measuring(&self) -> bool {
        self.measuring.under_way.is_some()
    }

    /// Hands the averaged weights over if it is time: one read from the device, the only cost for the training.
    pub(super) fn measure(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let (epoch, every) = (self.trainer.epoch(), self.trainer.tunables().measure_every);
        // Known from the first step on: nobody has to wait for numbers that never come.
        if every > 0.0
            && !self.measuring.off
            && let Some(e) = too_few(&self.measuring.pictures)
        {
            self.give_up_measuring(Level::Info, &e.into(), out);
            return Ok(());
        }
        if self.measuring.is_due(epoch, every) {
            self.measuring.epoch = epoch;
            self.hand_over(out)?;
        }
        Ok(())
    }

    /// The pictures that a run ends with, in a run that is long enough for one measurement.
    pub(super) fn measure_last(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let (step, every) = (self.trainer.step_count(), self.trainer.tunables().measure_every);
        let measured = every > 0.0 && self.trainer.epoch() + 1e-9 >= every && !self.measuring.off;
        let known = self.measuring.handed_over == Some(step) || step <= self.info.first_step;
        if measured && !known && !self.is_measuring() {
            let step = thousands(step);
            let text =
                format!("Step {step} is saved; its pictures are being measured. Stopping does not wait for that.");
            out.push(Event::Notice { level: Level::Info, text });
            self.hand_over(out)?;
        }
        Ok(())
    }

    fn hand_over(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let step = self.trainer.step_count();
        self.measuring.handed_over = Some(step);
        let Some(generator) = self.averaged()? else { return Ok(()) };
        let measurer = match &mut self.measuring.measurer {
            Some(measurer) => measurer,
            none => match Measurer::start(self.measuring.pictures.clone(), self.measuring.seed) {
                Ok(measurer) => none.insert(measurer),
                Err(e) => {
                    let e = EngineError::Other(format!("no thread could be started: {e}"));
                    self.give_up_measuring(Level::Warning, &e, out);
                    return Ok(());
                }
            },
        };
        if measurer.offer(generator) {
            let judged = self.guard.judged;
            self.measuring.under_way = Some(UnderWay { step, began: Instant::now(), judged, forgotten: false });
            out.push(Event::Measuring(Some(step)));
        }
        Ok(())
    }

    /// Takes the numbers in, if they are there.
    pub(super) fn collect_measurement(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        self.write_point()?;
        if self.measuring.under_way.is_none() {
            return Ok(());
        }
        let Some(result) = self.measuring.measurer.as_ref().and_then(Measurer::result) else { return Ok(()) };
        let Some(UnderWay { step, began, judged, forgotten }) = self.measuring.under_way.take() else { return Ok(()) };
        self.measuring.rest_until = Some(Instant::now() + began.elapsed() * REST);
        if forgotten {
            return Ok(());
        }
        let Measured { mut quality, seconds } = match result {
            Ok(measured) => measured,
            Err(e) => {
                out.push(Event::Measuring(None));
                self.give_up_measuring(Level::Warning, &e, out);
                return Ok(());
            }
        };
        [quality.r_train, quality.r_held] = judged;
        self.guard.measured(step, quality.memorisation);
        let point = Arc::new(QualityPoint { step, seconds, quality });
        out.push(Event::Quality(point.clone()));
        self.measuring.unwritten = Some(point);
        self.write_point()
    }

    /// With a full disk the numbers are kept for the next time.
    fn write_point(&mut self) -> Result<(), Trouble> {
        if let Some(point) = &self.measuring.unwritten {
            self.dir.append_quality(&**point)?;
            self.measuring.unwritten = None;
        }
        Ok(())
    }

    /// The run went back: what is being measured belongs to steps that are forgotten.
    pub(super) fn forget_measurement(&mut self, out: &mut Outbox) {
        (self.measuring.epoch, self.measuring.handed_over) = (self.trainer.epoch(), None);
        let step = self.trainer.step_count();
        self.measuring.unwritten = self.measuring.unwritten.take().filter(|point| point.step <= step);
        if let Some(under_way) = self.measuring.under_way.as_mut().filter(|u| !u.forgotten) {
            under_way.forgotten = true;
            out.push(Event::Measuring(None));
        }
    }

    /// The run ends: nobody waits for numbers.
    pub(super) fn stop_measuring(&mut self, out: &mut Outbox) {
        self.measuring.measurer = None;
        if self.measuring.under_way.take().is_some_and(|under_way| !under_way.forgotten) {
            out.push(Event::Measuring(None));
        }
    }

    fn give_up_measuring(&mut self, level: Level, why: &EngineError, out: &mut Outbox) {
        self.measuring.off = true;
        self.measuring.measurer = None;
        let text = format!("The pictures of this run are not measured: {why}.");
        out.push(Event::NotMeasured(text.clone()));
        out.push(Event::Notice { level, text });
    }
}
