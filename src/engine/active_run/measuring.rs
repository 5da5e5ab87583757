//! When the pictures of a run are measured, and what becomes of the numbers.

use super::{ActiveRun, Trouble};
use crate::engine::error::EngineError;
use crate::engine::event::{Event, Level, QualityPoint};
use crate::engine::measure::{Album, Measured, Measurer};
use crate::engine::outbox::Outbox;
use std::sync::Arc;
use std::time::Instant;

/// After a measurement the thread rests so many times as long as it took: on small data sets epochs are short.
const REST: u32 = 9;

/// What a run keeps for measuring its pictures.
pub(super) struct Measuring {
    album: Arc<Album>,
    /// None before the first measurement.
    measurer: Option<Measurer>,
    under_way: Option<UnderWay>,
    /// Where the last measurement began, or this session.
    epoch: f64,
    rest_until: Option<Instant>,
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
    pub fn new(album: Album, epoch: f64) -> Self {
        let album = Arc::new(album);
        Self { album, measurer: None, under_way: None, epoch, rest_until: None, off: false }
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
            && let Some(e) = self.measuring.album.too_few()
        {
            self.give_up_measuring(Level::Info, &e.into(), out);
            return Ok(());
        }
        if !self.measuring.is_due(epoch, every) {
            return Ok(());
        }
        self.measuring.epoch = epoch;
        let Some(generator) = self.averaged()? else { return Ok(()) };
        let measurer = match &mut self.measuring.measurer {
            Some(measurer) => measurer,
            none => match Measurer::start(self.measuring.album.clone()) {
                Ok(measurer) => none.insert(measurer),
                Err(e) => {
                    let e = EngineError::Other(format!("no thread could be started: {e}"));
                    self.give_up_measuring(Level::Warning, &e, out);
                    return Ok(());
                }
            },
        };
        if measurer.offer(generator) {
            let (step, judged) = (self.trainer.step_count(), self.guard.judged);
            self.measuring.under_way = Some(UnderWay { step, began: Instant::now(), judged, forgotten: false });
            out.push(Event::Measuring(Some(step)));
        }
        Ok(())
    }

    /// Takes the numbers in, if they are there.
    pub(super) fn collect_measurement(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
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
        Ok(self.dir.append_quality(&*point)?)
    }

    /// The run went back: what is being measured belongs to steps that are forgotten.
    pub(super) fn forget_measurement(&mut self, out: &mut Outbox) {
        self.measuring.epoch = self.trainer.epoch();
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
