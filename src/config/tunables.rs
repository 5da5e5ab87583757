//! Settings that act on a running training: each change takes effect at the next step and is marked on the plots.

use super::param::{Kind, Param, SettingError, Value, check_all};
use serde::{Deserialize, Serialize};

/// Everything that may change while a run trains.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Tunables {
    /// Generator's learning rate (Adam step size).
    pub lr_g: f64,
    /// Discriminator's learning rate.
    pub lr_d: f64,
    /// One-sided label smoothing: real pictures are labelled `1 - smoothing`. Only the `bce` loss uses it.
    pub smoothing: f64,
    /// Discriminator updates per generator update.
    pub d_steps: u32,
    /// Weights (gamma) of the penalties on the discriminator's slope at real and at generated pictures. 0 is none.
    pub r1: f64,
    pub r2: f64,
    /// Half-life of the averaged generator, in pictures seen. 0 turns averaging off.
    pub ema_images: f64,
    /// Steps between sample pictures.
    pub sample_every: u32,
    /// Epochs between checkpoints.
    pub checkpoint_every: f64,
    /// Steps between reads of the losses from the device.
    pub metrics_every: u32,
    /// Epochs between two measurements of the pictures. 0 is never.
    pub measure_every: f64,
}

impl Default for Tunables {
    fn default() -> Self {
        Self {
            lr_g: 2e-4,
            lr_d: 2e-4,
            smoothing: 0.1,
            d_steps: 1,
            r1: 0.0,
            r2: 0.0,
            ema_images: 10_000.0,
            sample_every: 10,
            checkpoint_every: 5.0,
            metrics_every: 5,
            measure_every: 5.0,
        }
    }
}

static LR_G: Param<Tunables> = Param {
    key: "lr-g",
    label: "Generator rate",
    help: "How far the generator moves at each step. Lower it when its loss jumps about; raise it when the pictures \
           stand still.",
    unit: "",
    kind: Kind::Float { min: 1e-7, max: 1e-2, log: true },
    get: |t| Value::Number(t.lr_g),
    put: |t, v| t.lr_g = v.number(),
};
static LR_D: Param<Tunables> = Param {
    key: "lr-d",
    label: "Discriminator rate",
    help: "How far the discriminator moves at each step. Lower it when its loss falls towards zero: it is winning, and \
           the generator learns nothing from a judge that is always right.",
    unit: "",
    kind: Kind::Float { min: 1e-7, max: 1e-2, log: true },
    get: |t| Value::Number(t.lr_d),
    put: |t, v| t.lr_d = v.number(),
};

/// The live-editable settings, in the order in which they are shown.
pub static TUNABLES: &[&Param<Tunables>] = &[
    &LR_G,
    &LR_D,
    &SMOOTHING,
    &D_STEPS,
    &R1,
    &R2,
    &EMA_IMAGES,
    &SAMPLE_EVERY,
    &CHECKPOINT_EVERY,
    &METRICS_EVERY,
    &MEASURE_EVERY,
];

