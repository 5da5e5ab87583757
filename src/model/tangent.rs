//! How a discriminator's judgement changes along a direction: forward-mode differentiation.
//!
//! The penalty on the slope of D, E|grad_x D(x)|^2, needs the gradient of a gradient. With v = grad_x D(x) held fixed,
//! grad_theta |grad_x D|^2 = 2 grad_theta [J_theta(x) v], and J v, the change of D along v, is computed by sending v
//! through the layers beside x. So first-order gradients are enough.

use super::discriminator::Discriminator;
use super::layer::{BATCH_NORM_EPSILON, Layer};
use super::stack::{JOINED, Pass, Shortcut, Stack, add_bias};
use crate::compute::ops;
use burn::tensor::{Shape, Tensor};

/// A map and how it changes along the direction.
#[derive(Debug, Clone)]
struct Pair {
    x: Tensor<4>,
    t: Tensor<4>,
}

impl Discriminator {
    /// The change of each logit along `direction` at `x` (both B x 3 x side x side): J v, of shape B.
    ///
    /// Batch normalisation uses the statistics of `x` and knows that they change too. `stats` are read, not moved.
    pub(crate) fn tangent(
        &self,
        x: Tensor<4>,
        direction: Tensor<4>,
        params: &[Tensor<1>],
        stats: &[Tensor<1>],
    ) -> Tensor<1> {
        let Pair { t, .. } = self.stack().tangent(Pair { x, t: direction }, params, Pass::Frozen(stats));
        self.head(t, None, params)
    }
}

impl Stack {
    fn tangent(&self, mut pair: Pair, params: &[Tensor<1>], mut pass: Pass<'_>) -> Pair {
        let mut kept = Vec::new();
        let mut layers = self.layers.iter();
        while let Some(layer) = layers.next() {
            pair = match *layer {
                Layer::Conv(conv) => {
                    let weight = conv.weight(params, &mut pass);
                    let t = ops::conv(pair.t, weight.clone(), conv.kernel);
                    let x = ops::conv(pair.x, weight, conv.kernel);
                    Pair { x: add_bias(x, conv.bias.map(|b| &params[b])), t }
                }
                Layer::BatchNorm { gamma, beta, .. } => normalise(pair, &params[gamma], &params[beta]),
                Layer::Activation(activation) => match activation.leak() {
                    Some(leak) => {
                        // The slope at each pixel, without gradients: it is constant wherever it is defined.
                        let slope = pair.x.clone().detach().greater_elem(0.0).float() * (1.0 - leak) + leak;
                        Pair { x: ops::leaky(pair.x, leak), t: pair.t * slope }
                    }
                    // tanh' = 1 - tanh^2
                    None => {
                        let x = pair.x.tanh();
                        Pair { t: pair.t * (x.clone().square().neg() + 1.0), x }
                    }
                },
                Layer::Keep(number) => {
                    kept.push(pair.clone());
                    match Shortcut::ahead(layers.as_slice(), number) {
                        Some(stage) if ops::has_residual(&pair.x, stage.layer(false)) => {
                            layers.nth(Shortcut::LAYERS - 1);
                            let [x, t] = stage.tangent([pair.x, pair.t], params, &mut pass);
                            Pair { x, t }
                        }
                        _ => pair,
                    }
                }
                Layer::Join { kept: from, conv } => {
                    let Pair { x, t } = kept[from].clone();
                    let weight = conv.weight(params, &mut pass);
                    let short = ops::conv(ops::avg_pool2(x), weight.clone(), conv.kernel);
                    let short = add_bias(short, conv.bias.map(|b| &params[b]));
                    let t = ops::join(pair.t, ops::conv(ops::avg_pool2(t), weight, conv.kernel), JOINED);
                    Pair { x: ops::join(pair.x, short, JOINED), t }
                }
                Layer::ConvTranspose(_) | Layer::SubPixel(_) | Layer::Gate(_) => {
                    unreachable!("only generators have these")
                }
            };
        }
        pair
    }
}

/// y = gamma (x - m) / s + beta changes by gamma / s (t - mean t - n mean(n t)), where n = (x - m) / s.
fn normalise(Pair { x, t }: Pair, gamma: &Tensor<1>, beta: &Tensor<1>) -> Pair {
    let channels = gamma.dims()[0];
    let row = |p: &Tensor<1>| -> Tensor<4> { p.clone().reshape(Shape::new([1, channels, 1, 1])) };
    let mean = |x: Tensor<4>| x.mean_dim(3).mean_dim(2).mean_dim(0);
    let centred = x.clone() - mean(x);
    let inverse = (mean(centred.clone().square()) + BATCH_NORM_EPSILON).sqrt().recip();
    let n = centred * inverse.clone();
    let t = t.clone() - mean(t.clone()) - n.clone() * mean(n.clone() * t);
    Pair { x: n * row(gamma) + row(beta), t: t * inverse * row(gamma) }
}
