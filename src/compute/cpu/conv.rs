//! The three products of a convolution, straight from its definition; see `conv_algorithm` for what they are.
//!
//! All are matrix products over the patches a kernel sees (`patches`), tile by tile, so that the patches never leave
//! the cache.

use super::multiply::multiply;
use super::patches::{self, Geometry, Tile};
use super::pointwise;
use super::pool;
use super::shared::Shared;
use rayon::prelude::*;

/// Pieces into which weight gradients are cut.
const PIECES: usize = 16;

/// `y = x * w`: `x` is B x Cin x Hin x Win, `w` Cout x Cin x K x K, the result B x Cout x Hout x Wout.
pub(crate) fn forward(g: &Geometry, x: &[f32], w: &[f32]) -> Vec<f32> {
    let mut y = pool::take(g.lengths()[1]);
    let pointer = Shared::new(&mut y);
    g.tiles(0..g.batch).into_par_iter().for_each(|tile| forward_tile(g, x, w, &tile, pointer));
    y
}

/// [`forward`] on the calling thread alone, for one picture, with what follows a convolution in networks that only
/// look: `y = x * w + bias`, and 0 for what is negative with `relu`. `bias` is Cout.
pub(crate) fn forward_alone(g: &Geometry, x: &[f32], w: &[f32], bias: &[f32], relu: bool, y: &mut [f32]) {
    assert_eq!([1, x.len(), y.len(), w.len(), bias.len()], {
        let [x, y, w] = g.lengths();
        [g.batch, x, y, w, g.c_out]
    });
    let pointer = Shared::new(y);
    for tile in g.tiles(0..1) {
        forward_tile(g, x, w, &tile, pointer);
        // While the tile is in the cache.
        for (channel, bias) in bias.iter().enumerate() {
            let start = channel * g.out_plane() + tile.rows.start * g.w_out;
            // SAFETY: rows of a plane of `y`, which this thread alone writes.
            let rows = unsafe { pointer.slice(start, tile.rows.len() * g.w_out) };
            pointwise::shift(rows, *bias, if relu { 0.0 } else { f32::NEG_INFINITY });
        }
    }
}

/// The outputs of one tile.
fn forward_tile(g: &Geometry, x: &[f32], w: &[f32], tile: &Tile, y: Shared) {
    let (patch, plane, columns) = (g.patch(), g.out_plane(), g.columns(tile));
    pool::with_scratch([patch * columns, g.c_out * columns], |[patches, block]| {
        let b = match g.in_place(tile) {
            Some(start) => (x[start..].as_ptr(), [g.in_plane(), 1]),
            None => {
                patches::read(g, x, tile, 0..g.c_in, patches);
                (patches.as_ptr(), [columns, 1])
            }
        };
        let shape = [g.c_out, patch, columns];
        let a = (w.as_ptr(), [patch, 1]);
        if tile.pictures.len() == 1 {
            let start = tile.pictures.start * g.c_out * plane + tile.rows.start * g.w_out;
            // SAFETY: the rows of this tile belong to no other tile, and reach from `start` to the picture's end.
            unsafe { multiply(shape, a, b, (y.at(start), [plane, 1]), false) };
            return;
        }
        // SAFETY: `block` holds c_out x columns numbers.
        unsafe { multiply(shape, a, b, (block.as_mut_ptr(), [columns, 1]), false) };
        for (channel, row) in block.chunks_exact(columns).enumerate() {
            for (picture, values) in tile.pictures.clone().zip(row.chunks_exact(plane)) {
                // SAFETY: a whole plane of a picture that belongs to this tile alone.
                let to = unsafe { y.slice((picture * g.c_out + channel) * plane, plane) };
                to.copy_from_slice(values);
            }
        }
    });
}

/// The gradient of the input: `dy` is B x Cout x Hout x Wout, the result B x Cin x Hin x Win. Equally the transposed
/// convolution of `dy` with `w`.
pub(crate) fn data_gradient(g: &Geometry, dy: &[f32], w: &[f32]) -> Vec<f32> {
    let mut dx = pool::take(g.lengths()[0]);
    let patch = g.patch();
    let group = pictures_of_a_piece(g);
    let size = group * g.c_in * g.in_plane();
    dx.par_chunks_mut(size.max(1)).enumerate().for_each(|(i, dx)| {
        let first = i * group;
        // Kernels overlap, or leave gaps: what they give is added up.
        dx.fill(0.0);
        for tile in g.tiles(first..(first + group).min(g.batch)) {
            let columns = g.columns(&tile);
            pool::with_scratch([patch * columns, g.c_out * columns], |[patches, block]| {
                let dy = out_block(g, dy, &tile, block);
                let (shape, w) = ([patch, g.c_out, columns], (w.as_ptr(), [1, patch]));
                if let Some(start) = g.in_place(&tile) {
                    let dx = &mut dx[start - first * g.c_in * g.in_plane()..];
                    // SAFETY: as below; the rows of `dx` are c_in planes of one picture.
                    unsafe { multiply(shape, w, dy, (dx.as_mut_ptr(), [g.in_plane(), 1]), false) };
                    return;
                }
                // SAFETY: w is c_out x patch, dy's block c_out x columns, `patches` patch x columns.
                unsafe { multiply(shape, w, dy, (patches.as_mut_ptr(), [columns, 1]), false) };
                patches::add(g, patches, &tile, dx);
            });
        }
    });
    dx
}

