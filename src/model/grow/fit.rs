//! A full-size stage's last layer, a 3x3 convolution, for a map of twice the side.
//!
//! On the doubled map u (nearest neighbour) the old picture's enlargement is the old convolution with gaps: taps that
//! are two pixels apart. The new stage has a 3x3 convolution on u to a few channels, W, and another 3x3 one to the
//! colours, V; together a 5x5 one, but of low rank. The sum of squares of what is missing, E|(V * W) u - K u|^2, is
//! quadratic in V and in W, so each is found exactly while the other is held, in turn. What is needed of the maps is
//! only the second moments of their 3x3 neighbourhoods, because a 5x5 square of u shows 3x3 pixels.

use crate::compute::{DeviceError, read};
use burn::tensor::Tensor;
use nalgebra::DMatrix;

/// Channels that carry the picture, before signs.
pub(super) const CARRIERS: usize = 3;
const SIDE: usize = 3;
const TAPS: usize = SIDE * SIDE;
/// Of V * W.
const WIDE: usize = 5;
const AREA: usize = WIDE * WIDE;
/// Rounds; measured with the bundled generator, 30 are better by a fifteenth than 10.
const ROUNDS: usize = 10;
/// Keeps the solutions small where the maps leave them open, beside the mean of the diagonal.
const RIDGE: f64 = 1e-6;

/// Weights that carry a picture through the new stage.
pub(super) struct Carried {
    /// For each input channel and carrier its taps.
    pub first: Vec<f32>,
    /// For each carrier and colour its 3x3 taps; none where the carriers are the colours.
    pub last: Option<Vec<f32>>,
}

/// Second moments of the 3x3 neighbourhoods of `x` (B x C x H x W), with zeros around it: 9C x 9C, row by row; the
/// channels of one tap stand together.
pub(super) fn moments(x: Tensor<4>) -> Result<DMatrix<f64>, DeviceError> {
    let [batch, channels, height, width] = x.dims();
    let padded = x.pad((1, 1, 1, 1), 0.0);
    let shifted = (0..TAPS).map(|tap| {
        let part = padded.clone().narrow(2, tap / SIDE, height).narrow(3, tap % SIDE, width);
        part.swap_dims(0, 1).reshape([channels, batch * height * width])
    });
    let rows: Tensor<2> = Tensor::cat(shifted.collect(), 0);
    let side = TAPS * channels;
    let products = rows.clone().matmul(rows.transpose()) / (batch * height * width) as f64;
    let values = read(vec![products.reshape([side * side])])?.swap_remove(0);
    Ok(DMatrix::from_iterator(side, side, values.into_iter().map(f64::from)))
}

/// Fits V and W to the old last layer (`stored`: C x 3 x 3x3, a transposed convolution's).
pub(super) fn carried(stored: &[f32], moments: &DMatrix<f64>) -> Carried {
    let channels = moments.nrows() / TAPS;
    let kernel = DMatrix::from_fn(TAPS * channels, 3, |row, colour| {
        let (tap, channel) = (row / channels, row % channels);
        f64::from(stored[(channel * 3 + colour) * TAPS + TAPS - 1 - tap])
    });
    let problem = Problem::new(channels, moments, &kernel);
    // To begin with, the carriers are the colours.
    let mut last =
        DMatrix::from_fn(TAPS * CARRIERS, 3, |row, colour| f64::from(u8::from(row == colour * TAPS + TAPS / 2)));
    let mut first = DMatrix::zeros(channels, TAPS * CARRIERS);
    for _ in 0..ROUNDS {
        let Some(better) = problem.first(&last) else { break };
        first = better;
        let Some(better) = problem.last(&first) else { break };
        last = better;
    }
    let first_taps = (0..channels).flat_map(|channel| first.row(channel).iter().map(|w| *w as f32).collect::<Vec<_>>());
    let last_taps = (0..CARRIERS * 3).flat_map(|index| {
        let (carrier, colour) = (index / 3, index % 3);
        last.column(colour).rows(carrier * TAPS, TAPS).iter().map(|w| *w as f32).collect::<Vec<_>>()
    });
    Carried { first: first_taps.collect(), last: Some(last_taps.collect()) }
}

