//! The guardian at work: it sees what is read anyway, its findings are told, and the run goes back where it must.

use super::way_back::{LOWER, To, Wish};
use super::{ActiveRun, Trouble};
use crate::engine::protocol::event::{Event, Level, RunEnd};
use crate::engine::protocol::outbox::Outbox;
use crate::pixels::Frame;
use crate::train::{Finding, FindingKind, Guardian, ReadStep, Severity, Signals, Situation, TrainError, spread};

/// Steps between two looks at what the discriminator thinks of training pictures: each costs a share of a step.
const JUDGE_EVERY: u64 = 50;
/// Samples that are compared with each other.
const COMPARED: usize = 64;

/// What a run keeps for its guardian.
pub(super) struct Guard {
    guardian: Guardian,
    /// The findings that the front end knows.
    told: Vec<Finding>,
    /// How different training pictures are from each other, once it is measured.
    real_spread: Option<f64>,
    judged_at: Option<u64>,
    /// What it thought then of training pictures and of those held back.
    pub judged: [Option<f64>; 2],
    /// How often the run went back by itself in this session.
    rollbacks: u32,
    /// The step that it went back to the last time.
    tried: Option<u64>,
    /// It was said that there is nothing to go back to.
    gave_up: bool,
    pub wanted: Option<Wish>,
}

impl Guard {
    pub fn new(guardian: Guardian) -> Self {
        Self {
            guardian,
            told: Vec::new(),
            real_spread: None,
            judged_at: None,
            judged: [None; 2],
            rollbacks: 0,
            tried: None,
            gave_up: false,
            wanted: None,
        }
    }

    /// Settings that teach changed.
    pub fn settings_changed(&mut self) {
        self.guardian.settings_changed();
    }

    /// The last step at which nothing looked wrong; `now` if all is well.
    pub fn healthy_step(&self, now: u64) -> u64 {
        self.guardian.healthy_step(now)
    }

    /// There is a healthy checkpoint again.
    pub fn can_go_back(&mut self) {
        self.gave_up = false;
    }

    /// The run goes on from the state of this step.
    pub fn rolled_back(&mut self, step: u64) {
        self.judged_at = None;
        self.judged = [None; 2];
        self.guardian.rolled_back(step);
    }

    /// The run went back to this step by itself. How often it did so in this session.
    pub fn tried_again(&mut self, step: u64) -> u32 {
        self.rollbacks += 1;
        self.tried(step);
        self.rollbacks
    }

    pub fn tried(&mut self, step: u64) {
        self.tried = Some(step);
    }

    /// The pictures of `step` were measured. Their diversity stays out of it: the samples tell it at once and at steps
    /// that do not depend on how busy the machine is, and a collapse decides about going back.
    pub fn measured(&mut self, step: u64, memorisation: Option<f64>) {
        self.guardian.quality(step, &Signals { memorisation, ..Signals::default() });
    }
}

impl ActiveRun {
    pub(super) fn watch_losses(&mut self, read: &[ReadStep]) {
        for step in read {
            self.guard.guardian.losses(step, self.trainer.tunables());
        }
    }

    /// Measures the samples that were just drawn, and now and then the discriminator.
    pub(super) fn watch_pictures(&mut self, tiles: &[Frame]) -> Result<(), Trouble> {
        let step = self.trainer.step_count();
        let real = match self.guard.real_spread {
            Some(real) => real,
            None => *self.guard.real_spread.insert(spread(&self.trainer.some_pictures()).unwrap_or(0.0)),
        };
        // Training pictures that are all the same leave nothing to compare with.
        let drawn = spread(&tiles[..tiles.len().min(COMPARED)]).filter(|_| real > 0.0);
        let mut signals = Signals { diversity: drawn.map(|drawn| drawn / real), ..Signals::default() };
        if self.guard.judged_at.is_none_or(|at| step >= at + JUDGE_EVERY) {
            let (training, held) = (self.trainer.some_pictures(), self.trainer.some_held());
            let signs = self.trainer.sign_means(&training, &held).map_err(TrainError::from)?;
            [signals.r_train, signals.r_held] = signs;
            self.guard.judged_at = Some(step);
            self.guard.judged = signs.map(|sign| sign.map(|sign| sign.mean));
        }
        log::debug!("step {step}: {signals:?}");
        self.guard.guardian.quality(step, &signals);
        Ok(())
    }

