//! When a run is saved, and what is kept.

use super::{ActiveRun, Trouble};
use crate::engine::protocol::event::{Event, Level};
use crate::engine::protocol::outbox::Outbox;
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

/// What a run keeps for its saves.
pub(super) struct Saving {
    /// Epoch at which the next checkpoint is due.
    pub next: f64,
    pub wanted: bool,
    /// The step that is on disk as it is now.
    pub step: Option<u64>,
    pace: Pace,
}

impl Saving {
    /// For a run that goes on at this epoch, from the checkpoint of this step if any.
    pub fn new(epoch: f64, every: f64, step: Option<u64>) -> Self {
        Self { next: after(epoch, every), wanted: false, step, pace: Pace { began: Instant::now(), last: None } }
    }
}

/// The next multiple of `every`.
fn after(epoch: f64, every: f64) -> f64 {
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

impl ActiveRun {
    /// Wants a save if one is due.
    pub(super) fn save_in_time(&mut self) {
        let epoch = self.trainer.epoch();
        if epoch + 1e-9 >= self.saving.next && self.saving.pace.allows(Instant::now()) {
            self.saving.next = after(epoch, self.trainer.tunables().checkpoint_every);
            self.saving.wanted = true;
        }
    }

    /// Whether the newest step is on disk.
    pub fn is_saved(&self) -> bool {
        self.saving.step == Some(self.trainer.step_count())
    }

    pub(super) fn save(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        self.save_beside(None, out)
    }

    /// Saves, and keeps beside the newest checkpoints that of step `way_back`, or else the newest healthy one.
    pub(super) fn save_beside(&mut self, way_back: Option<u64>, out: &mut Outbox) -> Result<(), Trouble> {
        // Stopping right after a checkpoint has nothing new to save.
        if self.is_saved() {
            if self.saving.wanted
                && let Some((step, path)) = self.dir.checkpoint_steps().pop()
            {
                // Somebody asked and waits for the answer.
                out.push(Event::Saved { step, path });
            }
            return Ok(());
        }
        self.read(out)?;
        let began = Instant::now();
        let checkpoint = self.trainer.checkpoint(self.revision, self.seconds)?;
        // Not that of before: with 16 bits both may have gone back by some steps.
        let step = checkpoint.meta.step;
        let healthy = self.guard.healthy_step(step);
        let path = self.dir.save(&checkpoint, self.config.keep, way_back.unwrap_or(healthy))?;
        self.saving.step = Some(step);
        self.saving.pace.last = Some((Instant::now(), began.elapsed()));
        if healthy >= step {
            self.guard.can_go_back();
        }
        out.push(Event::Saved { step, path });
        // Writing takes a while; it must not count as training time.
        self.continue_after_pause();
        Ok(())
    }

    /// Keeps the newest finite state after a NaN at `step`, and tells what can be done from there. Best effort: the
    /// checkpoint before it is still there otherwise.
    pub fn save_after_divergence(&mut self, step: u64, out: &mut Outbox) {
        self.saving.step = None;
        if let Err(Trouble::Disk(e)) = self.save(out) {
            out.push(Event::Notice { level: Level::Error, text: e.to_string() });
        }
        self.tell_divergence(step, out);
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
        assert_eq!([after(0.0, 5.0), after(4.9, 5.0), after(5.0, 5.0), after(0.3, 0.1)], [5.0, 5.0, 10.0, 0.4]);
    }
}
