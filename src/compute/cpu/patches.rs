//! Convolution as a matrix product: the patches that a kernel sees, one in each column.

use super::simd_dispatch::simd_dispatch;
use std::ops::Range;

/// Shapes of a convolution from `c_in` planes of `h_in x w_in` to `c_out` planes of `h_out x w_out`, both in the order
/// picture, channel, row, column. A transposed convolution is the same geometry read backwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Geometry {
    pub batch: usize,
    pub c_in: usize,
    pub c_out: usize,
    pub h_in: usize,
    pub w_in: usize,
    pub h_out: usize,
    pub w_out: usize,
    pub kernel: usize,
    pub stride: usize,
    pub padding: usize,
}

/// Columns that one matrix product gets: enough to keep it efficient, few enough to stay in the cache.
const MOST_COLUMNS: usize = 512;
const FEWEST_COLUMNS: usize = 64;
/// Tiles wanted, so that the threads of a common processor all have work.
const TILES: usize = 16;

/// Some output positions: whole pictures, or some rows of one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tile {
    pub pictures: Range<usize>,
    pub rows: Range<usize>,
}

impl Geometry {
    pub(crate) fn in_plane(&self) -> usize {
        self.h_in * self.w_in
    }

    pub(crate) fn out_plane(&self) -> usize {
        self.h_out * self.w_out
    }

    /// Numbers of the input, the output and the weight.
    pub(crate) fn lengths(&self) -> [usize; 3] {
        let Self { batch, c_in, c_out, kernel, .. } = *self;
        [batch * c_in * self.in_plane(), batch * c_out * self.out_plane(), c_in * c_out * kernel * kernel]
    }

    /// Numbers of one patch.
    pub(super) fn patch(&self) -> usize {
        self.c_in * self.kernel * self.kernel
    }

    /// All output positions of `pictures` in tiles of similar size.
    pub(super) fn tiles(&self, pictures: Range<usize>) -> Vec<Tile> {
        let plane = self.out_plane();
        let wanted = (self.batch * plane / TILES).clamp(FEWEST_COLUMNS, MOST_COLUMNS);
        let mut tiles = Vec::new();
        if plane >= wanted {
            let step = (wanted / self.w_out).max(1);
            for picture in pictures {
                for row in (0..self.h_out).step_by(step) {
                    tiles.push(Tile { pictures: picture..picture + 1, rows: row..(row + step).min(self.h_out) });
                }
            }
        } else {
            let step = wanted / plane;
            for first in pictures.clone().step_by(step) {
                tiles.push(Tile { pictures: first..(first + step).min(pictures.end), rows: 0..self.h_out });
            }
        }
        tiles
    }

    /// Columns of a tile.
    pub(super) fn columns(&self, tile: &Tile) -> usize {
        tile.pictures.len() * tile.rows.len() * self.w_out
    }

    /// Where the patches of a tile begin in the input, if they lie there as they are: a kernel of one pixel sees the
    /// picture itself.
    pub(super) fn in_place(&self, tile: &Tile) -> Option<usize> {
        (self.kernel == 1 && self.stride == 1 && tile.pictures.len() == 1)
            .then(|| tile.pictures.start * self.c_in * self.in_plane() + tile.rows.start * self.w_in)
    }

    /// The width that an even width is halved to, for kernels that reach less than [`MARGIN`] pixels over the edge;
    /// otherwise 0.
    fn halved(&self) -> usize {
        let halves = self.stride == 2 && self.w_in == 2 * self.w_out;
        if halves && self.padding <= 2 && self.kernel <= self.padding + 3 { self.w_out } else { 0 }
    }

    /// Of a line's even (0) or odd (1) pixels: which of the two the kernel's column `kx` sees, and from where in
    /// [`Parts`].
    #[inline(always)]
    fn part(&self, kx: usize) -> (usize, usize) {
        let start = 2 * MARGIN + kx - self.padding;
        (start % 2, start / 2)
    }

    /// Where the output row `out` finds its numbers at the kernel's row `k`: the input row, if there is one.
    #[inline(always)]
    fn source(&self, out: usize, k: usize) -> Option<usize> {
        (out * self.stride + k).checked_sub(self.padding).filter(|&row| row < self.h_in)
    }

