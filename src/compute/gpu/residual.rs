//! A stage with a shortcut, which halves the side, in two kernels: a convolution with its bias and leaky ReLU, and
//! beside it means of 2 x 2 pixels through a 1 x 1 convolution, added to the first and scaled. And its gradients.

use super::algorithms::chosen;
use super::layer::{plain_product, register_weights};
use super::tiles::{Around, Finish, Maps, TileOps};
use crate::compute::ConvLayer;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// Weights of a convolution (Cout x Cin x K x K), and biases (Cout) if it has them.
pub(crate) type Affine = (Tensor<4>, Option<Tensor<1>>);

/// `scale (leaky(conv(x) + bias) + conv(means(x)) + bias)`, and the first of the two summands. Where `slopes` is given,
/// the result of such a leaky ReLU, the numbers are multiplied by the slopes that it had there instead: the change of a
/// stage along `x`.
pub(in crate::compute) fn residual(
    x: Tensor<4>,
    [main, short]: [Affine; 2],
    slopes: Option<Tensor<4>>,
    layer: ConvLayer,
    scale: f64,
) -> (Tensor<4>, Tensor<4>) {
    let rule = Rule {
        leak: layer.leak,
        scale,
        biased: [main.1.is_some(), short.1.is_some()],
        given: slopes.is_some(),
        maps: Maps::new(&x, &main.0, layer, chosen(&x, layer)),
    };
    let with_bias = |(weight, bias): Affine| {
        let weight = weight.into_dispatch();
        let bias = bias.map_or_else(|| weight.clone(), Tensor::into_dispatch);
        (weight, bias)
    };
    let ((weight, bias), (short, short_bias)) = (with_bias(main), with_bias(short));
    let x = x.into_dispatch();
    let slopes = slopes.map_or_else(|| weight.clone(), |slopes| slopes.without_autodiff().into_dispatch());
    let (z, y) = <Dispatch as ResidualOps>::gan_residual(x, weight, bias, short, short_bias, slopes, rule);
    (Tensor::from_dispatch(z), Tensor::from_dispatch(y))
}

/// What a stage does.
#[derive(Debug, Clone, Copy)]
struct Rule {
    leak: f64,
    scale: f64,
    /// Of the convolution and of that beside it.
    biased: [bool; 2],
    /// Slopes are given.
    given: bool,
    maps: Maps,
}

#[backend_extension(Cube, Autodiff)]
trait ResidualOps: Backend {
    /// Biases and `slopes` may be any tensor where there are none.
    fn gan_residual(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        short: FloatTensor<Self>,
        short_bias: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

impl ResidualOps for Cube {
    fn gan_residual(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        short: FloatTensor<Self>,
        short_bias: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let Rule { leak, scale, biased: [biased, short_biased], given, maps } = rule;
        let finish = if given { Finish::Slope } else { Finish::Leaky };
        let around = Around { pooled: false, biased, finish, factor: leak };
        let y = Self::gan_tile_product(x.clone(), weight, bias, slopes, around, false, maps);
        let around = Around { pooled: true, biased: short_biased, finish: Finish::Join, factor: scale };
        let z = Self::gan_tile_product(x, short, short_bias, y.clone(), around, false, maps.beside());
        (z, y)
    }
}

/// Of `(x, weight, bias, short, short_bias)`.
#[derive(Debug)]
struct ResidualGradient;

#[derive(Debug, Clone)]
struct Inputs {
    x: FloatTensor<Cube>,
    weight: FloatTensor<Cube>,
    short: FloatTensor<Cube>,
    /// Whose signs decide the slopes.
    signs: FloatTensor<Cube>,
    rule: Rule,
}

impl Backward<Cube, 5> for ResidualGradient {
    type State = Inputs;

    fn backward(self, ops: Ops<Self::State, 5>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Inputs { x, weight, short, signs, rule: Rule { leak, scale, biased, maps, .. } } = ops.state;
        let dz = grads.consume::<Cube>(&ops.node);
        let [node_x, node_weight, node_bias, node_short, node_short_bias] = ops.parents;
        let d = Cube::gan_tile_slope(dz.clone(), signs, leak as f32, scale as f32);
        let beside = Around { pooled: true, factor: scale, ..Around::NOTHING };
        for (node_weight, node_bias, biased, dy, around, maps) in [
            (node_weight, node_bias, biased[0], &d, Around::NOTHING, maps),
            (node_short, node_short_bias, biased[1], &dz, beside, maps.beside()),
        ] {
            let nodes = [node_weight.map(|node| node.id), node_bias.filter(|_| biased).map(|node| node.id)];
            register_weights(grads, nodes, [x.clone(), dy.clone()], around, maps);
        }
        if let Some(node) = node_x {
            let means = plain_product(dz, short, true, maps.beside());
            let around = Around { finish: Finish::Double, factor: scale / 4.0, ..Around::NOTHING };
            let maps = maps.giving(x.dtype);
            let dx = Cube::gan_tile_product(d, weight.clone(), weight, means, around, true, maps);
            grads.register::<Cube>(node.id, dx);
        }
    }
}

impl<C: CheckpointStrategy> ResidualOps for Autodiff<Cube, C> {
    fn gan_residual(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        short: FloatTensor<Self>,
        short_bias: FloatTensor<Self>,
        slopes: FloatTensor<Self>,
        rule: Rule,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let nodes = [x.node(), weight.node(), bias.node(), short.node(), short_bias.node()];
        let prepared = ResidualGradient.prepare::<C>(nodes).compute_bound().stateful();
        let [x, weight, bias] = [x, weight, bias].map(FloatTensor::<Self>::into_primitive);
        let [short, short_bias, slopes] = [short, short_bias, slopes].map(FloatTensor::<Self>::into_primitive);
        let (inputs, biases) = ((x.clone(), weight.clone(), short.clone()), (bias, short_bias));
        let (z, y) = Cube::gan_residual(x, weight, biases.0, short, biases.1, slopes.clone(), rule);
        let z = match prepared {
            OpsKind::Tracked(prepared) => {
                let (x, weight, short) = inputs;
                let signs = if rule.given { slopes } else { y.clone() };
                prepared.finish(Inputs { x, weight, short, signs, rule }, z)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(z),
        };
        (z, FloatTensor::<Self>::new(y))
    }
}
