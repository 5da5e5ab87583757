//! Zero-centred penalties on the discriminator's slope: R1 at real and R2 at generated pictures (Mescheder et al.
//! 2018).
//!
//! gamma / 2 E|grad_x D(x)|^2. Its gradient is that of gamma E[J_theta(x) v] with v = grad_x D(x) held fixed
//! (`model/tangent.rs`), so first-order differentiation is enough.

use crate::model::{Discriminator, Weights};
use burn::tensor::Tensor;

/// A term to add to the discriminator's loss (shape 1): its gradient by `params` is that of the penalty of weight
/// `gamma` at `x` (B x 3 x side x side, without gradients); its value is gamma E|grad_x D(x)|^2. `params` are tracked
/// copies of those of `weights`.
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
    // The tangent is computed in 32 bits with frozen weights, too, so both see the same function.
    let logits = discriminator.in_full_precision().frozen(x.clone(), &weights.constants());
    let zeros = || x.clone().without_autodiff().zeros_like();
    x.grad(&logits.sum().backward()).unwrap_or_else(zeros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DNorm, Family, ModelConfig, Norm};
    use burn::tensor::{Device, TensorData};

    /// Every discriminator that can be penalised, with the name of what sets it apart.
    fn networks() -> Vec<(String, Discriminator, Weights)> {
        let small = ModelConfig { size: 32, d_width: 4, norm: Norm::Batch, ..ModelConfig::default() };
        let mut configs = Vec::new();
        for d_norm in [DNorm::None, DNorm::Batch, DNorm::Spectral] {
            for d_residual in [false, true] {
                configs.push(ModelConfig { d_norm, d_residual, ..small.clone() });
            }
        }
        for d_norm in [DNorm::None, DNorm::Batch] {
            configs.push(ModelConfig { family: Family::Article, kernel: 5, d_norm, ..small.clone() });
        }
        let build = |config: ModelConfig| {
            let name = format!("{:?}, {:?}, residual {}", config.family, config.d_norm, config.d_residual);
            config.validate().unwrap();
            let d = Discriminator::new(&config);
            let mut weights = d.layout().init(3, 1, &Device::flex());
            // The published first weights are so small that every slope would be nearly zero.
            weights.params = weights.params.into_iter().map(|p| p * 3.0).collect();
            (name, d, weights)
        };
        configs.into_iter().map(build).collect()
    }

    fn pictures() -> Tensor<4> {
        let values: Vec<f32> = (0..4 * 3 * 32 * 32).map(|i| ((i * 7919 % 2003) as f32 / 1001.5) - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [4, 3, 32, 32]), &Device::flex())
    }

    fn host(x: Tensor<1>) -> Vec<f64> {
        x.into_data().try_into_vec::<f32>().unwrap().into_iter().map(f64::from).collect()
    }

    /// J v is <grad D, v>: for v = grad D, as the penalty uses it, and for another v, in which no part of the slope
    /// could hide. Picture by picture where pictures do not meet, in sum where they do.
    #[test]
    fn the_tangent_agrees_with_the_slope() {
        for (name, d, weights) in networks() {
            let slope = slope(&d, &weights, pictures());
            let values: Vec<f32> = (0..4 * 3 * 32 * 32).map(|i| (i as f32 * 0.37).cos()).collect();
            let wave = Tensor::<4>::from_data(TensorData::new(values, [4, 3, 32, 32]), &Device::flex());
            let sums = |x: Tensor<4>| {
                let rows: Tensor<2> = x.reshape([4, 3 * 32 * 32]);
                host(rows.sum_dim(1).reshape([4]))
            };
            let squares = sums(slope.clone().square());
            assert!(squares.iter().all(|s| *s > 1e-9), "{name}: {squares:?}");
            for v in [slope.clone(), wave] {
                let change = host(d.tangent(pictures(), v.clone(), &weights.params, &weights.stats));
                let expected = sums(slope.clone() * v.clone());
                // What the products would come to if both pointed the same way.
                let lengths: Vec<f64> = squares.iter().zip(sums(v.square())).map(|(a, b)| (a * b).sqrt()).collect();
                if name.contains("Batch") {
                    let (a, b) = (change.iter().sum::<f64>(), expected.iter().sum::<f64>());
                    assert!((a - b).abs() < 1e-3 * lengths.iter().sum::<f64>(), "{name}: {a} instead of {b}");
                } else {
                    for ((a, b), length) in change.iter().zip(&expected).zip(lengths) {
                        assert!((a - b).abs() < 1e-3 * length, "{name}: {a} instead of {b}");
                    }
                }
            }
        }
    }

    /// The gradient of the term against central differences of gamma / 2 E|grad D|^2, parameter by parameter along two
    /// directions that have nothing to do with the gradient, so that a part which is missing shows. The discriminator
    /// has tanh in place of its leaky ReLUs: at the kinks of those the slope jumps, which differences see and gradients
    /// do not.
    #[test]
    fn the_gradient_is_that_of_the_squared_slope() {
        const STEP: f64 = 0.002;
        let gamma = 0.7;
        for (name, mut d, weights) in networks() {
            d.make_smooth();
            let tracked = weights.tracked();
            let gradients = penalty(&d, &weights, &tracked, pictures(), gamma).backward();
            let value = |params: Vec<Tensor<1>>| {
                let weights = Weights { params, stats: weights.stats.clone() };
                let v = host(slope(&d, &weights, pictures()).reshape([4 * 3 * 32 * 32]));
                gamma / 2.0 * v.iter().map(|v| v * v).sum::<f64>() / 4.0
            };
            let whole = value(weights.params.clone());
            for (k, param) in weights.params.iter().enumerate() {
                let what = format!("{name}, {}", d.layout().params[k].name);
                let count = param.dims()[0];
                let gradient = tracked[k].grad(&gradients).map_or_else(|| vec![0.0; count], host);
                // As long as the parameter, so that a step changes it by some thousandths.
                let scale = host(param.clone().square().mean())[0].sqrt().max(0.1);
                let mut seen = false;
                for phase in [0.0, 2.0] {
                    let direction: Vec<f32> =
                        (0..count).map(|i| (scale * (0.37 * i as f64 + phase).cos()) as f32).collect();
                    let along: f64 = gradient.iter().zip(&direction).map(|(g, d)| g * f64::from(*d)).sum();
                    let direction = Tensor::<1>::from_floats(direction.as_slice(), &Device::flex());
                    let at = |by: f64| {
                        let mut params = weights.params.clone();
                        params[k] = param.clone() + direction.clone() * by;
                        value(params)
                    };
                    let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
                    let tolerance = 0.02 * difference.abs() + 5e-4 * whole;
                    assert!((difference - along).abs() < tolerance, "{what}: {along}, not {difference}, of {whole}");
                    seen |= difference.abs() > tolerance;
                }
                // Had the gradient of a layer been missing, the differences would have told.
                assert!(seen || !d.layout().params[k].name.ends_with("weight"), "{what}: it has no effect");
            }
        }
    }

    /// Against differentiating twice in PyTorch: `tests/reference/recipe.py`, which has the same formulas for all
    /// numbers.
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
