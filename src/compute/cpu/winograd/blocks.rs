//! Blocks of pictures as nine matrices each, and back.

use super::super::patches::Geometry;
use super::super::shared::Shared;
use super::super::wide::wide;
use super::PARTS;
use std::ops::Range;

/// Blocks that are handled together: some lines of blocks where those are short, else a part of one.
const LANES: usize = 8;
type Lanes = [f32; LANES];
/// Longest line of an input, in places.
pub(crate) const MOST_PLACES: usize = 256;

/// The blocks of `pictures` pictures, and as many more as make a whole number of [`LANES`]: those are zeros when read, and are
/// not written.
pub(crate) fn columns(g: &Geometry, pictures: usize) -> usize {
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

/// The lines of blocks of some pictures, [`LANES`] blocks at a time.
struct Walk {
    /// Lines of blocks in a picture, and in all of them.
    rows: usize,
    lines: usize,
    /// Steps of [`LANES`] in a line, for long lines.
    steps: usize,
}

impl Walk {
    fn new(g: &Geometry, pictures: usize) -> Self {
        Self { rows: g.h_out / 2, lines: pictures * g.h_out / 2, steps: (g.w_out / 2 / LANES).max(1) }
    }

    /// Picture and line of blocks that the `l`th line of S blocks belongs to, among those that begin at block `first`.
    #[inline(always)]
    fn line<const S: usize>(&self, first: usize, l: usize) -> Option<(usize, usize)> {
        let number = first / LANES / self.steps * (LANES / S) + l;
        (number < self.lines).then(|| (number / self.rows, number % self.rows))
    }
}

wide! {
    /// What the blocks of `pictures` see of `channels`: nine matrices of 4 channels x blocks.
    pub fn read_input(g: &Geometry, x: &[f32], pictures: Range<usize>, channels: Range<usize>, to: &mut [f32]) {
        for_lines_of!(g, read_input_of(x, pictures, channels, to));
    }
}

#[inline(always)]
fn read_input_of<const S: usize>(
    g: &Geometry,
    x: &[f32],
    pictures: Range<usize>,
    channels: Range<usize>,
    to: &mut [f32],
) {
    let (n, walk, width) = (columns(g, pictures.len()), Walk::new(g, pictures.len()), g.w_in);
    let matrix = PARTS * channels.len() * n;
    // Six neighbouring lines of the input, combined for the three products of the even and of the odd ones, with a zero
    // before the first place and one behind the last.
    let mut lines = [[0.0; MOST_PLACES + 2]; 6];
    for (i, channel) in channels.enumerate() {
        let plane =
            |picture: usize| &x[((pictures.start + picture) * g.c_in + channel) * g.in_plane()..][..g.in_plane()];
        for first in (0..n).step_by(LANES) {
            let step = first / LANES % walk.steps;
            if step == 0 {
                for l in 0..LANES / S {
                    let to = lines.each_mut().map(|line| &mut line[1 + 4 * S * l..][..width]);
                    match walk.line::<S>(first, l) {
                        Some((picture, row)) => combine_lines(plane(picture), row, to),
                        None => to.into_iter().for_each(|line| line.fill(0.0)),
                    }
                }
            }
            for (r, line) in lines.iter().enumerate() {
                let (parity, m) = (r / 3, r % 3);
                let mut d = every::<4, 6>(&line[4 * LANES * step..]);
                if S < LANES {
                    // Neighbours in another line.
                    for s in (0..LANES).step_by(S) {
                        (d[0][s], d[5][s + S - 1]) = (0.0, 0.0);
                    }
                }
                for q in 0..2 {
                    let seen = [minus(d[q], d[q + 2]), d[q + 2], minus(d[q + 4], d[q + 2])];
                    let at = 3 * m * matrix + (PARTS * i + 2 * parity + q) * n + first;
                    for (j, values) in seen.into_iter().enumerate() {
                        to[at + j * matrix..][..LANES].copy_from_slice(&values);
                    }
                }
            }
        }
    }
}

/// Of the six lines of `plane` that a line of blocks sees, the three combinations of the even and of the odd ones.
#[inline(always)]
fn combine_lines(plane: &[f32], row: usize, to: [&mut [f32]; 6]) {
    let [c0, c1, c2, c3, c4, c5] = to;
    static ZEROS: [f32; MOST_PLACES] = [0.0; MOST_PLACES];
    let width = c0.len();
    let line = |k: usize| {
        let inside = (4 * row + k).checked_sub(1).and_then(|y| plane.get(y * width..(y + 1) * width));
        inside.unwrap_or(&ZEROS[..width])
    };
    let (d0, d1, d2, d3, d4, d5) = (line(0), line(1), line(2), line(3), line(4), line(5));
    for w in 0..width {
        (c0[w], c1[w], c2[w]) = (d0[w] - d2[w], d2[w], d4[w] - d2[w]);
        (c3[w], c4[w], c5[w]) = (d1[w] - d3[w], d3[w], d5[w] - d3[w]);
    }
}

wide! {
    /// The mirror of [`read_input`]: adds up what belongs to the same place of the input. Writes all of it.
    pub fn write_input(g: &Geometry, from: &[f32], pictures: Range<usize>, channels: Range<usize>, x: Shared) {
        for_lines_of!(g, write_input_of(from, pictures, channels, x));
    }
}

#[inline(always)]
fn write_input_of<const S: usize>(
    g: &Geometry,
    from: &[f32],
    pictures: Range<usize>,
    channels: Range<usize>,
    x: Shared,
) {
    let (n, walk, width) = (columns(g, pictures.len()), Walk::new(g, pictures.len()), g.w_in);
    let count = channels.len();
    let mut lines = [[0.0; MOST_PLACES]; 6];
    for (i, channel) in channels.enumerate() {
        for first in (0..n).step_by(LANES) {
            let step = first / LANES % walk.steps;
            for (r, line) in lines.iter_mut().enumerate() {
                let (parity, m) = (r / 3, r % 3);
                let row = |j: usize, q: usize| {
                    let start = ((3 * m + j) * PARTS * count + PARTS * i + 2 * parity + q) * n;
                    &from[start..][..n]
                };
                // What blocks give to the place before them, and to the place behind, is added to their neighbours'.
                let mut before = shifted::<S>(row(0, 0), first, step + 1 < walk.steps, 1);
                let mut after = shifted::<S>(row(2, 1), first, step > 0, -1);
                let at = |j: usize, q: usize| -> Lanes { load(row(j, q), first) };
                let (b0, a0, b1, a1) = (at(0, 0), at(2, 0), at(0, 1), at(2, 1));
                before = plus(a0, before);
                after = plus(b1, after);
                let own0 = minus(minus(at(1, 0), b0), a0);
                let own1 = minus(minus(at(1, 1), b1), a1);
                let piece = &mut line[4 * LANES * step..][..4 * LANES];
                for (l, to) in piece.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                    *to = [after[l], own0[l], own1[l], before[l]];
                }
            }
            if step + 1 < walk.steps {
                continue;
            }
            for l in 0..LANES / S {
                if let Some((picture, row)) = walk.line::<S>(first, l) {
                    // SAFETY: a plane of a picture and a channel that belong to this piece alone.
                    let plane = unsafe {
                        x.slice(((pictures.start + picture) * g.c_in + channel) * g.in_plane(), g.in_plane())
                    };
                    part_lines(lines.each_ref().map(|line| &line[4 * S * l..][..width]), row, plane);
                }
            }
        }
    }
}

