//! The losses, as formulas over logits. r = D(real), f = D(G(z)), both of shape B; positive means "real".

use crate::compute::{gpu, is_cpu};
use crate::config::LossKind;
use burn::tensor::Tensor;
use burn::tensor::activation::relu;

/// The discriminator's loss. `smoothing` is used by `bce` alone.
pub(super) fn discriminator(kind: LossKind, r: Tensor<1>, f: Tensor<1>, smoothing: f64) -> Tensor<1> {
    match kind {
        // -[(1-s) log sigmoid(r) + s log(1 - sigmoid(r))] - log(1 - sigmoid(f))   (Goodfellow 2014; smoothing: Salimans
        // 2016)
        LossKind::Bce => {
            let real = softplus(r.clone().neg()) * (1.0 - smoothing) + softplus(r) * smoothing;
            real.mean() + softplus(f).mean()
        }
        // 1/2 (r-1)^2 + 1/2 f^2   (Mao 2017)
        LossKind::Lsgan => ((r - 1.0).square().mean() + f.square().mean()) * 0.5,
        // max(0, 1-r) + max(0, 1+f)   (Lim and Ye 2017)
        LossKind::Hinge => relu(r.neg() + 1.0).mean() + relu(f + 1.0).mean(),
        // 1/2 [(r - mean f - 1)^2 + (f - mean r + 1)^2]   (Jolicoeur-Martineau 2018)
        LossKind::RaLsgan => {
            let (r, f) = relative(r, f);
            ((r - 1.0).square().mean() + (f + 1.0).square().mean()) * 0.5
        }
        // 1/2 [max(0, 1-(r - mean f)) + max(0, 1+(f - mean r))]
        LossKind::RaHinge => {
            let (r, f) = relative(r, f);
            (relu(r.neg() + 1.0).mean() + relu(f + 1.0).mean()) * 0.5
        }
        // softplus(-(r - f)), pairwise   (Jolicoeur-Martineau 2018; R3GAN 2024)
        LossKind::Rpgan => softplus(f - r).mean(),
    }
}

/// The same, of `logits` (2B) of real pictures and then of generated ones; and these two by themselves.
pub(super) fn discriminator_together(kind: LossKind, logits: Tensor<1>, smoothing: f64) -> [Tensor<1>; 3] {
    if !is_cpu(&logits.device()) {
        return gpu::discriminator_loss(kind, logits, smoothing);
    }
    let batch = logits.dims()[0] / 2;
    let [r, f] = [0, batch].map(|first| logits.clone().narrow(0, first, batch));
    [discriminator(kind, r.clone(), f.clone(), smoothing), r, f]
}

/// The generator's loss, with gradients by `f` alone. `r` plays a part in the relativistic losses alone; see
/// [`needs_real`].
pub(super) fn generator(kind: LossKind, r: Tensor<1>, f: Tensor<1>) -> Tensor<1> {
    if !is_cpu(&f.device()) {
        return gpu::generator_loss(kind, r, f);
    }
    match kind {
        // -log sigmoid(f), the non-saturating form
        LossKind::Bce => softplus(f.neg()).mean(),
        LossKind::Lsgan => (f - 1.0).square().mean() * 0.5,
        LossKind::Hinge => f.mean().neg(),
        // The discriminator's with the signs swapped.
        LossKind::RaLsgan => {
            let (r, f) = relative(r, f);
            ((r + 1.0).square().mean() + (f - 1.0).square().mean()) * 0.5
        }
        LossKind::RaHinge => {
            let (r, f) = relative(r, f);
            (relu(r + 1.0).mean() + relu(f.neg() + 1.0).mean()) * 0.5
        }
        LossKind::Rpgan => softplus(r - f).mean(),
    }
}

/// A loss whose gradients are `scale` times as large, so that they do not vanish in 16 bits.
pub(super) fn scaled(loss: Tensor<1>, scale: f64) -> Tensor<1> {
    if scale == 1.0 {
        loss
    } else if is_cpu(&loss.device()) {
        loss * scale
    } else {
        gpu::scaled_loss(loss, scale)
    }
}

/// Whether the generator's loss depends on real pictures too.
pub(crate) fn needs_real(kind: LossKind) -> bool {
    middle(kind).is_none()
}

