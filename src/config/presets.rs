//! The recipes that ship with the program: TOML files in `assets/presets`, compiled in.

use super::run::RunConfig;

/// A named recipe with its explanation.
#[derive(Debug, Clone)]
pub struct Preset {
    pub name: &'static str,
    pub label: &'static str,
    /// What it is good for, how long it takes, where it comes from.
    pub help: &'static str,
    toml: &'static str,
}

/// All recipes, best first choice first.
pub static PRESETS: &[Preset] = &[
    Preset {
        name: "quick-32",
        label: "Quick 32",
        help: "Small pictures, small networks: something to see within seconds and cats within minutes, also on a CPU.",
        toml: include_str!("../../assets/presets/quick-32.toml"),
    },
    Preset {
        name: "modern-64",
        label: "Modern 64",
        help: "What has been learnt since 2018, for collections of a few hundred to some ten thousand pictures: doubling \
               without checkerboards, a residual discriminator without batch normalisation, the relativistic loss with \
               gradient penalties, augmentation, skip excitation.",
        toml: include_str!("../../assets/presets/modern-64.toml"),
    },
    Preset {
        name: "modern-128",
        label: "Modern 128",
        help: "The same recipe at 128 pixels. Wants a GPU.",
        toml: include_str!("../../assets/presets/modern-128.toml"),
    },
    Preset {
        name: "classic-64",
        label: "Classic 64",
        help: "DCGAN as its paper describes it: 64 pixels, 3.6 million generator parameters. Hours on a GPU; choose \
               narrower networks on a CPU.",
        toml: include_str!("../../assets/presets/classic-64.toml"),
    },
    Preset {
        name: "article-128",
        label: "Article 128",
        help: "The 2018 tutorial's network: 128 pixels, 24 million generator parameters, 5x5 kernels, uniform latents. \
               Corrected where the tutorial's code slipped: pictures are scaled to the generator's own range, shuffled \
               at every epoch, labels are smoothed as its text says, the sample grid keeps its latents, losses are \
               stored, checkpoints come after the epoch, and loading one resumes. Needs a real GPU.",
        toml: include_str!("../../assets/presets/article-128.toml"),
    },
];

impl Preset {
    /// The recipe with this name.
    pub fn find(name: &str) -> Option<&'static Preset> {
        PRESETS.iter().find(|p| p.name == name)
    }

    /// The settings it stands for.
    pub fn config(&self) -> RunConfig {
        // A test parses every preset, so this cannot fail in a released program.
        let mut config: RunConfig = toml::from_str(self.toml).expect("a built-in preset parses");
        config.preset = self.name.to_owned();
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_parses_and_is_valid() {
        for preset in PRESETS {
            preset.config().validate().unwrap_or_else(|e| panic!("{}: {e}", preset.name));
        }
    }
}
