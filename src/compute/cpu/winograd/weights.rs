//! The weights of a convolution as nine matrices, and back.

use super::super::patches::Geometry;
use super::super::pool::take;
use super::super::shared::Shared;
use super::super::simd_dispatch::simd_dispatch;
use super::blocks::{MATRICES, PARTS, load, plus};
use rayon::prelude::*;
use std::ops::Range;

/// The weights (Cout x Cin x 4 x 4) as nine matrices of output channels x 4 input channels.
pub(crate) fn spread_weights(g: &Geometry, w: &[f32]) -> Vec<f32> {
    let depth = PARTS * g.c_in;
    let mut to = take(MATRICES * g.c_out * depth);
    let pointer = Shared::new(&mut to);
    w.par_chunks_exact(g.patch()).enumerate().for_each(|(channel, w)| {
        // SAFETY: one row of each matrix, which belongs to this channel alone.
        let rows = std::array::from_fn(|m| unsafe { pointer.slice((m * g.c_out + channel) * depth, depth) });
        spread_row(w, rows);
    });
    to
}

/// The four parities of the two taps in both dimensions: `[a][b][2 p + q]` is the weight in row 2 a + p, column 2 b +
/// q.
#[inline(always)]
fn taps(w: &[f32; 16]) -> [[[f32; PARTS]; 2]; 2] {
    let mut taps = [[[0.0; PARTS]; 2]; 2];
    for (i, tap) in taps.as_flattened_mut().iter_mut().enumerate() {
        let (a, b) = (i / 2, i % 2);
        for p in 0..PARTS {
            tap[p] = w[4 * (2 * a + p / 2) + 2 * b + p % 2];
        }
    }
    taps
}

simd_dispatch! {
    fn spread_row(w: &[f32], rows: [&mut [f32]; MATRICES]) {
        for (i, w) in w.as_chunks::<16>().0.iter().enumerate() {
            let [[g00, g01], [g10, g11]] = taps(w);
            let middle = [plus(g00, g10), plus(g01, g11)];
            for (m, [g0, g1]) in [[g00, g01], middle, [g10, g11]].into_iter().enumerate() {
                for (j, values) in [g0, plus(g0, g1), g1].into_iter().enumerate() {
                    rows[3 * m + j][PARTS * i..][..PARTS].copy_from_slice(&values);
                }
            }
        }
    }
}

/// The mirror of [`spread_weights`] for these input and output channels.
pub(crate) fn gather_weights(g: &Geometry, from: &[f32], [inputs, outputs]: [Range<usize>; 2], dw: Shared) {
    let (width, rows) = (PARTS * inputs.len(), outputs.len());
    for (row, out) in outputs.enumerate() {
        let from = std::array::from_fn(|m| &from[(m * rows + row) * width..][..width]);
        // SAFETY: weights of channels that belong to this piece alone.
        let to = unsafe { dw.slice((out * g.c_in + inputs.start) * 16, inputs.len() * 16) };
        gather_row(from, to);
    }
}

simd_dispatch! {
    fn gather_row(from: [&[f32]; MATRICES], to: &mut [f32]) {
        for (i, to) in to.as_chunks_mut::<16>().0.iter_mut().enumerate() {
            let u = |m: usize, j: usize| load::<PARTS>(from[3 * m + j], PARTS * i);
            for a in 0..2 {
                let sum = |j: usize| plus(u(a, j), u(a + 1, j));
                let (b0, b1, b2) = (sum(0), sum(1), sum(2));
                for (b, values) in [plus(b0, b1), plus(b1, b2)].into_iter().enumerate() {
                    for p in 0..PARTS {
                        to[4 * (2 * a + p / 2) + 2 * b + p % 2] = values[p];
                    }
                }
            }
        }
    }
}
