//! One run: everything that is frozen when it starts, and the tunables that it starts with.

use super::data::DataConfig;
use super::model::ModelConfig;
use super::param::{Choice, Kind, Param, SettingError, Value, check_all};
use super::tunables::Tunables;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Where to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The best real GPU, or the CPU where there is none. A software adapter counts as none.
    #[default]
    Auto,
    /// Any GPU adapter, a software one too.
    Gpu,
    Cpu,
    /// The adapter with this number in `purrtrait devices`.
    Adapter(u32),
}

impl FromStr for DeviceChoice {
    type Err = SettingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "gpu" => Ok(Self::Gpu),
            "cpu" => Ok(Self::Cpu),
            _ => text
                .strip_prefix("gpu:")
                .and_then(|n| n.parse().ok())
                .map(Self::Adapter)
                .ok_or_else(|| SettingError::new("device", format!("{text:?} is not auto, gpu, cpu or gpu:N"))),
        }
    }
}

impl std::fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Gpu => f.write_str("gpu"),
            Self::Cpu => f.write_str("cpu"),
            Self::Adapter(n) => write!(f, "gpu:{n}"),
        }
    }
}

/// How pictures are changed at random before the discriminator sees them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Augment {
    #[default]
    Off,
    Colour,
    Translation,
    ColourTranslation,
    /// Colour, translation and cutout.
    All,
}

impl Augment {
    const NAMES: [(Self, &'static str); 5] = [
        (Self::Off, "off"),
        (Self::Colour, "colour"),
        (Self::Translation, "translation"),
        (Self::ColourTranslation, "colour-translation"),
        (Self::All, "all"),
    ];

    pub fn colour(self) -> bool {
        matches!(self, Self::Colour | Self::ColourTranslation | Self::All)
    }
    pub fn translation(self) -> bool {
        matches!(self, Self::Translation | Self::ColourTranslation | Self::All)
    }
    pub(crate) fn cutout(self) -> bool {
        self == Self::All
    }
}

/// How the learning rates change over a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateDecay {
    #[default]
    Off,
    /// Down to a quarter along a cosine in the last third of a run whose end is known.
    Cosine,
}

/// How many bits convolutions multiply with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Precision {
    #[default]
    F32,
    /// 16-bit copies of pictures, maps and weights in the convolutions of a training; everything else in 32 bits.
    Mixed,
}

/// Everything a run is made of. Written to the run folder as `run.toml` before step 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RunConfig {
    /// Name of the preset that this started from; for people, not for the program.
    pub preset: String,
    pub device: DeviceChoice,
    /// Decides the first weights, the latents, the order of the pictures and the mirroring.
    pub seed: u64,
    /// Pictures per step.
    pub batch: u32,
    /// Adam's decay rates of the first and second moment.
    pub beta1: f64,
    pub beta2: f64,
    /// Changes of the pictures before the discriminator sees them.
    pub augment: Augment,
    /// Mean sign of the discriminator for real pictures, from -1 to 1, above which the changes become more frequent; 0
    /// changes every picture from the start.
    pub augment_target: f64,
    /// Discriminator updates from one gradient penalty (`r1`, `r2`) to the next.
    pub penalty_every: u32,
    pub rate_decay: RateDecay,
    pub precision: Precision,
    /// Per cent of the pictures that are never trained on, to measure with; see [`super::held_out_count`] for small folders.
    #[serde(alias = "hold-out")]
    pub held_out: f64,
    /// Checkpoints kept; older ones are deleted, but for the last healthy one.
    pub keep: u32,
    /// How often a run may go back to its last healthy checkpoint by itself from one start or resume to the next: who
    /// resumes has decided to try again.
    pub auto_rollback: u32,
    /// Stop after this many steps in all; 0 means no limit.
    pub max_steps: u64,
    /// Stop after this many epochs; 0 means no limit.
    pub max_epochs: u32,
    /// Pictures in the sample grid.
    pub sample_count: u32,
    pub model: ModelConfig,
    pub tunables: Tunables,
    pub data: DataConfig,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            preset: "custom".to_owned(),
            device: DeviceChoice::Auto,
            seed: 1,
            batch: 64,
            beta1: 0.5,
            beta2: 0.999,
            augment: Augment::Off,
            augment_target: 0.0,
            penalty_every: 16,
            rate_decay: RateDecay::Off,
            precision: Precision::F32,
            held_out: 0.0,
            keep: 3,
            auto_rollback: 2,
            max_steps: 0,
            max_epochs: 0,
            sample_count: 36,
            model: ModelConfig::default(),
            tunables: Tunables::default(),
            data: DataConfig::default(),
        }
    }
}

