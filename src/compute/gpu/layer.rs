//! A convolution with what follows it, its bias and a leaky ReLU, in one kernel; and its gradients.

use super::algorithms::GpuConvAlgorithm;
use super::bias::SumOps;
use super::tiles::{Around, Finish, Maps, TileOps};
use crate::compute::ConvLayer;
use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Cube, Dispatch, backend_extension};
use burn::tensor::{Shape, Tensor};

/// As [`layer`](crate::compute::ops::layer), on a GPU by one of our own algorithms.
pub(in crate::compute) fn layer(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    layer: ConvLayer,
    algorithm: GpuConvAlgorithm,
) -> Tensor<4> {
    let maps = Maps::new(&x, &weight, layer, algorithm);
    let rule = Rule { leak: layer.leak as f32, biased: bias.is_some(), transposed: layer.up, maps };
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    let bias = bias.map_or_else(|| weight.clone(), Tensor::into_dispatch);
    Tensor::from_dispatch(<Dispatch as LayerOps>::gan_layer(x, weight, bias, rule))
}

/// What a layer does.
#[derive(Debug, Clone, Copy)]
struct Rule {
    /// 1 is no activation.
    leak: f32,
    biased: bool,
    transposed: bool,
    maps: Maps,
}

#[backend_extension(Cube, Autodiff)]
trait LayerOps: Backend {
    /// `bias` (channels) may be any tensor where there is none.
    fn gan_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rule: Rule,
    ) -> FloatTensor<Self>;
}

impl LayerOps for Cube {
    fn gan_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rule: Rule,
    ) -> FloatTensor<Self> {
        let Rule { leak, biased, transposed, maps } = rule;
        let finish = if leak == 1.0 { Finish::Nothing } else { Finish::Leaky };
        let around = Around { biased, finish, factor: f64::from(leak), ..Around::NOTHING };
        Self::gan_tile_product(x, weight.clone(), bias, weight, around, transposed, maps)
    }
}

/// Of `(x, weight, bias)`.
#[derive(Debug)]
struct LayerGradient;

#[derive(Debug, Clone)]
struct Inputs {
    x: FloatTensor<Cube>,
    weight: FloatTensor<Cube>,
    /// The result, where its signs are needed.
    y: Option<FloatTensor<Cube>>,
    rule: Rule,
}

impl Backward<Cube, 3> for LayerGradient {
    type State = Inputs;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let Inputs { x, weight, y, rule: Rule { leak, biased, transposed, maps } } = ops.state;
        let mut dy = grads.consume::<Cube>(&ops.node);
        if let Some(y) = y {
            dy = Cube::gan_tile_slope(dy, y, leak, 1.0);
        }
        let [node_x, node_weight, node_bias] = ops.parents;
        if let Some(node) = node_x {
            let dx = plain_product(dy.clone(), weight, !transposed, maps.giving(x.dtype));
            grads.register::<Cube>(node.id, dx);
        }
        let node_bias = node_bias.filter(|_| biased);
        match (node_weight, node_bias) {
            (Some(node_weight), node_bias) if !transposed => {
                let nodes = [Some(node_weight.id), node_bias.map(|node| node.id)];
                register_weights(grads, nodes, [x, dy], Around::NOTHING, maps);
            }
            (node_weight, node_bias) => {
                if let Some(node) = node_bias {
                    grads.register::<Cube>(node.id, sum_of_channels(dy.clone()));
                }
                if let Some(node) = node_weight {
                    let (large, small) = if transposed { (dy, x) } else { (x, dy) };
                    grads.register::<Cube>(node.id, Cube::gan_tile_weights(large, small, Around::NOTHING, maps));
                }
            }
        }
    }
}

/// Registers the gradients of a convolution's weights and biases, at the nodes that there are, from its map and the
/// gradient behind it. Biases without weights have none here.
pub(super) fn register_weights(
    grads: &mut Gradients,
    [weight, bias]: [Option<NodeId>; 2],
    [x, dy]: [FloatTensor<Cube>; 2],
    around: Around,
    maps: Maps,
) {
    match (weight, bias) {
        (Some(weight), Some(bias)) => {
            let (by_weight, by_bias) = Cube::gan_tile_weights_and_bias(x, dy, around, maps);
            grads.register::<Cube>(weight, by_weight);
            grads.register::<Cube>(bias, by_bias);
        }
        (Some(weight), None) => grads.register::<Cube>(weight, Cube::gan_tile_weights(x, dy, around, maps)),
        (None, _) => {}
    }
}

/// The product alone.
pub(super) fn plain_product(
    x: FloatTensor<Cube>,
    weight: FloatTensor<Cube>,
    transposed: bool,
    maps: Maps,
) -> FloatTensor<Cube> {
    Cube::gan_tile_product(x, weight.clone(), weight.clone(), weight, Around::NOTHING, transposed, maps)
}

/// B x C x H x W to C.
fn sum_of_channels(map: FloatTensor<Cube>) -> FloatTensor<Cube> {
    let [batch, channels, height, width] = map.shape.dims();
    let rows = Cube::float_permute(map, &[0, 2, 3, 1]);
    let rows = Cube::float_reshape(rows, Shape::new([batch * height * width, channels]));
    Cube::float_reshape(Cube::gan_sum_rows(rows), Shape::new([channels]))
}

impl<C: CheckpointStrategy> LayerOps for Autodiff<Cube, C> {
    fn gan_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        rule: Rule,
    ) -> FloatTensor<Self> {
        let nodes = [x.node(), weight.node(), bias.node()];
        let prepared = LayerGradient.prepare::<C>(nodes).compute_bound().stateful();
        let (x, weight) = (x.into_primitive(), weight.into_primitive());
        let y = Cube::gan_layer(x.clone(), weight.clone(), bias.into_primitive(), rule);
        match prepared {
            OpsKind::Tracked(prepared) => {
                let signs = (rule.leak != 1.0).then(|| y.clone());
                prepared.finish(Inputs { x, weight, y: signs, rule }, y)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(y),
        }
    }
}
