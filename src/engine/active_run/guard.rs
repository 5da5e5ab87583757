//! The guardian at work: it sees what is read anyway, its findings are told, and the run goes back where it must.

use super::{ActiveRun, Trouble};
use crate::config::Tunables;
use crate::engine::event::{Event, Level, Mark, QualityPoint, RunEnd, StepMetrics};
use crate::engine::outbox::Outbox;
use crate::metrics::FEWEST;
use crate::pixels::Frame;
use crate::train::{
    Checkpoint, Finding, FindingKind, Guardian, ReadStep, Severity, Signals, Situation, TrainError, spread,
};

/// Learning rates after going back, as a share of those of the checkpoint.
const LOWER: f64 = 0.5;
/// Steps between two looks at what the discriminator thinks of training pictures: each costs a share of a step.
const JUDGE_EVERY: u64 = 50;
/// Pictures held back from which a mean sign says something: its deviation is then at most 0.25.
const FEWEST_HELD: usize = 16;
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
    /// Somebody asked to go back, with this factor for the learning rates.
    pub wanted: Option<f64>,
}

/// What cannot be seen of a run that holds back so many pictures.
pub(in crate::engine) fn unwatched(held: usize) -> Vec<FindingKind> {
    let needs = [(FindingKind::Overfitting, FEWEST_HELD), (FindingKind::Copying, FEWEST)];
    needs.into_iter().filter(|(_, needed)| held < *needed).map(|(kind, _)| kind).collect()
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

    pub fn settings_changed(&mut self) {
        self.guardian.settings_changed();
    }

    /// The pictures of `step` were measured. Their diversity stays out of it: the samples tell it at once and at steps
    /// that do not depend on how busy the machine is, and a collapse decides about going back.
    pub fn measured(&mut self, step: u64, memorisation: Option<f64>) {
        self.guardian.quality(step, &Signals { memorisation, ..Signals::default() });
    }
}

