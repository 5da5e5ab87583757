//! What the engine told about measuring a generator: how far it is, and what came of it.

use super::text;
use crate::engine::{EvaluateReport, Evaluation, Level};
use std::sync::Arc;

/// An evaluation in progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluating {
    /// The part that is being done, how much of it is done, and how much there is.
    pub what: String,
    pub done: usize,
    pub total: usize,
    /// When the part began.
    began: f64,
    /// Cancel was pressed.
    pub stopping: bool,
}

impl Evaluating {
    /// Seconds that this part still takes, once that can be told.
    pub(crate) fn eta(&self, now: f64) -> Option<f64> {
        let elapsed = now - self.began;
        let known = self.done > 0 && self.done < self.total && elapsed > 1.0;
        known.then(|| elapsed * (self.total - self.done) as f64 / self.done as f64)
    }
}

/// How the evaluation in progress, or the last one, went.
#[derive(Debug, Default)]
pub struct EvaluationState {
    pub running: Option<Evaluating>,
    /// What came of the last one that ended well.
    pub report: Option<Arc<EvaluateReport>>,
    /// Why the last one did not.
    pub failure: Option<String>,
}

impl EvaluationState {
    /// It was asked for.
    pub fn starts(&mut self, now: f64) {
        self.failure = None;
        let what = "opening the files".to_owned();
        self.running = Some(Evaluating { what, done: 0, total: 0, began: now, stopping: false });
    }

    /// Cancel was asked for; the answer is on its way.
    pub fn stops(&mut self) {
        self.running.iter_mut().for_each(|running| running.stopping = true);
    }

    /// Takes in one message; gives what to tell the person.
    pub fn apply(&mut self, told: Evaluation, now: f64) -> Option<(Level, String)> {
        match told {
            Evaluation::Progress { what, done, total } => {
                let running = self.running.as_mut()?;
                let began = if running.what == what { running.began } else { now };
                *running = Evaluating { what, done, total, began, stopping: running.stopping };
                return None;
            }
            Evaluation::Done(report) => {
                let pictures = text::of(report.quality.pictures, "picture");
                self.report = Some(report);
                self.running = None;
                return Some((Level::Good, format!("Evaluated {pictures}.")));
            }
            Evaluation::Failed(text) => self.failure = Some(text),
            Evaluation::Cancelled => {}
        }
        self.running = None;
        let text = self.failure.as_ref()?;
        Some((Level::Error, format!("The evaluation failed. {text}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_part_under_way() {
        let mut state = EvaluationState::default();
        let progress = |what: &str, done| Evaluation::Progress { what: what.to_owned(), done, total: 100 };
        assert!(state.apply(progress("pictures generated", 10), 5.0).is_none() && state.running.is_none(), "too late");
        state.starts(0.0);
        state.apply(progress("pictures generated", 0), 10.0);
        state.apply(progress("pictures generated", 25), 14.0);
        assert_eq!(state.running.as_ref().unwrap().eta(14.0), Some(12.0));
        state.apply(progress("scales compared", 0), 30.0);
        assert_eq!(state.running.as_ref().unwrap().eta(31.5), None);
        state.stops();
        state.apply(progress("scales compared", 1), 32.0);
        assert!(state.running.as_ref().unwrap().stopping);
        assert_eq!(state.apply(Evaluation::Cancelled, 33.0), None);
        assert!(state.running.is_none());
    }
}
