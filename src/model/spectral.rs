//! Spectral normalisation: weights divided by their largest singular value, so that no layer stretches anything more
//! than once (Miyato et al. 2018).

use burn::tensor::Tensor;

/// Keeps a division from zero.
const EPSILON: f64 = 1e-12;

/// `weight` (flat, `rows` x anything, as `u` has `rows` numbers) divided by its largest singular value along `u`, the
/// left singular vector found so far. Gradients flow through the weights, not through the vectors.
pub(super) fn normalise(weight: Tensor<1>, u: &Tensor<1>) -> Tensor<1> {
    let (left, right) = (column(u), right(&weight, u));
    divided(weight, unit(left), right)
}

/// The same in training: one step of power iteration moves `u` first. As in PyTorch, one for each use is enough because
/// weights move slowly.
pub(super) fn normalise_and_follow(weight: Tensor<1>, u: &mut Tensor<1>) -> Tensor<1> {
    let right = right(&weight, u);
    let left = unit(matrix(&weight, u).matmul(right.clone()));
    *u = left.clone().reshape(u.dims());
    divided(weight, left, right)
}

/// The unit vector that `u` comes from.
fn right(weight: &Tensor<1>, u: &Tensor<1>) -> Tensor<2> {
    unit(matrix(weight, u).transpose().matmul(column(u)))
}

fn matrix(weight: &Tensor<1>, u: &Tensor<1>) -> Tensor<2> {
    let ([count], [rows]) = (weight.dims(), u.dims());
    weight.clone().without_autodiff().reshape([rows, count / rows])
}

fn column(u: &Tensor<1>) -> Tensor<2> {
    let [rows] = u.dims();
    u.clone().without_autodiff().reshape([rows, 1])
}

/// `weight / (left^T weight right)`, with constant vectors.
fn divided(weight: Tensor<1>, left: Tensor<2>, right: Tensor<2>) -> Tensor<1> {
    let ([count], [rows, _]) = (weight.dims(), left.dims());
    let (mut left, mut right) = (left.reshape([1, rows]), right);
    if weight.is_autodiff() {
        (left, right) = (left.autodiff(), right.autodiff());
    }
    let sigma = left.matmul(weight.clone().reshape([rows, count / rows])).matmul(right).reshape([1]);
    weight / sigma
}

/// A layer of one output: its only row divided by its length, which is its largest singular value.
pub(super) fn normalise_row(weight: Tensor<1>) -> Tensor<1> {
    let length = weight.clone().square().sum().sqrt() + EPSILON;
    weight / length
}

fn unit(vector: Tensor<2>) -> Tensor<2> {
    let length = vector.clone().square().sum().sqrt().reshape([1, 1]) + EPSILON;
    vector / length
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// diag(3, 2) rotated: the largest singular value is 3; afterwards it is 1, and the gradient of the sum of squares
    /// is that of sum(w^2) / sigma^2.
    #[test]
    fn divides_by_the_largest_singular_value() {
        let device = Device::flex();
        let (c, s) = (0.6f32, 0.8f32);
        let values = [3.0 * c, -2.0 * s, 3.0 * s, 2.0 * c];
        let weight = Tensor::<1>::from_floats(values, &device).autodiff().require_grad();
        let mut u = Tensor::<1>::from_floats([1.0, 1.0], &device);
        for _ in 0..60 {
            normalise_and_follow(weight.clone().without_autodiff(), &mut u);
        }
        let before = u.clone();
        let normalised = normalise(weight.clone(), &u);
        let found = normalised.clone().without_autodiff().into_data().try_into_vec::<f32>().unwrap();
        for (found, value) in found.iter().zip(values) {
            assert!((found - value / 3.0).abs() < 1e-5, "{found} for {value}");
        }
        assert_eq!(before.into_data(), u.into_data());
        // d/dW of |W|^2 / sigma^2 = 2 W / 9 - 2 |W|^2 / 27 u v^T, with |W|^2 = 13, u = (c, s), v = (1, 0).
        let gradient = weight.grad(&normalised.square().sum().backward()).unwrap();
        let gradient = gradient.into_data().try_into_vec::<f32>().unwrap();
        let outer = [c, 0.0, s, 0.0];
        for i in 0..4 {
            let expected = 2.0 * values[i] / 9.0 - 26.0 / 27.0 * outer[i];
            assert!((gradient[i] - expected).abs() < 1e-4, "{i}: {} instead of {expected}", gradient[i]);
        }
    }

    /// Against a singular value decomposition and autograd in PyTorch: `tests/reference/recipe.py`.
    #[test]
    fn agrees_with_another_program() {
        let device = Device::flex();
        let numbers = |f: &dyn Fn(f64) -> f64| {
            let values: Vec<f32> = (0..120).map(|i| f(f64::from(i)) as f32).collect();
            Tensor::<1>::from_floats(values.as_slice(), &device)
        };
        let weight = numbers(&|i| (0.13 * i * i + 0.4).sin());
        let mut u = Tensor::<1>::ones([6], &device);
        for _ in 0..200 {
            normalise_and_follow(weight.clone(), &mut u);
        }
        let tracked = weight.clone().autodiff().require_grad();
        let normalised = normalise(tracked.clone(), &u);
        let ratio = (weight / normalised.clone().without_autodiff()).mean().into_scalar::<f32>();
        assert!((ratio - 3.741_53).abs() < 1e-3, "{ratio}");
        let along = (normalised * numbers(&|i| (0.37 * i).cos()).autodiff()).sum();
        let gradient = tracked.grad(&along.backward()).unwrap();
        let norm = gradient.clone().square().sum().sqrt().into_scalar::<f32>();
        let by_wave = (gradient * numbers(&|i| (0.7 * i + 0.9).sin())).sum().into_scalar::<f32>();
        assert!((norm - 2.080_981).abs() < 2e-3 && (by_wave - 0.920_948).abs() < 2e-3, "{norm} {by_wave}");
    }
}
