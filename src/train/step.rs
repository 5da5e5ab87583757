//! One step of the game: the discriminator's half and the generator's half. One screen each.
//!
//! Both halves give gradients and change no parameter: those of several devices are added before Adam learns from them.

use super::adam::{Adam, Betas, taken};
use super::loss;
use super::penalty::penalty;
use crate::compute::is_cpu;
use crate::config::{LossKind, RunConfig, Tunables};
use crate::model::{Discriminator, Generator, Weights};
use burn::tensor::Tensor;
use burn::tensor::activation::sigmoid;

/// A network with everything that changes when it learns.
#[derive(Debug, Clone)]
pub(super) struct NetworkState {
    pub weights: Weights,
    pub adam: Adam,
}

impl NetworkState {
    pub(super) fn new(weights: Weights) -> Self {
        let adam = Adam::new(&weights.params);
        Self { weights, adam }
    }

    /// Changes the parameters by their gradients.
    pub(super) fn learn(&mut self, gradients: Vec<Option<Tensor<1>>>, lr: f64, betas: Betas) {
        self.adam.learn(&mut self.weights.params, gradients, lr, betas);
    }
}

/// What stays the same during a step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub loss: LossKind,
    pub smoothing: f64,
    pub betas: Betas,
    /// Parameters of the discriminator that stay as they are, from the first on.
    pub frozen: usize,
    /// Weights of the penalties at real and at generated pictures in this update; 0 where none is due.
    pub penalties: [f64; 2],
}

impl Rules {
    /// For update number `batch` of the discriminator.
    pub(super) fn of(config: &RunConfig, tunables: &Tunables, discriminator: &Discriminator, batch: u64) -> Self {
        let every = u64::from(config.penalty_every);
        // Rarely computed, it counts as often as it was left out (Karras et al. 2020).
        let due = if batch.is_multiple_of(every) { every as f64 } else { 0.0 };
        Self {
            loss: config.model.loss,
            smoothing: tunables.smoothing,
            frozen: discriminator.first_params(config.freeze_d),
            betas: Betas { beta1: config.beta1, beta2: config.beta2 },
            penalties: [tunables.r1 * due, tunables.r2 * due],
        }
    }
}

/// Results of one step that are still on the device: one number each.
#[derive(Debug, Clone)]
pub(crate) struct Losses {
    pub loss_d: Tensor<1>,
    pub loss_g: Tensor<1>,
    /// Mean of sigmoid(D(x)).
    pub d_real: Tensor<1>,
    /// Mean of sigmoid(D(G(z))) before the generator's update.
    pub d_fake: Tensor<1>,
    /// Mean sign of `loss::margin`, r_t of adaptive augmentation.
    pub sure: Tensor<1>,
    /// Share of the pictures that were augmented; 0 where the strength does not adapt.
    pub strength: Tensor<1>,
}

impl Losses {
    /// The six numbers in one tensor, in the order of the fields.
    pub(super) fn packed(self) -> Tensor<1> {
        Tensor::cat(vec![self.loss_d, self.loss_g, self.d_real, self.d_fake, self.sure, self.strength], 0)
    }
}

/// What a discriminator update saw.
pub(super) struct Judged {
    /// Of the loss times its scale, for each parameter.
    pub gradients: Vec<Option<Tensor<1>>>,
    pub loss: Tensor<1>,
    /// Logits of the real pictures (B), without gradients.
    pub real_logits: Tensor<1>,
    /// Those of all pictures of the batch, real and generated; of a member of a team more than its own.
    pub all_logits: [Tensor<1>; 2],
}

impl Judged {
    /// Adds what another piece of the batch showed; losses are parts of the whole's already.
    pub(super) fn add(&mut self, other: Self) {
        let Self { loss, real_logits, all_logits, .. } = other;
        let joined = |own: &Tensor<1>, other| Tensor::cat(vec![own.clone(), other], 0);
        self.loss = self.loss.clone() + loss;
        self.real_logits = joined(&self.real_logits, real_logits);
        let [r, f] = all_logits;
        self.all_logits = [joined(&self.all_logits[0], r), joined(&self.all_logits[1], f)];
    }

    /// Means of sigmoid(D(x)) of real and of generated pictures, and the mean sign of `loss::margin`: 1 where it takes
    /// every real picture for real.
    pub(super) fn summary(&self, kind: LossKind) -> [Tensor<1>; 3] {
        let [r, f] = self.all_logits.clone();
        let sure = loss::margin(kind, r.clone(), f.clone()).sign().mean();
        [sigmoid(r).mean(), sigmoid(f).mean(), sure]
    }
}

