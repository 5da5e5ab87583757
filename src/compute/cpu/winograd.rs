//! Convolutions of kernel 4 and stride 2 with 9 products instead of 16.
//!
//! Winograd's trick (Winograd 1980; Lavin and Gray 2016) for two taps: y0 = d0 g0 + d1 g1 and y1 = d1 g0 + d2 g1 need
//! three products instead of four,
//!
//! m0 = (d0 - d1) g0,  m1 = d1 (g0 + g1),  m2 = (d2 - d1) g1,  y0 = m0 + m1,  y1 = m1 + m2,
//!
//! and no constants that would cost precision. At stride 2 the kernel's even and odd positions see the even and odd
//! positions of the picture, each pair of positions a kernel of two taps. In both dimensions, 2 x 2 pixels of the
//! output (a block) come from 6 x 6 of the input by 36 products for each pair of channels instead of 64.
//!
//! So there are three kinds of blocks of numbers, each as nine matrices, one for each pair of an m above and an m of
//! the other dimension:
//!
//! - what a block sees (`read_input`): 4 channels x blocks, the four being the parities of row and column;
//! - what it gives (`read_output`): channels x blocks;
//! - the weights (`spread_weights`): output channels x 4 input channels.
//!
//! Each of a convolution's three products (forward and two gradients) is nine matrix products: two kinds of blocks give
//! the third, which is written by the mirror of how its kind is read.

mod blocks;
mod input;
mod output;
mod weights;

use super::multiply::multiply;
use super::patches::Geometry;
use super::pool::{give, take, with_scratch};
use super::shared::Shared;
use blocks::{LONGEST_LINE, MATRICES, PARTS, columns};
use input::{read_input, write_input};
use output::{read_output, write_output};
use rayon::prelude::*;
use std::ops::Range;
use weights::{gather_weights, spread_weights};

/// Blocks that a matrix product gets at least, if there are so many.
const BLOCKS: usize = 64;
/// Fewest channels on either side for which this is faster than the direct way.
const FEWEST_CHANNELS: usize = 16;

/// Whether these functions know the geometry and are faster than `conv`'s.
pub(crate) fn pays(g: &Geometry) -> bool {
    let shape = (g.kernel, g.stride, g.padding) == (4, 2, 1);
    let sides = [(g.h_in, g.h_out), (g.w_in, g.w_out)].iter().all(|&(i, o)| i == 2 * o && o % 2 == 0);
    shape
        && sides
        && g.w_in <= LONGEST_LINE
        && (g.w_out / 2).is_power_of_two()
        && g.w_out >= 4
        && g.c_in.min(g.c_out) >= FEWEST_CHANNELS
}

/// As [`super::conv::forward`].
pub(crate) fn forward(g: &Geometry, x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = take(g.lengths()[1]);
    let weights = spread_weights(g, w);
    let pointer = Shared::new(&mut y);
    let depth = PARTS * g.c_in;
    pieces(g, g.c_out).into_par_iter().for_each(|(pictures, channels)| {
        let (n, rows) = (columns(g, pictures.len()), channels.len());
        with_scratch([MATRICES * depth * n, MATRICES * rows * n], |[seen, given]| {
            read_input(g, x, pictures.clone(), 0..g.c_in, seen);
            for matrix in 0..MATRICES {
                let a = weights[(matrix * g.c_out + channels.start) * depth..].as_ptr();
                let (b, c) = (seen[matrix * depth * n..].as_ptr(), given[matrix * rows * n..].as_mut_ptr());
                // SAFETY: a is rows x depth, b depth x n, c rows x n.
                unsafe { multiply([rows, depth, n], (a, [depth, 1]), (b, [n, 1]), (c, [n, 1]), false) };
            }
            write_output(g, given, pictures, channels, pointer);
        });
    });
    give(weights);
    y
}

