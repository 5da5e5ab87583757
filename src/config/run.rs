//! One run: everything that is frozen when it starts, and the tunables that it starts with.

use super::data::DataConfig;
use super::define::{EXACT, choices, settings};
use super::device::DeviceChoice;
use super::machine::{Machine, TrainingPlace};
use super::model::ModelConfig;
use super::param::{Kind, SettingError, check_all};
use super::start::StartModel;
use super::team::{TeamMember, TeamPlace};
use super::tunables::Tunables;

choices! {
    /// How pictures are changed at random before the discriminator sees them.
    pub enum Augment {
        Off("off", "Off", "No augmentation."),
        Colour("colour", "Colour", "Random brightness, saturation and contrast."),
        Translation("translation", "Translation", "Random shifts by up to an eighth of the side."),
        ColourTranslation("colour-translation", "Colour and translation", "Both; what a shift uncovers is grey."),
        ColourGeometry(
            "colour-geometry",
            "Colour and geometry",
            "Random colours, and random shifts and zooms with mirrored borders, each for itself: the usual choice."
        ),
        All("all", "All", "Colour, translation and cutout."),
    }
}

impl Augment {
    /// Whether it changes brightness, saturation and contrast.
    pub fn colour(self) -> bool {
        matches!(self, Self::Colour | Self::ColourTranslation | Self::ColourGeometry | Self::All)
    }
    /// Whether it shifts pictures.
    pub fn translation(self) -> bool {
        matches!(self, Self::Translation | Self::ColourTranslation | Self::ColourGeometry | Self::All)
    }
    /// Whether it mirrors the picture at its border where a shift or a zoom uncovers something.
    pub(crate) fn mirrors(self) -> bool {
        self == Self::ColourGeometry
    }
    /// Whether it cuts out squares.
    pub(crate) fn cutout(self) -> bool {
        self == Self::All
    }
}

choices! {
    /// How the learning rates change over a run.
    pub enum RateDecay {
        Off("off", "Off", "Both learning rates stay as they are set."),
        Cosine("cosine", "Cosine", "Down to a quarter in the last third of a run that has a limit."),
    }
}

choices! {
    /// How many bits convolutions multiply with and feature maps are kept in.
    pub enum Precision {
        F32("f32", "32-bit", "Everything in 32 bits; works everywhere."),
        Mixed("mixed", "Mixed", "Convolutions and feature maps in 16 bits, all else in 32: for GPUs with such floats."),
        Auto("auto", "Automatic", "Mixed on a GPU whose matrix units do these networks well, else 32-bit."),
    }
}

