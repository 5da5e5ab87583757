//! When a run is saved.

use std::time::{Duration, Instant};

/// A session this young is saved as often as the setting asks for: it may be a short one.
const YOUNG: Duration = Duration::from_secs(30);
/// Later, so many times as long as the session has lasted since lies between two saves that nobody asked for: a crash
/// costs at most a tenth of the work, ...
const OF_THE_SESSION: f64 = 0.1;
/// ... and not much more than this.
const LONGEST: Duration = Duration::from_secs(60);
/// After a save that took long, so many times as long is trained: saving costs at most a twentieth of the time.
const REST: u32 = 19;

/// Knows when a run is saved.
pub(super) struct Saving {
    /// Somebody asked, or a save is due.
    pub wanted: bool,
    /// Epoch at which the next checkpoint is due.
    next: f64,
    /// The step that is on disk as it is now.
    saved_step: Option<u64>,
    pace: Pace,
}

impl Saving {
    /// For a run at this epoch that is saved every `every` epochs. `saved_step`: its checkpoint, if it comes from one.
    pub(super) fn new(epoch: f64, every: f64, saved_step: Option<u64>) -> Self {
        let pace = Pace { began: Instant::now(), last: None };
        Self { next: next_multiple(epoch, every), wanted: false, saved_step, pace }
    }

    /// Wants a save if one is due.
    pub(super) fn want_if_due(&mut self, epoch: f64, every: f64) {
        if epoch + 1e-9 >= self.next && self.pace.allows(Instant::now()) {
            self.next = next_multiple(epoch, every);
            self.wanted = true;
        }
    }

    /// The next checkpoint is due `every` epochs from now.
    pub(super) fn restart(&mut self, epoch: f64, every: f64) {
        self.next = epoch + every;
    }

    /// The next checkpoint is due `every` epochs from now at the latest.
    pub(super) fn hurry(&mut self, epoch: f64, every: f64) {
        self.next = self.next.min(epoch + every);
    }

    /// Whether it has been trained long enough since the last save for another one, whatever the reason.
    pub(super) fn has_rested(&self) -> bool {
        self.pace.last.is_none_or(|(ended, took)| ended.elapsed() >= took * REST)
    }

    pub(super) fn is_saved(&self, step: u64) -> bool {
        self.saved_step == Some(step)
    }

    /// This step is on disk; writing it began at `began`.
    pub(super) fn saved(&mut self, step: u64, began: Instant) {
        self.saved_step = Some(step);
        self.pace.last = Some((Instant::now(), began.elapsed()));
    }

    /// What is on disk is not the present state.
    pub(super) fn outdated(&mut self) {
        self.saved_step = None;
    }
}

/// The next multiple of `every` after `epoch`.
pub(super) fn next_multiple(epoch: f64, every: f64) -> f64 {
    ((epoch / every + 1e-9).floor() + 1.0) * every
}

/// Keeps saves apart where epochs are short. Saving changes nothing of the training, so it may depend on the clock.
struct Pace {
    /// This session.
    began: Instant,
    /// When the last save ended, and how long it took.
    last: Option<(Instant, Duration)>,
}

impl Pace {
    fn allows(&self, now: Instant) -> bool {
        let session = now.duration_since(self.began);
        let Some((ended, took)) = self.last.filter(|_| session > YOUNG) else { return true };
        now.duration_since(ended) >= session.mul_f64(OF_THE_SESSION).min(LONGEST).max(took * REST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn saves_move_apart_and_a_slow_disk_gets_more_time() {
        let began = Instant::now();
        let second = Duration::from_secs;
        let allows = |last: Option<(u64, u64)>, now: u64| {
            let last = last.map(|(ended, took)| (began + second(ended), second(took)));
            Pace { began, last }.allows(began + second(now))
        };
        assert!(allows(None, 1000), "the first one waits for nothing");
        assert!(allows(Some((20, 0)), 20), "nor does a young session");
        assert!(!allows(Some((98, 0)), 100) && allows(Some((90, 0)), 100), "a tenth of 100 s");
        assert!(!allows(Some((9941, 0)), 10_000) && allows(Some((9940, 0)), 10_000), "at most a minute");
        assert!(!allows(Some((9820, 10)), 10_000) && allows(Some((9810, 10)), 10_000), "19 times 10 s");
    }

    #[test]
    fn a_save_is_due_at_multiples_of_the_setting() {
        assert_eq!(
            [(0.0, 5.0), (4.9, 5.0), (5.0, 5.0), (0.3, 0.1)].map(|(epoch, every)| next_multiple(epoch, every)),
            [5.0, 5.0, 10.0, 0.4]
        );
    }
}
