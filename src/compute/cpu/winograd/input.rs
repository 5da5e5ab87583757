//! What blocks see of the input, as nine matrices, and back.

use super::super::patches::Geometry;
use super::super::shared::Shared;
use super::super::simd_dispatch::simd_dispatch;
use super::blocks::{LANES, LONGEST_LINE, Lanes, PARTS, Walk, columns, every, for_lines_of, load, minus, plus};
use std::ops::Range;

simd_dispatch! {
    /// What the blocks of `pictures` see of `channels`: nine matrices of 4 channels x blocks.
    pub(super) fn read_input(g: &Geometry, x: &[f32], pictures: Range<usize>, channels: Range<usize>, to: &mut [f32]) {
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
    // before the first pixel and one behind the last.
    let mut lines = [[0.0; LONGEST_LINE + 2]; 6];
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
    static ZEROS: [f32; LONGEST_LINE] = [0.0; LONGEST_LINE];
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

simd_dispatch! {
    /// The mirror of [`read_input`]: adds up what belongs to the same pixel of the input. Writes all of it.
    pub(super) fn write_input(g: &Geometry, from: &[f32], pictures: Range<usize>, channels: Range<usize>, x: Shared) {
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
    let mut lines = [[0.0; LONGEST_LINE]; 6];
    for (i, channel) in channels.enumerate() {
        for first in (0..n).step_by(LANES) {
            let step = first / LANES % walk.steps;
            for (r, line) in lines.iter_mut().enumerate() {
                let (parity, m) = (r / 3, r % 3);
                let row = |j: usize, q: usize| {
                    let start = ((3 * m + j) * PARTS * count + PARTS * i + 2 * parity + q) * n;
                    &from[start..][..n]
                };
                // What blocks give to the pixel before them, and to the pixel behind, is added to their neighbours'.
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

/// The [`LANES`] numbers from `first` on, moved by one block `by` (1 or -1); 0 where that is another line of S blocks,
/// which for long lines is so unless there are `more` of the same line.
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

/// The mirror of [`combine_lines`]: of the six lines that a line of blocks sees, the first two were begun by the line
/// above.
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
