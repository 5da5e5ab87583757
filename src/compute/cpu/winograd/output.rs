//! What blocks give to the output, as nine matrices, and back.

use super::super::patches::Geometry;
use super::super::shared::Shared;
use super::super::simd_dispatch::simd_dispatch;
use super::blocks::{LANES, Lanes, Walk, columns, every, for_lines_of, load, plus};
use std::ops::Range;

simd_dispatch! {
    /// What the blocks of `pictures` give in `channels`: nine matrices of those x blocks, as gradients of the nine
    /// products.
    pub(super) fn read_output(g: &Geometry, y: &[f32], pictures: Range<usize>, channels: Range<usize>, to: &mut [f32]) {
        for_lines_of!(g, read_output_of(y, pictures, channels, to));
    }
}

#[inline(always)]
fn read_output_of<const S: usize>(
    g: &Geometry,
    y: &[f32],
    pictures: Range<usize>,
    channels: Range<usize>,
    to: &mut [f32],
) {
    let (n, walk, width) = (columns(g, pictures.len()), Walk::new(g, pictures.len()), g.w_out);
    let matrix = channels.len() * n;
    let mut lines = [[0.0; 2 * LANES]; 2];
    for (i, channel) in channels.enumerate() {
        for first in (0..n).step_by(LANES) {
            let step = first / LANES % walk.steps;
            for l in 0..LANES / S {
                let line = walk.line::<S>(first, l);
                for (half, to) in lines.iter_mut().enumerate() {
                    let to = &mut to[2 * S * l..][..2 * S];
                    match line {
                        Some((picture, row)) => {
                            let plane = ((pictures.start + picture) * g.c_out + channel) * g.out_plane();
                            to.copy_from_slice(&y[plane + (2 * row + half) * width + 2 * LANES * step..][..2 * S]);
                        }
                        None => to.fill(0.0),
                    }
                }
            }
            let (up, down) = (every::<2, 2>(&lines[0]), every::<2, 2>(&lines[1]));
            let middle = [plus(up[0], down[0]), plus(up[1], down[1])];
            for (m, [even, odd]) in [up, middle, down].into_iter().enumerate() {
                for (j, values) in [even, plus(even, odd), odd].into_iter().enumerate() {
                    to[(3 * m + j) * matrix + i * n + first..][..LANES].copy_from_slice(&values);
                }
            }
        }
    }
}

simd_dispatch! {
    /// The blocks of `pictures` and `channels` from their nine products.
    pub(super) fn write_output(g: &Geometry, from: &[f32], pictures: Range<usize>, channels: Range<usize>, y: Shared) {
        for_lines_of!(g, write_output_of(from, pictures, channels, y));
    }
}

#[inline(always)]
fn write_output_of<const S: usize>(
    g: &Geometry,
    from: &[f32],
    pictures: Range<usize>,
    channels: Range<usize>,
    y: Shared,
) {
    let (n, walk, width) = (columns(g, pictures.len()), Walk::new(g, pictures.len()), g.w_out);
    let matrix = channels.len() * n;
    let mut lines = [[0.0; 2 * LANES]; 2];
    for (i, channel) in channels.enumerate() {
        for first in (0..n).step_by(LANES) {
            let m = |m: usize, j: usize| -> Lanes { load(from, (3 * m + j) * matrix + i * n + first) };
            for (half, line) in lines.iter_mut().enumerate() {
                let sum = |j: usize| plus(m(half, j), m(half + 1, j));
                let (a, b, c) = (sum(0), sum(1), sum(2));
                let (even, odd) = (plus(a, b), plus(b, c));
                for (l, to) in line.as_chunks_mut::<2>().0.iter_mut().enumerate() {
                    *to = [even[l], odd[l]];
                }
            }
            let step = first / LANES % walk.steps;
            for l in 0..LANES / S {
                let Some((picture, row)) = walk.line::<S>(first, l) else { break };
                let start = ((pictures.start + picture) * g.c_out + channel) * g.out_plane();
                for (half, line) in lines.iter().enumerate() {
                    // SAFETY: a part of a plane of a picture and a channel that belong to this piece alone.
                    let to = unsafe { y.slice(start + (2 * row + half) * width + 2 * LANES * step, 2 * S) };
                    to.copy_from_slice(&line[2 * S * l..][..2 * S]);
                }
            }
        }
    }
}
