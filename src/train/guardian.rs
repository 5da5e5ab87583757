//! Watches a training for what can go wrong with a GAN. Pure logic over numbers that others read: no tensors.
//!
//! Two streams come in: the losses of every step, and now and then measures of the pictures. Out come [`Finding`]s in
//! plain words, each with one suggested change. The thresholds are set so that a healthy run is left alone: the start
//! is ignored, losses are averaged over many steps, and a sign must stay before it counts and stay away before it is
//! taken back. All thresholds were chosen on recorded runs; see the tests.

mod diversity;
mod finding;
mod level;
mod severity;
mod signals;
mod suggestion;
mod symptom;
mod trust;

pub use diversity::spread;
pub use finding::{Finding, FindingKind};
pub(crate) use level::reference as loss_reference;
pub use severity::Severity;
pub(crate) use signals::{Signals, Situation};
pub use suggestion::{Change, Suggestion};

use super::trainer::ReadStep;
use crate::config::{LossKind, Tunables};
use finding::Seen;
use level::{is_relativistic, mastery, winning};
use severity::worse;
use symptom::{Patience, Symptom};
use trust::Trust;

/// Steps at the start of a run about which nothing is said: the discriminator learns first and always leads there.
const START_STEPS: u64 = 300;
/// Losses are averaged over about this many steps.
const AVERAGED: u64 = 100;
/// Pictures before which the samples say nothing: networks that know nothing yet may draw very different noise.
const NOISE_PICTURES: u64 = 20_000;
/// Pictures after which even a run whose samples were never diverse is told so. Healthy DCGANs of 64 px pass 0.7 after
/// 30,000 pictures.
const START_PICTURES: u64 = 100_000;

/// Samples that are closer to training pictures than this share of what new pictures are, are copies: of other real
/// pictures none of 1,800 sets comes near it (`tests/reference/watch.py copies`).
pub(super) const COPIES: f64 = 0.5;

/// How long a loss must look wrong.
const LOSSES: Patience = Patience { readings: 300, steps: 300 };
/// The same for divergence, which gets worse quickly.
const UNSTABLE: Patience = Patience { readings: 150, steps: 150 };
/// Measures of pictures come seldom, sample sheets perhaps every ten steps.
const PICTURES: Patience = Patience { readings: 3, steps: 100 };
const OVERFITTING: Patience = Patience { readings: 4, steps: 500 };
const COPYING: Patience = Patience { readings: 2, steps: 0 };

/// Running averages of the losses.
#[derive(Debug, Clone, Copy)]
struct Averages {
    mastery: f64,
    loss_d: f64,
    d_real: f64,
    d_fake: f64,
}

/// Watches one run.
#[derive(Debug, Clone)]
pub(crate) struct Guardian {
    loss: LossKind,
    batch: u64,
    averages: Option<Averages>,
    signals: Signals,
    trust: Option<Trust>,
    best_diversity: f64,
    smoothing: f64,
    winning_d: Symptom,
    winning_g: Symptom,
    unstable: Symptom,
    collapse: Symptom,
    overfitting: Symptom,
    copying: Symptom,
}

impl Guardian {
    /// For a run with this loss and batch size that resumes after `step`.
    pub(crate) fn new(loss: LossKind, batch: u32, step: u64) -> Self {
        // What shows from the first reading on may be in the checkpoint that the run resumes from.
        let calm = || Symptom::calm_until(step.saturating_sub(1));
        Self {
            loss,
            batch: u64::from(batch),
            averages: None,
            signals: Signals::default(),
            trust: None,
            best_diversity: 0.0,
            smoothing: 0.0,
            winning_d: calm(),
            winning_g: calm(),
            unstable: calm(),
            collapse: calm(),
            overfitting: calm(),
            copying: calm(),
        }
    }

    /// The losses of the next step, and the settings that it ran under.
    pub(crate) fn losses(&mut self, read: &ReadStep, tunables: &Tunables) {
        let [loss_d, _, d_real, d_fake, ..] = read.values.map(f64::from);
        if read.step <= START_STEPS || !loss_d.is_finite() {
            return;
        }
        self.smoothing = tunables.smoothing;
        let new = Averages { mastery: mastery(self.loss, loss_d, tunables.smoothing), loss_d, d_real, d_fake };
        let old = self.averages.unwrap_or(new);
        let mix = |old: f64, new: f64| old + (new - old) / AVERAGED as f64;
        let a = Averages {
            mastery: mix(old.mastery, new.mastery),
            loss_d: mix(old.loss_d, new.loss_d),
            d_real: mix(old.d_real, new.d_real),
            d_fake: mix(old.d_fake, new.d_fake),
        };
        self.averages = Some(a);

        let [calm, warning, alarm] = winning(self.loss, tunables.smoothing);
        self.winning_d.observe(read.step, worse(a.mastery > warning, a.mastery > alarm), a.mastery < calm, LOSSES);
        // Logits of losses that compare pairs may drift away together, so their sigmoid may say nothing; then the loss
        // alone decides.
        let gap = a.d_real - a.d_fake;
        let seen = worse(a.mastery < 0.05 && gap < 0.05, a.mastery < 0.01 && gap < 0.02);
        self.winning_g.observe(read.step, seen, a.mastery > 0.08 || gap > 0.08, LOSSES);
        let thrown = gap.abs() > 0.02 || is_relativistic(self.loss);
        let seen = worse(a.mastery < -1.5 && thrown, a.mastery < -4.0 && thrown);
        self.unstable.observe(read.step, seen, a.mastery > -1.0, UNSTABLE);
    }

