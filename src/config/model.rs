//! The two networks and the loss.

use super::define::{choices, settings};
use super::param::{Choice, Kind, SettingError, check_all};

choices! {
    /// Which architecture.
    ///
    /// `Article` has a dense layer, 5x5 kernels with biases, leaky ReLU and one stride-1 stage at either end. `Dcgan`
    /// is as in its paper and the common PyTorch example: no dense layers, no biases.
    pub enum Family {
        Article("article", "Article", "The network of the 2018 cat tutorial."),
        Dcgan("dcgan", "DCGAN", "The classic architecture, with fewer parameters; the modern options need it."),
    }
}

choices! {
    /// Distribution of the latent vector's components.
    pub enum LatentKind {
        Normal("normal", "Normal", "Each number from the normal distribution N(0, 1)."),
        Uniform("uniform", "Uniform", "Each number uniformly from -1 to 1, as in the 2018 tutorial."),
    }
}

choices! {
    /// Normalisation inside the networks.
    pub enum Norm {
        Batch("batch", "Batch", "Batch normalisation after each convolution."),
        None("none", "None", "No normalisation: slower to learn, but the pictures of a batch are independent."),
    }
}

choices! {
    /// How the generator doubles the side of its feature maps.
    ///
    /// `Transposed` is a strided transposed convolution. `SubPixel` is nearest-neighbour doubling and a 3x3
    /// convolution, computed as one: neighbouring pixels share their weights, so no checkerboard can appear.
    pub enum Upsample {
        Transposed("transposed", "Transposed", "Every pixel has its own weights; can leave checkerboard artefacts."),
        SubPixel("sub-pixel", "Sub-pixel", "Doubles and smooths in one operation; no checkerboard artefacts."),
    }
}

choices! {
    /// What keeps the discriminator's activations, or its slope, at one scale.
    ///
    /// `Spectral` divides each layer's weights by their largest singular value.
    pub enum DNorm {
        Same("same", "Same", "The generator's normalisation."),
        Batch("batch", "Batch", "Batch normalisation: compares the pictures of a batch with each other."),
        None("none", "None", "No normalisation; goes with the R1 penalty."),
        Spectral("spectral", "Spectral", "Spectral normalisation: limits how fast the output can change."),
    }
}

choices! {
    /// The loss: what the discriminator is rewarded for. Formulas in `train/loss.rs`.
    pub enum LossKind {
        Bce("bce", "BCE", "Binary cross-entropy: the original GAN loss."),
        Lsgan("lsgan", "Least squares", "lsgan: steadier than the original loss."),
        Hinge("hinge", "Hinge", "Ignores pictures that the discriminator already tells apart by a clear margin."),
        RaLsgan(
            "ra-lsgan",
            "Relativistic least squares",
            "ra-lsgan: real and generated pictures are compared with each other's average."
        ),
        RaHinge("ra-hinge", "Relativistic hinge", "ra-hinge: the hinge loss, compared with each other's average."),
        Rpgan(
            "rpgan",
            "Relativistic pairs",
            "rpgan: compares each generated picture with a real one. The least prone to mode collapse."
        ),
    }
}