    /// Tells new findings. After a collapse the run goes back by itself where that is allowed; it ends where that was
    /// tried often enough.
    pub(super) fn consult(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, Trouble> {
        if self.guard.guardian.is_quiet() && self.guard.told.is_empty() {
            return Ok(None);
        }
        let step = self.trainer.step_count();
        let ways_back = self.ways_back(step);
        let findings = self.guard.guardian.findings(&self.situation(&ways_back));
        let collapsed = findings.iter().any(|f| f.kind == FindingKind::Collapse && f.severity == Severity::Alarm);
        self.tell(findings, out);
        if !collapsed || self.config.auto_rollback == 0 || self.guard.gave_up {
            return Ok(None);
        }
        let why = "The generator has collapsed: it draws the same picture from every latent.";
        if let Some(text) = self.exhausted(why) {
            // Collapsed or not, it is somebody's work.
            self.stop_measuring(out);
            self.put_away(out)?;
            return Ok(Some(RunEnd::Diverged { step, text }));
        }
        let back = ways_back.last().copied().unwrap_or(self.guard.healthy_step(step));
        if let Err(text) = self.try_again(why, step, To::Checkpoint(back), out)? {
            self.guard.gave_up = true;
            out.push(Event::Notice { level: Level::Warning, text });
        }
        Ok(None)
    }

    /// Tells what the last measurement showed. The run is over: nothing is done about it.
    pub(super) fn tell_last(&mut self, out: &mut Outbox) {
        let ways_back = self.ways_back(self.trainer.step_count());
        let findings = self.guard.guardian.findings(&self.situation(&ways_back));
        self.tell(findings, out);
    }

    /// After a NaN: goes back if that is allowed, else passes the trouble on; the end tells the finding then.
    pub(super) fn after_divergence(&mut self, step: u64, text: String, out: &mut Outbox) -> Result<(), Trouble> {
        if self.config.auto_rollback == 0 {
            return Err(Trouble::Diverged { step, text });
        }
        if let Some(text) = self.exhausted(&text) {
            return Err(Trouble::Diverged { step, text });
        }
        self.tell_divergence(step, out);
        // Without a checkpoint the newest finite state is worth more than a new beginning.
        let to = self.ways_back(step).last().copied().map_or(To::Finite, To::Checkpoint);
        self.try_again(&text, step, to, out)?.map_err(|text| Trouble::Diverged { step, text })
    }

    /// Tells that a NaN came up at this step, and what can be done.
    pub(super) fn tell_divergence(&mut self, step: u64, out: &mut Outbox) {
        let finding = self.guard.guardian.diverged(step, &self.situation(&self.ways_back(step)));
        self.tell(vec![finding], out);
    }

    /// Why the run may not go back by itself once more; none where it may.
    fn exhausted(&self, why: &str) -> Option<String> {
        let done = self.guard.rollbacks;
        (done >= self.config.auto_rollback).then(|| {
            format!("{why} Going back with lower rates was tried {done} times and did not help, so the run ends here.")
        })
    }

    /// Steps of the healthy checkpoints, oldest first, without the newest one where it was tried already: what failed again
    /// may lie in it.
    fn ways_back(&self, step: u64) -> Vec<u64> {
        let healthy = self.guard.healthy_step(step);
        let steps = self.dir.checkpoint_steps().into_iter().map(|(step, _)| step);
        let mut steps: Vec<u64> = steps.filter(|step| *step <= healthy).collect();
        if steps.len() > 1 && steps.last().copied() == self.guard.tried {
            steps.pop();
        }
        steps
    }

    fn situation<'a>(&'a self, checkpoints: &'a [u64]) -> Situation<'a> {
        Situation { tunables: self.trainer.tunables(), checkpoints, lower: LOWER, side: self.config.model.size }
    }

    pub(super) fn tell(&mut self, findings: Vec<Finding>, out: &mut Outbox) {
        let told = &self.guard.told;
        let known = told.len() == findings.len() && told.iter().zip(&findings).all(|(a, b)| a.is_like(b));
        if !known {
            for f in findings.iter().filter(|f| !told.iter().any(|t| t.is_like(f))) {
                log::info!("guardian: {} since step {}: {}", f.kind.title(), f.since_step, f.text);
            }
            out.push(Event::Findings(findings.clone()));
            self.guard.told = findings;
        }
    }
}