/// The settings of the run itself, in the order in which they are shown.
pub static RUN: &[&Param<RunConfig>] = &[
    &BATCH,
    &SEED,
    &BETA1,
    &BETA2,
    &AUGMENT,
    &AUGMENT_TARGET,
    &PENALTY_EVERY,
    &RATE_DECAY,
    &PRECISION,
    &HELD_OUT,
    &MAX_STEPS,
    &MAX_EPOCHS,
    &SAMPLE_COUNT,
    &KEEP,
    &AUTO_ROLLBACK,
];

/// Where a run ends: what a person decides first.
pub(crate) static LENGTH: &[&Param<RunConfig>] = &[&MAX_EPOCHS, &MAX_STEPS];

pub(crate) static BATCH: Param<RunConfig> = Param {
    key: "batch",
    label: "Batch",
    help: "Pictures per step. Larger is steadier and needs more memory.",
    unit: "pictures",
    kind: Kind::Int { min: 2, max: 1024 },
    get: |r| Value::Number(r.batch.into()),
    put: |r, v| r.batch = v.number() as u32,
};
static SEED: Param<RunConfig> = Param {
    key: "seed",
    label: "Seed",
    help: "The same seed, settings and pictures give the same run on the CPU, to the bit.",
    unit: "",
    kind: Kind::Int { min: 0, max: 1 << 53 },
    get: |r| Value::Number(r.seed as f64),
    put: |r, v| r.seed = v.number() as u64,
};
static BETA1: Param<RunConfig> = Param {
    key: "beta1",
    label: "Adam beta 1",
    help: "How long the optimiser remembers the direction of past steps. GANs want 0.5 or less.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 0.999, log: false },
    get: |r| Value::Number(r.beta1),
    put: |r, v| r.beta1 = v.number(),
};
static BETA2: Param<RunConfig> = Param {
    key: "beta2",
    label: "Adam beta 2",
    help: "How long the optimiser remembers the size of past gradients.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 0.99999, log: false },
    get: |r| Value::Number(r.beta2),
    put: |r, v| r.beta2 = v.number(),
};
static AUGMENT: Param<RunConfig> = Param {
    key: "augment",
    label: "Augment",
    help: "Changes real and generated pictures at random before the discriminator sees them, so that it cannot learn \
           them by heart. Worth having with less than about 20,000 pictures. all adds cut-out squares, for less than \
           2,000.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("off", "Off", "Pictures are shown as they are."),
        Choice::new("colour", "Colour", "Brightness, saturation and contrast change."),
        Choice::new("translation", "Shift", "Pictures are moved by up to an eighth."),
        Choice::new("colour-translation", "Colour and shift", "Both: the usual choice."),
        Choice::new("all", "All", "Both, and a square is cut out: for less than 2,000 pictures."),
    ]),
    get: |r| {
        let name = Augment::NAMES.iter().find(|(augment, _)| *augment == r.augment);
        Value::Choice(name.map_or("off", |(_, name)| name).into())
    },
    put: |r, v| {
        let found = Augment::NAMES.iter().find(|(_, name)| *name == v.choice());
        r.augment = found.map_or(Augment::Off, |(augment, _)| *augment);
    },
};
static AUGMENT_TARGET: Param<RunConfig> = Param {
    key: "augment-target",
    label: "Adaptive augment",
    help: "0 changes every picture. Above 0 the changes start rare and become more frequent while the discriminator's mean \
           sign for real pictures (1: all taken for real, 0: half of them) is above this, so they are as strong as needed. \
           0.6 is the usual choice: 80 % taken for real.",
    unit: "",
    kind: Kind::Float { min: 0.0, max: 0.95, log: false },
    get: |r| Value::Number(r.augment_target),
    put: |r, v| r.augment_target = v.number(),
};
static PENALTY_EVERY: Param<RunConfig> = Param {
    key: "penalty-every",
    label: "Penalty every",
    help: "Discriminator updates from one gradient penalty (r1, r2) to the next. It then counts as often, so this changes \
           the work, not the strength.",
    unit: "steps",
    kind: Kind::Int { min: 1, max: 64 },
    get: |r| Value::Number(r.penalty_every.into()),
    put: |r, v| r.penalty_every = v.number() as u32,
};
pub(crate) static RATE_DECAY: Param<RunConfig> = Param {
    key: "rate-decay",
    label: "Rate decay",
    help: "cosine lowers both learning rates to a quarter in the last third of a run that stops after a number of steps or \
           epochs. Without such an end it does nothing.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("off", "Off", "Both rates stay as they are set."),
        Choice::new("cosine", "Cosine", "Down to a quarter in the last third of a run that has an end."),
    ]),
    get: |r| Value::Choice(if r.rate_decay == RateDecay::Cosine { "cosine" } else { "off" }.into()),
    put: |r, v| r.rate_decay = if v.choice() == "cosine" { RateDecay::Cosine } else { RateDecay::Off },
};
static PRECISION: Param<RunConfig> = Param {
    key: "precision",
    label: "Precision",
    help: "mixed multiplies with 16 bits in the convolutions and keeps everything else at 32: faster on many GPUs, and the \
           pictures are the same but for rounding. Needs a GPU with 16-bit floats; the CPU has none.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("f32", "32 bits", "Everything in 32 bits; works everywhere."),
        Choice::new("mixed", "Mixed", "16 bits in the convolutions, 32 elsewhere: for GPUs with 16-bit floats."),
    ]),
    get: |r| Value::Choice(if r.precision == Precision::Mixed { "mixed" } else { "f32" }.into()),
    put: |r, v| r.precision = if v.choice() == "mixed" { Precision::Mixed } else { Precision::F32 },
};
static HELD_OUT: Param<RunConfig> = Param {
    key: "hold-out",
    label: "Held back",
    help: "Pictures that are never trained on, to see whether the discriminator only knows the others by heart and to \
           measure the generator honestly. 5 is enough for a few thousand pictures. Of smaller folders at least a tenth is \
           held back, between 8 and 24 pictures, and of fewer than 50 none. 0 trains on all.",
    unit: "%",
    kind: Kind::Float { min: 0.0, max: 50.0, log: false },
    get: |r| Value::Number(r.held_out),
    put: |r, v| r.held_out = v.number(),
};
static MAX_STEPS: Param<RunConfig> = Param {
    key: "steps",
    label: "Stop after steps",
    help: "Training ends after this many steps. 0 goes on until you stop it.",
    unit: "steps",
    kind: Kind::Limit { max: 1_000_000_000 },
    get: |r| Value::Number(r.max_steps as f64),
    put: |r, v| r.max_steps = v.number() as u64,
};
static MAX_EPOCHS: Param<RunConfig> = Param {
    key: "epochs",
    label: "Stop after epochs",
    help: "Training ends after this many passes over the pictures. 0 goes on until you stop it.",
    unit: "epochs",
    kind: Kind::Limit { max: 1_000_000 },
    get: |r| Value::Number(r.max_epochs.into()),
    put: |r, v| r.max_epochs = v.number() as u32,
};
static SAMPLE_COUNT: Param<RunConfig> = Param {
    key: "sample-count",
    label: "Pictures in the grid",
    help: "How many pictures the sample grid shows, always of the same latents.",
    unit: "pictures",
    kind: Kind::Int { min: 1, max: 256 },
    get: |r| Value::Number(r.sample_count.into()),
    put: |r, v| r.sample_count = v.number() as u32,
};
pub(crate) static KEEP: Param<RunConfig> = Param {
    key: "keep",
    label: "Checkpoints kept",
    help: "The newest checkpoints that stay on disk; older ones are deleted, but for the last healthy one.",
    unit: "",
    kind: Kind::Int { min: 1, max: 1000 },
    get: |r| Value::Number(r.keep.into()),
    put: |r, v| r.keep = v.number() as u32,
};

