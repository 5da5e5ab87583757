//! Measures how fast recipes train, one at a time, on a thread of its own: of those that are asked for meanwhile only
//! the newest.

use super::task::Task;
use crate::config::RunConfig;
use crate::engine::jobs::speed::step_speed;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::Event;
use crate::engine::protocol::outbox::Outbox;
use crate::engine::protocol::speed::StepSpeed;
use crate::interrupt::JobControl;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

type Measured = Result<StepSpeed, EngineError>;

/// Measures recipes. Two at once would slow each other down.
#[derive(Default)]
pub(crate) struct SpeedMeter {
    measuring: Option<Measuring>,
    next: Option<Box<RunConfig>>,
}

struct Measuring {
    config: Box<RunConfig>,
    /// Looked at between two steps.
    cancel: Arc<AtomicBool>,
    task: Task<Measured>,
}

impl SpeedMeter {
    /// Asks for a recipe in place of those asked for before.
    pub(super) fn want(&mut self, config: Box<RunConfig>, out: &mut Outbox) {
        self.cancel();
        self.next = Some(config);
        if self.measuring.is_none() {
            self.start_next(out);
        }
    }

    pub(super) fn cancel(&mut self) {
        self.next = None;
        if let Some(measuring) = &self.measuring {
            measuring.cancel.store(true, Ordering::Relaxed);
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.measuring.is_some()
    }

    /// Tells the time of a step once it is known.
    pub(super) fn poll(&mut self, out: &mut Outbox) {
        let Some(result) = self.measuring.as_ref().and_then(|measuring| measuring.task.finished()) else { return };
        let Some(Measuring { config, cancel, .. }) = self.measuring.take() else { return };
        if !cancel.load(Ordering::Relaxed) {
            let found = match result {
                Ok(Ok(speed)) => Ok(speed),
                Ok(Err(e)) => Err(e.to_string()),
                Err(reason) => Err(format!("The measurement failed: {reason}.")),
            };
            out.push(Event::Speed { config, found });
        }
        self.start_next(out);
    }

    fn start_next(&mut self, out: &mut Outbox) {
        let Some(config) = self.next.take() else { return };
        let cancel = Arc::new(AtomicBool::new(false));
        let (recipe, stop) = (config.clone(), cancel.clone());
        match Task::start("purrtrait-speed", move || step_speed(&recipe, JobControl::silent(&stop))) {
            Ok(task) => self.measuring = Some(Measuring { config, cancel, task }),
            Err(e) => out.push(Event::Speed { config, found: Err(format!("No thread could be started: {e}.")) }),
        }
    }
}

impl Drop for SpeedMeter {
    /// The end of the engine waits for nobody's forecast.
    fn drop(&mut self) {
        self.cancel();
    }
}
