//! The two networks and the game they play.

use super::param::{Choice, Kind, Param, SettingError, Value, check_all};
use serde::{Deserialize, Serialize};

/// Which family of architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// The 2018 cat tutorial: dense layer, 5x5 kernels with biases, leaky ReLU, one stride-1 stage at either end.
    Article,
    /// DCGAN as in its paper and the common PyTorch example: no dense layers, no biases.
    Dcgan,
}

/// Distribution of the latent vector's components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LatentKind {
    /// N(0, 1).
    Normal,
    /// U(-1, 1).
    Uniform,
}

/// Normalisation inside the networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    Batch,
    None,
}

/// How the generator doubles the side of its maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Upsample {
    /// A strided transposed convolution: every place of the result has weights of its own.
    Transposed,
    /// Nearest-neighbour doubling and a 3x3 convolution, computed as one: neighbouring places share their weights, so no
    /// checkerboard can appear.
    SubPixel,
}

/// What keeps the discriminator's signals, or its slope, at one scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DNorm {
    /// The generator's kind.
    Same,
    Batch,
    None,
    /// Each layer's weights divided by their largest singular value.
    Spectral,
}

/// The loss: what the discriminator is rewarded for. Formulas in `train/loss.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LossKind {
    Bce,
    Lsgan,
    Hinge,
    /// Relativistic average least squares.
    RaLsgan,
    /// Relativistic average hinge.
    RaHinge,
    /// Relativistic paired, softplus.
    Rpgan,
}

/// Everything that decides the shape of the networks and the loss. Frozen when a run starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelConfig {
    pub family: Family,
    /// Side of the square pictures in pixels: 32, 64, 128 or 256.
    pub size: u32,
    /// Channels of the generator's last hidden stage; each stage before it has twice as many.
    pub g_width: u32,
    /// Channels after the discriminator's first stage; each stage after it has twice as many.
    pub d_width: u32,
    /// Components of the latent vector.
    pub latent_size: u32,
    pub latent: LatentKind,
    /// Side of the convolution kernels in pixels.
    pub kernel: u32,
    pub norm: Norm,
    pub upsample: Upsample,
    /// One more stage at the picture's own size before the colours: `g_width` is then that stage's.
    pub full_stage: bool,
    /// Early maps decide how strongly each channel of the last stages counts.
    pub excitation: bool,
    pub d_norm: DNorm,
    /// Also normalise right after the discriminator's first convolution.
    pub d_input_norm: bool,
    /// A shortcut around each stage of the discriminator.
    pub d_residual: bool,
    pub loss: LossKind,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            family: Family::Dcgan,
            size: 64,
            g_width: 64,
            d_width: 64,
            latent_size: 100,
            latent: LatentKind::Normal,
            kernel: 4,
            norm: Norm::Batch,
            upsample: Upsample::Transposed,
            full_stage: false,
            excitation: false,
            d_norm: DNorm::Same,
            d_input_norm: false,
            d_residual: false,
            loss: LossKind::Bce,
        }
    }
}

/// The settings of the networks, in the order in which they are shown.
pub static MODEL: &[&Param<ModelConfig>] = &[
    &FAMILY,
    &SIZE,
    &G_WIDTH,
    &D_WIDTH,
    &LATENT_SIZE,
    &LATENT,
    &KERNEL,
    &NORM,
    &UPSAMPLE,
    &FULL_STAGE,
    &EXCITATION,
    &D_NORM,
    &D_INPUT_NORM,
    &D_RESIDUAL,
    &LOSS,
];

