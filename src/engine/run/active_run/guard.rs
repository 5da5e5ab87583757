//! What a run keeps for its guardian: what was reported, what was tried, and how the discriminator judged last.

use crate::engine::protocol::event::Event;
use crate::engine::protocol::outbox::Outbox;
use crate::pixels::Frame;
use crate::train::{Finding, Guardian, ReadStep, Signals, Situation, TrainError, Trainer, spread};
use std::path::PathBuf;

/// Learning rates after a rollback, as a share of those of the checkpoint.
pub(super) const RATE_FACTOR: f64 = 0.5;
/// Steps between two measurements of the discriminator on real pictures: each costs a share of a step.
const JUDGE_EVERY: u64 = 50;
/// Samples that are compared with each other.
const COMPARED: usize = 64;

/// Feeds the guardian and remembers what came of its findings.
pub(super) struct Guard {
    guardian: Guardian,
    /// The findings that the front end knows.
    reported: Vec<Finding>,
    /// How different training pictures are from each other, once that is measured.
    real_spread: Option<f64>,
    judged_at: Option<u64>,
    /// Mean signs of the discriminator's logits then: over training pictures and over held-out ones.
    judged: [Option<f64>; 2],
    /// Automatic rollbacks in this session.
    rollbacks: u32,
    /// The step of the checkpoint that was restored last.
    tried: Option<u64>,
    /// The front end knows that there is no checkpoint to roll back to.
    gave_up: bool,
}

impl Guard {
    pub(super) fn new(guardian: Guardian) -> Self {
        Self {
            guardian,
            reported: Vec::new(),
            real_spread: None,
            judged_at: None,
            judged: [None; 2],
            rollbacks: 0,
            tried: None,
            gave_up: false,
        }
    }

    // ---- what it is fed with

    pub(super) fn losses(&mut self, read: &[ReadStep], trainer: &Trainer) {
        for step in read {
            self.guardian.losses(step, trainer.tunables());
        }
    }

    /// Measures the samples that were just generated, and now and then the discriminator.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn samples(&mut self, tiles: &[Frame], trainer: &Trainer) -> Result<(), TrainError> {
        let step = trainer.step_count();
        let real = match self.real_spread {
            Some(real) => real,
            None => *self.real_spread.insert(spread(&trainer.some_pictures()).unwrap_or(0.0)),
        };
        // Training pictures that are all the same leave nothing to compare with.
        let generated = spread(&tiles[..tiles.len().min(COMPARED)]).filter(|_| real > 0.0);
        let mut signals = Signals { diversity: generated.map(|generated| generated / real), ..Signals::default() };
        if self.judged_at.is_none_or(|at| step >= at + JUDGE_EVERY) {
            let signs = trainer.sign_means(&trainer.some_pictures(), &trainer.some_held())?;
            [signals.r_train, signals.r_held] = signs;
            self.judged_at = Some(step);
            self.judged = signs.map(|sign| sign.map(|sign| sign.mean));
        }
        log::debug!("step {step}: {signals:?}");
        self.guardian.quality(step, &signals);
        Ok(())
    }

    /// The pictures of `step` were measured. Their diversity is left out: the samples show it at once and at steps that
    /// do not depend on how busy the machine is, and a collapse decides about a rollback.
    pub(super) fn measured(&mut self, step: u64, memorisation: Option<f64>) {
        self.guardian.quality(step, &Signals { memorisation, ..Signals::default() });
    }

    /// Settings that affect the training changed.
    pub(super) fn settings_changed(&mut self) {
        self.guardian.settings_changed();
    }

    // ---- what it says

    /// Nothing is wrong, and the front end knows.
    pub(super) fn is_quiet(&self) -> bool {
        self.guardian.is_quiet() && self.reported.is_empty()
    }

    /// What is wrong now, worst first. `checkpoints` are the steps that a rollback may go to.
    pub(super) fn findings(&self, trainer: &Trainer, side: u32, checkpoints: &[u64]) -> Vec<Finding> {
        self.guardian.findings(&situation(trainer, side, checkpoints))
    }

    /// A NaN came up at this step.
    pub(super) fn diverged(&self, step: u64, trainer: &Trainer, side: u32, checkpoints: &[u64]) -> Finding {
        self.guardian.diverged(step, &situation(trainer, side, checkpoints))
    }

    /// Sends the front end these findings, unless it knows them.
    pub(super) fn report(&mut self, findings: Vec<Finding>, out: &mut Outbox) {
        let before = &self.reported;
        let known = before.len() == findings.len() && before.iter().zip(&findings).all(|(a, b)| a.is_like(b));
        if !known {
            for f in findings.iter().filter(|f| !before.iter().any(|b| b.is_like(f))) {
                log::info!("guardian: {} since step {}: {}", f.kind.title(), f.since_step, f.text);
            }
            out.push(Event::Findings(findings.clone()));
            self.reported = findings;
        }
    }

    /// Mean signs of the discriminator's logits when they were measured last: over training pictures and over held-out
    /// ones.
    pub(super) fn judged(&self) -> [Option<f64>; 2] {
        self.judged
    }

    // ---- rollbacks

    /// The last step at which nothing looked wrong; `now` if all is well.
    pub(super) fn healthy_step(&self, now: u64) -> u64 {
        self.guardian.healthy_step(now)
    }

    /// Of these checkpoints the steps of the healthy ones, oldest first, without the newest of them where that was
    /// tried already: it may hold the cause of the new failure.
    pub(super) fn rollback_steps(&self, checkpoints: Vec<(u64, PathBuf)>, now: u64) -> Vec<u64> {
        let healthy = self.healthy_step(now);
        let steps = checkpoints.into_iter().map(|(step, _)| step);
        let mut steps: Vec<u64> = steps.filter(|step| *step <= healthy).collect();
        if steps.len() > 1 && steps.last().copied() == self.tried {
            steps.pop();
        }
        steps
    }

    /// The run was rolled back to this step.
    pub(super) fn rolled_back(&mut self, step: u64) {
        self.judged_at = None;
        self.judged = [None; 2];
        self.guardian.rolled_back(step);
    }

    /// The checkpoint of this step was restored.
    pub(super) fn tried(&mut self, step: u64) {
        self.tried = Some(step);
    }

    /// The run rolled itself back to this step. Returns how often it did so in this session.
    pub(super) fn tried_again(&mut self, step: u64) -> u32 {
        self.rollbacks += 1;
        self.tried(step);
        self.rollbacks
    }

    /// Why the run may not roll itself back once more; none where it may.
    pub(super) fn exhausted(&self, why: &str, allowed: u32) -> Option<String> {
        let done = self.rollbacks;
        (done >= allowed).then(|| {
            let times = if done == 1 { "once".to_owned() } else { format!("{done} times") };
            format!(
                "{why} Rolling back with lower learning rates was tried {times} without success, so the run ends here."
            )
        })
    }

    /// The front end knows that there is no checkpoint to roll back to: no need to try until there is one.
    pub(super) fn give_up(&mut self) {
        self.gave_up = true;
    }

    pub(super) fn gave_up(&self) -> bool {
        self.gave_up
    }

    /// There is a healthy checkpoint again.
    pub(super) fn can_roll_back(&mut self) {
        self.gave_up = false;
    }
}

fn situation<'a>(trainer: &'a Trainer, side: u32, checkpoints: &'a [u64]) -> Situation<'a> {
    Situation { tunables: trainer.tunables(), checkpoints, lower: RATE_FACTOR, side }
}
