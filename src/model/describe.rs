//! What a generator is made of, layer by layer: the only description that exports, snippets and pages read.

use super::generator::Generator;
use super::layout::Layout;
use super::stack::{Activation, BATCH_NORM_EPSILON, LEAK};

/// One layer of a generator. Names are those of the tensors of a [`super::SavedGenerator`].
#[derive(Debug, Clone, PartialEq)]
pub enum LayerInfo {
    /// `y = x W^T + b`; W is `outputs x inputs`.
    Linear {
        weight: String,
        bias: Option<String>,
        inputs: usize,
        outputs: usize,
    },
    /// Each vector becomes a map of `channels x side x side`. `module`: whether `nn.Sequential` counts it; the usual
    /// DCGAN takes its latents as 1x1 maps instead.
    Reshape {
        channels: usize,
        side: usize,
        module: bool,
    },
    ConvTranspose(ConvTransposeInfo),
    /// `y = gamma (x - mean) / sqrt(var + epsilon) + beta` for each channel, with the running statistics.
    BatchNorm {
        gamma: String,
        beta: String,
        mean: String,
        var: String,
        channels: usize,
        epsilon: f64,
    },
    Relu,
    LeakyRelu {
        slope: f64,
    },
    Tanh,
    /// The map at this place is looked at again by a later [`Self::Gate`].
    Keep {
        map: usize,
    },
    Gate(GateInfo),
}

/// Skip-layer excitation: each channel is multiplied by a number between 0 and 1 that an earlier map decides.
///
/// The kept map (`inputs` channels) is averaged over squares of `pool` down to 4x4 and becomes a vector; then
/// `sigmoid(B leaky(A v))`, where A is `channels x inputs x 4 x 4` and B `channels x channels x 1 x 1`: two convolutions, the
/// first of which fills its whole kernel.
#[derive(Debug, Clone, PartialEq)]
pub struct GateInfo {
    pub map: usize,
    pub pool: usize,
    pub first: String,
    pub second: String,
    pub inputs: usize,
    pub channels: usize,
    pub slope: f64,
}

/// A transposed convolution with PyTorch's meaning of its numbers; the weight is `inputs x outputs x kernel x kernel`.
/// A side of `s` becomes `(s - 1) stride - 2 padding + kernel + output_padding`.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvTransposeInfo {
    pub weight: String,
    pub bias: Option<String>,
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
    pub output_padding: usize,
}

impl ConvTransposeInfo {
    /// Side of the map after the layer for a side before it.
    pub(crate) fn side_after(&self, side: usize) -> usize {
        (side - 1) * self.stride + self.kernel + self.output_padding - 2 * self.padding
    }
}

impl LayerInfo {
    pub(super) fn activation(activation: Activation) -> Self {
        match activation {
            Activation::Relu => Self::Relu,
            Activation::LeakyRelu => Self::LeakyRelu { slope: LEAK },
            Activation::Tanh => Self::Tanh,
        }
    }

    pub(super) fn batch_norm(layout: &Layout, gamma: usize, beta: usize, stats: usize) -> Self {
        Self::BatchNorm {
            gamma: layout.params[gamma].name.clone(),
            beta: layout.params[beta].name.clone(),
            mean: layout.stats[stats].name.clone(),
            var: layout.stats[stats + 1].name.clone(),
            channels: layout.stats[stats].len,
            epsilon: BATCH_NORM_EPSILON,
        }
    }
}

impl Generator {
    /// The layers from the latent vector to the picture, in the order in which they are computed.
    pub fn layers(&self) -> Vec<LayerInfo> {
        let name = |place: usize| self.layout().params[place].name.clone();
        let (weight, bias) = self.project;
        let (channels, side) = (self.base_channels, self.base);
        let mut layers = if self.dense {
            vec![
                LayerInfo::Linear {
                    weight: name(weight),
                    bias: bias.map(name),
                    inputs: self.latent_size(),
                    outputs: channels * side * side,
                },
                LayerInfo::Reshape { channels, side, module: true },
                LayerInfo::activation(Activation::LeakyRelu),
            ]
        } else {
            // A transposed convolution of a 1x1 map fills its whole kernel.
            vec![
                LayerInfo::Reshape { channels: self.latent_size(), side: 1, module: false },
                LayerInfo::ConvTranspose(ConvTransposeInfo {
                    weight: name(weight),
                    bias: bias.map(name),
                    inputs: self.latent_size(),
                    outputs: channels,
                    kernel: side,
                    stride: 1,
                    padding: 0,
                    output_padding: 0,
                }),
            ]
        };
        layers.extend(self.stack.describe(self.layout()));
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Family, ModelConfig, Norm};

    /// The sides that the description promises end at the picture's, and every tensor is named exactly once.
    #[test]
    fn the_description_is_complete_for_every_architecture() {
        for (family, size, kernel, norm, modern) in [
            (Family::Dcgan, 32, 4, Norm::Batch, false),
            (Family::Dcgan, 64, 3, Norm::None, false),
            (Family::Dcgan, 256, 5, Norm::Batch, true),
            (Family::Dcgan, 64, 4, Norm::Batch, true),
            (Family::Article, 128, 5, Norm::Batch, false),
            (Family::Article, 32, 3, Norm::None, false),
        ] {
            let config = ModelConfig {
                family,
                size,
                kernel,
                norm,
                full_stage: modern,
                excitation: modern,
                g_width: 4,
                latent_size: 6,
                ..Default::default()
            };
            let generator = Generator::new(&config);
            let (mut shape, mut names, mut kept) = ((6, 1), Vec::new(), Vec::new());
            for layer in generator.layers() {
                match layer {
                    LayerInfo::Linear { weight, bias, inputs, outputs } => {
                        assert_eq!(inputs, shape.0);
                        shape.0 = outputs;
                        names.push(weight);
                        names.extend(bias);
                    }
                    LayerInfo::Reshape { channels, side, .. } => {
                        assert_eq!(channels * side * side, shape.0);
                        shape = (channels, side);
                    }
                    LayerInfo::ConvTranspose(conv) => {
                        assert_eq!(conv.inputs, shape.0);
                        shape = (conv.outputs, conv.side_after(shape.1));
                        names.push(conv.weight);
                        names.extend(conv.bias);
                    }
                    LayerInfo::BatchNorm { gamma, beta, mean, var, channels, .. } => {
                        assert_eq!(channels, shape.0);
                        names.extend([gamma, beta, mean, var]);
                    }
                    LayerInfo::Keep { map } => {
                        assert_eq!(map, kept.len());
                        kept.push(shape);
                    }
                    LayerInfo::Gate(gate) => {
                        assert_eq!(kept[gate.map], (gate.inputs, 4 * gate.pool));
                        assert_eq!(gate.channels, shape.0);
                        names.extend([gate.first, gate.second]);
                    }
                    LayerInfo::Relu | LayerInfo::LeakyRelu { .. } | LayerInfo::Tanh => {}
                }
            }
            assert_eq!(shape, (3, size as usize));
            let mut expected: Vec<String> = generator.layout().names().map(|(n, _)| n.to_owned()).collect();
            expected.sort();
            names.sort();
            assert_eq!(names, expected);
        }
    }
}