settings! {
    /// Everything a run is made of. Written to the run folder as `run.toml` before step 1.
    pub struct RunConfig;
    /// The settings of the run itself, in the order in which they are shown.
    pub static RUN;

    /// Name of the preset that this started from; for people, not for the program.
    preset: String = "custom".to_owned();
    /// Where to train on this machine.
    device: DeviceChoice = DeviceChoice::Auto;
    /// Several devices that share each batch, in place of the one above.
    team: Option<TeamPlace> = None;
    /// The machine to train on instead of this one, on a device of its own.
    machine: Option<Machine> = None;
    batch: u32 = 64 => {
        key: "batch",
        label: "Batch size",
        help: "Pictures per step. Larger batches are steadier and need more memory. A CPU learns more in the same time \
               from batches of 8 to 16; a GPU is not busy with so few.",
        unit: "pictures",
        takes: Kind::Int { min: 2, max: 1024 },
    };
    at_once: u32 = 0 => {
        key: "at-once",
        label: "Pictures at once",
        help: "How many pictures of a batch are worked on at the same time; 0 takes all. Fewer need less of a graphics \
               card's memory and a little more time: the gradients of the pieces are added up. Batch normalisation \
               sees a piece, not the batch, so small pieces are noisy. When a card's memory runs out, this is halved \
               by itself.",
        unit: "pictures",
        takes: Kind::Int { min: 0, max: 1024 },
    };
    /// Decides the first weights, the latents, the order of the pictures and the mirroring.
    seed: u64 = 1 => {
        key: "seed",
        label: "Seed",
        help: "The same seed, settings and pictures give the same run on the CPU, to the bit.",
        takes: Kind::Int { min: 0, max: EXACT },
    };
    beta1: f64 = 0.5 => {
        key: "beta1",
        label: "Adam beta 1",
        help: "Decay rate of Adam's running mean of the gradients (momentum). GANs want 0.5 or less.",
        takes: Kind::Float { min: 0.0, max: 0.999, log: false },
    };
    beta2: f64 = 0.999 => {
        key: "beta2",
        label: "Adam beta 2",
        help: "Decay rate of Adam's running mean of the squared gradients.",
        takes: Kind::Float { min: 0.0, max: 0.99999, log: false },
    };
    augment: Augment = Augment::Off => {
        key: "augment",
        label: "Augmentation",
        help: "Changes real and generated pictures at random before the discriminator sees them, so that it cannot \
               memorise the training pictures. Worth having with fewer than about 20,000 pictures. colour-geometry \
               mirrors pictures at their borders; the others fill what a shift uncovers with grey, which appears in \
               the generated pictures where there are only a few hundred.",
        takes: Augment::CHOICES,
    };
    augment_target: f64 = 0.0 => {
        key: "augment-target",
        label: "Adaptive augmentation",
        help: "0 augments every picture. Above 0, augmentation starts rare and becomes more frequent while the \
               discriminator's mean sign for real pictures (1: all taken for real, 0: half of them) is above this \
               target, so it is as strong as needed. 0.6 is the usual choice: 80 % taken for real.",
        takes: Kind::Float { min: 0.0, max: 0.95, log: false },
    };
    penalty_every: u32 = 16 => {
        key: "penalty-every",
        label: "Penalty every",
        help: "Discriminator updates from one gradient penalty (R1, R2) to the next. Each counts for all of them (lazy \
               regularisation), so this changes the work, not the strength.",
        unit: "steps",
        takes: Kind::Int { min: 1, max: 64 },
    };
    freeze_d: u32 = 0 => {
        key: "freeze-d",
        label: "Frozen stages",
        help: "Stages of the discriminator next to the picture that are not trained (FreezeD), for a run that starts \
               from a model: what the model knows of edges and fur stays, the steps are cheaper, and few pictures \
               are memorised later. A discriminator for 64 px has 4 stages; its last layer always learns.",
        unit: "stages",
        takes: Kind::Int { min: 0, max: 7 },
    };
    d_first: u32 = 0 => {
        key: "d-first",
        label: "Discriminator first",
        help: "Steps at the beginning in which only the discriminator learns, for a run that starts from a generator \
               without its discriminator: a new one knows nothing yet. The pictures become worse before they become \
               better; a model with its discriminator is the better start.",
        unit: "steps",
        takes: Kind::Int { min: 0, max: 100_000 },
    };
    rate_decay: RateDecay = RateDecay::Off => {
        key: "rate-decay",
        label: "Learning rate decay",
        help: "cosine lowers both learning rates to a quarter in the last third of a run that has a limit in steps or \
               epochs. Without a limit it does nothing.",
        takes: RateDecay::CHOICES,
    };
    settle_colours: bool = false => {
        key: "settle-colours",
        label: "Settle colours",
        help: "In the last third of a run that has a limit, augmentation changes brightness, saturation and contrast a \
               quarter as far: what is learned from few photos is paler than they are otherwise. Without a limit it \
               does nothing.",
        takes: Kind::Flag,
    };
    precision: Precision = Precision::Auto => {
        key: "precision",
        label: "Precision",
        help: "mixed multiplies 16-bit floats in the convolutions, keeps feature maps in them, and does all else in 32 \
               bits: faster on matrix units, less memory, and the pictures are the same apart from rounding. Needs a \
               GPU with 16-bit floats; the CPU has none. auto takes mixed on a GPU with such units if it is faster \
               with them and computes these networks right to within 2 %: it tests that first, and says what it chose.",
        takes: Precision::CHOICES,
    };
    /// See [`super::held_out_count`] for small folders.
    held_out: f64 = 0.0 => {
        key: "held-out",
        label: "Held-out pictures",
        help: "Percentage of the pictures to hold out, that is, never to train on. They show whether the \
               discriminator is memorising the training pictures, and make measurements of the generator honest. 5 is \
               enough for a few thousand pictures. Smaller folders hold out at least a tenth, between 8 and 24 \
               pictures; folders of fewer than 50 hold out none. 0 trains on all pictures.",
        unit: "%",
        takes: Kind::Float { min: 0.0, max: 50.0, log: false },
        formerly: "hold-out",
    };
    max_epochs: u32 = 0 => {
        key: "epochs",
        label: "Maximum epochs",
        help: "Training ends after this many passes over the pictures. 0 means no limit: it runs until you stop it.",
        unit: "epochs",
        takes: Kind::Limit { max: 1_000_000 },
    };
    max_steps: u64 = 0 => {
        key: "steps",
        label: "Maximum steps",
        help: "Training ends after this many steps. 0 means no limit: it runs until you stop it.",
        unit: "steps",
        takes: Kind::Limit { max: 1_000_000_000 },
    };
    sample_count: u32 = 36 => {
        key: "sample-count",
        label: "Pictures per sample grid",
        help: "Number of pictures in the sample grid, which always shows the same latents.",
        unit: "pictures",
        takes: Kind::Int { min: 1, max: 256 },
    };
    keep: u32 = 3 => {
        key: "keep",
        label: "Checkpoints kept",
        help: "Number of newest checkpoints that stay on disk; older ones are deleted, except the last healthy one \
               and the best one that was measured.",
        takes: Kind::Int { min: 1, max: 1000 },
    };
    auto_rollback: u32 = 2 => {
        key: "auto-rollback",
        label: "Automatic rollbacks",
        help: "When training diverges (NaN) or mode collapse sets in, the run rolls back to its last healthy \
               checkpoint and resumes with half the learning rates: at most this often per start or resume, then it \
               ends. 0 never rolls back.",
        takes: Kind::Int { min: 0, max: 20 },
    };
    /// The model that the networks are taken from; none begins with random ones.
    start: Option<StartModel> = None;
    /// The networks and the loss.
    model: ModelConfig = ModelConfig::default();
    /// The settings that may change while it trains, as they are at the start.
    tunables: Tunables = Tunables::default();
    /// Where the pictures come from and how they are prepared.
    data: DataConfig = DataConfig::default();
}

