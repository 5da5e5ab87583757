//! The kernels: convolutions as matrix products whose tiles lie in the memory that a cube's units share.
//!
//! A tile of the result has `rows` pixels (or channels) and `columns` channels; each unit of the cube computes some of
//! both. The sum runs over taps (places of the convolution's kernel) and channels: `depth` channels of one tap at a
//! time are brought into shared memory. All taps of these channels follow each other, so that caches still hold what
//! the next tap needs of the map and the weights. Weights are of 32 bits; maps, and what is brought into shared memory,
//! may be of 16.

// A kernel has an argument for each tensor that it binds, and knows no ranges.
#![allow(clippy::too_many_arguments, clippy::manual_range_contains)]

use super::sums::{Sums, Tile};
use cubecl::prelude::*;

/// What becomes of each sum before it is written, after a bias has been added. `factor` is a number for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::compute::gpu) enum Finish {
    Nothing,
    /// A leaky ReLU of slope `factor`.
    Leaky,
    /// Times the slope that a leaky ReLU (`factor`) had where the other map, its result, is.
    Slope,
    /// The other map is added, and the sum multiplied by `factor`.
    Join,
    /// `factor` times the other map, which has half the side, is added.
    Double,
}

/// The number of the cube among those that share a `CUBE_POS_Z`.
#[cube]
pub(super) fn cube_number() -> usize {
    (CUBE_POS_Y * CUBE_COUNT_X + CUBE_POS_X) as usize
}

/// The number at this place of a map, or the mean of the 2 x 2 pixels that begin there.
#[cube]
pub(super) fn value_at<E: Float>(map: &Tensor<E>, at: usize, #[comptime] pooled: bool) -> f32 {
    let mut value = f32::cast_from(map[at]);
    if pooled {
        let (down, right) = (map.stride(2), map.stride(3));
        value += f32::cast_from(map[at + right]);
        value += f32::cast_from(map[at + down]);
        value += f32::cast_from(map[at + down + right]);
        value *= 0.25;
    }
    value
}