static FAMILY: Param<ModelConfig> = Param {
    key: "family",
    label: "Family",
    help: "article is the network of the 2018 tutorial; dcgan is the classic one, with fewer parameters.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("article", "Article", "The network of the 2018 tutorial."),
        Choice::new("dcgan", "DCGAN", "The classic one, with fewer parameters; the modern switches belong to it."),
    ]),
    get: |m| Value::Choice(if m.family == Family::Article { "article" } else { "dcgan" }.into()),
    put: |m, v| m.family = if v.choice() == "article" { Family::Article } else { Family::Dcgan },
};
pub static SIZE: Param<ModelConfig> = Param {
    key: "size",
    label: "Picture size",
    help: "Side of the pictures in pixels. Doubling it costs about four times the work and needs more pictures.",
    unit: "px",
    kind: Kind::Choice(&[
        Choice::new("32", "32", "Pictures of 32 × 32 pixels."),
        Choice::new("64", "64", "Pictures of 64 × 64 pixels."),
        Choice::new("128", "128", "Pictures of 128 × 128 pixels."),
        Choice::new("256", "256", "Pictures of 256 × 256 pixels."),
    ]),
    get: |m| Value::Choice(m.size.to_string()),
    put: |m, v| m.size = v.choice().parse().unwrap_or(64),
};
static G_WIDTH: Param<ModelConfig> = Param {
    key: "g-width",
    label: "Generator width",
    help: "Channels of the generator's last stage. Wider draws finer detail; work grows with the square.",
    unit: "channels",
    kind: Kind::Int { min: 4, max: 256 },
    get: |m| Value::Number(m.g_width.into()),
    put: |m, v| m.g_width = v.number() as u32,
};
static D_WIDTH: Param<ModelConfig> = Param {
    key: "d-width",
    label: "Discriminator width",
    help: "Channels of the discriminator's first stage. Keep it close to the generator's width.",
    unit: "channels",
    kind: Kind::Int { min: 4, max: 256 },
    get: |m| Value::Number(m.d_width.into()),
    put: |m, v| m.d_width = v.number() as u32,
};
static LATENT_SIZE: Param<ModelConfig> = Param {
    key: "latent-size",
    label: "Latent size",
    help: "Numbers that describe one picture. 64 to 128 is plenty for faces.",
    unit: "",
    kind: Kind::Int { min: 2, max: 1024 },
    get: |m| Value::Number(m.latent_size.into()),
    put: |m, v| m.latent_size = v.number() as u32,
};
static LATENT: Param<ModelConfig> = Param {
    key: "latent",
    label: "Latent distribution",
    help: "normal draws each number from N(0, 1); uniform from -1 to 1, as the tutorial does.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("normal", "Normal", "Each number from the normal distribution N(0, 1)."),
        Choice::new("uniform", "Uniform", "Each number evenly from -1 to 1, as the tutorial does."),
    ]),
    get: |m| Value::Choice(if m.latent == LatentKind::Normal { "normal" } else { "uniform" }.into()),
    put: |m, v| m.latent = if v.choice() == "uniform" { LatentKind::Uniform } else { LatentKind::Normal },
};
pub static KERNEL: Param<ModelConfig> = Param {
    key: "kernel",
    label: "Kernel",
    help: "Side of the convolution kernels. dcgan takes 3, 4 or 5; article takes 3 or 5, since it has stages that keep \
           the size.",
    unit: "px",
    kind: Kind::Choice(&[
        Choice::new("3", "3", "3 × 3: the least work."),
        Choice::new("4", "4", "4 × 4: fits doubling and halving; the usual DCGAN."),
        Choice::new("5", "5", "5 × 5: the tutorial's; the most work."),
    ]),
    get: |m| Value::Choice(m.kernel.to_string()),
    put: |m, v| m.kernel = v.choice().parse().unwrap_or(4),
};
static NORM: Param<ModelConfig> = Param {
    key: "norm",
    label: "Normalisation",
    help: "batch keeps the signals of a whole batch at the same scale, which lets both networks learn faster.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("batch", "Batch", "Batch normalisation after each convolution."),
        Choice::new("none", "None", "None: slower to learn, nothing shared between the pictures of a batch."),
    ]),
    get: |m| Value::Choice(if m.norm == Norm::Batch { "batch" } else { "none" }.into()),
    put: |m, v| m.norm = if v.choice() == "batch" { Norm::Batch } else { Norm::None },
};
static UPSAMPLE: Param<ModelConfig> = Param {
    key: "upsample",
    label: "Upsampling",
    help: "transposed gives every pixel weights of its own and can leave a checkerboard; sub-pixel doubles and smooths in \
           one operation and cannot. sub-pixel is for the dcgan family with kernels of 4.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("transposed", "Transposed", "Every pixel has weights of its own; can leave a checkerboard."),
        Choice::new("sub-pixel", "Sub-pixel", "Doubles and smooths in one operation; cannot leave a checkerboard."),
    ]),
    get: |m| Value::Choice(if m.upsample == Upsample::SubPixel { "sub-pixel" } else { "transposed" }.into()),
    put: |m, v| m.upsample = if v.choice() == "sub-pixel" { Upsample::SubPixel } else { Upsample::Transposed },
};
static FULL_STAGE: Param<ModelConfig> = Param {
    key: "full-stage",
    label: "Full-size stage",
    help: "One more stage of the generator at the picture's own size, then a 3x3 convolution to colours: finer detail for \
           some more work. For the dcgan family.",
    unit: "",
    kind: Kind::Flag,
    get: |m| Value::Flag(m.full_stage),
    put: |m, v| m.full_stage = v.flag(),
};
static EXCITATION: Param<ModelConfig> = Param {
    key: "excitation",
    label: "Skip excitation",
    help: "The generator's first, coarse maps decide how strongly each channel of its last stages counts: what kind of cat \
           it is reaches the details. For the dcgan family.",
    unit: "",
    kind: Kind::Flag,
    get: |m| Value::Flag(m.excitation),
    put: |m, v| m.excitation = v.flag(),
};
static D_NORM: Param<ModelConfig> = Param {
    key: "d-norm",
    label: "Discriminator's norm",
    help: "same takes the generator's kind. Batch normalisation lets the discriminator compare the pictures of a batch; \
           none goes with the r1 penalty; spectral limits how fast its judgement may change instead.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("same", "Same", "The generator's kind."),
        Choice::new("batch", "Batch", "Batch normalisation: the pictures of a batch are compared with each other."),
        Choice::new("none", "None", "No normalisation; goes with the R1 penalty."),
        Choice::new("spectral", "Spectral", "Limits how fast the judgement may change from picture to picture."),
    ]),
    get: |m| {
        Value::Choice(
            match m.d_norm {
                DNorm::Same => "same",
                DNorm::Batch => "batch",
                DNorm::None => "none",
                DNorm::Spectral => "spectral",
            }
            .into(),
        )
    },
    put: |m, v| {
        m.d_norm = match v.choice() {
            "batch" => DNorm::Batch,
            "none" => DNorm::None,
            "spectral" => DNorm::Spectral,
            _ => DNorm::Same,
        }
    },
};
static D_RESIDUAL: Param<ModelConfig> = Param {
    key: "d-residual",
    label: "Residual discriminator",
    help: "A shortcut around each stage of the discriminator, so that it learns well without batch normalisation. For the \
           dcgan family.",
    unit: "",
    kind: Kind::Flag,
    get: |m| Value::Flag(m.d_residual),
    put: |m, v| m.d_residual = v.flag(),
};
static D_INPUT_NORM: Param<ModelConfig> = Param {
    key: "d-input-norm",
    label: "Normalise D's input",
    help: "Also normalise right after the discriminator's first layer. The tutorial's text says no, its code does.",
    unit: "",
    kind: Kind::Flag,
    get: |m| Value::Flag(m.d_input_norm),
    put: |m, v| m.d_input_norm = v.flag(),
};
static LOSS: Param<ModelConfig> = Param {
    key: "loss",
    label: "Loss",
    help: "The original game is bce; least squares (lsgan) and hinge are calmer. The relativistic forms (ra-lsgan, \
           ra-hinge, rpgan) compare real and generated pictures with each other and collapse less often.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("bce", "BCE", "Binary cross-entropy: the original game."),
        Choice::new("lsgan", "Least squares", "lsgan: calmer than the original game."),
        Choice::new("hinge", "Hinge", "Only judgements that are not sure yet count."),
        Choice::new(
            "ra-lsgan",
            "Relativistic least squares",
            "ra-lsgan: real and generated pictures are judged against each other's average.",
        ),
        Choice::new("ra-hinge", "Relativistic hinge", "ra-hinge: the hinge, against each other's average."),
        Choice::new(
            "rpgan",
            "Relativistic pairs",
            "rpgan: each generated picture is judged beside a real one. Collapses the least.",
        ),
    ]),
    get: |m| {
        Value::Choice(
            match m.loss {
                LossKind::Bce => "bce",
                LossKind::Lsgan => "lsgan",
                LossKind::Hinge => "hinge",
                LossKind::RaLsgan => "ra-lsgan",
                LossKind::RaHinge => "ra-hinge",
                LossKind::Rpgan => "rpgan",
            }
            .into(),
        )
    },
    put: |m, v| {
        m.loss = match v.choice() {
            "lsgan" => LossKind::Lsgan,
            "hinge" => LossKind::Hinge,
            "ra-lsgan" => LossKind::RaLsgan,
            "ra-hinge" => LossKind::RaHinge,
            "rpgan" => LossKind::Rpgan,
            _ => LossKind::Bce,
        }
    },
};

