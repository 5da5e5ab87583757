//! The random changes of a batch: drawing them, and making them in tensors.

use crate::compute::gpu::PictureChanges;
use crate::compute::upload;
use crate::config::Augment;
use burn::tensor::{Device, Tensor};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::ops::Range;

/// Largest shift and side of the cut-out square, as parts of the picture's side: the paper's values.
const SHIFT: f64 = 0.125;
const CUTOUT: f64 = 0.5;
/// How far brightness and the factor of the saturation change at most: the paper's values, and half of them. At the
/// paper's, tints and glaring edges show in what is trained on few pictures (docs/measurements.md).
const PUBLISHED: [f32; 2] = [0.5, 1.0];
const GENTLE: [f32; 2] = [0.25, 0.5];
/// How far the factor of the contrast changes at most.
const CONTRAST: f32 = 0.5;
/// Half of the pictures that move are also enlarged or shrunk, by a factor between 2 to the power of minus and plus
/// this. The others stay as sharp as they are.
const ZOOM: f32 = 0.25;

/// Which pictures of a step are changed: each use draws its own changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) enum Use {
    RealForD = 0,
    FakeForD = 1,
    // As when there was one more: runs draw what they drew before.
    FakeForG = 3,
}

impl Use {
    /// In the order in which a GPU is sent their changes.
    pub(super) const ALL: [Self; 3] = [Self::RealForD, Self::FakeForD, Self::FakeForG];

    /// How many come before it there.
    pub(super) fn place(self) -> usize {
        Self::ALL.iter().take_while(|other| **other != self).count()
    }
}

/// A batch to draw changes for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Batch {
    pub number: u64,
    /// Pictures, and pixels along a side of them.
    pub count: usize,
    pub side: usize,
    pub policy: Augment,
    pub seed: u64,
    /// How far colours change, of what the policy allows (above 0, at most 1).
    pub colours: f32,
}

/// The changes of a batch, one entry for each picture.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Changes {
    /// Added brightness, factor of the saturation, factor of the contrast; empty without colour changes.
    pub colour: Vec<[f32; 3]>,
    /// Where the picture moves to; empty where it stays.
    pub moves: Vec<Move>,
    /// What a moving picture uncovers is mirrored at its border; otherwise it is grey.
    pub mirrored: bool,
    /// First row and column of the cut-out square; empty without cut-outs.
    pub cutout: Vec<[i32; 2]>,
    /// A number from 0 to 1 that decides whether the picture is changed at all.
    pub dice: Vec<f32>,
}

/// Where one picture moves to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Move {
    /// Rows and columns down and right.
    pub shift: [i32; 2],
    /// Above 1 the picture shrinks, below 1 it grows, both about its centre.
    pub zoom: f32,
}

impl Changes {
    /// The changes of a batch, in the order in which they are made; each decides by its own dice which pictures it
    /// changes.
    pub(super) fn draw(of: Batch, which: Use) -> Vec<Self> {
        let Batch { number: batch, count, side, policy, seed, colours } = of;
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
        let mut dice = || (0..count).map(|_| dice.random_range(0.0f32..1.0)).collect();
        changes.dice = dice();
        changes.mirrored = policy.mirrors();
        for _ in 0..count {
            if policy.colour() {
                let [brightness, saturation] = if policy.mirrors() { GENTLE } else { PUBLISHED };
                let [brightness, saturation, contrast] = [brightness, saturation, CONTRAST].map(|most| most * colours);
                changes.colour.push([
                    rng.random_range(-brightness..=brightness),
                    rng.random_range(1.0 - saturation..=1.0 + saturation),
                    rng.random_range(1.0 - contrast..=1.0 + contrast),
                ]);
            }
            if policy.translation() {
                let shift = [rng.random_range(-reach..=reach), rng.random_range(-reach..=reach)];
                let zooms = policy.mirrors() && rng.random_range(0..2) == 0;
                let zoom = if zooms { rng.random_range(-ZOOM..=ZOOM).exp2() } else { 1.0 };
                changes.moves.push(Move { shift, zoom });
            }
            if policy.cutout() {
                // Its centre may lie anywhere in the picture; what sticks out is lost.
                changes.cutout.push([0, 1].map(|_| rng.random_range(0..side + (1 - square % 2)) - square / 2));
            }
        }
        if !policy.mirrors() {
            return vec![changes];
        }
        // Apart, so that pictures with one change alone are there too: a generator cannot then take a change for a
        // feature of real pictures (Karras et al. 2020, appendix C).
        let moves = Self { colour: Vec::new(), dice: dice(), ..changes.clone() };
        vec![Self { moves: Vec::new(), ..changes }, moves]
    }