/// The logit of a picture that the discriminator takes for neither real nor generated; none for losses that only
/// compare.
pub fn middle(kind: LossKind) -> Option<f64> {
    match kind {
        LossKind::Bce | LossKind::Hinge => Some(0.0),
        // Trained towards 0 and 1.
        LossKind::Lsgan => Some(0.5),
        LossKind::RaLsgan | LossKind::RaHinge | LossKind::Rpgan => None,
    }
}

/// By how much the discriminator takes each real picture for real: how far its logit is above the middle, or for losses
/// that only compare, above the generated pictures' mean.
pub(crate) fn margin(kind: LossKind, r: Tensor<1>, f: Tensor<1>) -> Tensor<1> {
    match middle(kind) {
        Some(middle) => r - middle,
        None => r - f.mean(),
    }
}

/// `(r - mean f, f - mean r)`
fn relative(r: Tensor<1>, f: Tensor<1>) -> (Tensor<1>, Tensor<1>) {
    (r.clone() - f.clone().mean(), f - r.mean())
}

/// log(1 + exp(x)) without overflow: max(x, 0) + log(1 + exp(-|x|)).
fn softplus(x: Tensor<1>) -> Tensor<1> {
    relu(x.clone()) + x.abs().neg().exp().log1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::any_gpu;
    use burn::tensor::Device;

    const KINDS: [LossKind; 6] =
        [LossKind::Bce, LossKind::Lsgan, LossKind::Hinge, LossKind::RaLsgan, LossKind::RaHinge, LossKind::Rpgan];

    fn tensor(values: [f32; 3]) -> Tensor<1> {
        Tensor::from_floats(values, &Device::flex())
    }

    fn value(t: Tensor<1>) -> f64 {
        f64::from(t.into_scalar::<f32>())
    }

    /// Expected values from `tests/reference/losses.py`.
    #[test]
    fn values_agree_with_the_formulas() {
        let (r, f) = ([0.5, -1.0, 2.0], [-0.25, 1.5, 0.75]);
        let expected = [
            (LossKind::Bce, 1.826_163_5, 0.471_407_9),
            (LossKind::Lsgan, 1.354_166_7, 0.312_5),
            (LossKind::Hinge, 2.5, -0.666_666_7),
            (LossKind::RaLsgan, 2.368_055_6, 1.701_388_9),
            (LossKind::RaHinge, 1.222_222_2, 0.944_444_4),
            (LossKind::Rpgan, 1.072_563_3, 0.905_896_6),
        ];
        for (kind, d, g) in expected {
            let loss_d = value(discriminator(kind, tensor(r), tensor(f), 0.1));
            let loss_g = value(generator(kind, tensor(r), tensor(f)));
            assert!((loss_d - d).abs() < 1e-5, "{kind:?} D: {loss_d} instead of {d}");
            assert!((loss_g - g).abs() < 1e-5, "{kind:?} G: {loss_g} instead of {g}");
        }
    }

    /// D at chance: 2 ln 2. D as good as smoothed labels allow: the entropy of the label, 0.325 at 0.1.
    #[test]
    fn reference_lines_of_the_plot() {
        let zero = tensor([0.0; 3]);
        assert!((value(discriminator(LossKind::Bce, zero.clone(), zero, 0.0)) - 2.0 * 2f64.ln()).abs() < 1e-6);
        let best = (0.9f32 / 0.1).ln();
        let floor = value(discriminator(LossKind::Bce, tensor([best; 3]), tensor([-90.0; 3]), 0.1));
        assert!((floor - 0.325_083).abs() < 1e-5, "{floor}");
    }

    #[test]
    fn extreme_logits_stay_finite() {
        for kind in KINDS {
            let (r, f) = (tensor([-500.0, 500.0, 0.0]), tensor([500.0, -500.0, 0.0]));
            assert!(value(discriminator(kind, r.clone(), f.clone(), 0.1)).is_finite(), "{kind:?}");
            assert!(value(generator(kind, r, f)).is_finite(), "{kind:?}");
        }
    }

    /// Central differences of `value` in each number of `at` against backpropagation.
    fn assert_gradient(what: &str, at: [f32; 3], loss: impl Fn(Tensor<1>) -> Tensor<1>) {
        let leaf = tensor(at).autodiff().require_grad();
        let gradient = leaf.grad(&loss(leaf.clone()).backward()).unwrap().into_data().try_into_vec::<f32>().unwrap();
        for i in 0..3 {
            let moved = |by: f32| {
                let mut at = at;
                at[i] += by;
                value(loss(tensor(at)))
            };
            let difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
            let found = f64::from(gradient[i]);
            assert!((difference - found).abs() < 2e-3, "{what}, element {i}: {found} instead of {difference}");
        }
    }

    /// Away from the kinks of the hinge losses.
    #[test]
    fn gradients_agree_with_differences() {
        let (r, f) = ([0.5f32, -1.0, 2.0], [-0.25f32, 1.25, 0.75]);
        // Constants take part in a record as the trainer passes them.
        let like = |values: [f32; 3], x: &Tensor<1>| {
            let constant = tensor(values);
            if x.is_autodiff() { constant.autodiff() } else { constant }
        };
        for kind in KINDS {
            assert_gradient(&format!("{kind:?} D by real"), r, |x| {
                let f = like(f, &x);
                discriminator(kind, x, f, 0.1)
            });
            assert_gradient(&format!("{kind:?} D by generated"), f, |x| discriminator(kind, like(r, &x), x, 0.1));
            assert_gradient(&format!("{kind:?} G"), f, |x| generator(kind, like(r, &x), x));
        }
    }

    /// Values and slopes of the kernels are those of the formulas, for more logits than a cube has units and for one;
    /// those of the discriminator scaled by what follows it.
    #[test]
    fn a_gpu_agrees_with_the_formulas() {
        let Some(gpu) = any_gpu() else { return };
        let numbers = |t: Tensor<1>| t.without_autodiff().into_data().try_into_vec::<f32>().unwrap();
        for count in [1, 33, 300] {
            let all: Vec<f32> = (0..2 * count).map(|i| 3.0 * (i as f32 * 0.7391 + 0.3).sin()).collect();
            for kind in KINDS {
                let run = |device: &Device| {
                    let logits = Tensor::<1>::from_floats(&all[..], device).autodiff().require_grad();
                    let (r, f) = (logits.clone().narrow(0, 0, count), logits.clone().narrow(0, count, count));
                    let [loss, real, fake] = if is_cpu(device) {
                        [discriminator(kind, r.clone(), f.clone(), 0.1), r.clone(), f.clone()]
                    } else {
                        discriminator_together(kind, logits.clone(), 0.1)
                    };
                    let by_logits = logits.grad(&(loss.clone() * 3.0).backward()).unwrap();
                    let f = f.detach().require_grad();
                    let taught = generator(kind, r.detach(), f.clone());
                    let by_fake = f.grad(&taught.backward()).unwrap();
                    [loss, real, fake, by_logits, taught, by_fake].map(numbers)
                };
                for (part, (e, a)) in run(&Device::flex()).iter().zip(&run(gpu.device())).enumerate() {
                    assert_eq!(e.len(), a.len());
                    let near = |(e, a): (&f32, &f32)| (e - a).abs() <= 1e-5 * e.abs().max(1.0);
                    assert!(e.iter().zip(a).all(near), "{kind:?} of {count}, part {part}: {e:?} and {a:?}");
                }
            }
        }
    }

    /// Half-way between what a discriminator is taught to say of real and of generated pictures, all margins are 0.
    #[test]
    fn the_margin_counts_from_the_middle_of_each_loss() {
        let (r, f) = ([0.5f32, -1.0, 2.0], [-0.25f32, 1.5, 0.75]); // f: 2/3 on average
        for kind in KINDS {
            let middle = match kind {
                LossKind::Bce | LossKind::Hinge => 0.0,
                LossKind::Lsgan => 0.5,
                LossKind::RaLsgan | LossKind::RaHinge | LossKind::Rpgan => 2.0 / 3.0,
            };
            let found = margin(kind, tensor(r), tensor(f)).into_data().try_into_vec::<f32>().unwrap();
            for (found, r) in found.iter().zip(r) {
                assert!((found - (r - middle)).abs() < 1e-6, "{kind:?}: {found} for {r}");
            }
        }
    }
}