/// Second moments of the 5x5 squares of u, and their products with the old picture.
struct Problem {
    channels: usize,
    /// 25C x 25C; the taps of one channel stand together.
    squares: DMatrix<f64>,
    /// 25C x 3.
    colours: DMatrix<f64>,
}

impl Problem {
    fn new(channels: usize, moments: &DMatrix<f64>, kernel: &DMatrix<f64>) -> Self {
        let wanted = moments * kernel;
        // The four pixels of u that are one of x see its neighbours differently.
        let phases = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let seen = |row: usize, (down, right): (usize, usize)| {
            let (channel, tap) = (row / AREA, row % AREA);
            ((down + tap / WIDE) / 2 * SIDE + (right + tap % WIDE) / 2) * channels + channel
        };
        let side = AREA * channels;
        let mean = |value: &dyn Fn((usize, usize)) -> f64| phases.iter().map(|p| value(*p)).sum::<f64>() / 4.0;
        let squares = DMatrix::from_fn(side, side, |a, b| mean(&|p| moments[(seen(a, p), seen(b, p))]));
        let colours = DMatrix::from_fn(side, 3, |a, colour| mean(&|p| wanted[(seen(a, p), colour)]));
        Self { channels, squares, colours }
    }

    /// The best W (C x 9 taps of each carrier) for this V (9 taps of each carrier x 3).
    fn first(&self, last: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        let (channels, size) = (self.channels, TAPS * CARRIERS);
        // For each colour, what a tap of W adds to the 5x5 kernel: 25 x 27.
        let spread = [0, 1, 2].map(|colour| {
            let mut spread = DMatrix::zeros(AREA, size);
            for (row, v) in last.column(colour).iter().enumerate() {
                let (carrier, by) = (row / TAPS, row % TAPS);
                for tap in 0..TAPS {
                    spread[(joined(by, tap), carrier * TAPS + tap)] += *v;
                }
            }
            spread
        });
        let mut square = DMatrix::zeros(channels * size, channels * size);
        let mut right = DMatrix::zeros(channels * size, 1);
        for (colour, spread) in spread.iter().enumerate() {
            let across = spread.transpose();
            for a in 0..channels {
                for b in 0..channels {
                    let product = &across * self.squares.view((a * AREA, b * AREA), (AREA, AREA)) * spread;
                    let mut part = square.view_mut((a * size, b * size), (size, size));
                    part += product;
                }
                let mut part = right.rows_mut(a * size, size);
                part += &across * self.colours.view((a * AREA, colour), (AREA, 1));
            }
        }
        let found = solve(square, &right)?;
        Some(DMatrix::from_fn(channels, size, |channel, tap| found[(channel * size + tap, 0)]))
    }

    /// The best V for this W.
    fn last(&self, first: &DMatrix<f64>) -> Option<DMatrix<f64>> {
        let mut spread = DMatrix::zeros(self.squares.nrows(), TAPS * CARRIERS);
        for channel in 0..self.channels {
            for (column, w) in first.row(channel).iter().enumerate() {
                let (carrier, tap) = (column / TAPS, column % TAPS);
                for by in 0..TAPS {
                    spread[(channel * AREA + joined(by, tap), carrier * TAPS + by)] += *w;
                }
            }
        }
        let across = spread.transpose();
        solve(&across * &self.squares * &spread, &(across * &self.colours))
    }
}

/// Where two taps of 3x3 kernels, one after the other, end up in the 5x5 one.
fn joined(a: usize, b: usize) -> usize {
    (a / SIDE + b / SIDE) * WIDE + a % SIDE + b % SIDE
}

/// None where a matrix is not positive definite, which maps without any variation give.
fn solve(mut square: DMatrix<f64>, right: &DMatrix<f64>) -> Option<DMatrix<f64>> {
    let ridge = RIDGE * square.trace() / square.nrows() as f64;
    for i in 0..square.nrows() {
        square[(i, i)] += ridge;
    }
    Some(square.cholesky()?.solve(right))
}
