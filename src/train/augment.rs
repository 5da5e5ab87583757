//! Differentiable augmentation of what the discriminator sees (Zhao et al. 2020, "DiffAugment").
//!
//! With few pictures a discriminator memorises them. If real and generated pictures are changed in the same random
//! ways before it looks, it cannot, and since the changes are differentiable the generator still learns from it without
//! reproducing the changes itself.

use crate::compute::{is_cpu, upload};
use crate::config::Augment;
use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Largest shift and side of the cut-out square, as parts of the picture's side: the paper's values.
const SHIFT: f64 = 0.125;
const CUTOUT: f64 = 0.5;

/// Which pictures of a step are changed: each use draws its own changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    RealForD = 0,
    FakeForD = 1,
    RealForG = 2,
    FakeForG = 3,
}

/// Draws changes on the CPU from (seed, batch, use), so that a resumed run sees the same.
#[derive(Debug, Clone)]
pub(super) struct Augmenter {
    pub policy: Augment,
    pub seed: u64,
    /// Share of the pictures that are changed, on the device (shape 1); none changes all.
    pub strength: Option<Tensor<1>>,
}

impl Augmenter {
    /// `x` (B x 3 x S x S in [-1, 1]) changed at random, each picture in its own way. Gradients flow through.
    pub fn apply(&self, x: Tensor<4>, batch: u64, which: Use) -> Tensor<4> {
        if self.policy == Augment::Off {
            return x;
        }
        let [count, _, side, _] = x.dims();
        let changes = Changes::draw(self.policy, self.seed, batch, which, count, side);
        let Some(strength) = &self.strength else { return changes.apply(x) };
        let dice: Tensor<4> = upload(changes.dice.clone(), [count, 1, 1, 1], &x.device().inner());
        let mut chosen = dice.lower(strength.clone().reshape([1, 1, 1, 1])).float();
        if x.is_autodiff() {
            chosen = chosen.autodiff();
        }
        x.clone() + (changes.apply(x.clone()) - x) * chosen
    }
}

/// Pictures over which the strength would go from 0 to 1 if the discriminator were sure all the time. Karras et al. (2020)
/// take 500,000 for runs of 25 million pictures; ours are shorter.
const PICTURES: f64 = 100_000.0;
/// Beyond this the changes themselves begin to appear in the pictures (the same paper).
const STRONGEST: f64 = 0.8;

/// The next strength: more while `sure` (mean sign of `loss::margin`, shape 1) is above `target`, less below.
pub(super) fn adapt(strength: Tensor<1>, sure: Tensor<1>, target: f64, batch: u32) -> Tensor<1> {
    let step = f64::from(batch) / PICTURES;
    (strength + (sure - target).sign() * step).clamp(0.0, STRONGEST)
}

/// The changes of a batch, one entry for each picture.
#[derive(Debug, Clone, Default, PartialEq)]
struct Changes {
    /// Added brightness, factor of the saturation, factor of the contrast; empty without colour changes.
    colour: Vec<[f32; 3]>,
    /// Rows and columns that the picture moves down and right; empty without shifts.
    shift: Vec<[i32; 2]>,
    /// First row and column of the cut-out square; empty without cut-outs.
    cutout: Vec<[i32; 2]>,
    /// A number from 0 to 1 that decides whether the picture is changed at all.
    dice: Vec<f32>,
}

