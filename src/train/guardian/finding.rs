//! What was found, in words for people, with the one change that may help.

use super::level::{SMOOTHED, reference};
use super::severity::Severity;
use super::signals::{Signals, Situation};
use super::suggestion::{Change, Suggestion, both_rates, flatter, set, times, to};
use crate::config::{LossKind, Tunables};
use crate::metrics::SignMean;
use serde::{Deserialize, Serialize};

/// What can go wrong in a training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// Mode collapse: the generator makes much the same picture from every latent.
    Collapse,
    /// NaN, or a discriminator loss far above that of guessing.
    Divergence,
    /// The discriminator tells real from generated pictures almost perfectly.
    DiscriminatorWins,
    /// The discriminator does no better than guessing.
    GeneratorWins,
    /// The discriminator is memorising its training pictures.
    Overfitting,
    /// Samples are copies of training pictures.
    Copying,
}

impl FindingKind {
    /// The finding as a short sentence, for headings.
    pub fn title(self) -> &'static str {
        match self {
            Self::Collapse => "Mode collapse: the samples look alike",
            Self::Divergence => "The training is diverging",
            Self::DiscriminatorWins => "The discriminator is winning",
            Self::GeneratorWins => "The generator is winning",
            Self::Overfitting => "The discriminator is memorising",
            Self::Copying => "The generator copies training pictures",
        }
    }

    /// The same as one or two nouns, for lists.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Collapse => "mode collapse",
            Self::Divergence => "divergence",
            Self::DiscriminatorWins => "a winning discriminator",
            Self::GeneratorWins => "a winning generator",
            Self::Overfitting => "overfitting",
            Self::Copying => "copies",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// How bad it is.
    pub severity: Severity,
    /// The step at which it began.
    pub since_step: u64,
    /// What is seen, with numbers, and what it means.
    pub text: String,
    /// The one change that may help.
    pub suggestion: Suggestion,
}

impl Finding {
    /// The same news: numbers in the text may have moved.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        (self.kind, self.severity, &self.suggestion) == (other.kind, other.severity, &other.suggestion)
    }
}

/// The numbers behind the findings.
pub(super) struct Seen {
    pub loss: LossKind,
    pub smoothing: f64,
    pub loss_d: f64,
    /// Mean sigmoid of the discriminator on real and on generated pictures.
    pub outputs: Option<[f64; 2]>,
    pub signals: Signals,
    /// The last step at which nothing looked wrong.
    pub healthy: u64,
}

impl Seen {
    pub(super) fn finding(&self, kind: FindingKind, severity: Severity, since_step: u64, now: &Situation) -> Finding {
        let (text, suggestion) = match kind {
            FindingKind::Collapse => (self.collapse(severity), self.against_collapse(severity, now)),
            FindingKind::Divergence => (self.unstable(), self.roll_back_or(severity, now, both_rates)),
            FindingKind::DiscriminatorWins => (self.discriminator_wins(), self.against_discriminator(now)),
            FindingKind::GeneratorWins => (self.generator_wins(severity), self.against_generator(severity, now)),
            FindingKind::Overfitting => (self.overfitting(), against_overfitting(now)),
            FindingKind::Copying => (self.copying(now), flatter(now)),
        };
        Finding { kind, severity, since_step, text, suggestion }
    }

    fn collapse(&self, severity: Severity) -> String {
        let share = self.signals.diversity.unwrap_or(0.0) * 100.0;
        let what = match severity {
            Severity::Alarm => {
                "The generator has collapsed: almost all samples are one picture that fools the discriminator."
            }
            Severity::Warning => "The generator is losing modes: fewer and fewer kinds of cats appear.",
        };
        format!("Two samples differ only {share:.0} % as much as two training pictures do. {what}")
    }

    fn against_collapse(&self, severity: Severity, now: &Situation) -> Suggestion {
        self.roll_back_or(severity, now, |t| vec![times("lr-g", t, 0.5)])
    }

    fn unstable(&self) -> String {
        let [guessing, _] = reference(self.loss, self.smoothing);
        format!(
            "The discriminator's loss is {:.2} on average; pure guessing would give {guessing:.2}. The updates are so \
             large that each network undoes what it has learned.",
            self.loss_d
        )
    }

    fn discriminator_wins(&self) -> String {
        let [guessing, best] = reference(self.loss, self.smoothing);
        let outputs = self.outputs_in_words();
        format!(
            "Its loss is {:.3} on average; pure guessing would give {guessing:.2}, and {best:.2} is the best it can \
             reach.{outputs} The generator learns nothing from a discriminator that is always right.",
            self.loss_d
        )
    }

