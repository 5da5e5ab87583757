//! Zero-centred penalties on the discriminator's slope: R1 at real and R2 at generated pictures (Mescheder et al. 2018).
//!
//! gamma / 2 E|grad_x D(x)|^2. Its gradient is that of gamma E[J_theta(x) v] with v = grad_x D(x) held fixed
//! (`model/tangent.rs`), so first-order differentiation is enough.

use crate::model::{Discriminator, Mode, Weights};
use burn::tensor::Tensor;

/// A term to add to the discriminator's loss (shape 1): its gradient by `params` is that of the penalty of weight `gamma` at
/// `x` (B x 3 x side x side, without gradients); its value is gamma E|grad_x D(x)|^2. `params` are tracked copies of those of
/// `weights`.
pub(super) fn penalty(
    discriminator: &Discriminator,
    weights: &Weights,
    params: &[Tensor<1>],
    x: Tensor<4>,
    gamma: f64,
) -> Tensor<1> {
    let v = slope(discriminator, weights, x.clone());
    let change = discriminator.tangent(x.autodiff(), v.autodiff(), params, &weights.stats); // [B]
    change.mean() * gamma
}

/// grad_x of the sum of D(x): of the shape of `x`.
fn slope(discriminator: &Discriminator, weights: &Weights, x: Tensor<4>) -> Tensor<4> {
    let x = x.autodiff().require_grad();
    // Nothing moves here nor in the tangent, so both see the same function.
    let mut stats = weights.stats.clone();
    let logits = discriminator.forward(x.clone(), &weights.constants(), &mut stats, Mode::Fixed);
    let zeros = || x.clone().without_autodiff().zeros_like();
    x.grad(&logits.sum().backward()).unwrap_or_else(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DNorm, ModelConfig, Norm};
    use burn::tensor::{Device, TensorData};

    fn networks(d_norm: DNorm, d_residual: bool) -> (Discriminator, Weights) {
        let config =
            ModelConfig { size: 32, d_width: 4, norm: Norm::Batch, d_norm, d_residual, ..ModelConfig::default() };
        let d = Discriminator::new(&config);
        let mut weights = d.layout().init(3, 1, &Device::flex());
        // The published first weights are so small that every slope would be nearly zero.
        weights.params = weights.params.into_iter().map(|p| p * 3.0).collect();
        (d, weights)
    }

    fn pictures() -> Tensor<4> {
        let values: Vec<f32> = (0..4 * 3 * 32 * 32).map(|i| ((i * 7919 % 2003) as f32 / 1001.5) - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [4, 3, 32, 32]), &Device::flex())
    }

    fn host(x: Tensor<1>) -> Vec<f64> {
        x.into_data().try_into_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
    }

    /// J v for v = grad D is |grad D|^2, picture by picture where pictures do not meet, in sum where they do.
    #[test]
    fn the_tangent_agrees_with_the_slope() {
        for (d_norm, residual) in
            [(DNorm::None, false), (DNorm::None, true), (DNorm::Batch, true), (DNorm::Spectral, true)]
        {
            let (d, weights) = networks(d_norm, residual);
            let v = slope(&d, &weights, pictures());
            let change = host(d.tangent(pictures(), v.clone(), &weights.params, &weights.stats));
            let squares: Tensor<2> = v.square().reshape([4, 3 * 32 * 32]).sum_dim(1);
            let squares = host(squares.reshape([4]));
            assert!(squares.iter().all(|s| *s > 1e-9), "{d_norm:?}: {squares:?}");
            if d_norm == DNorm::Batch {
                let (a, b) = (change.iter().sum::<f64>(), squares.iter().sum::<f64>());
                assert!((a / b - 1.0).abs() < 1e-3, "{d_norm:?} {residual}: {a} instead of {b}");
            } else {
                for (a, b) in change.iter().zip(&squares) {
                    assert!((a / b - 1.0).abs() < 1e-3, "{d_norm:?} {residual}: {a} instead of {b}");
                }
            }
        }
    }

    /// The gradient of the term against central differences of gamma / 2 E|grad D|^2 along itself. The discriminator has tanh
    /// in place of its leaky ReLUs: at the kinks of those the slope jumps, which differences see and gradients do not.
    #[test]
    fn the_gradient_is_that_of_the_squared_slope() {
        for (d_norm, residual) in
            [(DNorm::None, false), (DNorm::None, true), (DNorm::Batch, false), (DNorm::Batch, true)]
        {
            let (mut d, weights) = networks(d_norm, residual);
            d.make_smooth();
            let gamma = 0.7;
            let params = weights.tracked();
            let gradients = penalty(&d, &weights, &params, pictures(), gamma).backward();
            let gradient: Vec<Option<Tensor<1>>> = params.iter().map(|p| p.grad(&gradients)).collect();
            let moved = |by: f64| {
                let params = weights.params.iter().zip(&gradient).map(|(p, g)| match g {
                    Some(g) => p.clone() + g.clone() * by,
                    None => p.clone(),
                });
                let weights = Weights { params: params.collect(), stats: weights.stats.clone() };
                let v = host(slope(&d, &weights, pictures()).reshape([4 * 3 * 32 * 32]));
                gamma / 2.0 * v.iter().map(|v| v * v).sum::<f64>() / 4.0
            };
            let squares: f64 =
                gradient.iter().flatten().map(|g| host(g.clone().square().sum()).iter().sum::<f64>()).sum();
            // A step that changes the penalty by about two per cent.
            let step = 0.01 * moved(0.0) / squares;
            let difference = (moved(step) - moved(-step)) / (2.0 * step);
            assert!((difference / squares - 1.0).abs() < 0.02, "{d_norm:?} {residual}: {difference} and {squares}");
        }
    }
}
