//! The kernels: two forward and two backward, the first of each sums over chunks of the rows, the second adds up the
//! chunks and goes over the rows. Matrices are rows x columns, in 32 bits or 16; `stats` and `slopes` have a pitch of
//! their own.
//!
//! The rows may be those of several batches that follow each other, each with statistics of its own: every `CUBE_POS_Z`
//! works on one of them.

// A kernel has an argument for each tensor that it binds.
#![allow(clippy::too_many_arguments)]

use super::super::rows::{LINES, column, line, over_lines};
use cubecl::prelude::*;

/// The rows of this cube's chunk: the first one, and that behind the last.
#[cube]
fn rows_of_chunk(rows: usize, chunk: u32, #[comptime] batches: usize) -> (usize, usize) {
    let of_batch = rows / batches;
    let batch = CUBE_POS_Z as usize * of_batch;
    let begin = batch + (CUBE_POS_Y * chunk) as usize;
    (begin, min(begin + chunk as usize, batch + of_batch))
}

/// The sum of number `which` of two in all chunks of a batch, for this unit's column.
#[cube]
fn over_chunks(parts: &Tensor<f32>, batch: usize, which: usize, #[comptime] batches: usize) -> f32 {
    let (chunks, columns) = (parts.shape(0) / batches, parts.shape(2));
    let column = min(column(), columns - 1);
    let mut sum = 0.0f32;
    let mut chunk = line();
    while chunk < chunks {
        sum += parts[((batch * chunks + chunk) * 2 + which) * columns + column];
        chunk += LINES as usize;
    }
    over_lines(sum)
}

/// Writes two numbers of this unit's column, batch and chunk.
#[cube]
fn write_part(parts: &mut Tensor<f32>, first: f32, second: f32) {
    let columns = parts.shape(2);
    let column = column();
    if line() == 0 && column < columns {
        let at = (CUBE_POS_Z * CUBE_COUNT_Y + CUBE_POS_Y) as usize * 2 * columns + column;
        parts[at] = first;
        parts[at + columns] = second;
    }
}

/// Sums and sums of squares of each chunk (chunks x 2 x columns), of the distance from the column's first number, which
/// keeps the digits of columns whose mean is far from zero.
#[cube(launch)]
pub(super) fn moments_kernel<X: Float>(
    x: &Tensor<X>,
    parts: &mut Tensor<f32>,
    chunk: u32,
    #[comptime] batches: usize,
    #[define(X)] _of_x: ElemType,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let (begin, end) = rows_of_chunk(rows, chunk, batches);
    let mut sum = 0.0f32;
    let mut squares = 0.0f32;
    if column < columns {
        let first = f32::cast_from(x[CUBE_POS_Z as usize * (rows / batches) * columns + column]);
        let mut row = begin + line();
        while row < end {
            let distance = f32::cast_from(x[row * columns + column]) - first;
            sum += distance;
            squares += distance * distance;
            row += LINES as usize;
        }
    }
    let sum = over_lines(sum);
    let squares = over_lines(squares);
    write_part(parts, sum, squares);
}

/// `y` is `x` normalised, with a leaky ReLU; `stats` gets each batch's mean, variance and 1 / sqrt(variance + epsilon).
/// The mean and the unbiased variance of one batch after the other move the running ones by `momentum` into `followed`.
#[cube(launch)]
pub(super) fn normalise_kernel<X: Float, Y: Float>(
    x: &Tensor<X>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    running_mean: &Tensor<f32>,
    running_variance: &Tensor<f32>,
    parts: &Tensor<f32>,
    y: &mut Tensor<Y>,
    stats: &mut Tensor<f32>,
    followed: &mut Tensor<f32>,
    chunk: u32,
    epsilon: f32,
    leak: f32,
    momentum: f32,
    #[comptime] batches: usize,
    #[define(X)] _of_x: ElemType,
    #[define(Y)] _of_y: ElemType,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let of_batch = rows / batches;
    let count = f32::cast_from(of_batch as u32);
    let unbiased = count / max(count - 1.0, 1.0);
    let writes = line() == 0 && CUBE_POS_Y == 0 && CUBE_POS_Z == 0 && column < columns;
    let safe = min(column, columns - 1);
    let mut new_mean = running_mean[safe];
    let mut new_variance = running_variance[safe];
    let mut mean = 0.0f32;
    let mut inverse = 0.0f32;
    #[unroll]
    for batch in 0..batches {
        let distance = over_chunks(parts, batch, 0, batches) / count;
        let squares = over_chunks(parts, batch, 1, batches) / count;
        let mean_here = f32::cast_from(x[batch * of_batch * columns + safe]) + distance;
        let variance = max(squares - distance * distance, 0.0);
        let inverse_here = 1.0 / (variance + epsilon).sqrt();
        new_mean += (mean_here - new_mean) * momentum;
        new_variance += (variance * unbiased - new_variance) * momentum;
        if writes {
            let pitch = stats.stride(0);
            let at = batch * 3 * pitch + column;
            stats[at] = mean_here;
            stats[at + pitch] = variance;
            stats[at + 2 * pitch] = inverse_here;
        }
        if CUBE_POS_Z as usize == batch {
            mean = mean_here;
            inverse = inverse_here;
        }
    }
    if writes {
        let pitch = followed.stride(0);
        followed[column] = new_mean;
        followed[pitch + column] = new_variance;
    }
    if column < columns {
        let (scale, shift) = (gamma[column], beta[column]);
        let (begin, end) = rows_of_chunk(rows, chunk, batches);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let found = (f32::cast_from(x[at]) - mean) * inverse * scale + shift;
            y[at] = Y::cast_from(select(found > 0.0, found, found * leak));
            row += LINES as usize;
        }
    }
}

