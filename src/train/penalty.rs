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

    /// Against differentiating twice in PyTorch: `tests/reference/recipe.py`, which has the same formulas for all numbers.
    #[test]
    fn the_gradient_agrees_with_differentiating_twice() {
        let wave = |count: usize, phase: f64, amplitude: f64| -> Vec<f32> {
            (0..count).map(|i| (amplitude * (0.7 * i as f64 + phase).sin()) as f32).collect()
        };
        let device = Device::flex();
        let config =
            ModelConfig { size: 32, d_width: 4, d_norm: DNorm::None, d_residual: true, ..ModelConfig::default() };
        let d = Discriminator::new(&config);
        let params = d.layout().params.iter().enumerate().map(|(k, p)| {
            let count = p.shape.iter().product();
            let inputs = if p.shape.len() > 1 { p.shape[1..].iter().product::<usize>() } else { 4 };
            let values = wave(count, 1.3 * k as f64, 1.5 / (inputs as f64).sqrt());
            Tensor::<1>::from_data(TensorData::new(values, [count]), &device)
        });
        let weights = Weights { params: params.collect(), stats: Vec::new() };
        let x = TensorData::new(wave(2 * 3 * 32 * 32, 0.3, 1.0), [2, 3, 32, 32]);
        let params = weights.tracked();
        let term = penalty(&d, &weights, &params, Tensor::from_data(x, &device), 0.7);
        let gradients = term.backward();
        let close = |a: f64, b: f64, what: &str| assert!((a - b).abs() < 1e-5 + 1e-3 * b.abs(), "{what}: {a}, not {b}");
        // The term is J v for v the slope, so gamma times the mean squared slope: twice the penalty.
        close(host(term.without_autodiff())[0], 0.007_011_64, "value");
        let expected = [
            (0, 0.007_019, 0.023_132),
            (2, 0.002_559, -0.006_083),
            (4, 0.007_698, 0.003_158),
            (6, 0.001_105, 0.000_108),
            (8, 0.018_139, 0.001_408),
            (10, 0.006_095, -0.000_120),
            (12, 0.047_305, 0.057_456),
        ];
        for (k, norm, along) in expected {
            let gradient = host(params[k].grad(&gradients).unwrap());
            let length = gradient.iter().map(|g| g * g).sum::<f64>().sqrt();
            let probe = gradient.iter().enumerate().map(|(i, g)| g * (i as f64 * 0.37).cos()).sum::<f64>();
            close(length, norm, &format!("norm of {k}"));
            close(probe, along, &format!("{k} along the probe"));
        }
        // The slope does not depend on biases.
        for k in [1, 3, 5, 7, 9, 11, 13] {
            let gradient = params[k].grad(&gradients).map_or_else(Vec::new, host);
            assert!(gradient.iter().all(|g| g.abs() < 1e-6), "bias {k}");
        }
    }
}
