//! Going back: to a healthy checkpoint, or after an early NaN to the newest finite state, with lower learning rates.

use super::{ActiveRun, Trouble};
use crate::config::Tunables;
use crate::engine::protocol::event::{Event, Level, QualityPoint, StepMetrics, TunablesChange};
use crate::engine::protocol::outbox::Outbox;
use crate::train::{Checkpoint, TrainError};

/// Learning rates after going back, as a share of those of the checkpoint.
pub(super) const LOWER: f64 = 0.5;

/// Somebody asked to go back.
#[derive(Clone, Copy)]
pub(super) struct Wish {
    pub step: u64,
    pub lower: f64,
}

/// The state to go on from.
#[derive(Clone, Copy)]
pub(super) enum To {
    /// The newest checkpoint up to this step; the beginning where there is none at all.
    Checkpoint(u64),
    /// The newest finite state, which the trainer holds after a NaN.
    Finite,
}

impl ActiveRun {
    /// See [`crate::engine::Command::Rollback`].
    pub fn want_rollback(&mut self, step: u64, lower: f64) {
        // Also for NaN.
        let lower = if (0.01..=1.0).contains(&lower) { lower } else { LOWER };
        self.guard.wanted = Some(Wish { step, lower });
    }

    /// Goes back because somebody asked. What there is now is saved, and set aside with the rest.
    pub(super) fn serve_rollback(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let Some(wish) = self.guard.wanted.take() else { return Ok(()) };
        let from = self.trainer.step_count();
        match self.save_beside(Some(wish.step), out) {
            // Nothing but NaN to keep.
            Ok(()) | Err(Trouble::Diverged { .. }) => {}
            Err(trouble) => {
                self.guard.wanted = Some(wish);
                return Err(trouble);
            }
        }
        match self.roll_back(from, To::Checkpoint(wish.step), wish.lower, out) {
            Ok(Ok(())) => {
                self.guard.tried(self.trainer.step_count());
                self.save_way_back(out)
            }
            Ok(Err(text)) => {
                out.push(Event::Notice { level: Level::Error, text });
                Ok(())
            }
            Err(trouble) => {
                self.guard.wanted = Some(wish);
                Err(trouble)
            }
        }
    }

    /// Goes back from step `from` by itself. The inner error says why that is not possible.
    pub(super) fn try_again(
        &mut self,
        why: &str,
        from: u64,
        to: To,
        out: &mut Outbox,
    ) -> Result<Result<(), String>, Trouble> {
        if let Err(text) = self.roll_back(from, to, LOWER, out)? {
            return Ok(Err(format!("{why} {text}")));
        }
        let step = self.trainer.step_count();
        let (done, allowed) = (self.guard.tried_again(step), self.config.auto_rollback);
        let text = format!("{why} Going on from step {step} with lower rates (attempt {done} of {allowed}).");
        log::warn!("{text}");
        out.push(Event::Notice { level: Level::Warning, text });
        self.save_way_back(out)?;
        Ok(Ok(()))
    }

    /// Takes another state, lowers both rates and leaves a mark. Newer checkpoints are set aside. The inner error says
    /// that there is nothing to go back to. After an outer one the training is where it was.
    fn roll_back(&mut self, from: u64, to: To, lower: f64, out: &mut Outbox) -> Result<Result<(), String>, Trouble> {
        let found = match to {
            To::Checkpoint(newest) => match self.find_checkpoint(newest, out) {
                Ok(found) => found,
                Err(text) => return Ok(Err(text)),
            },
            To::Finite => None,
        };
        let (step, then, seconds) = match (to, &found) {
            (To::Finite, _) => (self.trainer.step_count(), self.trainer.tunables(), self.seconds),
            (_, Some(Checkpoint { meta, .. })) => (meta.step, &meta.tunables, meta.seconds),
            // The beginning.
            (_, None) => (0, &self.config.tunables, 0.0),
        };
        let (tunables, changes) = lower_rates(self.trainer.tunables(), then, lower);
        let mark = TunablesChange {
            step: step + 1,
            revision: self.revision + 1,
            text: format!("Went back from step {from} to {step}: {changes}"),
            tunables: tunables.clone(),
            rolled_back: true,
        };
        // The folder first, beginning with what needs no space: what is newer by number would be taken for newer.
        self.dir.set_aside_after(step)?;
        let kept = |m: &TunablesChange| m.step <= step || m.rolled_back && m.step == step + 1;
        self.dir.rewind(|m: &StepMetrics| m.step <= step, kept)?;
        self.dir.rewind_quality(|point: &QualityPoint| point.step <= step)?;
        self.dir.append_mark(&mark)?;
        self.sheets.mark(mark.step);
        if matches!(to, To::Checkpoint(_)) {
            self.trainer.go_back(found.as_ref())?;
            self.seconds = seconds;
        }
        self.trainer.set_tunables(tunables).map_err(TrainError::from)?;
        self.revision = mark.revision;
        self.unwritten.retain(|m| m.step <= step);
        self.guard.rolled_back(step);
        self.forget_measurement(out);
        (self.wanted, self.sample_wanted, self.ending) = (None, true, false);
        self.saving.next = self.trainer.epoch() + self.trainer.tunables().checkpoint_every;
        self.continue_after_pause();
        log::info!("{}", mark.text);
        out.push(Event::TunablesApplied(mark));
        self.tell(Vec::new(), out);
        Ok(Ok(()))
    }

    /// A resume must find the lower rates. With a full disk it is tried again.
    fn save_way_back(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        (self.saving.step, self.saving.wanted) = (None, true);
        self.save(out)?;
        self.saving.wanted = false;
        Ok(())
    }

    /// The newest usable checkpoint up to this step; none where nothing was ever saved. The error says that all of them
    /// are newer or damaged.
    fn find_checkpoint(&self, newest: u64, out: &mut Outbox) -> Result<Option<Checkpoint>, String> {
        let all = self.dir.checkpoint_steps();
        for (_, path) in all.iter().rev().filter(|(step, _)| *step <= newest) {
            match Checkpoint::read(path) {
                Ok(checkpoint) => return Ok(Some(checkpoint)),
                Err(e) => out.push(Event::Notice { level: Level::Warning, text: e.to_string() }),
            }
        }
        if all.is_empty() {
            return Ok(None);
        }
        Err(format!(
            "There is no checkpoint up to step {newest} to go back to; saving more often (Save every) helps next time."
        ))
    }
}

/// The settings of `now` with both rates lowered, below those of now and of `then`. Gives the changes since then in words.
fn lower_rates(now: &Tunables, then: &Tunables, lower: f64) -> (Tunables, String) {
    // The smallest rate that the settings take.
    let lowered = |now: f64, then: f64| (now.min(then) * lower).max(1e-7);
    let (lr_g, lr_d) = (lowered(now.lr_g, then.lr_g), lowered(now.lr_d, then.lr_d));
    let tunables = Tunables { lr_g, lr_d, ..now.clone() };
    let changes = tunables.changes_from(then);
    let words = changes.iter().map(|(label, old, new)| format!("{label} {old} \u{2192} {new}"));
    let words = words.collect::<Vec<_>>().join(", ");
    (tunables, words)
}