impl ModelConfig {
    /// What the discriminator really uses: never [`DNorm::Same`].
    pub(crate) fn discriminator_norm(&self) -> DNorm {
        match (self.d_norm, self.norm) {
            (DNorm::Same, Norm::Batch) => DNorm::Batch,
            (DNorm::Same, Norm::None) => DNorm::None,
            (other, _) => other,
        }
    }

    /// Ranges of every setting, then what they must satisfy together.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_all(MODEL, self)?;
        if self.family == Family::Article {
            if self.kernel == 4 {
                let reason = "article takes 3 or 5: its stride-1 stages need an odd kernel";
                return Err(SettingError::new("kernel", reason));
            }
            let modern = [
                ("upsample", self.upsample == Upsample::SubPixel),
                ("full-stage", self.full_stage),
                ("excitation", self.excitation),
                ("d-residual", self.d_residual),
            ];
            if let Some((key, _)) = modern.iter().find(|(_, on)| *on) {
                return Err(SettingError::new(key, "the article family is kept as published; choose the dcgan family"));
            }
        }
        // The last convolution's kernel of 3 is how a file shows that it has this stage.
        if self.full_stage && self.kernel == 3 {
            return Err(SettingError::new("full-stage", "needs kernels of 4 or 5; set kernel to one of them"));
        }
        if self.upsample == Upsample::SubPixel && self.kernel != 4 {
            let reason = "sub-pixel upsampling is computed with kernels of 4; set kernel to 4";
            return Err(SettingError::new("upsample", reason));
        }
        Ok(())
    }
}