/// Sums over each chunk (chunks x 2 x columns) of d and of d n, where d is `dy` behind the activation and n the
/// normalised `x`.
#[cube(launch)]
pub(super) fn slopes_kernel<X: Float, Y: Float>(
    x: &Tensor<X>,
    dy: &Tensor<Y>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    stats: &Tensor<f32>,
    parts: &mut Tensor<f32>,
    chunk: u32,
    leak: f32,
    #[comptime] batches: usize,
    #[define(X)] _of_x: ElemType,
    #[define(Y)] _of_y: ElemType,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let mut sum = 0.0f32;
    let mut along = 0.0f32;
    if column < columns {
        let own = CUBE_POS_Z as usize * 3 * stats.stride(0) + column;
        let (mean, inverse) = (stats[own], stats[own + 2 * stats.stride(0)]);
        let (scale, shift) = (gamma[column], beta[column]);
        let (begin, end) = rows_of_chunk(rows, chunk, batches);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let n = (f32::cast_from(x[at]) - mean) * inverse;
            let d = f32::cast_from(dy[at]);
            let d = select(n * scale + shift > 0.0, d, d * leak);
            sum += d;
            along += d * n;
            row += LINES as usize;
        }
    }
    let sum = over_lines(sum);
    let along = over_lines(along);
    write_part(parts, sum, along);
}

/// dx = gamma / s (d - mean d - n mean(d n)); `slopes` gets the gradients by gamma, sum(d n), and by beta, sum d, of
/// all batches (Ioffe and Szegedy 2015).
#[cube(launch)]
pub(super) fn gradient_kernel<X: Float, Y: Float>(
    x: &Tensor<X>,
    dy: &Tensor<Y>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    stats: &Tensor<f32>,
    parts: &Tensor<f32>,
    dx: &mut Tensor<X>,
    slopes: &mut Tensor<f32>,
    chunk: u32,
    leak: f32,
    #[comptime] batches: usize,
    #[define(X)] _of_x: ElemType,
    #[define(Y)] _of_y: ElemType,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let count = f32::cast_from((rows / batches) as u32);
    let mut sum = 0.0f32;
    let mut along = 0.0f32;
    let mut mean_d = 0.0f32;
    let mut mean_along = 0.0f32;
    #[unroll]
    for batch in 0..batches {
        let sum_here = over_chunks(parts, batch, 0, batches);
        let along_here = over_chunks(parts, batch, 1, batches);
        sum += sum_here;
        along += along_here;
        if CUBE_POS_Z as usize == batch {
            mean_d = sum_here / count;
            mean_along = along_here / count;
        }
    }
    if column < columns {
        if line() == 0 && CUBE_POS_Y == 0 && CUBE_POS_Z == 0 {
            let pitch = slopes.stride(0);
            slopes[column] = along;
            slopes[pitch + column] = sum;
        }
        let own = CUBE_POS_Z as usize * 3 * stats.stride(0) + column;
        let (mean, inverse) = (stats[own], stats[own + 2 * stats.stride(0)]);
        let (scale, shift) = (gamma[column], beta[column]);
        let (begin, end) = rows_of_chunk(rows, chunk, batches);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let n = (f32::cast_from(x[at]) - mean) * inverse;
            let d = f32::cast_from(dy[at]);
            let d = select(n * scale + shift > 0.0, d, d * leak);
            dx[at] = X::cast_from((d - mean_d - n * mean_along) * inverse * scale);
            row += LINES as usize;
        }
    }
}
