//! What the network computes: from a small picture the details that its enlargement lacks.
//!
//! It works at the picture's own size and at half of it, where it sees eyes and ears whole at little cost, and only its
//! last layer has as many channels as the enlarged picture has pixels in place of each (Shi et al. 2016, "Real-Time
//! Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network"). That layer
//! begins as zero, so an untrained network changes nothing.

use crate::compute::{Kernel, ops};
use crate::model::{Init, Layout};
use burn::tensor::Tensor;

/// Slope of the leaky ReLU for negative values.
const LEAK: f64 = 0.2;
/// Channels at the picture's own size; twice as many at half of it.
const WIDTH: usize = 32;
/// Residual blocks at half the size.
const INNER: usize = 2;
/// The kernel of all convolutions that keep the side.
const SAME: Kernel = Kernel { size: 3, stride: 1 };
/// The kernel that halves the side, and transposed doubles it.
const HALF: Kernel = Kernel { size: 4, stride: 2 };

/// A convolution: the indices of its weight and bias, its channels and its kernel.
#[derive(Debug, Clone, Copy)]
struct Conv {
    weight: usize,
    bias: usize,
    /// Sides of the weight in PyTorch's order.
    shape: [usize; 4],
    kernel: Kernel,
}

/// The layers, without numbers.
#[derive(Debug, Clone)]
pub(super) struct SharpenNetwork {
    /// How many times larger the result is: 2, 4 or 8.
    pub factor: usize,
    /// Names and shapes of its numbers.
    pub layout: Layout,
    head: Conv,
    down: Conv,
    inner: Vec<[Conv; 2]>,
    up: Conv,
    outer: [Conv; 2],
    tail: Conv,
}

impl SharpenNetwork {
    pub(super) fn new(factor: usize) -> Self {
        let mut layout = Layout::default();
        let mut conv = |name: &str, shape: [usize; 4], kernel: Kernel, gain: f32| {
            let [out, inputs, ..] = shape;
            // Each number of a doubled map sums over a quarter of a transposed kernel.
            let (channels, inputs) = match name {
                "up" => (inputs, out * kernel.size * kernel.size / 4),
                _ => (out, inputs * kernel.size * kernel.size),
            };
            // He et al. 2015, as `Init::He`, times the gain.
            let std = gain * (2.0 / ((1.0 + (LEAK * LEAK) as f32) * inputs as f32)).sqrt();
            let weight = layout.named_param(format!("{name}.weight"), &shape, Init::Normal { mean: 0.0, std });
            let bias = layout.named_param(format!("{name}.bias"), &[channels], Init::Constant(0.0));
            Conv { weight, bias, shape, kernel }
        };
        let head = conv("head", [WIDTH, 3, 3, 3], SAME, 1.0);
        let down = conv("down", [2 * WIDTH, WIDTH, 4, 4], HALF, 1.0);
        let inner = (0..INNER).map(|i| block(&mut conv, &format!("inner.{i}"), 2 * WIDTH)).collect();
        let up = conv("up", [2 * WIDTH, WIDTH, 4, 4], HALF, 1.0);
        let outer = block(&mut conv, "outer", WIDTH);
        let tail = conv("tail", [3 * factor * factor, WIDTH, 3, 3], SAME, 0.0);
        Self { factor, layout, head, down, inner, up, outer, tail }
    }

    /// What is to be added to the enlargements of the pictures `x` (B x 3 x H x W, even sides, values from -1 to 1):
    /// B x 3 x H factor x W factor.
    pub(super) fn details(&self, x: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
        let leaky = |x| ops::leaky(x, LEAK);
        let own = leaky(self.head.forward(x, params));
        let half = leaky(self.down.forward(own.clone(), params));
        let half = self.inner.iter().fold(half, |half, block| residual(block, half, params));
        let y = own + self.up.transposed(leaky(half), params);
        let y = residual(&self.outer, y, params);
        let y = self.tail.forward(leaky(y), params);
        let ([batch, _, height, width], r) = (y.dims(), self.factor);
        // Channel c r r + i r + j becomes row i and column j of the square that stands for a pixel.
        let squares: Tensor<6> = y.reshape([batch, 3, r, r, height, width]).permute([0, 1, 4, 2, 5, 3]);
        squares.reshape([batch, 3, height * r, width * r])
    }
}

/// The two convolutions of a residual block, which begins as little more than its input.
fn block(conv: &mut impl FnMut(&str, [usize; 4], Kernel, f32) -> Conv, name: &str, width: usize) -> [Conv; 2] {
    [("a", 1.0), ("b", 0.1)].map(|(part, gain)| conv(&format!("{name}.{part}"), [width, width, 3, 3], SAME, gain))
}

/// x + b(leaky(a(x))).
fn residual([a, b]: &[Conv; 2], x: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
    let y = b.forward(ops::leaky(a.forward(x.clone(), params), LEAK), params);
    x + y
}

impl Conv {
    fn forward(&self, x: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
        let weight = params[self.weight].clone().reshape(self.shape);
        ops::add_bias(ops::conv(x, weight, self.kernel), params[self.bias].clone())
    }

    fn transposed(&self, x: Tensor<4>, params: &[Tensor<1>]) -> Tensor<4> {
        let weight = params[self.weight].clone().reshape(self.shape);
        ops::add_bias(ops::conv_transpose(x, weight, self.kernel), params[self.bias].clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn an_untrained_network_changes_nothing() {
        let device = Device::flex();
        for factor in [2, 4, 8] {
            let network = SharpenNetwork::new(factor);
            let weights = network.layout.init(1, 0, &device);
            let x = Tensor::<4>::ones([2, 3, 16, 16], &device);
            let details = network.details(x, &weights.params);
            assert_eq!(details.dims(), [2, 3, 16 * factor, 16 * factor]);
            assert_eq!(details.abs().max().into_scalar::<f32>(), 0.0);
        }
    }

    /// The sizes that the README names.
    #[test]
    fn it_is_small() {
        let counts = [2, 4, 8].map(|factor| SharpenNetwork::new(factor).layout.parameter_count());
        assert_eq!(counts, [236_204, 246_608, 288_224]);
    }

    /// Each of the channels that stand for a pixel comes to its place in the square.
    #[test]
    fn channels_become_squares() {
        let device = Device::flex();
        let network = SharpenNetwork::new(2);
        let mut weights = network.layout.init(1, 0, &device);
        let bias: Vec<f32> = (0..12u8).map(f32::from).collect();
        weights.params[network.tail.bias] = Tensor::from_floats(bias.as_slice(), &device);
        let details = network.details(Tensor::zeros([1, 3, 2, 2], &device), &weights.params);
        let values = details.into_data().try_into_vec::<f32>().unwrap();
        for (i, value) in values.iter().enumerate() {
            let (channel, row, column) = (i / 16, i / 4 % 4, i % 4);
            assert_eq!(*value, (4 * channel + row % 2 * 2 + column % 2) as f32, "{i}");
        }
    }
}