/// The [`LANES`] numbers from `first` on, moved by one place `by` (1 or -1); 0 where that is another line of S blocks, which
/// for long lines is so unless there are `more` of the same line.
#[inline(always)]
fn shifted<const S: usize>(row: &[f32], first: usize, more: bool, by: isize) -> Lanes {
    if more {
        return load(row, first.wrapping_add_signed(by));
    }
    let (values, mut moved): (Lanes, Lanes) = (load(row, first), [0.0; LANES]);
    for (l, moved) in moved.iter_mut().enumerate() {
        let from = l.wrapping_add_signed(by);
        if from < LANES && from / S == l / S {
            *moved = values[from];
        }
    }
    moved
}

/// The mirror of [`combine_lines`]: of the six lines that a line of blocks sees, the first two were begun by the line above.
#[inline(always)]
fn part_lines([c0, c1, c2, c3, c4, c5]: [&[f32]; 6], row: usize, plane: &mut [f32]) {
    let width = c0.len();
    let mut rows = plane[(4 * row).saturating_sub(1) * width..].chunks_exact_mut(width);
    let add = |to: Option<&mut [f32]>, from: &[f32]| {
        to.into_iter().flatten().zip(from).for_each(|(to, from)| *to += from);
    };
    if row > 0 {
        add(rows.next(), c0);
        add(rows.next(), c3);
    } else if let Some(first) = rows.next() {
        first.copy_from_slice(c3);
    }
    let (Some(own0), Some(own1), Some(after0)) = (rows.next(), rows.next(), rows.next()) else { return };
    for w in 0..width {
        own0[w] = c1[w] - c0[w] - c2[w];
        own1[w] = c4[w] - c3[w] - c5[w];
        after0[w] = c2[w];
    }
    if let Some(after1) = rows.next() {
        after1.copy_from_slice(c5);
    }
}

