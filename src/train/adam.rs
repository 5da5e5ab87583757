//! Adam (Kingma and Ba 2015) over a network's flat parameters.

use crate::compute::{AdamStep, ops};
use burn::tensor::{Gradients, Tensor};

/// PyTorch's and TensorFlow's value; the tensor library's own default is a thousand times larger.
const EPSILON: f64 = 1e-8;

/// Decay rates of the two moments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Betas {
    pub beta1: f64,
    pub beta2: f64,
}

/// The optimiser's memory: one pair of moments for each parameter, and how many updates they have seen.
#[derive(Debug, Clone)]
pub(crate) struct Adam {
    pub first: Vec<Tensor<1>>,
    pub second: Vec<Tensor<1>>,
    pub updates: u64,
    /// What the loss was multiplied by before its gradients were taken; they are divided by it.
    pub loss_scale: f64,
}

impl Adam {
    pub(crate) fn new(params: &[Tensor<1>]) -> Self {
        let zeros = || params.iter().map(Tensor::zeros_like).collect();
        Self { first: zeros(), second: zeros(), updates: 0, loss_scale: 1.0 }
    }

    /// One update of `params` with the gradients of their `tracked` copies; see [`Self::learn`].
    pub(crate) fn update(
        &mut self,
        params: &mut Vec<Tensor<1>>,
        tracked: Vec<Tensor<1>>,
        gradients: Gradients,
        lr: f64,
        betas: Betas,
    ) {
        self.learn(params, taken(tracked, gradients), lr, betas);
    }

    /// One update of `params` with their gradients. A parameter that the loss does not depend on has none and stays.
    ///
    /// m <- b1 m + (1-b1) g;  v <- b2 v + (1-b2) g^2;  p <- p - lr m' / (sqrt(v') + eps), where ' corrects the bias of
    /// the first updates.
    pub(crate) fn learn(
        &mut self,
        params: &mut Vec<Tensor<1>>,
        gradients: Vec<Option<Tensor<1>>>,
        lr: f64,
        Betas { beta1, beta2 }: Betas,
    ) {
        self.updates += 1;
        let t = self.updates as f64;
        let (correct1, correct2) = (1.0 - beta1.powf(t), 1.0 - beta2.powf(t));
        // p - lr (m/c1) / (sqrt(v/c2) + eps) = p - rate m / (sqrt(v) + eps sqrt(c2)): the corrections as numbers
        // instead of as passes over the parameters.
        let (rate, epsilon) = (lr * correct2.sqrt() / correct1, EPSILON * correct2.sqrt());
        let step = AdamStep { beta1: beta1 as f32, beta2: beta2 as f32, rate: rate as f32, epsilon: epsilon as f32 };
        // Taken out, so that nobody else holds them and they can be changed in place.
        let moments = std::mem::take(&mut self.first).into_iter().zip(std::mem::take(&mut self.second));
        let (mut learning, mut states) = (Vec::new(), Vec::new());
        for ((p, gradient), (m, v)) in std::mem::take(params).into_iter().zip(gradients).zip(moments) {
            match gradient {
                Some(g) => {
                    learning.push([p, m, v, g]);
                    states.push(None);
                }
                None => states.push(Some([p, m, v])),
            }
        }
        let mut learnt = ops::adam(learning, step, (1.0 / self.loss_scale) as f32).into_iter();
        for [p, m, v] in states.into_iter().filter_map(|kept| kept.or_else(|| learnt.next())) {
            params.push(p);
            self.first.push(m);
            self.second.push(v);
        }
    }
}

/// The gradients of `tracked` parameters. Their copies are dropped: nobody else may hold what Adam changes in place.
pub(crate) fn taken(tracked: Vec<Tensor<1>>, mut gradients: Gradients) -> Vec<Option<Tensor<1>>> {
    tracked.iter().map(|tracked| tracked.grad_remove(&mut gradients)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    /// Three updates of p with loss p^2 against the textbook formula in double precision.
    #[test]
    fn agrees_with_the_formula() {
        let device = Device::flex();
        let (lr, betas) = (0.1, Betas { beta1: 0.5, beta2: 0.999 });
        let mut params = vec![Tensor::<1>::from_floats([1.0, -2.0], &device)];
        let mut adam = Adam::new(&params);
        let mut expected = [1.0f64, -2.0];
        let (mut m, mut v) = ([0.0f64; 2], [0.0f64; 2]);
        for t in 1..=3 {
            let tracked = vec![params[0].clone().autodiff().require_grad()];
            let gradients = tracked[0].clone().square().sum().backward();
            adam.update(&mut params, tracked, gradients, lr, betas);
            for i in 0..2 {
                let g = 2.0 * expected[i];
                m[i] = betas.beta1 * m[i] + (1.0 - betas.beta1) * g;
                v[i] = betas.beta2 * v[i] + (1.0 - betas.beta2) * g * g;
                let (mh, vh) = (m[i] / (1.0 - betas.beta1.powi(t)), v[i] / (1.0 - betas.beta2.powi(t)));
                expected[i] -= lr * mh / (vh.sqrt() + EPSILON);
            }
        }
        let actual = params[0].clone().into_data().try_into_vec::<f32>().unwrap();
        for (a, e) in actual.iter().zip(expected) {
            assert!((f64::from(*a) - e).abs() < 1e-5, "{a} instead of {e}");
        }
    }
}
