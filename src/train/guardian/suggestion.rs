//! The one change that may help, as a person reads it and as it is made.

use super::signals::Situation;
use crate::config::{Kind, TUNABLES, Tunables, Value};
use serde::{Deserialize, Deserializer, Serialize};

/// A setting to change during a run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Of [`TUNABLES`].
    pub key: &'static str,
    /// The setting's name, for people.
    pub label: &'static str,
    /// The value now.
    pub from: f64,
    /// The value that is suggested.
    pub to: f64,
}

/// In a message the label follows from the key.
impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Message {
            key: String,
            from: f64,
            to: f64,
        }
        let Message { key, from, to } = Message::deserialize(deserializer)?;
        let unknown = || serde::de::Error::custom(format_args!("no setting {key}"));
        let param = TUNABLES.iter().find(|param| param.key == key).ok_or_else(unknown)?;
        Ok(Self { key: param.key, label: param.label, from, to })
    }
}

/// The one change that is suggested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Suggestion {
    /// Change live settings.
    Set(Vec<Change>),
    /// Roll back to a checkpoint and resume from there with lower learning rates.
    RollBack {
        /// Of the checkpoint.
        step: u64,
        /// What both learning rates are multiplied with.
        lower: f64,
    },
    /// Nothing that can be changed during the run.
    Advice(String),
}

impl Suggestion {
    /// Exactly what it changes, such as `Discriminator learning rate 2e-4 → 1e-4`.
    pub fn words(&self) -> String {
        match self {
            Self::Set(changes) => {
                let number = |x: f64| Value::Number(x).to_string();
                let one = |c: &Change| format!("{} {} \u{2192} {}", c.label, number(c.from), number(c.to));
                changes.iter().map(one).collect::<Vec<_>>().join(", ")
            }
            Self::RollBack { step, lower } => {
                let share = if *lower == 0.5 { "half".to_owned() } else { format!("{lower} times") };
                format!("Roll back to the checkpoint of step {step} and resume with {share} the learning rates")
            }
            Self::Advice(text) => text.clone(),
        }
    }

    /// `tunables` with the changes made; none where it is not about live settings.
    pub(crate) fn applied(&self, tunables: &Tunables) -> Option<Tunables> {
        let Self::Set(changes) = self else { return None };
        let mut tunables = tunables.clone();
        for change in changes {
            let param = TUNABLES.iter().find(|p| p.key == change.key)?;
            param.set(&mut tunables, &Value::Number(change.to)).ok()?;
        }
        Some(tunables)
    }
}

/// The R1 weight of our own recipes for pictures of 64 px.
const R1: f64 = 0.1;
/// What is tried next where that is not enough. Searches for the weight go by tens; this is about half of such a step.
const R1_STEP: f64 = 4.0;

/// Against memorising. Both networks can only memorise a training picture where the discriminator judges it otherwise
/// than whatever lies around it, and R1 keeps its judgement flat there. Lower learning rates would delay memorising,
/// but everything else too, so they come only after two raises: beyond those R1 would slow down all learning.
pub(super) fn flatter(now: &Situation) -> Suggestion {
    let t = now.tunables;
    // With twice the side a change of the picture is shared out among four times the numbers: the squared slope that it
    // causes is a quarter, and takes four times the weight to be felt as much.
    let usual = R1 * (f64::from(now.side) / 64.0).powi(2);
    let most = usual * R1_STEP * R1_STEP;
    if t.r1 < most {
        let raised = to("r1", t, (t.r1 * R1_STEP).clamp(usual, most));
        if raised.to > raised.from {
            return Suggestion::Set(vec![raised]);
        }
    }
    let advice = "No setting is left that would help this run. Use one of its earlier checkpoints.";
    set_or(vec![times("lr-d", t, 0.5)], advice)
}

/// These changes, as far as they change anything.
pub(super) fn set(changes: Vec<Change>) -> Suggestion {
    set_or(changes, "The learning rates are as low as they go. Start a new run with another seed.")
}

fn set_or(changes: Vec<Change>, advice: &str) -> Suggestion {
    let changes: Vec<Change> = changes.into_iter().filter(|c| c.from != c.to).collect();
    if changes.is_empty() { Suggestion::Advice(advice.to_owned()) } else { Suggestion::Set(changes) }
}

pub(super) fn both_rates(t: &Tunables) -> Vec<Change> {
    vec![times("lr-g", t, 0.5), times("lr-d", t, 0.5)]
}

pub(super) fn times(key: &'static str, tunables: &Tunables, factor: f64) -> Change {
    let from = TUNABLES.iter().find(|p| p.key == key).map_or(0.0, |p| p.get(tunables).number());
    to(key, tunables, from * factor)
}

/// The change to this value, or to the nearest one that the setting takes.
pub(super) fn to(key: &'static str, tunables: &Tunables, to: f64) -> Change {
    let Some(param) = TUNABLES.iter().find(|p| p.key == key) else { return Change { key, label: key, from: to, to } };
    let to = match param.kind {
        Kind::Float { min, max, .. } => to.clamp(min, max),
        Kind::Int { min, max } => to.clamp(min as f64, max as f64),
        Kind::Limit { max } => to.clamp(0.0, max as f64),
        Kind::Flag | Kind::Choice(_) => to,
    };
    Change { key, label: param.label, from: param.get(tunables).number(), to }
}