settings! {
    /// Everything that decides the shape of the networks and the loss. Frozen when a run starts.
    pub struct ModelConfig;
    /// The settings of the networks, in the order in which they are shown.
    pub static MODEL;

    family: Family = Family::Dcgan => {
        key: "family",
        label: "Architecture",
        help: "article is the network of the 2018 cat tutorial; dcgan is the classic one with fewer parameters.",
        takes: Family::CHOICES,
    };
    size: u32 = 64 => {
        key: "size",
        label: "Picture size",
        help: "Side of the pictures in pixels. Doubling it costs about four times the work and needs more pictures.",
        unit: "px",
        takes: Kind::Choice(&[
            Choice { name: "32", label: "32", help: "Pictures of 32 × 32 pixels." },
            Choice { name: "64", label: "64", help: "Pictures of 64 × 64 pixels." },
            Choice { name: "128", label: "128", help: "Pictures of 128 × 128 pixels." },
            Choice { name: "256", label: "256", help: "Pictures of 256 × 256 pixels." },
        ]),
    };
    /// Each stage before the last has twice as many; with `full_stage` it is that stage's.
    g_width: u32 = 64 => {
        key: "g-width",
        label: "Generator width",
        help: "Channels of the generator's last stage. Wider networks make finer detail; work grows with the square.",
        unit: "channels",
        takes: Kind::Int { min: 4, max: 256 },
    };
    /// Each stage after the first has twice as many.
    d_width: u32 = 64 => {
        key: "d-width",
        label: "Discriminator width",
        help: "Channels of the discriminator's first stage. Keep it close to the generator's width.",
        unit: "channels",
        takes: Kind::Int { min: 4, max: 256 },
    };
    latent_size: u32 = 100 => {
        key: "latent-size",
        label: "Latent dimensions",
        help: "Length of the latent vector that describes one picture. 64 to 128 are plenty for faces.",
        takes: Kind::Int { min: 2, max: 1024 },
    };
    latent: LatentKind = LatentKind::Normal => {
        key: "latent",
        label: "Latent distribution",
        help: "normal draws each number of the latent vector from N(0, 1); uniform from -1 to 1, as the tutorial does.",
        takes: LatentKind::CHOICES,
    };
    kernel: u32 = 4 => {
        key: "kernel",
        label: "Kernel size",
        help: "Side of the convolution kernels. dcgan takes 3, 4 or 5; article takes 3 or 5, since it has stages that \
               keep the size.",
        unit: "px",
        takes: Kind::Choice(&[
            Choice { name: "3", label: "3", help: "3 × 3: the least work." },
            Choice { name: "4", label: "4", help: "4 × 4: suits doubling and halving; the usual DCGAN kernel." },
            Choice { name: "5", label: "5", help: "5 × 5: as in the 2018 tutorial; the most work." },
        ]),
    };
    norm: Norm = Norm::Batch => {
        key: "norm",
        label: "Normalisation",
        help: "batch keeps the activations of a whole batch at one scale, which lets both networks learn faster.",
        takes: Norm::CHOICES,
    };
    upsample: Upsample = Upsample::Transposed => {
        key: "upsample",
        label: "Upsampling",
        help: "transposed gives every pixel its own weights and can leave checkerboard artefacts; sub-pixel doubles \
               and smooths in one operation and cannot. sub-pixel needs the dcgan architecture and kernels of 4.",
        takes: Upsample::CHOICES,
    };
    full_stage: bool = false => {
        key: "full-stage",
        label: "Full-size stage",
        help: "Adds a generator stage at the full picture size, then a 3x3 convolution to RGB: finer detail for \
               somewhat more work. Needs the dcgan architecture.",
        takes: Kind::Flag,
    };
    excitation: bool = false => {
        key: "excitation",
        label: "Skip-layer excitation",
        help: "The generator's early, coarse feature maps scale the channels of its last stages, so that what kind of \
               cat it is reaches the details. Needs the dcgan architecture.",
        takes: Kind::Flag,
    };
    d_norm: DNorm = DNorm::Same => {
        key: "d-norm",
        label: "Discriminator norm",
        help: "same uses the generator's normalisation. Batch normalisation lets the discriminator compare the \
               pictures of a batch; none goes with the R1 penalty; spectral limits how fast its output can change \
               instead.",
        takes: DNorm::CHOICES,
    };
    d_input_norm: bool = false => {
        key: "d-input-norm",
        label: "Norm after first layer",
        help: "Also normalises after the discriminator's first layer. The 2018 tutorial's text says no, its code does.",
        takes: Kind::Flag,
    };
    d_residual: bool = false => {
        key: "d-residual",
        label: "Residual discriminator",
        help: "Adds a shortcut around each stage of the discriminator, so that it learns well without batch \
               normalisation. Needs the dcgan architecture.",
        takes: Kind::Flag,
    };
    loss: LossKind = LossKind::Bce => {
        key: "loss",
        label: "Loss",
        help: "bce is the original GAN loss; least squares (lsgan) and hinge are steadier. The relativistic losses \
               (ra-lsgan, ra-hinge, rpgan) compare real and generated pictures with each other and suffer mode \
               collapse less often.",
        takes: LossKind::CHOICES,
    };
}

impl ModelConfig {
    /// The discriminator's normalisation: never [`DNorm::Same`].
    pub(crate) fn discriminator_norm(&self) -> DNorm {
        match (self.d_norm, self.norm) {
            (DNorm::Same, Norm::Batch) => DNorm::Batch,
            (DNorm::Same, Norm::None) => DNorm::None,
            (other, _) => other,
        }
    }

    /// Checks every setting, then what some must satisfy together.
    ///
    /// # Errors
    /// The first setting that cannot be used.
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
                return Err(SettingError::new(
                    key,
                    "the article architecture is kept as published; set family to dcgan",
                ));
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