impl RunConfig {
    /// Where the run trains.
    pub fn place(&self) -> TrainingPlace {
        match (&self.machine, &self.team) {
            (Some(machine), _) => TrainingPlace::There(machine.clone()),
            (None, Some(team)) => TrainingPlace::Together(team.clone()),
            (None, None) => TrainingPlace::Here(self.device),
        }
    }

    /// Has the run train elsewhere. The device of this machine stays chosen beside another machine.
    pub fn set_place(&mut self, place: TrainingPlace) {
        match place {
            TrainingPlace::Here(device) => (self.device, self.team, self.machine) = (device, None, None),
            TrainingPlace::Together(team) => {
                (self.device, self.team, self.machine) = (team.first(), Some(team), None);
            }
            TrainingPlace::There(machine) => self.machine = Some(machine),
        }
    }

    /// The device of this machine that trains, where no other machine does: of several, the first.
    pub fn own_device(&self) -> DeviceChoice {
        self.team.as_ref().map_or(self.device, TeamPlace::first)
    }

    /// Whether one device of this machine trains alone.
    pub fn is_on_one_device_here(&self) -> bool {
        self.machine.is_none() && self.team.is_none()
    }

    /// The devices that share each batch there, if several do.
    fn members(&self) -> Vec<TeamMember> {
        let team = self.machine.as_ref().map_or(self.team.as_ref(), Machine::team);
        team.map_or_else(Vec::new, |team| team.members().collect())
    }

    /// How many pictures of a batch are worked on at the same time.
    pub(crate) fn pictures_at_once(&self) -> u32 {
        if self.at_once == 0 { self.batch } else { self.at_once.min(self.batch) }
    }

    /// The settings in the text of a `run.toml`.
    ///
    /// # Errors
    /// What is wrong and in which line, in one line of text that quotes nothing from the file.
    pub(crate) fn from_toml(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|e: toml::de::Error| {
            let before = e.span().and_then(|place| text.get(..place.start));
            let place =
                before.map_or_else(String::new, |before| format!("line {}: ", before.matches('\n').count() + 1));
            format!("{place}{}", e.message())
        })
    }

    /// Whether augmentation adapts to the discriminator, instead of changing all pictures or none.
    pub(crate) fn augment_adapts(&self) -> bool {
        self.augment != Augment::Off && self.augment_target > 0.0
    }

    /// A warning where a batch is larger than the number of training pictures.
    pub(crate) fn repeats(&self, pictures: usize) -> Option<String> {
        let batch = self.batch as usize;
        (1..batch).contains(&pictures).then(|| {
            let there =
                if pictures == 1 { "is only one picture".to_owned() } else { format!("are only {pictures} pictures") };
            format!(
                "The batch size is {batch}, but there {there} to train on, so each step repeats them: add more, \
                 or set the batch size to {} (--batch).",
                pictures.max(2)
            )
        })
    }

    /// Checks every setting, and what some must satisfy together.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn validate(&self) -> Result<(), SettingError> {
        check_all(RUN, self)?;
        check_all(super::data::DATA, &self.data)?;
        self.model.validate()?;
        let device = self.machine.as_ref().map_or(self.own_device(), Machine::device);
        let members = self.members();
        if self.precision == Precision::Mixed
            && (device == DeviceChoice::Cpu || members.contains(&TeamMember::Device(DeviceChoice::Cpu)))
        {
            let reason = "mixed needs a GPU with 16-bit floats; on the cpu device set precision to f32";
            return Err(SettingError::new("precision", reason));
        }
        if (self.batch as usize) < members.len() {
            let reason = format!(
                "{} pictures cannot be shared among {} devices: each takes at least one",
                self.batch,
                members.len()
            );
            return Err(SettingError::new("batch", reason));
        }
        if self.freeze_d > 0 && self.start.is_none() {
            let reason = "only a run that starts from a model has stages worth freezing; set it to 0, or name a model";
            return Err(SettingError::new("freeze-d", reason));
        }
        self.tunables.validate()
    }
}
