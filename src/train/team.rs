//! Data-parallel training: each member of a team takes a slice of every batch, and the trainer adds their gradients.
//!
//! The trainer is the first member. Adam, the average and everything else that changes is its alone: the others get
//! weights when these have changed, and draw pictures, latents and changes themselves, from (seed, number of the
//! update), as one device would. So nothing but weights and gradients travels, and a member that is lost takes nothing
//! along. Gradients are added in the order of the members, so results repeat.
//!
//! All losses are means over the pictures, so a slice of n of B pictures counts n / B. What compares a picture with its
//! batch sees the slice instead: batch normalisation, whose running statistics are averaged afterwards, and the
//! relativistic losses that hold a logit against a mean.

mod error;
mod link;
mod local;
mod member;
mod order;
#[cfg(test)]
mod tests;

pub use error::MemberError;
pub(crate) use link::Link;
pub(crate) use local::LocalMember;
pub(crate) use member::Member;
pub(crate) use order::{Answer, Flat, Judge, Network, Order, lengths};

use super::share::Share;
use super::step::Judged;
use super::sum::Sum;
use crate::compute::{read, upload};
use crate::config::Tunables;
use crate::model::{Layout, Weights};
use crate::train::augment::Amount;
use burn::tensor::{Device, Tensor};
use order::joined;

/// The other members, and what they know.
pub(crate) struct Team {
    /// The trainer's own slice, and one for each of the others.
    shares: Vec<Share>,
    others: Vec<Box<dyn Link>>,
    /// The others have the newest settings, generator and discriminator.
    told: [bool; 3],
}

/// What the trainer wants of an update; see [`Judge`].
pub(super) struct Update<'a> {
    pub tunables: &'a Tunables,
    pub batch: u64,
    pub amount: &'a Amount,
    pub scale: f64,
    pub both: bool,
}

const SETTINGS: usize = 0;
const GENERATOR: usize = 1;
const DISCRIMINATOR: usize = 2;

impl Team {
    /// Of members that take these slices, the trainer the first one.
    pub(crate) fn new(shares: Vec<Share>, others: Vec<Box<dyn Link>>) -> Self {
        Self { shares, others, told: [false; 3] }
    }

    /// The trainer's slice.
    pub(super) fn own_share(&self) -> Option<Share> {
        self.shares.first().copied()
    }