    fn against_discriminator(&self, now: &Situation) -> Suggestion {
        let t = now.tunables;
        if t.d_steps > 1 {
            return set(vec![to("d-steps", t, f64::from(t.d_steps - 1))]);
        }
        if self.loss == LossKind::Bce && t.smoothing < SMOOTHED {
            return set(vec![to("smoothing", t, 0.1)]);
        }
        set(vec![times("lr-d", t, 0.5)])
    }

    fn generator_wins(&self, severity: Severity) -> String {
        let [guessing, _] = reference(self.loss, self.smoothing);
        let outputs = self.outputs_in_words();
        let what = match severity {
            Severity::Alarm => "It cannot tell real from generated pictures at all, although they differ.",
            Severity::Warning => "It can hardly tell real from generated pictures any more.",
        };
        format!(
            "The discriminator's loss is {:.3} on average; pure guessing would give {guessing:.2}.{outputs} {what} A \
             discriminator that guesses gives the generator no direction.",
            self.loss_d
        )
    }

    fn against_generator(&self, severity: Severity, now: &Situation) -> Suggestion {
        let t = now.tunables;
        if t.lr_d < t.lr_g {
            return set(vec![to("lr-d", t, t.lr_g)]);
        }
        match severity {
            Severity::Warning if t.d_steps < 3 => set(vec![to("d-steps", t, f64::from(t.d_steps + 1))]),
            _ => self.roll_back_or(severity, now, |t| vec![times("lr-g", t, 0.5)]),
        }
    }

    fn overfitting(&self) -> String {
        let share = |r: Option<SignMean>| r.map_or(0.0, |r| (r.mean + 1.0) * 50.0);
        let (train, held) = (share(self.signals.r_train), share(self.signals.r_held));
        let count = self.signals.r_held.map_or(0, |held| held.pictures);
        format!(
            "The discriminator classifies {train:.0} % of its training pictures as real, but only {held:.0} % of \
             {count} held-out pictures, which are just as real. It is memorising its pictures instead of learning what \
             cats look like. More pictures or stronger augmentation will help the next run."
        )
    }

    fn copying(&self, now: &Situation) -> String {
        let ratio = self.signals.memorisation.unwrap_or(0.0) * 100.0;
        format!(
            "The median sample is {ratio:.0} % as far from the nearest training picture as a new picture would be, so \
             samples are close to being copies. Check a few with \"Is it new?\" in the explorer before you show them \
             as new cats. More pictures or stronger augmentation will help the next run.{}",
            if now.tunables.stop_on_copies { " This run ends here, saved: \"Stop at copies\" is on." } else { "" }
        )
    }

    /// The discriminator's outputs, where a logit stands for a probability.
    fn outputs_in_words(&self) -> String {
        match self.outputs {
            Some([real, fake]) if self.loss == LossKind::Bce => {
                format!(
                    " Its output averages {real:.2} for real and {fake:.2} for generated pictures, where 1 means \
                     certainly real."
                )
            }
            _ => String::new(),
        }
    }

    /// Rolling back helps against an alarm, where there is a healthy checkpoint; otherwise live settings.
    fn roll_back_or(&self, severity: Severity, now: &Situation, otherwise: fn(&Tunables) -> Vec<Change>) -> Suggestion {
        match healthy_checkpoint(self.healthy, now) {
            Some(step) if severity == Severity::Alarm => Suggestion::RollBack { step, lower: now.lower },
            _ => set(otherwise(now.tunables)),
        }
    }
}

/// See [`super::Guardian::diverged`].
pub(super) fn diverged(step: u64, healthy: u64, now: &Situation) -> Finding {
    let suggestion = match healthy_checkpoint(healthy, now) {
        Some(step) => Suggestion::RollBack { step, lower: now.lower },
        None => set(both_rates(now.tunables)),
    };
    let text = "A loss or a weight has become NaN or infinite because the updates were too large. Training cannot \
                recover from this.";
    let (kind, severity) = (FindingKind::Divergence, Severity::Alarm);
    Finding { kind, severity, since_step: step, text: text.to_owned(), suggestion }
}

/// Several updates in a row are as many looks at the training pictures for one at the generator's, so they go first.
fn against_overfitting(now: &Situation) -> Suggestion {
    match now.tunables.d_steps {
        many @ 2.. => set(vec![to("d-steps", now.tunables, f64::from(many - 1))]),
        _ => flatter(now),
    }
}

/// The newest checkpoint from when all was well.
fn healthy_checkpoint(healthy: u64, now: &Situation) -> Option<u64> {
    now.checkpoints.iter().copied().filter(|step| *step <= healthy).max()
}
