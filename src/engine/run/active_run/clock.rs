//! How long a run has trained, and how fast it is.

use std::time::Instant;

/// Weight of the newest reading in the displayed speed.
const SPEED_SMOOTHING: f64 = 0.2;

/// The time that training takes. Pauses and saves do not count.
pub(super) struct TrainingClock {
    /// Seconds of training in earlier sessions and up to the last reading.
    seconds: f64,
    read_at: Instant,
    read_step: u64,
    steps_per_second: f64,
    /// The next reading alone tells the speed.
    new_pace: bool,
}

impl TrainingClock {
    /// For a run that has trained for `seconds` up to `step`.
    pub(super) fn new(seconds: f64, step: u64) -> Self {
        Self { seconds, read_at: Instant::now(), read_step: step, steps_per_second: 0.0, new_pace: true }
    }

    /// Seconds of training up to the last reading.
    pub(super) fn seconds(&self) -> f64 {
        self.seconds
    }

    /// Seconds of training up to now.
    pub(super) fn now(&self) -> f64 {
        self.seconds + self.read_at.elapsed().as_secs_f64()
    }

    /// Smoothed; 0 before the first reading.
    pub(super) fn steps_per_second(&self) -> f64 {
        self.steps_per_second
    }

    /// The training resumes at `step`: what has passed since the last reading was no training.
    pub(super) fn resume(&mut self, step: u64) {
        (self.read_at, self.read_step) = (Instant::now(), step);
    }

    /// The training goes on at another pace: what was read before says nothing about its speed.
    pub(super) fn change_pace(&mut self) {
        self.new_pace = true;
    }

    /// The training is at a state that had been trained for `seconds`.
    pub(super) fn set_seconds(&mut self, seconds: f64) {
        self.seconds = seconds;
    }

    /// Counts the time up to `step`. Returns the seconds since the last reading.
    pub(super) fn read(&mut self, step: u64) -> f64 {
        let (now, steps) = (Instant::now(), step.saturating_sub(self.read_step));
        let elapsed = now.duration_since(self.read_at).as_secs_f64();
        self.seconds += elapsed;
        (self.read_at, self.read_step) = (now, step);
        if steps > 0 && elapsed > 0.0 {
            let speed = steps as f64 / elapsed;
            let share = if std::mem::take(&mut self.new_pace) { 1.0 } else { SPEED_SMOOTHING };
            self.steps_per_second += share * (speed - self.steps_per_second);
        }
        elapsed
    }
}
