//! How the layers of somebody else's generator correspond to those of ours.

use crate::config::{Family, ModelConfig, Norm};

/// The settings of a generator in a file, and the names of the tensors of each of its layers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GeneratorFit {
    pub config: ModelConfig,
    /// The projection and the convolutions after it, in the order in which they are computed.
    pub stages: Vec<LayerNames>,
    /// Our name to the file's name of what is taken as it is.
    pub same: Vec<(String, String)>,
    /// Whether the last convolution makes one channel.
    pub grey: bool,
}

/// Names in the file of a layer and of the normalisation behind it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerNames {
    pub weight: String,
    pub bias: Option<String>,
    pub norm: Option<NormNames>,
}

/// Names in the file of the tensors of a batch normalisation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct NormNames {
    pub gamma: String,
    pub beta: String,
    pub mean: String,
    pub var: String,
}

impl GeneratorFit {
    /// All names in the file that it needs.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let stages = self.stages.iter().flat_map(|stage| {
            let norm = stage.norm.iter().flat_map(|n| [&n.gamma, &n.beta, &n.mean, &n.var]);
            std::iter::once(&stage.weight).chain(&stage.bias).chain(norm)
        });
        stages.chain(self.same.iter().map(|(_, theirs)| theirs)).map(String::as_str)
    }

    /// Whether normalisations become part of the layers before them.
    pub(super) fn folds(&self) -> bool {
        self.config.norm == Norm::None && self.stages.iter().any(|stage| stage.norm.is_some())
    }
}

/// The network in a few words.
pub(super) fn describe(config: &ModelConfig) -> String {
    let family = if config.family == Family::Dcgan { "a DCGAN generator" } else { "the tutorial's generator" };
    format!("{family} of {} px, width {}, latent size {}", config.size, config.g_width, config.latent_size)
}