/// How the discriminator would have to change to tell `real` from `fake` (both B x 3 x side x side, without gradients).
/// Its running statistics follow. `scale` is what the loss is multiplied by for the gradients.
pub(super) fn judge(
    discriminator: &Discriminator,
    d: &mut Weights,
    [real, fake]: [Tensor<4>; 2],
    scale: f64,
    rules: Rules,
) -> Judged {
    let params = d.tracked_after(rules.frozen);
    let stats = &mut d.stats;
    let mut together = None;
    // On the CPU normalisation would take the batches apart again.
    let in_one_pass =
        discriminator.takes_batches_together() && (!is_cpu(&real.device()) || discriminator.judges_each_alone());
    let (loss, r, f) = if in_one_pass {
        // Twice as many pictures at once: on a GPU half as many kernels, on the CPU more for its threads to share, and
        // no gradients to add up.
        let both = Tensor::cat(vec![real.clone(), fake.clone()], 0);
        let logits = discriminator.train_together(both.clone().autodiff(), 2, &params, stats); // [2B]
        together = Some(both).filter(|_| discriminator.judges_each_alone());
        loss::discriminator_together(rules.loss, logits, rules.smoothing).into()
    } else {
        // Two passes, so that batch normalisation sees real and generated pictures apart, as in the DCGAN paper's code.
        let r = discriminator.train(real.clone().autodiff(), &params, stats); // [B]
        let f = discriminator.train(fake.clone().autodiff(), &params, stats); // [B]
        (loss::discriminator(rules.loss, r.clone(), f.clone(), rules.smoothing), r, f)
    };
    let mut total = loss.clone();
    let mut penalties = vec![(real, rules.penalties[0]), (fake, rules.penalties[1])];
    if let Some(both) = together.filter(|_| rules.penalties[0] == rules.penalties[1]) {
        // The sum of two means is twice the mean of all.
        penalties = vec![(both, 2.0 * rules.penalties[0])];
    }
    for (pictures, gamma) in penalties {
        if gamma > 0.0 {
            total = total + penalty(discriminator, d, &params, pictures, gamma);
        }
    }
    let gradients = loss::scaled(total, scale).backward();
    let gradients = taken(params, gradients);
    let (r, f) = (r.without_autodiff(), f.without_autodiff());
    Judged { gradients, loss: loss.without_autodiff(), real_logits: r.clone(), all_logits: [r, f] }
}

/// A batch of generated pictures together with the record needed to send gradients back to the generator.
pub(super) struct Fakes {
    /// Tracked copies of the generator's parameters.
    params: Vec<Tensor<1>>,
    /// B x 3 x side x side.
    pub pictures: Tensor<4>,
}

impl Fakes {
    /// Generates from `z` (B x latent size) once; both halves of the step use the same pictures.
    pub(super) fn draw(generator: &Generator, g: &mut Weights, z: Tensor<2>) -> Self {
        let params = g.tracked();
        let pictures = generator.train(z.autodiff(), &params, &mut g.stats);
        Self { params, pictures }
    }

    /// The pictures alone.
    pub(super) fn detached(&self) -> Tensor<4> {
        self.pictures.clone().without_autodiff()
    }
}

/// How the generator would have to change for the discriminator to take `fakes` for real: its gradients, of the loss
/// times `scale`, and the loss. `real_logits` (B) are what losses that compare hold against the fakes: those of the
/// discriminator's half. They are one update old, which only changes how much each pair counts, and looking at the real
/// pictures once more would cost an eighth of the step.
pub(super) fn teach(
    discriminator: &Discriminator,
    d: &Weights,
    fakes: Fakes,
    real_logits: Tensor<1>,
    scale: f64,
    kind: LossKind,
) -> (Vec<Option<Tensor<1>>>, Tensor<1>) {
    // The discriminator's parameters are constants here: no weight gradients are computed for them.
    let constants = d.constants();
    let f = discriminator.frozen(fakes.pictures, &constants); // [B]
    let loss = loss::generator(kind, real_logits.autodiff(), f); // [1]
    let gradients = loss::scaled(loss.clone(), scale).backward();
    (taken(fakes.params, gradients), loss.without_autodiff())
}
