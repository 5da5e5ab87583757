//! The kernels: two forward and two backward, the first of each sums over chunks of the rows, the second adds up the
//! chunks and goes over the rows. Matrices are rows x columns; `stats` and `slopes` have a pitch of their own.

// A kernel has an argument for each tensor that it binds.
#![allow(clippy::too_many_arguments)]

use super::super::rows::{LINES, column, line, over_lines};
use cubecl::prelude::*;

/// The sum of number `which` of two in all chunks, for this unit's column.
#[cube]
fn over_chunks(parts: &Tensor<f32>, which: usize) -> f32 {
    let (chunks, columns) = (parts.shape(0), parts.shape(2));
    let column = min(column(), columns - 1);
    let mut sum = 0.0f32;
    let mut chunk = line();
    while chunk < chunks {
        sum += parts[(chunk * 2 + which) * columns + column];
        chunk += LINES as usize;
    }
    over_lines(sum)
}

/// Writes two numbers of this unit's column and chunk.
#[cube]
fn write_part(parts: &mut Tensor<f32>, first: f32, second: f32) {
    let columns = parts.shape(2);
    let column = column();
    if line() == 0 && column < columns {
        let at = CUBE_POS_Y as usize * 2 * columns + column;
        parts[at] = first;
        parts[at + columns] = second;
    }
}

/// Sums and sums of squares of each chunk (chunks x 2 x columns), of the distance from the column's first number, which
/// keeps the digits of columns whose mean is far from zero.
#[cube(launch)]
pub(super) fn moments_kernel(x: &Tensor<f32>, parts: &mut Tensor<f32>, chunk: u32) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let begin = (CUBE_POS_Y * chunk) as usize;
    let end = min(begin + chunk as usize, rows);
    let mut sum = 0.0f32;
    let mut squares = 0.0f32;
    if column < columns {
        let first = x[column];
        let mut row = begin + line();
        while row < end {
            let distance = x[row * columns + column] - first;
            sum += distance;
            squares += distance * distance;
            row += LINES as usize;
        }
    }
    let sum = over_lines(sum);
    let squares = over_lines(squares);
    write_part(parts, sum, squares);
}

/// `y` is `x` normalised, with a leaky ReLU; `stats` gets the mean, the variance and 1 / sqrt(variance + epsilon).
#[cube(launch)]
pub(super) fn normalise_kernel(
    x: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    parts: &Tensor<f32>,
    y: &mut Tensor<f32>,
    stats: &mut Tensor<f32>,
    chunk: u32,
    epsilon: f32,
    leak: f32,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let count = f32::cast_from(rows as u32);
    let distance = over_chunks(parts, 0) / count;
    let squares = over_chunks(parts, 1) / count;
    if column < columns {
        let mean = x[column] + distance;
        let variance = max(squares - distance * distance, 0.0);
        let inverse = 1.0 / (variance + epsilon).sqrt();
        if line() == 0 && CUBE_POS_Y == 0 {
            let pitch = stats.stride(0);
            stats[column] = mean;
            stats[pitch + column] = variance;
            stats[2 * pitch + column] = inverse;
        }
        let (scale, shift) = (gamma[column], beta[column]);
        let begin = (CUBE_POS_Y * chunk) as usize;
        let end = min(begin + chunk as usize, rows);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let found = (x[at] - mean) * inverse * scale + shift;
            y[at] = select(found > 0.0, found, found * leak);
            row += LINES as usize;
        }
    }
}

/// Sums over each chunk (chunks x 2 x columns) of d and of d n, where d is `dy` behind the activation and n the
/// normalised `x`.
#[cube(launch)]
pub(super) fn slopes_kernel(
    x: &Tensor<f32>,
    dy: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    stats: &Tensor<f32>,
    parts: &mut Tensor<f32>,
    chunk: u32,
    leak: f32,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let mut sum = 0.0f32;
    let mut along = 0.0f32;
    if column < columns {
        let (mean, inverse) = (stats[column], stats[2 * stats.stride(0) + column]);
        let (scale, shift) = (gamma[column], beta[column]);
        let begin = (CUBE_POS_Y * chunk) as usize;
        let end = min(begin + chunk as usize, rows);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let n = (x[at] - mean) * inverse;
            let d = select(n * scale + shift > 0.0, dy[at], dy[at] * leak);
            sum += d;
            along += d * n;
            row += LINES as usize;
        }
    }
    let sum = over_lines(sum);
    let along = over_lines(along);
    write_part(parts, sum, along);
}

/// dx = gamma / s (d - mean d - n mean(d n)); `slopes` gets the gradients by gamma, sum(d n), and by beta, sum d
/// (Ioffe and Szegedy 2015).
#[cube(launch)]
pub(super) fn gradient_kernel(
    x: &Tensor<f32>,
    dy: &Tensor<f32>,
    gamma: &Tensor<f32>,
    beta: &Tensor<f32>,
    stats: &Tensor<f32>,
    parts: &Tensor<f32>,
    dx: &mut Tensor<f32>,
    slopes: &mut Tensor<f32>,
    chunk: u32,
    leak: f32,
) {
    let (rows, columns) = (x.shape(0), x.shape(1));
    let column = column();
    let count = f32::cast_from(rows as u32);
    let sum = over_chunks(parts, 0);
    let along = over_chunks(parts, 1);
    if column < columns {
        if line() == 0 && CUBE_POS_Y == 0 {
            let pitch = slopes.stride(0);
            slopes[column] = along;
            slopes[pitch + column] = sum;
        }
        let (mean, inverse) = (stats[column], stats[2 * stats.stride(0) + column]);
        let (scale, shift) = (gamma[column], beta[column]);
        let (mean_d, mean_along) = (sum / count, along / count);
        let begin = (CUBE_POS_Y * chunk) as usize;
        let end = min(begin + chunk as usize, rows);
        let mut row = begin + line();
        while row < end {
            let at = row * columns + column;
            let n = (x[at] - mean) * inverse;
            let d = select(n * scale + shift > 0.0, dy[at], dy[at] * leak);
            dx[at] = (d - mean_d - n * mean_along) * inverse * scale;
            row += LINES as usize;
        }
    }
}
