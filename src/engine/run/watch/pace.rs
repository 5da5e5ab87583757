//! How far a run is and how fast, from the readings in its history.

use crate::engine::protocol::event::{Progress, RunInfo, StepMetrics};
use crate::train::{Done, planned_steps};
use std::collections::VecDeque;

/// Readings over which the speed is taken.
const READINGS: usize = 200;

/// The newest readings.
#[derive(Default)]
pub(super) struct Pace {
    /// Of each the step and the seconds of training so far.
    readings: VecDeque<(u64, f64)>,
    newest: Option<StepMetrics>,
}

impl Pace {
    /// Adds readings. After a rollback the steps before it tell nothing about the speed.
    pub(super) fn add(&mut self, readings: &[StepMetrics]) {
        for m in readings {
            if self.readings.back().is_some_and(|(step, seconds)| *step >= m.step || *seconds > m.seconds) {
                self.readings.clear();
            }
            self.readings.push_back((m.step, m.seconds));
            if self.readings.len() > READINGS {
                self.readings.pop_front();
            }
        }
        self.newest = readings.last().copied().or(self.newest);
    }

    /// How far the run is; none before its first reading. `d_steps`: updates of the discriminator per step.
    pub(super) fn progress(&self, info: &RunInfo, d_steps: u32) -> Option<Progress> {
        let StepMetrics { step, epoch, .. } = self.newest?;
        let (first, last) = (self.readings.front()?, self.readings.back()?);
        let seconds = last.1 - first.1;
        let speed = if seconds > 0.0 { (last.0 - first.0) as f64 / seconds } else { 0.0 };
        let batch = f64::from(info.config.batch.max(1));
        let batches = (epoch * info.pictures as f64 / batch).round() as u64;
        let last_step =
            planned_steps(&info.config, info.pictures, Done { steps: step, batches, d_steps: d_steps.max(1) });
        let left = last_step.map(|last| last.saturating_sub(step) as f64);
        Some(Progress {
            step,
            epoch,
            steps_per_second: speed,
            images_per_second: speed * batch,
            eta_seconds: left.filter(|_| speed > 0.0).map(|left| left / speed),
            last_step,
        })
    }
}