/// As [`super::conv::data_gradient`].
pub(crate) fn data_gradient(g: &Geometry, dy: &[f32], w: &[f32]) -> Vec<f32> {
    let mut dx = take(g.lengths()[0]);
    let weights = spread_weights(g, w);
    let pointer = Shared::new(&mut dx);
    let depth = PARTS * g.c_in;
    pieces(g, g.c_in).into_par_iter().for_each(|(pictures, channels)| {
        let (n, rows) = (columns(g, pictures.len()), PARTS * channels.len());
        with_scratch([MATRICES * g.c_out * n, MATRICES * rows * n], |[given, seen]| {
            read_output(g, dy, pictures.clone(), 0..g.c_out, given);
            for matrix in 0..MATRICES {
                let a = weights[matrix * g.c_out * depth + PARTS * channels.start..].as_ptr();
                let (b, c) = (given[matrix * g.c_out * n..].as_ptr(), seen[matrix * rows * n..].as_mut_ptr());
                // SAFETY: a is rows x c_out, b c_out x n, c rows x n.
                unsafe { multiply([rows, g.c_out, n], (a, [1, depth]), (b, [n, 1]), (c, [n, 1]), false) };
            }
            write_input(g, seen, pictures, channels, pointer);
        });
    });
    give(weights);
    dx
}

/// As [`super::conv::weight_gradient`].
pub(crate) fn weight_gradient(g: &Geometry, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let mut dw = take(g.lengths()[2]);
    let pointer = Shared::new(&mut dw);
    let group = group(g, 4 * BLOCKS);
    let most = columns(g, group);
    weight_pieces(g).into_par_iter().for_each(|[inputs, outputs]| {
        let (rows, width) = (outputs.len(), PARTS * inputs.len());
        with_scratch([width * most, rows * most, rows * width].map(|l| MATRICES * l), |[seen, given, sums]| {
            for first in (0..g.batch).step_by(group) {
                let pictures = first..(first + group).min(g.batch);
                let n = columns(g, pictures.len());
                read_input(g, x, pictures.clone(), inputs.clone(), seen);
                read_output(g, dy, pictures, outputs.clone(), given);
                for matrix in 0..MATRICES {
                    let (a, b) = (given[matrix * rows * n..].as_ptr(), seen[matrix * width * n..].as_ptr());
                    let c = sums[matrix * rows * width..].as_mut_ptr();
                    // SAFETY: a is rows x n, b n x width, c rows x width.
                    unsafe { multiply([rows, n, width], (a, [n, 1]), (b, [1, n]), (c, [width, 1]), first > 0) };
                }
            }
            gather_weights(g, sums, [inputs, outputs], pointer);
        });
    });
    dw
}

/// Pictures that together have at least `blocks` blocks, if there are so many.
fn group(g: &Geometry, blocks: usize) -> usize {
    blocks.div_ceil(g.out_plane() / 4).min(g.batch)
}

/// The work cut into pieces: groups of pictures, and where those are few, ranges of `channels` too.
fn pieces(g: &Geometry, channels: usize) -> Vec<(Range<usize>, Range<usize>)> {
    let group = group(g, BLOCKS);
    let count = pieces_wanted().div_ceil(g.batch.div_ceil(group));
    let groups = (0..g.batch).step_by(group).map(|first| first..(first + group).min(g.batch));
    groups.flat_map(|group| ranges(channels, count).map(move |range| (group.clone(), range))).collect()
}

/// How the gradient of the weights is cut: ranges of input and of output channels. Each range of outputs reads the same
/// input again, so those are cut only where less than half of the threads would have work without it.
fn weight_pieces(g: &Geometry) -> Vec<[Range<usize>; 2]> {
    let inputs: Vec<_> = ranges(g.c_in, pieces_wanted()).collect();
    let outputs = (rayon::current_num_threads() / inputs.len()).max(1);
    ranges(g.c_out, outputs).flat_map(|out| inputs.iter().map(move |input| [input.clone(), out.clone()])).collect()
}

/// How many pieces of work the convolution, the gradient by its map, and that by its weights are cut into.
#[cfg(test)]
pub(crate) fn counts(g: &Geometry) -> [usize; 3] {
    [pieces(g, g.c_out).len(), pieces(g, g.c_in).len(), weight_pieces(g).len()]
}

/// So that each thread has work, also where the parts are not quite equal. How the work is cut changes no number.
fn pieces_wanted() -> usize {
    rayon::current_num_threads().max(4)
}

/// All channels in `count` parts of similar size, or in fewer that are large enough to be worth it.
fn ranges(channels: usize, count: usize) -> impl Iterator<Item = Range<usize>> {
    let width = channels.div_ceil(count).next_multiple_of(FEWEST_CHANNELS);
    (0..channels).step_by(width).map(move |first| first..(first + width).min(channels))
}