    /// The output columns that see the picture at the kernel's column `k`, and the first input column they see.
    #[inline(always)]
    fn span(&self, k: usize) -> (Range<usize>, usize) {
        // In a picture narrower than the kernel's half, a column may see nothing.
        let first = self.padding.saturating_sub(k).div_ceil(self.stride).min(self.w_out);
        let end = (self.w_in + self.padding).saturating_sub(k).div_ceil(self.stride).min(self.w_out);
        (first..end.max(first), (first * self.stride + k).saturating_sub(self.padding).min(self.w_in))
    }

    /// `K` neighbours in a line, starting at `start - padding`; 0 outside.
    #[inline(always)]
    fn kernel_line<const K: usize>(&self, line: &[f32], start: usize) -> [f32; K] {
        let inside = start.checked_sub(self.padding).and_then(|start| line.get(start..)?.first_chunk::<K>());
        if let Some(values) = inside {
            return *values;
        }
        std::array::from_fn(|k| (start + k).checked_sub(self.padding).and_then(|i| line.get(i)).copied().unwrap_or(0.0))
    }
}

simd_dispatch! {
    /// Copies the patches of a tile for the input channels `channels` into `patches` (a row for each position in the
    /// kernel in each channel, a column for each output position). What lies outside the picture is 0.
    pub(super) fn read(g: &Geometry, x: &[f32], tile: &Tile, channels: Range<usize>, patches: &mut [f32]) {
        let columns = g.columns(tile);
        match g.halved() {
            4 => return read_halving::<4>(g, x, tile, channels, patches),
            8 => return read_halving::<8>(g, x, tile, channels, patches),
            _ => {}
        }
        let mut rows = patches.chunks_exact_mut(columns);
        for channel in channels {
            for ky in 0..g.kernel {
                for kx in 0..g.kernel {
                    let Some(row) = rows.next() else { return };
                    let (span, start) = g.span(kx);
                    let mut pieces = row.chunks_exact_mut(g.w_out);
                    for picture in tile.pictures.clone() {
                        let plane = &x[(picture * g.c_in + channel) * g.in_plane()..][..g.in_plane()];
                        for out_row in tile.rows.clone() {
                            let Some(piece) = pieces.next() else { return };
                            match g.source(out_row, ky) {
                                None => piece.fill(0.0),
                                Some(y) => {
                                    let line = &plane[y * g.w_in..][..g.w_in];
                                    piece[..span.start].fill(0.0);
                                    piece[span.end..].fill(0.0);
                                    copy_spaced(&mut piece[span.clone()], &line[start..], g.stride);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

simd_dispatch! {
    /// As [`read`], but with a row for each output position and a column for each position in the kernel in each
    /// channel: the order that the weight gradient multiplies fastest in.
    pub(super) fn read_rows(g: &Geometry, x: &[f32], tile: &Tile, channels: Range<usize>, rows: &mut [f32]) {
        match g.kernel {
            1 => read_rows_of::<1>(g, x, tile, channels, rows),
            3 => read_rows_of::<3>(g, x, tile, channels, rows),
            4 => read_rows_of::<4>(g, x, tile, channels, rows),
            5 => read_rows_of::<5>(g, x, tile, channels, rows),
            other => unreachable!("kernels have a side of 1, 3, 4 or 5, not {other}"),
        }
    }
}

simd_dispatch! {
    /// The reverse of [`read`] for all channels: adds every number of `patches` to the pixel of `x` that
    /// it would have been read from. `x` holds the tile's pictures only.
    pub(super) fn add(g: &Geometry, patches: &[f32], tile: &Tile, x: &mut [f32]) {
        let columns = g.columns(tile);
        let mut rows = patches.chunks_exact(columns);
        for channel in 0..g.c_in {
            for ky in 0..g.kernel {
                for kx in 0..g.kernel {
                    let Some(row) = rows.next() else { return };
                    let (span, start) = g.span(kx);
                    let mut pieces = row.chunks_exact(g.w_out);
                    for picture in 0..tile.pictures.len() {
                        let plane = &mut x[(picture * g.c_in + channel) * g.in_plane()..][..g.in_plane()];
                        for out_row in tile.rows.clone() {
                            let Some(piece) = pieces.next() else { return };
                            if let Some(y) = g.source(out_row, ky) {
                                let line = &mut plane[y * g.w_in..][..g.w_in];
                                add_spaced(&mut line[start..], &piece[span.clone()], g.stride);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Zeros on both sides of a line's even and odd pixels: more than a kernel reaches over the edge.
const MARGIN: usize = 2;
/// Longest line, in output pixels, that is read in parts: with longer ones this is no faster.
const LONGEST: usize = 8;

/// A line's even and odd pixels, each with margins.
type Parts = [[f32; LONGEST + 2 * MARGIN]; 2];

/// [`read`] where a side is halved to a small `W`: each line is parted into its even and odd pixels once, and every
/// column of the kernel sees one of the two, shifted by some pixels.
#[inline(always)]
fn read_halving<const W: usize>(g: &Geometry, x: &[f32], tile: &Tile, channels: Range<usize>, patches: &mut [f32]) {
    let columns = g.columns(tile);
    let mut parts: Parts = [[0.0; LONGEST + 2 * MARGIN]; 2];
    let lines = channels.flat_map(|channel| (0..g.kernel).map(move |ky| (channel, ky)));
    for ((channel, ky), rows) in lines.zip(patches.chunks_exact_mut(g.kernel * columns)) {
        let mut first = 0;
        for picture in tile.pictures.clone() {
            let plane = &x[(picture * g.c_in + channel) * g.in_plane()..][..g.in_plane()];
            for out_row in tile.rows.clone() {
                let line = g.source(out_row, ky).map(|y| &plane[y * g.w_in..][..g.w_in]);
                for i in 0..W {
                    parts[0][MARGIN + i] = line.map_or(0.0, |line| line[2 * i]);
                    parts[1][MARGIN + i] = line.map_or(0.0, |line| line[2 * i + 1]);
                }
                for (kx, row) in rows.chunks_exact_mut(columns).enumerate() {
                    let (part, from) = g.part(kx);
                    let seen: [f32; W] = std::array::from_fn(|i| parts[part][from + i]);
                    row[first..first + W].copy_from_slice(&seen);
                }
                first += W;
            }
        }
    }
}

/// With the kernel's side `K` known to the compiler, a line of it is one or two instructions.
#[inline(always)]
fn read_rows_of<const K: usize>(g: &Geometry, x: &[f32], tile: &Tile, channels: Range<usize>, rows: &mut [f32]) {
    let width = channels.len() * K * K;
    let mut first = 0;
    for picture in tile.pictures.clone() {
        for out_row in tile.rows.clone() {
            let block = &mut rows[first * width..][..g.w_out * width];
            first += g.w_out;
            for (i, channel) in channels.clone().enumerate() {
                let plane = &x[(picture * g.c_in + channel) * g.in_plane()..][..g.in_plane()];
                for ky in 0..K {
                    let index = (i * K + ky) * K;
                    let line = g.source(out_row, ky).map(|y| &plane[y * g.w_in..][..g.w_in]);
                    for (column, row) in block.chunks_exact_mut(width).enumerate() {
                        let Some(piece) = row[index..].first_chunk_mut::<K>() else { return };
                        *piece = line.map_or([0.0; K], |line| g.kernel_line(line, column * g.stride));
                    }
                }
            }
        }
    }
}

/// `to[i] = from[i * stride]`.
#[inline(always)]
fn copy_spaced(to: &mut [f32], from: &[f32], stride: usize) {
    match stride {
        1 => to.copy_from_slice(&from[..to.len()]),
        2 => {
            // In pairs, which the compiler turns into SIMD instructions; the last one may have no partner.
            let pairs = from.chunks_exact(2);
            let last = pairs.remainder().first();
            let count = to.len();
            for (to, pair) in to.iter_mut().zip(pairs) {
                *to = pair[0];
            }
            if let (Some(to), Some(last), true) = (to.last_mut(), last, count > from.len() / 2) {
                *to = *last;
            }
        }
        _ => to.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from),
    }
}

/// `to[i * stride] += from[i]`.
#[inline(always)]
fn add_spaced(to: &mut [f32], from: &[f32], stride: usize) {
    match stride {
        1 => to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
        _ => to.iter_mut().step_by(stride).zip(from).for_each(|(to, from)| *to += from),
    }
}