impl ActiveRun {
    pub fn want_rollback(&mut self, lower: f64) {
        // Also for NaN.
        self.guard.wanted = Some(if (0.01..=1.0).contains(&lower) { lower } else { LOWER });
    }

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
            signals.r_train = Some(self.trainer.sign_mean(&self.trainer.some_pictures()).map_err(TrainError::from)?);
            let held = self.trainer.some_held();
            if held.len() >= FEWEST_HELD {
                signals.r_held = Some(self.trainer.sign_mean(&held).map_err(TrainError::from)?);
            }
            self.guard.judged_at = Some(step);
            self.guard.judged = [signals.r_train, signals.r_held];
        }
        log::debug!("step {step}: {signals:?}");
        self.guard.guardian.quality(step, &signals);
        Ok(())
    }

    /// Goes back because somebody asked.
    pub(super) fn serve_rollback(&mut self, out: &mut Outbox) -> Result<(), Trouble> {
        let Some(lower) = self.guard.wanted.take() else { return Ok(()) };
        let healthy = self.guard.guardian.healthy_step(self.trainer.step_count());
        if let Err(text) = self.roll_back(healthy, lower, out)? {
            out.push(Event::Notice { level: Level::Error, text });
        }
        Ok(())
    }

    /// Tells new findings. After a collapse the run goes back by itself where that is allowed; it ends where that was
    /// tried often enough.
    pub(super) fn consult(&mut self, out: &mut Outbox) -> Result<Option<RunEnd>, Trouble> {
        if self.guard.guardian.is_quiet() && self.guard.told.is_empty() {
            return Ok(None);
        }
        let findings = self.guard.guardian.findings(&self.situation(&self.checkpoints()));
        let collapsed = findings.iter().any(|f| f.kind == FindingKind::Collapse && f.severity == Severity::Alarm);
        self.tell(findings, out);
        if !collapsed || self.config.auto_rollback == 0 || self.guard.gave_up {
            return Ok(None);
        }
        let step = self.trainer.step_count();
        let why = "The generator has collapsed: it draws the same picture from every latent.";
        if let Some(text) = self.exhausted(why) {
            return Ok(Some(RunEnd::Diverged { step, text }));
        }
        if let Err(text) = self.try_again(why, self.guard.guardian.healthy_step(step), out)? {
            self.guard.gave_up = true;
            out.push(Event::Notice { level: Level::Warning, text });
        }
        Ok(None)
    }

    /// After a NaN: goes back if that is allowed, else passes the trouble on.
    pub(super) fn after_divergence(&mut self, step: u64, text: String, out: &mut Outbox) -> Result<(), Trouble> {
        let finding = self.guard.guardian.diverged(step, &self.situation(&self.checkpoints()));
        self.tell(vec![finding], out);
        if self.config.auto_rollback == 0 {
            return Err(Trouble::Diverged { step, text });
        }
        if let Some(text) = self.exhausted(&text) {
            return Err(Trouble::Diverged { step, text });
        }
        let healthy = self.guard.guardian.healthy_step(step);
        self.try_again(&text, healthy, out)?.map_err(|text| Trouble::Diverged { step, text })
    }

    /// Why the run may not go back by itself once more; none where it may.
    fn exhausted(&self, why: &str) -> Option<String> {
        let done = self.guard.rollbacks;
        (done >= self.config.auto_rollback).then(|| {
            format!("{why} Going back with lower rates was tried {done} times and did not help, so the run ends here.")
        })
    }

    /// Goes back by itself. The inner error says why that is not possible.
    fn try_again(&mut self, why: &str, healthy: u64, out: &mut Outbox) -> Result<Result<(), String>, Trouble> {
        // What failed again from the newest checkpoint may lie in it: then the one before.
        let eligible: Vec<u64> = self.checkpoints().into_iter().filter(|step| *step <= healthy).collect();
        let healthy = match eligible[..] {
            [.., older, newest] if self.guard.tried == Some(newest) => older,
            _ => healthy,
        };
        if let Err(text) = self.roll_back(healthy, LOWER, out)? {
            return Ok(Err(format!("{why} {text}")));
        }
        self.guard.rollbacks += 1;
        self.guard.tried = Some(self.trainer.step_count());
        let (step, done, allowed) = (self.trainer.step_count(), self.guard.rollbacks, self.config.auto_rollback);
        let text = format!("{why} Going on from step {step} with lower rates (attempt {done} of {allowed}).");
        log::warn!("{text}");
        out.push(Event::Notice { level: Level::Warning, text });
        Ok(Ok(()))
    }

    /// Takes the newest checkpoint up to `healthy`, lowers both rates and leaves a mark. Newer checkpoints are set aside.
    /// The inner error says that there is none to go back to.
    fn roll_back(&mut self, healthy: u64, lower: f64, out: &mut Outbox) -> Result<Result<(), String>, Trouble> {
        let from = self.trainer.step_count();
        let all = self.dir.checkpoint_steps();
        let mut found = None;
        for (_, path) in all.iter().rev().filter(|(step, _)| *step <= healthy) {
            match Checkpoint::read(path) {
                Ok(checkpoint) => {
                    found = Some(checkpoint);
                    break;
                }
                Err(e) => out.push(Event::Notice { level: Level::Warning, text: e.to_string() }),
            }
        }
        if found.is_none() && !all.is_empty() {
            let text = format!(
                "No checkpoint from before step {healthy} is left to go back to; keeping more of them (Checkpoints \
                 kept) or saving more often (Save every) helps next time."
            );
            return Ok(Err(text));
        }
        let now = self.trainer.tunables().clone();
        self.trainer.go_back(found.as_ref())?;
        let before = self.trainer.tunables().clone();
        // The smallest rate that the settings take.
        let lowered = |now: f64, then: f64| (now.min(then) * lower).max(1e-7);
        let tunables = Tunables { lr_g: lowered(now.lr_g, before.lr_g), lr_d: lowered(now.lr_d, before.lr_d), ..now };
        let changes: Vec<_> = tunables
            .changes_from(&before)
            .iter()
            .map(|(label, old, new)| format!("{label} {old} \u{2192} {new}"))
            .collect();
        self.trainer.set_tunables(tunables.clone()).map_err(TrainError::from)?;
        let step = self.trainer.step_count();
        self.revision += 1;
        self.seconds = found.map_or(0.0, |checkpoint| checkpoint.meta.seconds);
        self.guard.judged_at = None;
        self.guard.judged = [None; 2];
        self.guard.guardian.went_back(step);
        self.forget_measurement(out);
        self.wanted = None;
        self.sample_wanted = true;
        self.next_save = self.trainer.epoch() + tunables.checkpoint_every;
        self.continue_after_pause();
        let mark = Mark {
            step: step + 1,
            revision: self.revision,
            text: format!("Went back from step {from} to {step}: {}", changes.join(", ")),
            tunables,
            went_back: true,
        };
        log::info!("{}", mark.text);
        let kept = |m: &Mark| m.step <= step || m.went_back && m.step == step + 1;
        self.dir.rewind(|m: &StepMetrics| m.step <= step, kept)?;
        self.dir.rewind_quality(|point: &QualityPoint| point.step <= step)?;
        self.dir.append_mark(&mark)?;
        self.dir.set_aside_after(step)?;
        out.push(Event::TunablesApplied(mark));
        self.tell(Vec::new(), out);
        // A resume must find the lower rates.
        self.saved_step = None;
        self.save(out)?;
        Ok(Ok(()))
    }

    fn checkpoints(&self) -> Vec<u64> {
        self.dir.checkpoint_steps().into_iter().map(|(step, _)| step).collect()
    }

    fn situation<'a>(&'a self, checkpoints: &'a [u64]) -> Situation<'a> {
        Situation { tunables: self.trainer.tunables(), checkpoints, lower: LOWER }
    }

    fn tell(&mut self, findings: Vec<Finding>, out: &mut Outbox) {
        let told = &self.guard.told;
        let known = told.len() == findings.len() && told.iter().zip(&findings).all(|(a, b)| a.is_like(b));
        if !known {
            for f in findings.iter().filter(|f| !told.iter().any(|t| t.is_like(f))) {
                log::info!("guardian: {} since step {}: {}", f.kind.title(), f.since_step, f.text);
            }
            out.push(Event::Coach(findings.clone()));
            self.guard.told = findings;
        }
    }
}
