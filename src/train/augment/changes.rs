//! The random changes of a batch: drawing them, and making them in tensors.

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
pub(in crate::train) enum Use {
    RealForD = 0,
    FakeForD = 1,
    RealForG = 2,
    FakeForG = 3,
}

/// The changes of a batch, one entry for each picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Changes {
    /// Added brightness, factor of the saturation, factor of the contrast; empty without colour changes.
    pub colour: Vec<[f32; 3]>,
    /// Rows and columns that the picture moves down and right; empty without shifts.
    pub shift: Vec<[i32; 2]>,
    /// First row and column of the cut-out square; empty without cut-outs.
    pub cutout: Vec<[i32; 2]>,
    /// A number from 0 to 1 that decides whether the picture is changed at all.
    pub dice: Vec<f32>,
}

impl Changes {
    pub(super) fn draw(policy: Augment, seed: u64, batch: u64, which: Use, count: usize, side: usize) -> Self {
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

    /// `x` (B x 3 x S x S) with the changes made.
    pub(super) fn apply(&self, mut x: Tensor<4>) -> Tensor<4> {
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
pub(super) fn shifts(all: &[[i32; 2]], axis: usize, side: usize, device: &Device) -> Tensor<4> {
    if !is_cpu(device) {
        return shifts_by_distance(all, axis, side, device);
    }
    let mut values = vec![0f32; all.len() * side * side];
    for (matrix, shift) in values.chunks_exact_mut(side * side).zip(all) {
        for (i, row) in matrix.chunks_exact_mut(side).enumerate() {
            let from = i as i32 - shift[axis];
            if let Some(entry) = usize::try_from(from).ok().and_then(|from| row.get_mut(from)) {
                *entry = 1.0;
            }
        }
    }
    upload(values, [all.len(), 1, side, side], device)
}

/// The same computed on the device, which is then sent 4 (B + 2 side) bytes instead of 4 B side^2: ones where `to -
/// from` is the shift.
pub(super) fn shifts_by_distance(all: &[[i32; 2]], axis: usize, side: usize, device: &Device) -> Tensor<4> {
    let indices: Vec<f32> = (0..side).map(|i| i as f32).collect();
    let to = upload(indices.clone(), [1, 1, side, 1], device);
    let from = upload(indices, [1, 1, 1, side], device);
    let by = upload(all.iter().map(|shift| shift[axis] as f32).collect(), [all.len(), 1, 1, 1], device);
    ((to - from - by).abs() * -1.0 + 1.0).clamp_min(0.0)
}