/// `to` (B x N x H' x W') is the convolution of `from` (B x C x H x W) by `weight` (N x C x K x K), or where
/// `transposed` the transposed one by `weight` (C x N x K x K). A transposed convolution of stride s is s x s
/// convolutions of stride 1 with a part of the taps each, one for each `CUBE_POS_Z`; every one gives the pixels whose
/// row and column leave the same remainders by s. Where `pooled`, means of 2 x 2 pixels of `from` take its place. What
/// is not asked for, `bias` (N) and `other`, may be any tensor.
#[cube(launch_unchecked)]
pub(super) fn product_kernel<S: Float, F: Float, O: Float, T: Float>(
    from: &Tensor<F>,
    weight: &Tensor<f32>,
    bias: &Tensor<f32>,
    other: &Tensor<O>,
    to: &mut Tensor<T>,
    factor: f32,
    #[comptime] size: usize,
    #[comptime] stride: usize,
    #[comptime] transposed: bool,
    #[comptime] pooled: bool,
    #[comptime] biased: bool,
    #[comptime] finish: Finish,
    #[comptime] tile: Tile,
    #[define(S)] _of_shared: ElemType,
    #[define(F)] _of_from: ElemType,
    #[define(O)] _of_other: ElemType,
    #[define(T)] _of_to: ElemType,
) {
    let padding = comptime!((size - 1) / 2);
    let depth = comptime!(tile.depth);
    let tap_step = comptime!(if transposed { stride } else { 1 });
    let (a_pitch, b_pitch) = comptime!((tile.pitch(tile.rows), tile.pitch(tile.columns)));
    let unit = UNIT_POS as usize;
    let fold = comptime!(if pooled { 2usize } else { 1usize });
    let (channels, height, width) = (from.shape(1), (from.shape(2) / fold) as i32, (from.shape(3) / fold) as i32);
    let outputs = to.shape(1);

    // Pixels of this cube's kind, in each direction: the first, how many, the first tap that meets them, how many do,
    // and how far the map's pixel is that it meets.
    let (part_y, part_x) = (CUBE_POS_Z as usize / stride, CUBE_POS_Z as usize % stride);
    let mut pixels_y = to.shape(2);
    let mut pixels_x = to.shape(3);
    let mut tap_y = 0usize.runtime();
    let mut tap_x = 0usize.runtime();
    let mut taps_y = size.runtime();
    let mut taps_x = size.runtime();
    let mut shift_y = 0usize.runtime();
    let mut shift_x = 0usize.runtime();
    if transposed {
        pixels_y = (pixels_y + stride - 1 - part_y) / stride;
        pixels_x = (pixels_x + stride - 1 - part_x) / stride;
        tap_y = (part_y + padding) % stride;
        tap_x = (part_x + padding) % stride;
        taps_y = (size + stride - 1 - tap_y) / stride;
        taps_x = (size + stride - 1 - tap_x) / stride;
        shift_y = (part_y + padding - tap_y) / stride;
        shift_x = (part_x + padding - tap_x) / stride;
    }
    let pixels = to.shape(0) * pixels_y * pixels_x;
    let across = outputs.div_ceil(tile.columns);
    let first_row = cube_number() / across * tile.rows;
    let first_column = cube_number() % across * tile.columns;

    // The rows that this unit brings: where their picture begins, and what the first tap meets.
    let lane = unit % depth;
    let (own, step) = comptime!((tile.rows * tile.depth / tile.units(), tile.units() / tile.depth));
    let mut begins = Array::<u32>::new(own);
    let mut ys = Array::<i32>::new(own);
    let mut xs = Array::<i32>::new(own);
    #[unroll]
    for i in 0..own {
        let row = first_row + unit / depth + i * step;
        let place = row % (pixels_y * pixels_x);
        let (y, x) = (place / pixels_x, place % pixels_x);
        begins[i] = (row / (pixels_y * pixels_x) * from.stride(0)) as u32;
        // Above all rows of the map.
        ys[i] = -1000000i32;
        if row < pixels {
            if transposed {
                ys[i] = (y + shift_y) as i32;
            } else {
                ys[i] = (y * stride) as i32 - padding as i32;
            }
        }
        if transposed {
            xs[i] = (x + shift_x) as i32;
        } else {
            xs[i] = (x * stride) as i32 - padding as i32;
        }
    }

    let mut a = Shared::<[S]>::new_aligned_slice(comptime!(tile.depth * tile.pitch(tile.rows)), 16usize);
    let mut b = Shared::<[S]>::new_aligned_slice(comptime!(tile.depth * tile.pitch(tile.columns)), 16usize);
    let mut sums = Sums::new(tile);
    let taps = taps_y * taps_x;
    for part in 0..channels.div_ceil(depth) * taps {
        let (block, tap) = (part / taps, part % taps);
        let (y_tap, x_tap) = (tap / taps_x, tap % taps_x);
        let channel = block * depth + lane;
        #[unroll]
        for i in 0..own {
            let mut y = ys[i] + y_tap as i32;
            let mut x = xs[i] + x_tap as i32;
            if transposed {
                y = ys[i] - y_tap as i32;
                x = xs[i] - x_tap as i32;
            }
            let mut value = 0.0f32;
            if channel < channels && y >= 0 && y < height && x >= 0 && x < width {
                let at = begins[i] as usize
                    + channel * from.stride(1)
                    + y as usize * fold * from.stride(2)
                    + x as usize * fold * from.stride(3);
                value = value_at(from, at, pooled);
            }
            a[lane * a_pitch + unit / depth + i * step] = S::cast_from(value);
        }
        let place = (tap_y + y_tap * tap_step) * weight.stride(2) + (tap_x + x_tap * tap_step) * weight.stride(3);
        #[unroll]
        for i in 0..comptime!(tile.columns * tile.depth / tile.units()) {
            // Neighbouring units read neighbouring weights.
            let mut k = unit % depth;
            let mut column = unit / depth + i * comptime!(tile.units() / tile.depth);
            let mut at = place;
            if transposed {
                k = unit / tile.columns + i * comptime!(tile.units() / tile.columns);
                column = unit % tile.columns;
                at += (block * depth + k) * weight.stride(0) + (first_column + column) * weight.stride(1);
            } else {
                at += (first_column + column) * weight.stride(0) + (block * depth + k) * weight.stride(1);
            }
            let mut value = 0.0f32;
            if block * depth + k < channels && first_column + column < outputs {
                value = weight[at];
            }
            b[k * b_pitch + column] = S::cast_from(value);
        }
        sync_cube();
        sums.add::<S>(&a, &b, tile);
        sync_cube();
    }
    sums.finish(tile);

    let (in_row, in_column) = comptime!((tile.columns / tile.each[1], tile.rows / tile.each[0]));
    #[unroll]
    for i in 0..comptime!(tile.each[0]) {
        let row = first_row + unit / in_row + i * in_column;
        if row < pixels {
            let place = row % (pixels_y * pixels_x);
            let mut y = place / pixels_x;
            let mut x = place % pixels_x;
            if transposed {
                y = y * stride + part_y;
                x = x * stride + part_x;
            }
            let picture = row / (pixels_y * pixels_x);
            let begin = picture * to.stride(0) + y * to.stride(2) + x * to.stride(3);
            let channel_stride = to.stride(1);
            let shrink = comptime!(if finish == Finish::Double { 2usize } else { 1usize });
            let beside = picture * other.stride(0) + y / shrink * other.stride(2) + x / shrink * other.stride(3);
            #[unroll]
            for j in 0..comptime!(tile.each[1]) {
                let column = first_column + unit % in_row + j * in_row;
                if column < outputs {
                    let mut found = sums.at(i, j, tile);
                    if biased {
                        found += bias[column];
                    }
                    if comptime!(finish == Finish::Leaky) {
                        found = select(found > 0.0, found, found * factor);
                    }
                    if comptime!(finish != Finish::Nothing && finish != Finish::Leaky) {
                        let there = f32::cast_from(other[beside + column * other.stride(1)]);
                        if comptime!(finish == Finish::Slope) {
                            found = select(there > 0.0, found, found * factor);
                        }
                        if comptime!(finish == Finish::Join) {
                            found = (found + there) * factor;
                        }
                        if comptime!(finish == Finish::Double) {
                            found += there * factor;
                        }
                    }
                    to[begin + column * channel_stride] = T::cast_from(found);
                }
            }
        }
    }
}
