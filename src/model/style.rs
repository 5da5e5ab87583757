//! How the parameters of a network start, and which kinds of layers it is made of.

use super::init::Init;
use crate::config::{DNorm, Family, ModelConfig, Norm};

/// How the parameters of a family start and how fast its running statistics follow.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub conv_init: ConvInit,
    pub gamma_init: Init,
    pub bias: bool,
    /// Whether weights of `conv` and `join` are divided by their largest singular value.
    pub spectral: bool,
    /// Share of the newest batch in the running statistics.
    pub momentum: f64,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum ConvInit {
    Fixed(Init),
    /// For layers without batch normalisation behind them.
    He,
}

impl ConvInit {
    pub(super) fn of(self, inputs: usize) -> Init {
        match self {
            Self::Fixed(init) => init,
            Self::He => Init::He { inputs },
        }
    }
}

/// The published settings of a generator: DCGAN draws convolutions from N(0, 0.02) and
/// scales from N(1, 0.02); the tutorial draws from a truncated normal and always has biases.
pub(super) fn style(config: &ModelConfig) -> Style {
    match config.family {
        Family::Article => Style {
            conv_init: ConvInit::Fixed(Init::TruncatedNormal { std: 0.02 }),
            gamma_init: Init::Constant(1.0),
            bias: true,
            spectral: false,
            momentum: 0.01,
        },
        Family::Dcgan => Style {
            conv_init: ConvInit::Fixed(Init::Normal { mean: 0.0, std: 0.02 }),
            gamma_init: Init::Normal { mean: 1.0, std: 0.02 },
            // Batch normalisation has a bias of its own.
            bias: config.norm == Norm::None,
            spectral: false,
            momentum: 0.1,
        },
    }
}

/// Those of a discriminator: like its generator's, but what is not normalised begins at a size that keeps signals
/// alive.
pub(super) fn discriminator_style(config: &ModelConfig) -> Style {
    let style = style(config);
    let norm = config.discriminator_norm();
    if norm == DNorm::Batch || (config.family == Family::Article && norm == DNorm::None) {
        return Style { bias: config.family == Family::Article, ..style };
    }
    Style { conv_init: ConvInit::He, bias: true, spectral: norm == DNorm::Spectral, ..style }
}
