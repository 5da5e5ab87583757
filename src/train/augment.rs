//! Differentiable augmentation of what the discriminator sees (Zhao et al. 2020, "DiffAugment").
//!
//! With few pictures a discriminator learns them by heart. If real and generated pictures are changed in the same random
//! ways before it looks, it cannot, and since the changes are differentiable the generator still learns from it without
//! drawing the changes itself.

use crate::compute::upload;
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
#[derive(Debug, Clone, Copy)]
pub(super) struct Augmenter {
    pub policy: Augment,
    pub seed: u64,
}

impl Augmenter {
    /// `x` (B x 3 x S x S in [-1, 1]) changed at random, each picture in its own way. Gradients flow through.
    pub fn apply(&self, x: Tensor<4>, batch: u64, which: Use) -> Tensor<4> {
        if self.policy == Augment::Off {
            return x;
        }
        let [count, _, side, _] = x.dims();
        let changes = Changes::draw(self.policy, self.seed, batch, which, count, side);
        changes.apply(x)
    }
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
        let augmenter = Augmenter { policy: Augment::All, seed: 3 };
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
        assert_eq!(off, Changes::default());
    }
}
