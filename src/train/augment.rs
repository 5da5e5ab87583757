//! Differentiable augmentation of what the discriminator sees (Zhao et al. 2020, "DiffAugment").
//!
//! With few pictures a discriminator memorises them. If real and generated pictures are changed in the same random
//! ways before it looks, it cannot, and since the changes are differentiable the generator still learns from it without
//! reproducing the changes itself.

mod changes;
#[cfg(test)]
mod tests;

use crate::compute::{gpu, upload};
use crate::config::Augment;
use crate::train::share::Share;
use burn::tensor::Tensor;
pub(super) use changes::Use;
use changes::{Batch, Changes};

/// Draws changes on the CPU from (seed, batch, use), so that a resumed run sees the same.
#[derive(Debug, Clone)]
pub(super) struct Augmenter {
    pub policy: Augment,
    pub seed: u64,
    /// Which pictures of the batch are changed here; those of the others draw theirs elsewhere.
    pub part: Share,
    pub amount: Amount,
    /// Whether the strength decides; otherwise all pictures are changed.
    pub adapts: bool,
    /// On a GPU: the changes of the batch, which went there together with what else its step needs.
    pub sent: Option<Sent>,
}

/// How many pictures are changed, and how far.
#[derive(Debug, Clone)]
pub(super) struct Amount {
    /// Share of the pictures that are changed, on the device (shape 1).
    pub strength: Tensor<1>,
    /// How far colours change, of what the policy allows (above 0, at most 1).
    pub colours: f32,
}

/// Numbers that are on the device.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub numbers: Tensor<1>,
    /// Where those of the first use begin; one use follows the other.
    pub first: usize,
}

impl Augmenter {
    /// `x` (B x 3 x S x S in [-1, 1]) changed at random, each picture in its own way. Gradients flow through.
    pub(super) fn apply(&self, x: Tensor<4>, batch: u64, which: Use) -> Tensor<4> {
        if self.policy == Augment::Off {
            return x;
        }
        let [.., side, _] = x.dims();
        if let Some(Sent { numbers, first }) = &self.sent {
            let first = first + which.place() * self.part.count * gpu::PictureChanges::NUMBERS;
            return gpu::augment(x, numbers, &self.amount.strength, first, self.policy.mirrors());
        }
        self.draw(batch, which, side).into_iter().fold(x, |x, changes| self.make(changes, x))
    }

    /// Those of the whole batch are drawn, however it is shared out.
    fn draw(&self, batch: u64, which: Use, side: usize) -> Vec<Changes> {
        let Self { policy, seed, part, amount: Amount { colours, .. }, .. } = *self;
        let changes = Changes::draw(Batch { number: batch, count: part.whole, side, policy, seed, colours }, which);
        if self.part.is_whole() { changes } else { changes.iter().map(|c| c.part(self.part.range())).collect() }
    }

    /// What a GPU has to be sent for the pictures of each use.
    pub(super) fn numbers(&self, batch: u64, side: usize) -> Vec<f32> {
        if self.policy == Augment::Off {
            return Vec::new();
        }
        let of = |which| changes::numbers(&self.draw(batch, which, side), side, self.adapts);
        Use::ALL.into_iter().flat_map(of).collect()
    }

    /// Changes the pictures that the dice choose.
    fn make(&self, changes: Changes, x: Tensor<4>) -> Tensor<4> {
        if !self.adapts {
            return changes.apply(x);
        }
        let dice: Tensor<4> = upload(changes.dice.clone(), [x.dims()[0], 1, 1, 1], &x.device().inner());
        let mut chosen = dice.lower(self.amount.strength.clone().reshape([1, 1, 1, 1])).float();
        if x.is_autodiff() {
            chosen = chosen.autodiff();
        }
        x.clone() + (changes.apply(x.clone()) - x) * chosen
    }
}

/// Pictures over which the strength would go from 0 to 1 if the discriminator were sure all the time. Karras et al.
/// (2020) take 500,000 for runs of 25 million pictures; ours are shorter.
const PICTURES: f64 = 100_000.0;
/// Beyond this the changes themselves begin to appear in the pictures (the same paper).
const STRONGEST: f64 = 0.8;

/// The next strength: more while `sure` (mean sign of `loss::margin`, shape 1) is above `target`, less below.
pub(super) fn adapt(strength: Tensor<1>, sure: Tensor<1>, target: f64, batch: u32) -> Tensor<1> {
    let step = f64::from(batch) / PICTURES;
    (strength + (sure - target).sign() * step).clamp(0.0, STRONGEST)
}
