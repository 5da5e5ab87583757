//! Blocks of pictures, [`LANES`] at a time, and arithmetic on that many numbers.

use super::super::patches::Geometry;

/// Matrices of each kind.
pub(super) const MATRICES: usize = 9;
/// Parities of row and column.
pub(super) const PARTS: usize = 4;

/// Blocks that are handled together: some lines of blocks where those are short, otherwise a part of one.
pub(super) const LANES: usize = 8;
pub(super) type Lanes = [f32; LANES];
/// Longest line of an input, in pixels.
pub(super) const LONGEST_LINE: usize = 256;

/// The blocks of `pictures` pictures, and as many more as make a whole number of [`LANES`]: those are zeros when read,
/// and are not written.
pub(super) fn columns(g: &Geometry, pictures: usize) -> usize {
    (pictures * g.out_plane() / 4).next_multiple_of(LANES)
}

/// Calls `$function::<S>(..)` for lines of S blocks, where any longer line is like one of [`LANES`].
macro_rules! for_lines_of {
    ($g:expr, $function:ident($($argument:expr),*)) => {
        match $g.w_out / 2 {
            2 => $function::<2>($g, $($argument),*),
            4 => $function::<4>($g, $($argument),*),
            _ => $function::<LANES>($g, $($argument),*),
        }
    };
}

pub(super) use for_lines_of;

/// The lines of blocks of some pictures, [`LANES`] blocks at a time.
pub(super) struct Walk {
    /// Lines of blocks in a picture, and in all of them.
    rows: usize,
    lines: usize,
    /// Steps of [`LANES`] in a line, for long lines.
    pub steps: usize,
}

impl Walk {
    pub(super) fn new(g: &Geometry, pictures: usize) -> Self {
        Self { rows: g.h_out / 2, lines: pictures * g.h_out / 2, steps: (g.w_out / 2 / LANES).max(1) }
    }

    /// Picture and line of blocks that the `l`th line of S blocks belongs to, among those that begin at block `first`.
    #[inline(always)]
    pub(super) fn line<const S: usize>(&self, first: usize, l: usize) -> Option<(usize, usize)> {
        let number = first / LANES / self.steps * (LANES / S) + l;
        (number < self.lines).then(|| (number / self.rows, number % self.rows))
    }
}

#[inline(always)]
pub(super) fn minus<const L: usize>(a: [f32; L], b: [f32; L]) -> [f32; L] {
    let mut result = a;
    for i in 0..L {
        result[i] -= b[i];
    }
    result
}

#[inline(always)]
pub(super) fn plus<const L: usize>(a: [f32; L], b: [f32; L]) -> [f32; L] {
    let mut result = a;
    for i in 0..L {
        result[i] += b[i];
    }
    result
}

#[inline(always)]
pub(super) fn load<const L: usize>(from: &[f32], at: usize) -> [f32; L] {
    let mut values = [0.0; L];
    values.copy_from_slice(&from[at..][..L]);
    values
}

/// `[k][s] = from[STEP * s + k]`: numbers that lie side by side, sorted by their position in the step.
#[inline(always)]
pub(super) fn every<const STEP: usize, const K: usize>(from: &[f32]) -> [Lanes; K] {
    let from = &from[..STEP * (LANES - 1) + K];
    let mut sorted = [[0.0; LANES]; K];
    for k in 0..K {
        for s in 0..LANES {
            sorted[k][s] = from[STEP * s + k];
        }
    }
    sorted
}
