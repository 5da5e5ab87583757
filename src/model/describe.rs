//! What a generator is made of, layer by layer: the only description that exports, snippets and web pages read.

use super::generator::Generator;
use super::layer::{Activation, BATCH_NORM_EPSILON, ConvParams, Gate, LEAK, Layer};
use super::layout::Layout;

/// One layer of a generator. Names are those of the tensors of a [`super::SavedGenerator`].
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LayerInfo {
    /// `y = x W^T + b`; W is `outputs x inputs`.
    Linear {
        /// Name of W.
        weight: String,
        /// Name of b.
        bias: Option<String>,
        /// Length of x.
        inputs: usize,
        /// Length of y.
        outputs: usize,
    },
    /// Each vector becomes a map of `channels x side x side`.
    Reshape {
        /// Channels of the map.
        channels: usize,
        /// Height and width of the map.
        side: usize,
        /// Whether `nn.Sequential` counts it; the usual DCGAN takes its latents as 1x1 maps instead.
        module: bool,
    },
    /// A transposed convolution.
    ConvTranspose(ConvTransposeInfo),
    /// `y = gamma (x - mean) / sqrt(var + epsilon) + beta` for each channel, with the running statistics.
    BatchNorm {
        /// Name of the scales.
        gamma: String,
        /// Name of the offsets.
        beta: String,
        /// Name of the running means.
        mean: String,
        /// Name of the running variances.
        var: String,
        /// Length of each of the four.
        channels: usize,
        /// Added to the variance.
        epsilon: f64,
    },
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, otherwise `slope x`.
    LeakyRelu {
        /// Slope for negative values.
        slope: f64,
    },
    /// The hyperbolic tangent.
    Tanh,
    /// Keeps the map for a later [`Self::Gate`].
    Keep {
        /// Its number, counted from 0.
        map: usize,
    },
    /// Skip-layer excitation.
    Gate(GateInfo),
}

/// Skip-layer excitation: each channel is multiplied by a number between 0 and 1 that an earlier map decides.
///
/// The kept map (`inputs` channels) is averaged over squares of `pool` down to 4x4 and becomes a vector; then
/// `sigmoid(B leaky(A v))`, where A is `channels x inputs x 4 x 4` and B `channels x channels x 1 x 1`: two
/// convolutions, the first of which fills its whole kernel.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GateInfo {
    /// Number of the kept map.
    pub map: usize,
    /// Side of the squares that the kept map is averaged over.
    pub pool: usize,
    /// Name of A.
    pub first: String,
    /// Name of B.
    pub second: String,
    /// Channels of the kept map.
    pub inputs: usize,
    /// Channels that are multiplied.
    pub channels: usize,
    /// Of the leaky ReLU between A and B.
    pub slope: f64,
}

/// A transposed convolution with PyTorch's meaning of its numbers; the weight is `inputs x outputs x kernel x kernel`.
/// A side of `s` becomes `(s - 1) stride - 2 padding + kernel + output_padding`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConvTransposeInfo {
    /// Name of the weight.
    pub weight: String,
    /// Name of the bias.
    pub bias: Option<String>,
    /// Channels before the layer.
    pub inputs: usize,
    /// Channels after it.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// By how much the side grows.
    pub stride: usize,
    /// Rows and columns cut off at each side.
    pub padding: usize,
    /// Rows and columns added at the end.
    pub output_padding: usize,
}

impl ConvTransposeInfo {
    /// Side of the map after the layer for a side before it.
    pub(crate) fn side_after(&self, side: usize) -> usize {
        (side - 1) * self.stride + self.kernel + self.output_padding - 2 * self.padding
    }
}

impl Layer {
    /// What the layer is, for those who compute it elsewhere. Only a generator's layers can be described.
    fn describe(&self, layout: &Layout) -> Option<LayerInfo> {
        let name = |index: usize| layout.params[index].name.clone();
        match *self {
            // Only the discriminator has these, and it is not exported.
            Layer::Conv(_) | Layer::Join { .. } => None,
            // A saved generator has its weights as the transposed convolution's.
            Layer::ConvTranspose(ConvParams { weight, bias, kernel, channels: [inputs, outputs], .. })
            | Layer::SubPixel(ConvParams { weight, bias, kernel, channels: [inputs, outputs], .. }) => {
                Some(LayerInfo::ConvTranspose(ConvTransposeInfo {
                    weight: name(weight),
                    bias: bias.map(name),
                    inputs,
                    outputs,
                    kernel: kernel.size,
                    stride: kernel.stride,
                    padding: kernel.padding(),
                    output_padding: kernel.output_padding(),
                }))
            }
            Layer::BatchNorm { gamma, beta, stats } => Some(LayerInfo::BatchNorm {
                gamma: name(gamma),
                beta: name(beta),
                mean: layout.stats[stats].name.clone(),
                var: layout.stats[stats + 1].name.clone(),
                channels: layout.stats[stats].len,
                epsilon: BATCH_NORM_EPSILON,
            }),
            Layer::Activation(activation) => Some(activation.describe()),
            Layer::Keep(map) => Some(LayerInfo::Keep { map }),
            Layer::Gate(Gate { kept, pool, first, second, inputs, channels }) => Some(LayerInfo::Gate(GateInfo {
                map: kept,
                pool,
                first: name(first),
                second: name(second),
                inputs,
                channels,
                slope: LEAK,
            })),
        }
    }
}

impl Activation {
    fn describe(self) -> LayerInfo {
        match self {
            Self::Relu => LayerInfo::Relu,
            Self::LeakyRelu => LayerInfo::LeakyRelu { slope: LEAK },
            Self::Tanh => LayerInfo::Tanh,
        }
    }
}

impl Generator {
    /// The layers from the latent vector to the picture, in the order in which they are computed.
    pub(crate) fn layers(&self) -> Vec<LayerInfo> {
        let name = |index: usize| self.layout().params[index].name.clone();
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
                Activation::LeakyRelu.describe(),
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
        layers.extend(self.stack.layers.iter().filter_map(|layer| layer.describe(self.layout())));
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Family, ModelConfig, Norm};

    /// Follows the shape of one picture's map through the layers, as the description promises it, and collects the
    /// names of all tensors on the way.
    fn follow(layers: Vec<LayerInfo>, latent_size: usize) -> ((usize, usize), Vec<String>) {
        let (mut shape, mut names, mut kept) = ((latent_size, 1), Vec::new(), Vec::new());
        for layer in layers {
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
        (shape, names)
    }

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
            let (shape, mut names) = follow(generator.layers(), 6);
            assert_eq!(shape, (3, size as usize));
            let mut expected: Vec<String> = generator.layout().names().map(|(n, _)| n.to_owned()).collect();
            expected.sort();
            names.sort();
            assert_eq!(names, expected);
        }
    }
}