    /// The changes of some of the pictures.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        fn of<T: Clone>(all: &[T], range: Range<usize>) -> Vec<T> {
            all.get(range).map(<[T]>::to_vec).unwrap_or_default()
        }
        Self {
            colour: of(&self.colour, range.clone()),
            moves: of(&self.moves, range.clone()),
            mirrored: self.mirrored,
            cutout: of(&self.cutout, range.clone()),
            dice: of(&self.dice, range),
        }
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
        if !self.moves.is_empty() {
            // Moving rows is a product with a matrix that has a one, or two shares of one, in each row; moving columns
            // one from the other side: no gathering, and zeros come in at the edges by themselves.
            let rows = matrices(&self.moves, self.mirrored, 0, side, &device); // [B, 1, S, S]
            let columns = matrices(&self.moves, self.mirrored, 1, side, &device).swap_dims(2, 3);
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

/// For each picture the matrix that moves its rows (axis 0) or columns (B x 1 x side x side). Row `i` of the result
/// comes from `i * zoom + start`, from two rows where that lies between them.
fn matrices(moves: &[Move], mirrored: bool, axis: usize, side: usize, device: &Device) -> Tensor<4> {
    let mut values = vec![0f32; moves.len() * side * side];
    let last = (side - 1) as f32;
    for (matrix, to) in values.chunks_exact_mut(side * side).zip(moves) {
        for (i, row) in matrix.chunks_exact_mut(side).enumerate() {
            let mut from = i as f32 * to.zoom + start(to, axis, side);
            if mirrored {
                from = last - (last - from.abs()).abs();
            }
            for (j, share) in [(from.floor(), 1.0 - from.fract()), (from.floor() + 1.0, from.fract())] {
                // Below zero the fraction is none, but there is no row either.
                if (0.0..=last).contains(&j) {
                    row[j as usize] = share;
                }
            }
        }
    }
    upload(values, [moves.len(), 1, side, side], device)
}

/// The changes of a batch as a GPU makes them, in one go for each picture; `all` is what [`Changes::draw`] gives.
/// Unless the strength decides, no dice is above it.
pub(super) fn numbers(all: &[Changes], side: usize, strength_decides: bool) -> Vec<f32> {
    let (Some(colours), Some(moves)) = (all.first(), all.last()) else { return Vec::new() };
    let dice = |changes: &Changes, i: usize| if strength_decides { changes.dice[i] } else { -1.0 };
    let of = |i: usize| {
        let to = moves.moves.get(i).copied().unwrap_or(Move { shift: [0, 0], zoom: 1.0 });
        let beyond = [side as i32; 2];
        PictureChanges {
            colour: colours.colour.get(i).copied().unwrap_or([0.0, 1.0, 1.0]),
            colour_dice: dice(colours, i),
            zoom: to.zoom,
            start: [0, 1].map(|axis| start(&to, axis, side)),
            cutout: moves.cutout.get(i).copied().unwrap_or(beyond).map(|place| place as f32),
            dice: dice(moves, i),
        }
    };
    (0..colours.dice.len()).flat_map(|i| of(i).numbers()).collect()
}

/// Where row or column 0 of the moved picture comes from.
fn start(to: &Move, axis: usize, side: usize) -> f32 {
    let centre = (side - 1) as f32 / 2.0;
    centre - (centre + to.shift[axis] as f32) * to.zoom
}
