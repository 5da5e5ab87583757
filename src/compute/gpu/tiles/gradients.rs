//! The kernels of gradients: by a convolution's weights, a matrix product over tiles as well, and behind a leaky ReLU.

// A kernel has an argument for each tensor that it binds.
#![allow(clippy::too_many_arguments)]

use super::kernels::{cube_number, value_at};
use super::sums::{Sums, Tile};
use cubecl::prelude::*;
use cubecl::std::FastDivmod;

/// Parts of the gradient by the weights of a convolution from `x` (B x C x H x W) to maps with the gradient `dy`
/// (B x N x H' x W'): each `CUBE_POS_Z` sums over the `chunk` pixels of its own, into its own N x C x K x K of `parts`.
/// Rows of a tile are channels of `dy`, columns are taps and channels of `x`. `width` and `plane` are those of `dy`.
/// Where `biased`, a last column of ones gives the gradients of biases, which end each part. Where `pooled`, means of
/// 2 x 2 pixels of `x` take its place. Everything is multiplied by `factor`.
#[cube(launch_unchecked)]
pub(super) fn weights_kernel<S: Float, X: Float, D: Float>(
    x: &Tensor<X>,
    dy: &Tensor<D>,
    parts: &mut Tensor<f32>,
    width: FastDivmod<u32>,
    plane: FastDivmod<u32>,
    chunk: u32,
    factor: f32,
    #[comptime] size: usize,
    #[comptime] stride: usize,
    #[comptime] pooled: bool,
    #[comptime] biased: bool,
    #[comptime] tile: Tile,
    #[define(S)] _of_shared: ElemType,
    #[define(X)] _of_x: ElemType,
    #[define(D)] _of_dy: ElemType,
) {
    let padding = comptime!(((size - 1) / 2) as i32);
    let fold = comptime!(if pooled { 2usize } else { 1usize });
    let depth = comptime!(tile.depth as u32);
    let (a_pitch, b_pitch) = comptime!((tile.pitch(tile.rows), tile.pitch(tile.columns)));
    let unit = UNIT_POS as usize;
    let (inputs, outputs) = (x.shape(1), dy.shape(1));
    let weights = size * size * inputs;
    let columns = weights + comptime!(if biased { 1usize } else { 0usize });
    let across = columns.div_ceil(tile.columns);
    let first_row = cube_number() / across * tile.rows;
    let first_column = cube_number() % across * tile.columns;
    let pixels = (dy.shape(0) * dy.shape(2) * dy.shape(3)) as u32;
    let begin = CUBE_POS_Z * chunk;
    let end = min(begin + chunk, pixels);

    // The row and the column that this unit brings.
    let row = first_row + unit % tile.rows;
    let column = first_column + unit % tile.columns;
    let (tap, channel) = (column / inputs, column % inputs);
    let (y_tap, x_tap) = ((tap / size) as i32 - padding, (tap % size) as i32 - padding);

    let mut a = Shared::<[S]>::new_aligned_slice(comptime!(tile.depth * tile.pitch(tile.rows)), 16usize);
    let mut b = Shared::<[S]>::new_aligned_slice(comptime!(tile.depth * tile.pitch(tile.columns)), 16usize);
    let mut sums = Sums::new(tile);
    for part in 0..(end - begin).div_ceil(depth) {
        let first = begin + part * depth;
        #[unroll]
        for i in 0..comptime!(tile.rows * tile.depth / tile.units()) {
            let k = unit / tile.rows + i * comptime!(tile.units() / tile.rows);
            let pixel = first + k as u32;
            let (picture, place) = plane.div_mod(pixel);
            let (py, px) = width.div_mod(place);
            let mut value = 0.0f32;
            if pixel < end && row < outputs {
                let at = picture as usize * dy.stride(0)
                    + row * dy.stride(1)
                    + py as usize * dy.stride(2)
                    + px as usize * dy.stride(3);
                value = f32::cast_from(dy[at]);
            }
            a[k * a_pitch + unit % tile.rows] = S::cast_from(value);
        }
        #[unroll]
        for i in 0..comptime!(tile.columns * tile.depth / tile.units()) {
            let k = unit / tile.columns + i * comptime!(tile.units() / tile.columns);
            let pixel = first + k as u32;
            let (picture, place) = plane.div_mod(pixel);
            let (py, px) = width.div_mod(place);
            let from_y = py as i32 * stride as i32 + y_tap;
            let from_x = px as i32 * stride as i32 + x_tap;
            let mut value = 0.0f32;
            let (height, width) = ((x.shape(2) / fold) as i32, (x.shape(3) / fold) as i32);
            let inside = from_y >= 0 && from_y < height && from_x >= 0 && from_x < width;
            if pixel < end && column < weights && inside {
                let at = picture as usize * x.stride(0)
                    + channel * x.stride(1)
                    + from_y as usize * fold * x.stride(2)
                    + from_x as usize * fold * x.stride(3);
                value = value_at(x, at, pooled);
            }
            if biased && pixel < end && column == weights {
                value = 1.0f32;
            }
            b[k * b_pitch + unit % tile.columns] = S::cast_from(value);
        }
        sync_cube();
        sums.add::<S>(&a, &b, tile);
        sync_cube();
    }
    sums.finish(tile);

    let (in_row, in_column) = comptime!((tile.columns / tile.each[1], tile.rows / tile.each[0]));
    let length = parts.shape(1);
    let own = CUBE_POS_Z as usize * length;
    #[unroll]
    for i in 0..comptime!(tile.each[0]) {
        let row = first_row + unit / in_row + i * in_column;
        #[unroll]
        for j in 0..comptime!(tile.each[1]) {
            let column = first_column + unit % in_row + j * in_row;
            if row < outputs && column < columns {
                let mut at = own + row * weights + column % inputs * (size * size) + column / inputs;
                if column == weights {
                    at = own + length - outputs + row;
                }
                parts[at] = sums.at(i, j, tile) * factor;
            }
        }
    }
}

/// `d` is `dz` times `factor` and the slope that a leaky ReLU (`leak`) had where its result `y` is: all B x C x H x W.
#[cube(launch)]
pub(super) fn slope_kernel<Z: Float, Y: Float>(
    dz: &Tensor<Z>,
    y: &Tensor<Y>,
    d: &mut Tensor<Y>,
    leak: f32,
    factor: f32,
    #[define(Z)] _of_dz: ElemType,
    #[define(Y)] _of_y: ElemType,
) {
    if ABSOLUTE_POS >= d.len() {
        terminate!();
    }
    let channels = d.shape(1);
    let (pixel, channel) = (ABSOLUTE_POS / channels, ABSOLUTE_POS % channels);
    let (column, row) = (pixel % d.shape(3), pixel / d.shape(3) % d.shape(2));
    let picture = pixel / (d.shape(2) * d.shape(3));
    let from = picture * dz.stride(0) + channel * dz.stride(1) + row * dz.stride(2) + column * dz.stride(3);
    let beside = picture * y.stride(0) + channel * y.stride(1) + row * y.stride(2) + column * y.stride(3);
    let to = picture * d.stride(0) + channel * d.stride(1) + row * d.stride(2) + column * d.stride(3);
    let found = f32::cast_from(dz[from]) * factor;
    d[to] = Y::cast_from(select(f32::cast_from(y[beside]) > 0.0, found, found * leak));
}