    /// Newly measured pictures. What is not measured this time stays as it was.
    pub(crate) fn quality(&mut self, step: u64, new: &Signals) {
        let early = step <= START_STEPS || step * self.batch <= NOISE_PICTURES;
        if let Some(diversity) = new.diversity.filter(|d| d.is_finite() && !early) {
            self.signals.diversity = Some(diversity);
            self.best_diversity = self.best_diversity.max(diversity);
            // Either the samples were different once, or there was time enough for it. A run that only ever got half
            // way is measured by that.
            let was_diverse = self.best_diversity > 0.5;
            let late = step * self.batch > START_PICTURES;
            let scale = if late { 1.0 } else { self.best_diversity.min(1.0) };
            let known = was_diverse || late;
            let seen = worse(known && diversity < 0.7 * scale, known && diversity < 0.4 * scale);
            self.collapse.observe(step, seen, diversity > 0.75 * scale, PICTURES);
        }
        if let (Some(train), Some(held)) = (new.r_train, new.r_held)
            && step > START_STEPS
        {
            let trust = self.trust.map_or_else(|| Trust::new(train, held), |trust| trust.and(train, held));
            (self.signals.r_train, self.signals.r_held) = (Some(trust.train), Some(trust.held));
            self.overfitting.observe(step, trust.looks_wrong(), trust.looks_well(), OVERFITTING);
            self.trust = Some(trust);
        }
        if let Some(ratio) = new.memorisation.filter(|r| r.is_finite()) {
            self.signals.memorisation = Some(ratio);
            self.copying.observe(step, worse(ratio < COPIES, ratio < 0.25), ratio > 0.6, COPYING);
        }
    }

    /// Settings that teach changed: what was seen under the old ones counts no more, so that the new ones get their
    /// time.
    pub(crate) fn settings_changed(&mut self) {
        for symptom in [
            &mut self.winning_d,
            &mut self.winning_g,
            &mut self.unstable,
            &mut self.collapse,
            &mut self.overfitting,
            &mut self.copying,
        ] {
            symptom.forget();
        }
        (self.averages, self.trust) = (None, None);
    }

    /// The run went back to the healthy state of an earlier step: everything after it is forgotten.
    pub(crate) fn rolled_back(&mut self, step: u64) {
        *self = Self { best_diversity: self.best_diversity, ..Self::new(self.loss, self.batch as u32, step + 1) };
    }

    /// The last step at which nothing looked wrong; `now` if all is well. Checkpoints up to here are healthy.
    pub(crate) fn healthy_step(&self, now: u64) -> u64 {
        let losses = [&self.winning_d, &self.winning_g, &self.unstable];
        // An average lags behind what it averages.
        let losses = losses.into_iter().filter_map(|s| Some(s.uneasy()?.saturating_sub(AVERAGED)));
        losses.chain(self.collapse.uneasy()).min().unwrap_or(now)
    }

    /// Nothing is wrong.
    pub(crate) fn is_quiet(&self) -> bool {
        let symptoms =
            [&self.collapse, &self.unstable, &self.winning_d, &self.winning_g, &self.overfitting, &self.copying];
        symptoms.into_iter().all(|symptom| symptom.raised().is_none())
    }

    /// What is wrong, worst first.
    pub(crate) fn findings(&self, situation: &Situation) -> Vec<Finding> {
        let symptoms = [
            (FindingKind::Collapse, &self.collapse),
            (FindingKind::Divergence, &self.unstable),
            (FindingKind::DiscriminatorWins, &self.winning_d),
            (FindingKind::GeneratorWins, &self.winning_g),
            (FindingKind::Overfitting, &self.overfitting),
            (FindingKind::Copying, &self.copying),
        ];
        let seen = Seen {
            loss: self.loss,
            smoothing: self.smoothing,
            loss_d: self.averages.map_or(0.0, |a| a.loss_d),
            outputs: self.averages.map(|a| [a.d_real, a.d_fake]),
            signals: self.signals,
            healthy: self.healthy_step(u64::MAX),
        };
        let raised = symptoms.into_iter().filter_map(|(kind, symptom)| {
            let (severity, since) = symptom.raised()?;
            Some(seen.finding(kind, severity, since, situation))
        });
        let mut findings: Vec<Finding> = raised.collect();
        findings.sort_by_key(|f| std::cmp::Reverse(f.severity));
        findings
    }

    /// The finding about a loss or weight that became NaN or infinite at `step`; there is no smoother sign of it.
    pub(crate) fn diverged(&self, step: u64, situation: &Situation) -> Finding {
        finding::diverged(step, self.healthy_step(step), situation)
    }
}

#[cfg(test)]
mod tests;