impl Changes {
    fn draw(policy: Augment, seed: u64, batch: u64, which: Use, count: usize, side: usize) -> Self {
        let mut key = [0u8; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        key[8..12].copy_from_slice(b"augm");
        let mut rng = ChaCha8Rng::from_seed(key);
        rng.set_stream(batch * 4 + which as u64);
        let reach = (side as f64 * SHIFT + 0.5) as i32;
        let square = (side as f64 * CUTOUT + 0.5) as i32;
        let side = side as i32;
        let mut changes = Self::default();
        // From a stream of their own, so that the changes do not depend on whether anybody asks for these.
        let mut dice = rng.clone();
        dice.set_stream(u64::MAX / 2 + batch * 4 + which as u64);
        changes.dice = (0..count).map(|_| dice.random_range(0.0f32..1.0)).collect();
        for _ in 0..count {
            if policy.colour() {
                changes.colour.push([
                    rng.random_range(-0.5f32..=0.5),
                    rng.random_range(0.0f32..=2.0),
                    rng.random_range(0.5f32..=1.5),
                ]);
            }
            if policy.translation() {
                changes.shift.push([rng.random_range(-reach..=reach), rng.random_range(-reach..=reach)]);
            }
            if policy.cutout() {
                // Its centre may lie anywhere in the picture; what sticks out is lost.
                changes.cutout.push([0, 1].map(|_| rng.random_range(0..side + (1 - square % 2)) - square / 2));
            }
        }
        changes
    }

    fn apply(&self, mut x: Tensor<4>) -> Tensor<4> {
        let [count, _, side, _] = x.dims();
        let device = x.device();
        if !self.colour.is_empty() {
            let part = |i: usize| {
                let values: Vec<f32> = self.colour.iter().map(|c| c[i]).collect();
                upload(values, [count, 1, 1, 1], &device)
            };
            x = x + part(0);
            let grey = x.clone().mean_dim(1); // [B, 1, S, S]
            x = (x - grey.clone()) * part(1) + grey;
            let mean = x.clone().mean_dim(3).mean_dim(2).mean_dim(1); // [B, 1, 1, 1]
            x = (x - mean.clone()) * part(2) + mean;
        }
        if !self.shift.is_empty() {
            // Moving rows is a product with a matrix of ones on a diagonal, moving columns one from the other side: no
            // gathering, and zeros come in at the edges by themselves.
            let rows = shifts(&self.shift, 0, side, &device); // [B, 1, S, S]
            let columns = shifts(&self.shift, 1, side, &device).swap_dims(2, 3);
            x = rows.matmul(x).matmul(columns);
        }
        if !self.cutout.is_empty() {
            let square = (side as f64 * CUTOUT + 0.5) as i32;
            let mut mask = vec![1f32; count * side * side];
            for (picture, [top, left]) in mask.chunks_exact_mut(side * side).zip(&self.cutout) {
                let inside = |start: i32| (start.max(0) as usize)..((start + square).clamp(0, side as i32) as usize);
                for row in inside(*top) {
                    picture[row * side..][inside(*left)].fill(0.0);
                }
            }
            x = x * upload(mask, [count, 1, side, side], &device);
        }
        x
    }
}

/// For each picture the matrix that moves row `i - shift` to row `i` (B x 1 x side x side).
fn shifts(all: &[[i32; 2]], axis: usize, side: usize, device: &Device) -> Tensor<4> {
    if !is_cpu(device) {
        return shifts_by_distance(all, axis, side, device);
    }
    let mut values = vec![0f32; all.len() * side * side];
    for (matrix, shift) in values.chunks_exact_mut(side * side).zip(all) {
        for (i, row) in matrix.chunks_exact_mut(side).enumerate() {
            let from = i as i32 - shift[axis];
            if let Some(place) = usize::try_from(from).ok().and_then(|from| row.get_mut(from)) {
                *place = 1.0;
            }
        }
    }
    upload(values, [all.len(), 1, side, side], device)
}

/// The same computed on the device, which is then sent 4 (B + 2 side) bytes instead of 4 B side^2: ones where `to - from` is
/// the shift.
fn shifts_by_distance(all: &[[i32; 2]], axis: usize, side: usize, device: &Device) -> Tensor<4> {
    let places: Vec<f32> = (0..side).map(|place| place as f32).collect();
    let to = upload(places.clone(), [1, 1, side, 1], device);
    let from = upload(places, [1, 1, 1, side], device);
    let by = upload(all.iter().map(|shift| shift[axis] as f32).collect(), [all.len(), 1, 1, 1], device);
    ((to - from - by).abs() * -1.0 + 1.0).clamp_min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    fn picture(side: usize) -> Tensor<4> {
        let values: Vec<f32> = (0..3 * side * side).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [1, 3, side, side]), &Device::flex())
    }

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().try_into_vec().unwrap()
    }

    /// At strength 0 nothing changes, at 1 everything, and between a share of the pictures that the dice decide.
    #[test]
    fn the_strength_decides_how_many_pictures_change() {
        let x = picture(8).repeat(&[64, 1, 1, 1]);
        let changed = |strength: f32| {
            let strength = Some(Tensor::from_floats([strength], &Device::flex()));
            let augmenter = Augmenter { policy: Augment::Colour, seed: 3, strength };
            let (y, before) = (values(augmenter.apply(x.clone(), 5, Use::RealForD)), values(x.clone()));
            y.chunks(192)
                .zip(before.chunks(192))
                .filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| (a - b).abs() > 1e-4))
                .count()
        };
        assert_eq!((changed(0.0), changed(1.0)), (0, 64));
        // 64 dice at 0.25: 16 on average, with a deviation of 3.5.
        assert!((8..=26).contains(&changed(0.25)), "{}", changed(0.25));
    }

    #[test]
    fn the_strength_follows_the_discriminator_and_stays_in_its_range() {
        let one = |v: f32| Tensor::<1>::from_floats([v], &Device::flex());
        let next = |p, sure| adapt(one(p), one(sure), 0.6, 100).into_scalar::<f32>();
        assert!((next(0.1, 0.9) - 0.101).abs() < 1e-6 && (next(0.1, 0.2) - 0.099).abs() < 1e-6);
        assert_eq!((next(0.0, 0.0), next(0.8, 1.0)), (0.0, 0.8));
    }

    #[test]
    fn a_shift_moves_down_and_right_and_leaves_zeros() {
        let changes = Changes { shift: vec![[1, -2]], ..Changes::default() };
        let (before, after) = (values(picture(6)), values(changes.apply(picture(6))));
        for c in 0..3 {
            for y in 0..6i32 {
                for x in 0..6i32 {
                    let (fy, fx) = (y - 1, x + 2);
                    let inside = (0..6).contains(&fy) && (0..6).contains(&fx);
                    let expected = if inside { before[c * 36 + (fy * 6 + fx) as usize] } else { 0.0 };
                    assert_eq!(after[c * 36 + (y * 6 + x) as usize], expected);
                }
            }
        }
    }

    #[test]
    fn both_ways_to_shift_give_the_same_matrix() {
        let all = [[0, 3], [-2, 1], [7, -8]];
        for axis in 0..2 {
            let (host, device) =
                (shifts(&all, axis, 8, &Device::flex()), shifts_by_distance(&all, axis, 8, &Device::flex()));
            assert_eq!(values(host), values(device));
        }
    }

    /// Brightness, saturation and contrast in this order, in double precision.
    #[test]
    fn colours_follow_the_formulas() {
        let (b, s, c) = (0.25f32, 1.5f32, 0.75f32);
        let changes = Changes { colour: vec![[b, s, c]], ..Changes::default() };
        let after = values(changes.apply(picture(4)));
        let mut x: Vec<f64> = values(picture(4)).iter().map(|v| f64::from(*v) + f64::from(b)).collect();
        for i in 0..16 {
            let grey = (x[i] + x[16 + i] + x[32 + i]) / 3.0;
            for plane in 0..3 {
                x[plane * 16 + i] = (x[plane * 16 + i] - grey) * f64::from(s) + grey;
            }
        }
        let mean = x.iter().sum::<f64>() / 48.0;
        for (ours, x) in after.iter().zip(x) {
            assert!((f64::from(*ours) - ((x - mean) * f64::from(c) + mean)).abs() < 1e-5);
        }
    }

    #[test]
    fn a_cutout_is_half_the_side_and_stays_inside() {
        let changes = Changes { cutout: vec![[-2, 3]], ..Changes::default() };
        let ones = Tensor::<4>::ones([1, 3, 8, 8], &Device::flex());
        let after = values(changes.apply(ones));
        let zeros: Vec<usize> = (0..64).filter(|i| after[*i] == 0.0).collect();
        assert_eq!(zeros, [3, 4, 5, 6, 11, 12, 13, 14]);
    }

    /// Everything is linear in the picture but for the brightness, so differences are exact.
    #[test]
    fn gradients_flow_through_all_changes() {
        let augmenter = Augmenter { policy: Augment::All, seed: 3, strength: None };
        let x = picture(8).autodiff().require_grad();
        let weights: Vec<f32> = (0..192).map(|i| (i * 13 % 29) as f32 / 29.0).collect();
        let weights = Tensor::<4>::from_data(TensorData::new(weights, [1, 3, 8, 8]), &Device::flex());
        let sum = |x: Tensor<4>| (augmenter.apply(x, 7, Use::FakeForG) * weights.clone()).sum();
        let tracked = (augmenter.apply(x.clone(), 7, Use::FakeForG) * weights.clone().autodiff()).sum();
        let gradient = values(x.grad(&tracked.backward()).unwrap());
        for i in (0..192).step_by(17) {
            let moved = |by: f32| {
                let mut v = values(picture(8));
                v[i] += by;
                let x = Tensor::<4>::from_data(TensorData::new(v, [1, 3, 8, 8]), &Device::flex());
                f64::from(sum(x).into_scalar::<f32>())
            };
            let difference = (moved(0.5) - moved(-0.5)) / 1.0;
            assert!((difference - f64::from(gradient[i])).abs() < 1e-3, "{i}: {difference} and {}", gradient[i]);
        }
    }

    /// Against plain indexing and autograd in PyTorch: `tests/reference/recipe.py`.
    #[test]
    fn values_and_gradients_agree_with_another_program() {
        let sine = |count: usize, phase: f64, amplitude: f64| -> Vec<f32> {
            (0..count).map(|i| (amplitude * (0.7 * i as f64 + phase).sin()) as f32).collect()
        };
        let changes = Changes {
            colour: vec![[0.3, 1.5, 0.6]],
            shift: vec![[1, -2]],
            cutout: vec![[2, -1]],
            ..Changes::default()
        };
        let probe: Vec<f32> = (0..192).map(|i| (f64::from(i) * 0.37).cos() as f32).collect();
        let probe = Tensor::<4>::from_data(TensorData::new(probe, [1, 3, 8, 8]), &Device::flex()).autodiff();
        let x = TensorData::new(sine(192, 0.2, 0.8), [1, 3, 8, 8]);
        let x = Tensor::<4>::from_data(x, &Device::flex()).autodiff().require_grad();
        let along = (changes.apply(x.clone()) * probe).sum();
        let gradient = values(x.grad(&along.backward()).unwrap());
        let along = along.without_autodiff().into_scalar::<f32>();
        assert!((along + 3.109_295_9).abs() < 1e-4, "{along}");
        let norm = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
        assert!((norm - 5.777_324).abs() < 1e-4, "{norm}");
        let by_wave = gradient.iter().zip(sine(192, 0.9, 1.0)).map(|(g, w)| g * w).sum::<f32>();
        assert!((by_wave + 2.516_075).abs() < 1e-4, "{by_wave}");
    }

    #[test]
    fn draws_repeat_and_stay_within_their_ranges() {
        let draw = |batch, which| Changes::draw(Augment::All, 5, batch, which, 200, 64);
        assert_eq!(draw(3, Use::RealForD), draw(3, Use::RealForD));
        assert_ne!(draw(3, Use::RealForD), draw(3, Use::FakeForD));
        assert_ne!(draw(3, Use::RealForD), draw(4, Use::RealForD));
        let changes = draw(1, Use::RealForD);
        assert!(changes.shift.iter().flatten().all(|s| s.abs() <= 8));
        assert!(changes.shift.iter().any(|s| s[0] == 8) && changes.shift.iter().any(|s| s[0] == -8));
        assert!(
            changes.colour.iter().all(|[b, s, c]| b.abs() <= 0.5 && (0.0..=2.0).contains(s) && (0.5..=1.5).contains(c))
        );
        let off = Changes::draw(Augment::Off, 5, 1, Use::RealForD, 4, 64);
        assert!(off.colour.is_empty() && off.shift.is_empty() && off.cutout.is_empty());
    }
}
