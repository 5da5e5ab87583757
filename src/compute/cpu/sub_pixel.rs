//! Weights of a sub-pixel layer: squares of 4 x 4 whose numbers are sums of those of a square of 3 x 3.

use super::pool;
use super::simd_dispatch::simd_dispatch;
use rayon::prelude::*;

/// Numbers of a stored square, of 3 x 3.
const STORED: usize = 9;
/// Numbers of a square as it is used, of 4 x 4.
const USED: usize = 16;
/// Squares that a thread takes at once.
const PIECE: usize = 512;

/// Which of the stored numbers (rows) each used one (columns) is the sum of; `model/sub_pixel` says why.
pub(crate) const SUB_PIXEL_SUMS: [[f32; USED]; STORED] = {
    const LINE: [[f32; 3]; 4] = [[0.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 0.0]];
    let mut sums = [[0.0; USED]; STORED];
    let mut i = 0;
    while i < STORED * USED {
        let (row, column) = (i / USED, i % USED);
        sums[row][column] = LINE[column / 4][row / 3] * LINE[column % 4][row % 3];
        i += 1;
    }
    sums
};

/// Squares of 3 x 3, one behind the other, to squares of 4 x 4.
pub(crate) fn sub_pixel_weights(stored: &[f32]) -> Vec<f32> {
    let mut used = pool::take(stored.len() / STORED * USED);
    let pieces = used.par_chunks_mut(PIECE * USED).zip(stored.par_chunks(PIECE * STORED));
    pieces.for_each(|(used, stored)| expand(stored, used));
    used
}

/// The gradient of the stored squares, given that of the used ones.
pub(crate) fn sub_pixel_gradient(used: &[f32]) -> Vec<f32> {
    let mut stored = pool::take(used.len() / USED * STORED);
    let pieces = stored.par_chunks_mut(PIECE * STORED).zip(used.par_chunks(PIECE * USED));
    pieces.for_each(|(stored, used)| collect(used, stored));
    stored
}

simd_dispatch! {
    fn expand(stored: &[f32], used: &mut [f32]) {
        for (used, stored) in used.as_chunks_mut::<USED>().0.iter_mut().zip(stored.as_chunks::<STORED>().0) {
            let mut sums = [0f32; USED];
            for (stored, row) in stored.iter().zip(&SUB_PIXEL_SUMS) {
                sums.iter_mut().zip(row).for_each(|(sum, counts)| *sum += stored * counts);
            }
            *used = sums;
        }
    }
}

simd_dispatch! {
    fn collect(used: &[f32], stored: &mut [f32]) {
        for (stored, used) in stored.as_chunks_mut::<STORED>().0.iter_mut().zip(used.as_chunks::<USED>().0) {
            let mut sums = [0f32; STORED];
            for (m, used) in used.iter().enumerate() {
                sums.iter_mut().zip(&SUB_PIXEL_SUMS).for_each(|(sum, row)| *sum += used * row[m]);
            }
            *stored = sums;
        }
    }
}