wide! {
    /// What the blocks of `pictures` give: nine matrices of output channels x blocks, as gradients of the nine products.
    pub fn read_output(g: &Geometry, y: &[f32], pictures: Range<usize>, to: &mut [f32]) {
        for_lines_of!(g, read_output_of(y, pictures, to));
    }
}

#[inline(always)]
fn read_output_of<const S: usize>(g: &Geometry, y: &[f32], pictures: Range<usize>, to: &mut [f32]) {
    let (n, walk, width) = (columns(g, pictures.len()), Walk::new(g, pictures.len()), g.w_out);
    let matrix = g.c_out * n;
    let mut lines = [[0.0; 2 * LANES]; 2];
    for channel in 0..g.c_out {
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
                    to[(3 * m + j) * matrix + channel * n + first..][..LANES].copy_from_slice(&values);
                }
            }
        }
    }
}

wide! {
    /// The blocks of `pictures` and `channels` from their nine products.
    pub fn write_output(g: &Geometry, from: &[f32], pictures: Range<usize>, channels: Range<usize>, y: Shared) {
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

#[inline(always)]
fn minus<const L: usize>(a: [f32; L], b: [f32; L]) -> [f32; L] {
    let mut result = a;
    for i in 0..L {
        result[i] -= b[i];
    }
    result
}

#[inline(always)]
pub fn plus<const L: usize>(a: [f32; L], b: [f32; L]) -> [f32; L] {
    let mut result = a;
    for i in 0..L {
        result[i] += b[i];
    }
    result
}

#[inline(always)]
pub fn load<const L: usize>(from: &[f32], at: usize) -> [f32; L] {
    let mut values = [0.0; L];
    values.copy_from_slice(&from[at..][..L]);
    values
}

/// `[k][s] = from[STEP * s + k]`: numbers that lie side by side, sorted by their place in the step.
#[inline(always)]
fn every<const STEP: usize, const K: usize>(from: &[f32]) -> [Lanes; K] {
    let from = &from[..STEP * (LANES - 1) + K];
    let mut sorted = [[0.0; LANES]; K];
    for k in 0..K {
        for s in 0..LANES {
            sorted[k][s] = from[STEP * s + k];
        }
    }
    sorted
}