    /// How people know the others.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.others.iter().map(|other| other.name())
    }

    /// The others know nothing that still holds.
    pub(super) fn forget(&mut self) {
        self.told = [false; 3];
    }

    pub(super) fn settings_changed(&mut self) {
        self.told[SETTINGS] = false;
    }

    /// Has the others judge their slices.
    pub(super) fn judge(&mut self, g: &Weights, d: &Weights, update: Update<'_>) -> Result<(), MemberError> {
        if !std::mem::replace(&mut self.told[SETTINGS], true) {
            self.send(&Order::Settings(Box::new(update.tunables.clone())))?;
        }
        let strength = self.tell([(GENERATOR, g), (DISCRIMINATOR, d)], Some(&update.amount.strength))?;
        let Update { batch, amount, scale, both, .. } = update;
        self.send(&Order::Judge(Judge { batch, strength, colours: amount.colours, scale, both }))
    }

    /// Has the others go on with the generator's half, with what the discriminator has learnt.
    pub(super) fn teach(&mut self, d: &Weights, scale: f64) -> Result<(), MemberError> {
        self.tell([(DISCRIMINATOR, d)], None)?;
        self.send(&Order::Teach { scale })
    }

    /// Sends the networks that have changed, and reads a number beside them: all in one transaction.
    fn tell<const N: usize>(
        &mut self,
        networks: [(usize, &Weights); N],
        number: Option<&Tensor<1>>,
    ) -> Result<f32, MemberError> {
        let changed: Vec<_> = networks.into_iter().filter(|(which, _)| !self.told[*which]).collect();
        let mut wanted: Vec<_> = changed.iter().filter_map(|(_, weights)| joined(weights.tensors())).collect();
        wanted.extend(number.cloned());
        let mut values = read(wanted).map_err(MemberError::Device)?.into_iter();
        for ((which, _), values) in changed.iter().zip(&mut values) {
            let network = if *which == GENERATOR { Network::Generator } else { Network::Discriminator };
            self.send(&Order::Weights(network, Flat::new(values)))?;
            self.told[*which] = true;
        }
        Ok(values.next().and_then(|number| number.first().copied()).unwrap_or(0.0))
    }

    fn send(&mut self, order: &Order) -> Result<(), MemberError> {
        self.others.iter_mut().try_for_each(|other| other.send(order.clone()))
    }

    /// Adds what the others have found to what the trainer has. The discriminator is to learn from it.
    pub(super) fn gather_judged(
        &mut self,
        layout: &Layout,
        own: &mut Judged,
        stats: &mut Vec<Tensor<1>>,
    ) -> Result<(), MemberError> {
        let (gradients, own_stats) = (std::mem::take(&mut own.gradients), stats.clone());
        let mut sum = Sum::new(layout, gradients, own_stats, self.shares[0].weight());
        let device = own.loss.device();
        let mut loss = 0.0;
        let [mut real, mut fake] = own.all_logits.clone().map(|own| vec![own]);
        for (other, share) in self.others.iter_mut().zip(&self.shares[1..]) {
            let Answer::Judged { gradients, loss: found, logits, stats } = other.receive()? else {
                return Err(unexpected(other.as_ref()));
            };
            add(&mut sum, layout, &gradients, &stats, *share).ok_or_else(|| unexpected(other.as_ref()))?;
            loss += f64::from(found) * share.weight();
            let mut halves = parts(&logits, [share.count; 2].into_iter(), &device);
            let both = (logits.0.len() == 2 * share.count).then(|| halves.next().zip(halves.next())).flatten();
            let (r, f) = both.ok_or_else(|| unexpected(other.as_ref()))?;
            real.push(r);
            fake.push(f);
        }
        (own.gradients, *stats) = (sum.gradients, sum.stats);
        own.loss = own.loss.clone() * self.shares[0].weight() + loss;
        own.all_logits = [real, fake].map(|all| Tensor::cat(all, 0));
        self.told[DISCRIMINATOR] = false;
        Ok(())
    }

    /// The same for the generator; gives its loss.
    pub(super) fn gather_taught(
        &mut self,
        layout: &Layout,
        own: &mut Vec<Option<Tensor<1>>>,
        own_loss: Tensor<1>,
        stats: &mut Vec<Tensor<1>>,
    ) -> Result<Tensor<1>, MemberError> {
        let mut sum = Sum::new(layout, std::mem::take(own), stats.clone(), self.shares[0].weight());
        let mut loss = 0.0;
        for (other, share) in self.others.iter_mut().zip(&self.shares[1..]) {
            let Answer::Taught { gradients, loss: found, stats } = other.receive()? else {
                return Err(unexpected(other.as_ref()));
            };
            add(&mut sum, layout, &gradients, &stats, *share).ok_or_else(|| unexpected(other.as_ref()))?;
            loss += f64::from(found) * share.weight();
        }
        (*own, *stats) = (sum.gradients, sum.stats);
        self.told[GENERATOR] = false;
        Ok(own_loss * self.shares[0].weight() + loss)
    }
}

/// Bytes that travel to each other member in a step, and as many come back: of every update of the discriminator its
/// numbers or their gradients, and once the generator's.
pub(crate) fn bytes_a_step(generator: &Layout, discriminator: &Layout, d_steps: u32) -> u64 {
    let [g, d] = [generator, discriminator].map(|layout| lengths(layout).iter().sum::<usize>() as u64);
    4 * (u64::from(d_steps) * d + g)
}

fn unexpected(other: &dyn Link) -> MemberError {
    MemberError::Lost { name: other.name().to_owned(), why: "its answer belongs to no question".to_owned() }
}

/// Adds what another member found; none if it sent more or fewer numbers than there are.
fn add(sum: &mut Sum, layout: &Layout, gradients: &Flat, stats: &Flat, share: Share) -> Option<()> {
    if [gradients.0.len(), stats.0.len()] != lengths(layout) {
        return None;
    }
    let device = sum.gradients.iter().flatten().next()?.device();
    let params = layout.params.iter().map(|param| param.shape.iter().product());
    let gradients = parts(gradients, params, &device).map(Some);
    let stats = parts(stats, layout.stats.iter().map(|stat| stat.len), &device);
    sum.add(gradients, stats, share.weight());
    Some(())
}

/// The numbers as tensors of these lengths, sent to the device in one piece.
fn parts<'a>(
    all: &Flat,
    lengths: impl Iterator<Item = usize> + 'a,
    device: &Device,
) -> impl Iterator<Item = Tensor<1>> + 'a {
    let count = all.0.len();
    let all = (count > 0).then(|| upload(all.0.to_vec(), [count], device));
    let mut first = 0;
    lengths.filter_map(move |length| {
        first += length;
        all.clone().map(|all| all.narrow(0, first - length, length))
    })
}
