//! The built-in presets: TOML files in `assets/presets`, compiled in.

use super::run::RunConfig;

/// A named set of settings with its explanation.
#[derive(Debug, Clone)]
pub struct Preset {
    /// Its name on the command line and in `run.toml`.
    pub name: &'static str,
    /// Its name in the window.
    pub label: &'static str,
    /// What it is for, in a line without jargon.
    pub line: &'static str,
    /// What it is good for, how long it takes, where it comes from.
    pub help: &'static str,
    toml: &'static str,
}

/// All presets, the best first choice first.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "quick-32",
        label: "Quick 32",
        line: "Tiny pictures within minutes: to try things out, also without a graphics card.",
        help: "Small pictures and small networks: first results within seconds and cats within minutes, even on a CPU.",
        toml: include_str!("../../assets/presets/quick-32.toml"),
    },
    Preset {
        name: "modern-64",
        label: "Modern 64",
        line: "The best small pictures: the usual choice for your own photos.",
        help: "GAN techniques since 2018, for collections of a few hundred to about ten thousand pictures: upsampling \
               without checkerboard artefacts, a residual discriminator without batch normalisation, a relativistic \
               loss with gradient penalties, augmentation, skip-layer excitation.",
        toml: include_str!("../../assets/presets/modern-64.toml"),
    },
    Preset {
        name: "modern-128",
        label: "Modern 128",
        line: "The same, twice as large: for a graphics card and some thousand photos.",
        help: "The same at 128 pixels. Best with a GPU.",
        toml: include_str!("../../assets/presets/modern-128.toml"),
    },
    Preset {
        name: "modern-256",
        label: "Modern 256",
        line: "The largest pictures: for a strong graphics card and much time.",
        help: "The same at 256 pixels, in smaller batches. Best with a GPU; needs photos with so many pixels; better \
               grown from a model of 128 px than trained from scratch.",
        toml: include_str!("../../assets/presets/modern-256.toml"),
    },
    Preset {
        name: "classic-64",
        label: "Classic 64",
        line: "The method of 2015, to see how it all began.",
        help: "DCGAN as in its paper: 64 pixels, 3.6 million generator parameters. Takes hours on a GPU; on a CPU, \
               choose narrower networks.",
        toml: include_str!("../../assets/presets/classic-64.toml"),
    },
    Preset {
        name: "article-128",
        label: "Article 128",
        line: "The well-known cat tutorial of 2018: days, and only on a strong graphics card.",
        help: "The network of the 2018 cat tutorial: 128 pixels, 24 million generator parameters, 5x5 kernels, uniform \
               latents. Mistakes in the tutorial's code are corrected: pictures are scaled to the generator's output \
               range and shuffled in every epoch, labels are smoothed as its text says, the sample grid keeps its \
               latents, losses are logged, checkpoints are saved after the epoch, and loading one resumes the run. \
               Needs a discrete GPU.",
        toml: include_str!("../../assets/presets/article-128.toml"),
    },
];

/// The recipe of runs that start from a model, whose networks take the place of its own.
pub static FINE_TUNING: Preset = Preset {
    name: "finetune",
    label: "Fine-tuning",
    line: "A model that knows cats already learns yours: for few photos.",
    help: "For a run that starts from a model: what it knows of cats is adapted to your pictures, of which a few \
           hundred or fewer are enough. The settings of the networks are the model's.",
    toml: include_str!("../../assets/presets/finetune.toml"),
};

impl Preset {
    /// The preset with this name.
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().chain([&FINE_TUNING]).find(|p| p.name == name)
    }

    /// The settings it stands for.
    pub fn config(&self) -> RunConfig {
        // A test parses every preset, so this cannot fail in a released program.
        let mut config: RunConfig = toml::from_str(self.toml).expect("a built-in preset parses");
        config.preset = self.name.to_owned();
        config
    }
}

impl RunConfig {
    /// Narrow networks, small batches and the learning rates that go with them: what a processor learns most from in
    /// its time with `modern-64` (docs/measurements.md, "Batches on a CPU").
    pub(crate) fn narrow(&mut self) {
        (self.model.g_width, self.model.d_width, self.batch) = (12, 24, 8);
        (self.tunables.lr_g, self.tunables.lr_d) = (1e-3, 1e-3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_parses_and_is_valid() {
        for preset in PRESETS.iter().chain([&FINE_TUNING]) {
            preset.config().validate().unwrap_or_else(|e| panic!("{}: {e}", preset.name));
        }
    }
}