static AUTO_ROLLBACK: Param<RunConfig> = Param {
    key: "auto-rollback",
    label: "Automatic rollbacks",
    help: "When a training runs away (NaN) or its pictures all become the same, it goes back to the last healthy \
           checkpoint and goes on with half the learning rates, at most this often from one start or resume to the next; \
           then it ends. 0 never goes back.",
    unit: "times",
    kind: Kind::Int { min: 0, max: 20 },
    get: |r| Value::Number(r.auto_rollback.into()),
    put: |r, v| r.auto_rollback = v.number() as u32,
};

impl RunConfig {
    /// The settings in the text of a `run.toml`.
    ///
    /// # Errors
    /// In one line, and without what stands in the file around the place.
    pub(crate) fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e: toml::de::Error| {
            let before = e.span().and_then(|place| text.get(..place.start));
            let place =
                before.map_or_else(String::new, |before| format!("line {}: ", before.matches('\n').count() + 1));
            format!("{place}{}", e.message())
        })
    }

    /// Whether pictures are augmented as often as needed, and not all of them or none.
    pub(crate) fn augment_adapts(&self) -> bool {
        self.augment != Augment::Off && self.augment_target > 0.0
    }

    /// What it means that a step takes more pictures than there are to train on, in words; none where there are enough.
    pub(crate) fn repeats(&self, pictures: usize) -> Option<String> {
        let batch = self.batch as usize;
        (1..batch).contains(&pictures).then(|| {
            let there = if pictures == 1 { "only one".to_owned() } else { format!("only {pictures}") };
            format!(
                "A batch of {batch} pictures has {there} to train on, so each step shows the same ones again: add pictures, \
                 or set batch to {} (--batch).",
                pictures.max(2)
            )
        })
    }

    /// First setting that cannot be used, if any.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_all(RUN, self)?;
        check_all(super::data::DATA, &self.data)?;
        self.model.validate()?;
        if self.precision == Precision::Mixed && self.device == DeviceChoice::Cpu {
            let reason = "mixed needs a GPU with 16-bit floats; on the cpu device set precision to f32";
            return Err(SettingError::new("precision", reason));
        }
        self.tunables.validate()
    }
}