/// The gradient of the weight: `x` is B x Cin x Hin x Win, `dy` B x Cout x Hout x Wout, the result Cout x Cin x K x K.
pub(crate) fn weight_gradient(g: &Geometry, x: &[f32], dy: &[f32]) -> Vec<f32> {
    let area = g.kernel * g.kernel;
    let [pictures, channels] = size_of_a_piece(g);
    let pieces: Vec<(usize, usize)> = (0..g.batch)
        .step_by(pictures)
        .flat_map(|picture| (0..g.c_in).step_by(channels).map(move |channel| (picture, channel)))
        .collect();
    let parts: Vec<Vec<f32>> = pieces
        .par_iter()
        .map(|&(picture, channel)| {
            let range = channel..(channel + channels).min(g.c_in);
            let width = range.len() * area;
            let mut part = vec![0.0; g.c_out * width];
            for tile in g.tiles(picture..(picture + pictures).min(g.batch)) {
                let columns = g.columns(&tile);
                pool::with_scratch([width * columns, g.c_out * columns], |[patches, block]| {
                    let b = match g.in_place(&tile) {
                        Some(start) => (x[start + range.start * g.in_plane()..].as_ptr(), [1, g.in_plane()]),
                        None => {
                            patches::read_rows(g, x, &tile, range.clone(), patches);
                            (patches.as_ptr(), [width, 1])
                        }
                    };
                    let dy = out_block(g, dy, &tile, block);
                    // SAFETY: dy's block is c_out x columns, the patches columns x width, `part` c_out x width.
                    unsafe { multiply([g.c_out, columns, width], dy, b, (part.as_mut_ptr(), [width, 1]), true) };
                });
            }
            part
        })
        .collect();
    let mut dw = vec![0.0; g.lengths()[2]];
    for (&(_, channel), part) in pieces.iter().zip(&parts) {
        let width = part.len() / g.c_out;
        for (row, values) in dw.chunks_exact_mut(g.patch()).zip(part.chunks_exact(width)) {
            row[channel * area..][..width].iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
    }
    dw
}

/// Of the gradient of the input. Neighbouring rows of patches overlap in the picture, so a picture is never shared
/// between threads.
fn pictures_of_a_piece(g: &Geometry) -> usize {
    g.tiles(0..g.batch).first().map_or(1, |tile| tile.pictures.len())
}

/// Pictures and input channels of a piece of the gradient of the weight. Many channels: each piece takes some of them
/// and sees the whole batch. Few: each takes some pictures, and the pieces are added up.
fn size_of_a_piece(g: &Geometry) -> [usize; 2] {
    if g.c_in >= PIECES { [g.batch.max(1), g.c_in.div_ceil(PIECES)] } else { [g.batch.div_ceil(PIECES).max(1), g.c_in] }
}

/// How many pieces of work the convolution, the gradient by its map, and that by its weights are cut into.
#[cfg(test)]
pub(crate) fn counts(g: &Geometry) -> [usize; 3] {
    let [pictures, channels] = size_of_a_piece(g);
    let weights = g.batch.div_ceil(pictures) * g.c_in.div_ceil(channels);
    [g.tiles(0..g.batch).len(), g.batch.div_ceil(pictures_of_a_piece(g)), weights]
}

/// The numbers of a tile in `dy` as a matrix c_out x columns: in place where one picture is read, otherwise copied to
/// `block`.
fn out_block(g: &Geometry, dy: &[f32], tile: &Tile, block: &mut [f32]) -> (*const f32, [usize; 2]) {
    let (plane, columns) = (g.out_plane(), g.columns(tile));
    if tile.pictures.len() == 1 {
        let start = tile.pictures.start * g.c_out * plane + tile.rows.start * g.w_out;
        return (dy[start..].as_ptr(), [plane, 1]);
    }
    for (channel, row) in block.chunks_exact_mut(columns).enumerate() {
        for (picture, to) in tile.pictures.clone().zip(row.chunks_exact_mut(plane)) {
            to.copy_from_slice(&dy[(picture * g.c_out + channel) * plane..][..plane]);
        }
    }
    (block.as_ptr(), [columns, 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Straight from the definition, in double precision: y[co] = sum over ci, ky, kx of w[co, ci, ky, kx] x[ci, ..].
    /// Calls `visit(index of y, index of x, index of w)` for every product.
    fn every_product(g: &Geometry, mut visit: impl FnMut(usize, usize, usize)) {
        for b in 0..g.batch {
            for co in 0..g.c_out {
                for (oy, ox) in (0..g.h_out).flat_map(|y| (0..g.w_out).map(move |x| (y, x))) {
                    for ci in 0..g.c_in {
                        for (ky, kx) in (0..g.kernel).flat_map(|y| (0..g.kernel).map(move |x| (y, x))) {
                            let (iy, ix) = (oy * g.stride + ky, ox * g.stride + kx);
                            let inside = |i: usize, side: usize| i >= g.padding && i < side + g.padding;
                            if inside(iy, g.h_in) && inside(ix, g.w_in) {
                                let x = ((b * g.c_in + ci) * g.h_in + iy - g.padding) * g.w_in + ix - g.padding;
                                let w = ((co * g.c_in + ci) * g.kernel + ky) * g.kernel + kx;
                                visit(((b * g.c_out + co) * g.h_out + oy) * g.w_out + ox, x, w);
                            }
                        }
                    }
                }
            }
        }
    }

    fn numbers(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
        let next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        std::iter::repeat_with(next).take(count).collect()
    }

    fn check(g: &Geometry) {
        let [nx, ny, nw] = g.lengths();
        let (x, w, dy) = (numbers(nx, 1), numbers(nw, 2), numbers(ny, 3));
        let (mut y, mut dx, mut dw) = (vec![0f64; ny], vec![0f64; nx], vec![0f64; nw]);
        every_product(g, |iy, ix, iw| {
            y[iy] += f64::from(x[ix]) * f64::from(w[iw]);
            dx[ix] += f64::from(dy[iy]) * f64::from(w[iw]);
            dw[iw] += f64::from(dy[iy]) * f64::from(x[ix]);
        });
        for (name, ours, expected) in [
            ("forward", forward(g, &x, &w), y),
            ("data", data_gradient(g, &dy, &w), dx),
            ("weight", weight_gradient(g, &x, &dy), dw),
        ] {
            assert_eq!(ours.len(), expected.len());
            let scale = expected.iter().fold(1f64, |m, v| m.max(v.abs()));
            for (a, e) in ours.iter().zip(&expected) {
                assert!((f64::from(*a) - e).abs() < 1e-5 * scale, "{name} of {g:?}: {a} instead of {e}");
            }
        }
    }

    /// Every kernel and stride of the presets; few and many channels, pictures smaller and larger than a tile.
    #[test]
    fn all_three_products_follow_the_definition() {
        for (kernel, stride) in [(1, 1), (3, 1), (3, 2), (4, 2), (5, 1), (5, 2)] {
            for (batch, c_in, c_out, side) in [(3, 2, 5, 8), (5, 3, 4, 16), (40, 3, 4, 4), (2, 20, 3, 6), (1, 1, 2, 64)]
            {
                let out = side / stride;
                let padding = (kernel - 1) / 2;
                check(&Geometry {
                    batch,
                    c_in,
                    c_out,
                    h_in: side,
                    w_in: side,
                    h_out: out,
                    w_out: out,
                    kernel,
                    stride,
                    padding,
                });
            }
        }
    }

    /// As small networks use it: kernels of 1 and 3, both strides, any shape, also a single row.
    #[test]
    fn one_picture_alone_gets_its_bias_and_loses_what_is_negative() {
        for (kernel, stride) in [(1, 1), (3, 1), (3, 2)] {
            for (c_in, c_out, h_in, w_in) in [(3, 5, 12, 70), (7, 2, 1, 9), (2, 3, 40, 1), (1, 1, 1, 1)] {
                let [h_out, w_out] = [h_in, w_in].map(|side: usize| side.div_ceil(stride));
                let padding = kernel / 2;
                let g = Geometry { batch: 1, c_in, c_out, h_in, w_in, h_out, w_out, kernel, stride, padding };
                let [nx, ny, nw] = g.lengths();
                let (x, w, bias) = (numbers(nx, 1), numbers(nw, 2), numbers(c_out, 3));
                let mut expected: Vec<f32> = (0..ny).map(|i| bias[i / g.out_plane()]).collect();
                every_product(&g, |iy, ix, iw| expected[iy] += x[ix] * w[iw]);
                for relu in [false, true] {
                    let mut y = vec![f32::NAN; ny];
                    forward_alone(&g, &x, &w, &bias, relu, &mut y);
                    for (ours, expected) in y.iter().zip(&expected) {
                        let expected = if relu { expected.max(0.0) } else { *expected };
                        assert!((ours - expected).abs() < 1e-4, "{g:?}, {relu}: {ours} instead of {expected}");
                    }
                }
            }
        }
    }
}