static SMOOTHING: Param<Tunables> = Param {
    key: "smoothing",
    label: "Label smoothing",
    help: "Real pictures count as 1 minus this, so that the discriminator never becomes too sure. Used by the bce loss.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 0.4, log: false },
    get: |t| Value::Number(t.smoothing),
    put: |t, v| t.smoothing = v.number(),
};
static D_STEPS: Param<Tunables> = Param {
    key: "d-steps",
    label: "Discriminator steps",
    help: "Discriminator updates for each generator update. More than one helps when the generator wins.",
    unit: "",
    kind: Kind::Int { min: 1, max: 8 },
    get: |t| Value::Number(t.d_steps.into()),
    put: |t, v| t.d_steps = v.number() as u32,
};
pub(crate) static R1: Param<Tunables> = Param {
    key: "r1",
    label: "R1 penalty",
    help: "Holds the discriminator's judgement flat around real pictures, which keeps both networks in balance. 0 is off; \
           small pictures want 0.01 to 1. Raise it when the training swings, lower it when nothing is learnt.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 10.0, log: true },
    get: |t| Value::Number(t.r1),
    put: |t, v| t.r1 = v.number(),
};
pub(crate) static R2: Param<Tunables> = Param {
    key: "r2",
    label: "R2 penalty",
    help: "The same around generated pictures. 0 is off. Together with R1 and the rpgan loss it makes the steadiest game.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 10.0, log: true },
    get: |t| Value::Number(t.r2),
    put: |t, v| t.r2 = v.number(),
};
static EMA_IMAGES: Param<Tunables> = Param {
    key: "ema-images",
    label: "Averaging half-life",
    help: "The pictures shown come from an average of the generator over this many training pictures: calmer and \
           usually better than the newest weights. 0 shows the newest weights.",
    unit: "pictures",
    kind: Kind::Float { min: 0.0, max: 200_000.0, log: true },
    get: |t| Value::Number(t.ema_images),
    put: |t, v| t.ema_images = v.number(),
};
static SAMPLE_EVERY: Param<Tunables> = Param {
    key: "sample-every",
    label: "Sample every",
    help: "Steps between two pictures of the sample grid. About a thousand stay in the run folder: all of the newest and the \
           first, those beside a changed setting, and fewer of what lies between.",
    unit: "steps",
    kind: Kind::Int { min: 1, max: 100_000 },
    get: |t| Value::Number(t.sample_every.into()),
    put: |t, v| t.sample_every = v.number() as u32,
};
static CHECKPOINT_EVERY: Param<Tunables> = Param {
    key: "checkpoint-every",
    label: "Save every",
    help: "Epochs between two checkpoints. Where epochs are short it takes longer, up to a minute or 19 times \
           as long as a save. A crash costs at most \
           the time since the last one.",
    unit: "epochs",
    kind: Kind::Float { min: 0.01, max: 1000.0, log: true },
    get: |t| Value::Number(t.checkpoint_every),
    put: |t, v| t.checkpoint_every = v.number(),
};
static METRICS_EVERY: Param<Tunables> = Param {
    key: "metrics-every",
    label: "Read losses every",
    help: "Steps between two reads of the losses. Each read makes the device wait, so reading at every step costs speed.",
    unit: "steps",
    kind: Kind::Int { min: 1, max: 1000 },
    get: |t| Value::Number(t.metrics_every.into()),
    put: |t, v| t.metrics_every = v.number() as u32,
};
static MEASURE_EVERY: Param<Tunables> = Param {
    key: "measure-every",
    label: "Measure every",
    help: "Epochs between two measurements of how good the pictures are. One processor core measures while the training \
           goes on, at most a tenth of the time; the last pictures are measured once more. 0 never measures.",
    unit: "epochs",
    kind: Kind::Float { min: 0.0, max: 100.0, log: true },
    get: |t| Value::Number(t.measure_every),
    put: |t, v| t.measure_every = v.number(),
};

impl Tunables {
    /// First setting outside its range, if any.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_all(TUNABLES, self)
    }

    /// What differs from `old`, as `(label, old value, new value)`: the text of the marks on the plots.
    pub(crate) fn changes_from(&self, old: &Self) -> Vec<(&'static str, Value, Value)> {
        TUNABLES
            .iter()
            .map(|p| (p.label, (p.get)(old), (p.get)(self)))
            .filter(|(_, before, after)| before != after)
            .collect()
    }

    /// Whether the networks learn the same under both: how often something is drawn, read, measured or saved, and what is
    /// shown, does not count.
    pub(crate) fn teach_like(&self, other: &Self) -> bool {
        let Self { ema_images, sample_every, checkpoint_every, metrics_every, measure_every, .. } = *self;
        let unseen = Self { ema_images, sample_every, checkpoint_every, metrics_every, measure_every, ..other.clone() };
        *self == unseen
    }

    /// These settings, with whatever `edited` has other than `written` taken from `edited`.
    pub(crate) fn with_edits(&self, written: &Self, edited: &Self) -> Self {
        let mut all = self.clone();
        for p in TUNABLES {
            let value = (p.get)(edited);
            if value != (p.get)(written) {
                (p.put)(&mut all, value);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_settings_that_teach_make_a_difference_to_learning() {
        let teaching = ["lr-g", "lr-d", "smoothing", "d-steps", "r1", "r2"];
        for param in TUNABLES {
            let mut other = Tunables::default();
            (param.put)(&mut other, Value::Number(3.0));
            let teaches = !other.teach_like(&Tunables::default());
            assert_eq!(teaches, teaching.contains(&param.key), "{}", param.key);
        }
    }
}
